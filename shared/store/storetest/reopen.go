package storetest

import (
	"fmt"
	"sync"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

var reopenTests = []test{
	{name: "everything answered is there again", run: reopened, needs: canReopen},
	{name: "repeats are known again", run: reopenedRepeats, needs: canReopen},
}

func canReopen(features Features) bool { return features.Reopen != nil }

// seen is all that a store shows of some users.
type seen struct {
	Conversations []conversation.Conversation
	Messages      [][]conversation.Message
	Undelivered   [][]conversation.Message
	Seen          []store.Seen
	Ledgers       [][]conversation.Record
	Line          []store.Waiting
	Due           []store.Work
	Records       []conversation.Record
	Held          []conversation.Ticket
}

func (f *fixture) look(users ...string) seen {
	f.Helper()
	var all seen
	for _, user := range users {
		c := f.conversation(user)
		all.Conversations = append(all.Conversations, c)
		all.Messages = append(all.Messages, f.messages(user))
		all.Seen = append(all.Seen, f.seen(user))
		all.Undelivered = append(all.Undelivered, f.undelivered(user))
		all.Ledgers = append(all.Ledgers, f.ledger(c.Ticket.ID))
	}
	all.Line, all.Due = f.line(), f.due(1000)
	var err error
	all.Records, err = f.store.Records(f.ctx, start)
	f.ok(err)
	all.Held, err = f.store.Held(f.ctx, "kim")
	f.ok(err)
	return all
}

func reopened(f *fixture) {
	users := []string{"ann", "bob", "cid"}
	for _, user := range users {
		in := marked(user, 0, 30)
		f.receive(in)
		f.commit(fullChange(f, in, "ask"))
	}
	f.claim("bob", "kim", after(5))
	f.lease("kim", 40)
	f.sees("bob", store.Seen{Received: ours(7), Read: ours(6)})
	f.outcome(sent("ann", f.undelivered("ann")[0].Key))
	f.receive(marked("cid", 9, 60))
	f.park("dan", 70)
	before := f.look(users...)
	f.store = f.harness.Features.Reopen(f.T, f.store)
	f.same("everything", f.look(users...), before)
}

func reopenedRepeats(f *fixture) {
	const n = 64
	var mu sync.Mutex
	answered := map[int]store.Incoming{}
	f.together(n, func(i int) error {
		in := incoming(fmt.Sprint("user ", i%8), after(i), "m", fmt.Sprint(i))
		_, err := f.store.Receive(f.ctx, in)
		mu.Lock()
		defer mu.Unlock()
		answered[i] = in
		return err
	})
	done := f.say("user 1", "cause", outgoing("user 1", after(n), "r", "x"))
	f.store = f.harness.Features.Reopen(f.T, f.store)
	for i, in := range answered {
		if got := f.receive(in); !got.Repeat || got.Message.Words() != fmt.Sprint(i) {
			f.Errorf("message %d: repeat %t", i, got.Repeat)
		}
	}
	again := f.say("user 1", "cause", outgoing("user 1", after(n+1), "r", "other words"))
	done.Repeat = true
	f.same("cause", again, done)
}
