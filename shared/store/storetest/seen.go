package storetest

import (
	"fmt"
	"sync/atomic"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

var seenTests = []test{
	{name: "nothing at first", run: seenNothing},
	{name: "each key only grows", run: seenGrows},
	{name: "conversations are apart", run: seenApart},
	{name: "several windows at once", run: seenTogether},
}

func ours(ms int) conversation.Key { return conversation.OwnKey(after(ms), "r", 0) }

func (f *fixture) sees(user string, s store.Seen) bool {
	f.Helper()
	kept, grew, err := f.store.See(f.ctx, idOf(user), s)
	f.ok(err)
	f.same("kept", kept, f.seen(user))
	return grew
}

func (f *fixture) seen(user string) store.Seen {
	f.Helper()
	s, err := f.store.Seen(f.ctx, idOf(user))
	f.ok(err)
	return s
}

func seenNothing(f *fixture) {
	f.same("at first", f.seen("ann"), store.Seen{})
	f.same("saying nothing", f.sees("ann", store.Seen{}), false)
	f.same("then", f.seen("ann"), store.Seen{})
	f.receive(incoming("ann", after(0), "m", "x"))
	f.same("with a conversation", f.seen("ann"), store.Seen{})
}

func seenGrows(f *fixture) {
	for _, step := range []struct {
		say  store.Seen
		grew bool
		want store.Seen
	}{
		{store.Seen{Received: ours(3)}, true, store.Seen{Received: ours(3)}},
		{store.Seen{Received: ours(3)}, false, store.Seen{Received: ours(3)}},
		{store.Seen{Received: ours(2)}, false, store.Seen{Received: ours(3)}},
		{store.Seen{}, false, store.Seen{Received: ours(3)}},
		{store.Seen{Received: ours(3), Read: ours(2)}, true, store.Seen{Received: ours(3), Read: ours(2)}},
		{store.Seen{Received: ours(5), Read: ours(1)}, true, store.Seen{Received: ours(5), Read: ours(2)}},
		{store.Seen{Received: ours(4), Read: ours(4)}, true, store.Seen{Received: ours(5), Read: ours(4)}},
		{store.Seen{Read: ours(4)}, false, store.Seen{Received: ours(5), Read: ours(4)}},
		{store.Seen{Received: ours(9), Read: ours(9)}, true, store.Seen{Received: ours(9), Read: ours(9)}},
	} {
		f.same("it grew", f.sees("ann", step.say), step.grew)
		f.same("seen", f.seen("ann"), step.want)
	}
}

func seenApart(f *fixture) {
	before := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	f.sees("ann", store.Seen{Received: ours(1)})
	f.sees("bob", store.Seen{Read: ours(2)})
	f.same("ann", f.seen("ann"), store.Seen{Received: ours(1)})
	f.same("bob", f.seen("bob"), store.Seen{Read: ours(2)})
	f.same("her conversation", f.conversation("ann"), before)
	f.same("her messages", len(f.messages("ann")), 1)
}

func seenTogether(f *fixture) {
	const windows = 16
	var grown atomic.Int64
	f.together(windows, func(n int) error {
		for ms := range 4 {
			say := store.Seen{Received: ours(n + ms), Read: ours(n)}
			kept, grew, err := f.store.See(f.ctx, idOf("ann"), say)
			if err != nil {
				return err
			}
			if kept.Received < say.Received || kept.Read < say.Read {
				return fmt.Errorf("kept is %v of %v", kept, say)
			}
			if grew {
				grown.Add(1)
			}
		}
		return nil
	})
	f.same("seen", f.seen("ann"), store.Seen{Received: ours(windows + 2), Read: ours(windows - 1)})
	if n := grown.Load(); n < 1 || n > 2*windows+3 {
		f.Errorf("it grew %d times", n)
	}
}
