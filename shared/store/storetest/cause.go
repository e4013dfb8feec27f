package storetest

import (
	"fmt"
	"sync"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var causeTests = []test{
	{name: "a repeated cause returns what the first stored", run: repeatedCause},
	{name: "a repeated cause does nothing", run: repeatedCauseDoesNothing},
	{name: "a cause is a repeat whatever the epoch is by now", run: repeatAfterMove},
	{name: "one cause at once has one effect", run: causeRace},
	{name: "a cause counts in its conversation only", run: sameCauseElsewhere},
	{name: "a cause without messages is one too", run: silentCause},
	{name: "what a cause led to can be asked", run: askedCause},
}

func repeatedCause(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	ch := fullChange(f, in, "ask")
	first := f.commit(ch)
	// The second has come to other words for the same cause.
	ch.Messages = []conversation.Message{outgoing("ann", after(7), "other", "other words")}
	want := first
	want.Repeat = true
	f.same("second", f.commit(ch), want)
	f.same("undelivered", f.undelivered("ann"), first.Messages)

	f.outcome(sent("ann", first.Messages[0].Key))
	want.Messages = append([]conversation.Message(nil), first.Messages...)
	want.Messages[0].Outcome = sent("ann", "").Outcome
	f.same("third, with what became of the messages", f.commit(ch), want)
}

func repeatedCauseDoesNothing(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	ch := stay(f.conversation("ann"), "answer")
	f.commit(ch)
	other := marked("ann", 1, 31)
	want := f.receive(other).Conversation
	full := fullChange(f, other, "answer")
	f.same("committed", f.commit(full), store.Committed{Conversation: want, Repeat: true})
	f.same("conversation", f.conversation("ann"), want)
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	f.same("ledger", f.ledger(full.Next.Ticket.ID), []conversation.Record(nil))
	f.same("work", f.due(100), []store.Work{decide(in), decide(other)})
}

func repeatAfterMove(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	ch := fullChange(f, in, "ask")
	first := f.commit(ch)
	now := f.claim("ann", "kim", after(5))
	f.receive(incoming("ann", after(6), "m2", "hello?"))
	now.LastIn, now.LastHeard = conversation.InboundKey(after(6), "m2"), after(6)
	for _, epoch := range []int64{ch.Epoch, now.Epoch, 99} {
		ch.Epoch = epoch
		f.same(fmt.Sprint("decided at ", epoch), f.commit(ch),
			store.Committed{Conversation: now, Messages: first.Messages, Repeat: true})
	}
}

func causeRace(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	c := f.conversation("ann")
	var mu sync.Mutex
	var firsts int
	var told []conversation.Message
	f.together(16, func(i int) error {
		ch := stay(c, "one cause")
		ch.Next.Epoch++
		ch.Messages = []conversation.Message{
			outgoing("ann", after(1), fmt.Sprint("a", i), fmt.Sprint("words of ", i)),
			outgoing("ann", after(2), fmt.Sprint("b", i), fmt.Sprint("more of ", i)),
		}
		done, err := f.store.Commit(f.ctx, ch)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if !done.Repeat {
			firsts++
		}
		if told == nil {
			told = done.Messages
		}
		if diff := cmp.Diff(told, done.Messages, cmpopts.EquateEmpty()); diff != "" {
			return fmt.Errorf("two callers were told differently:\n%s", diff)
		}
		return nil
	})
	if firsts != 1 {
		f.Errorf("%d of 16 were the first", firsts)
	}
	f.same("stored", f.undelivered("ann"), told)
	if got := f.conversation("ann").Epoch; got != c.Epoch+1 {
		f.Errorf("the epoch went from %d to %d", c.Epoch, got)
	}
}

func sameCauseElsewhere(f *fixture) {
	for _, user := range []string{"ann", "bob"} {
		f.receive(incoming(user, after(0), "m", "x"))
		if done := f.say(user, "cause", outgoing(user, after(1), "1", "to "+user)); done.Repeat {
			f.Errorf("%s: the other's cause made it a repeat", user)
		}
		f.same(user, len(f.undelivered(user)), 1)
	}
}

func silentCause(f *fixture) {
	f.ask("ann", after(0))
	first := f.claim("ann", "kim", after(5))
	ch := stay(first, fmt.Sprintf("claim.kim.%d", after(5).UnixMilli()))
	ch.Epoch = 1
	f.same("repeat", f.commit(ch), store.Committed{Conversation: first, Repeat: true})
	ch.Cause = "another"
	_, err := f.store.Commit(f.ctx, ch)
	f.refused(err, fault.Conflict)
}

func askedCause(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	f.receive(incoming("bob", after(0), "m", "x"))
	unknown := func(user, cause string) {
		f.Helper()
		_, err := f.store.Caused(f.ctx, idOf(user), cause)
		f.refused(err, fault.NotFound)
	}
	unknown("ann", "ask")
	ch := fullChange(f, in, "ask")
	want := f.commit(ch)
	want.Repeat = true
	f.outcome(sent("ann", want.Messages[1].Key))
	want.Messages[1].Outcome = sent("ann", "").Outcome
	want.Conversation = f.claim("ann", "kim", after(5))
	got, err := f.store.Caused(f.ctx, idOf("ann"), "ask")
	f.ok(err)
	f.same("caused", got, want)
	unknown("ann", "another")
	unknown("bob", "ask")
	unknown("nobody", "ask")
	refused := stay(f.conversation("bob"), "refused")
	refused.Epoch = 99
	_, err = f.store.Commit(f.ctx, refused)
	f.refused(err, fault.Conflict)
	unknown("bob", "refused")
}
