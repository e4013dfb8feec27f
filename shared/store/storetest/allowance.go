package storetest

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var allowanceTests = []test{
	{name: "grants make the count the larger and the end the later one", run: grantsGrow},
	{name: "a grant meets what is left", run: grantMeetsLeft},
	{name: "a repeat grants nothing", run: repeatGrantsNothing},
	{name: "a late message grants as if it had been in time", run: lateGrant},
	{name: "a late grant takes nothing spent back", run: lateGrantRace},
	{name: "who leaves ends what was granted", run: leavingEnds},
	{name: "a decision leaves it as it is", run: commitKeepsAllowance},
	{name: "what is spent is gone until it is given back", run: spend},
	{name: "nobody spends what is not theirs", run: spendRefused},
	{name: "of many no more spend than there is", run: spendRace},
	{name: "what is held is undelivered", run: heldIsOpen},
	{name: "how an outcome came about is kept", run: outcomeDetails},
	{name: "every state says whether something is undelivered", run: stateTellsUndelivered},
}

// granting is a message that lets us send some.
func granting(user string, ms int, messages int, lasts time.Duration) store.Incoming {
	in := incoming(user, after(ms), "m", "x")
	in.Grant = conversation.Grant{Messages: messages, Lasts: lasts}
	return in
}

func (f *fixture) spend(user string, of conversation.Key, n int) conversation.Allowance {
	f.Helper()
	left, err := f.store.Spend(f.ctx, idOf(user), of, n)
	f.ok(err)
	return left
}

// allowance checks what a state has, and what is stored.
func (f *fixture) allowance(what string, got conversation.Conversation, want conversation.Allowance) {
	f.Helper()
	f.same(what, got.Allowance, want)
	f.same(what+", stored", f.conversation("ann").Allowance, want)
}

func grantsGrow(f *fixture) {
	f.allowance("of a channel without limits", f.receive(incoming("ann", after(0), "m", "x")).Conversation, conversation.Allowance{})
	less := granting("ann", 10, 3, time.Minute)
	want := conversation.Allowance{Granted: less.Message.Key, Total: 3, Left: 3, Until: after(10).Add(time.Minute)}
	f.allowance("granted", f.receive(less).Conversation, want)
	f.allowance("a message without a grant", f.receive(incoming("ann", after(20), "m", "x")).Conversation, want)
	more := granting("ann", 30, 5, 48*time.Hour)
	more.Mark = after(90)
	want = conversation.Allowance{Granted: more.Message.Key, Total: 5, Left: 5, Until: after(30).Add(48 * time.Hour)}
	f.allowance("a larger one", f.receive(more).Conversation, want)
	f.allowance("a lesser one", f.receive(granting("ann", 40, 3, time.Minute)).Conversation, want)
	f.receive(granting("bob", 0, 1, time.Hour))
	f.allowance("somebody else's", f.conversation("ann"), want)
	f.same("at first contact", f.conversation("bob").Allowance.Left, 1)
}

func grantMeetsLeft(f *fixture) {
	first := granting("ann", 10, 5, 48*time.Hour)
	f.receive(first)
	f.spend("ann", first.Message.Key, 3)
	tap := granting("ann", 20, 3, time.Minute)
	want := conversation.Allowance{Granted: tap.Message.Key, Total: 3, Left: 3, Until: after(10).Add(48 * time.Hour)}
	f.allowance("more than is left", f.receive(tap).Conversation, want)
	f.spend("ann", tap.Message.Key, 3)
	again := granting("ann", 30, 3, time.Minute)
	want = conversation.Allowance{Granted: again.Message.Key, Total: 3, Left: 3, Until: after(30).Add(time.Minute)}
	f.allowance("when nothing is left", f.receive(again).Conversation, want)
}

func repeatGrantsNothing(f *fixture) {
	in := granting("ann", 10, 5, time.Hour)
	f.receive(in)
	want := f.spend("ann", in.Message.Key, 2)
	f.allowance("a repeat", f.receive(in).Conversation, want)
	other := in
	other.Grant.Messages = 99
	f.allowance("a repeat that says another", f.receive(other).Conversation, want)
	newer := granting("ann", 11, 5, time.Hour)
	newer.Message.Received = after(40) // by its key alone it is the newest
	f.same("the newest by its key", f.receive(newer).Conversation.Allowance.Granted, newer.Message.Key)
	want = f.spend("ann", newer.Message.Key, 2)
	f.allowance("a repeat of what is not the newest", f.receive(in).Conversation, want)
}

func lateGrant(f *fixture) {
	tap := granting("ann", 10, 3, time.Minute)
	f.receive(tap)
	f.spend("ann", tap.Message.Key, 1)
	late := granting("ann", 5, 5, 48*time.Hour)
	late.Message.Received = after(50)
	want := conversation.Allowance{Granted: tap.Message.Key, Total: 5, Left: 4, Until: after(5).Add(48 * time.Hour)}
	f.allowance("one that came late", f.receive(late).Conversation, want)
	f.allowance("and again", f.receive(late).Conversation, want)
	earlier := granting("ann", 4, 5, 48*time.Hour)
	earlier.Message.Received = tap.Message.Received // no news by its arrival, either
	f.allowance("another", f.receive(earlier).Conversation, want)
	f.same("after it, left", f.spend("ann", tap.Message.Key, 4).Left, 0)
}

func lateGrantRace(f *fixture) {
	for round := range 5 {
		tap := granting("ann", round*1000+10, 3, time.Millisecond)
		f.receive(tap)
		late := granting("ann", round*1000+5, 5, 500*time.Millisecond)
		late.Message.Received = after(round*1000 + 50)
		f.together(4, func(i int) error {
			if i == 0 {
				_, err := f.store.Receive(f.ctx, late)
				return err
			}
			_, err := f.store.Spend(f.ctx, idOf("ann"), tap.Message.Key, 1)
			return err
		})
		f.same("left", f.conversation("ann").Allowance.Left, 2)
	}
}

func leavingEnds(f *fixture) {
	first := granting("ann", 10, 5, 48*time.Hour)
	f.receive(first)
	gone := granting("ann", 20, 0, 0)
	gone.Grant.Ends = true
	want := conversation.Allowance{Granted: gone.Message.Key, Until: after(20)}
	f.allowance("left", f.receive(gone).Conversation, want)
	_, err := f.store.Spend(f.ctx, idOf("ann"), first.Message.Key, -1)
	f.refused(err, fault.Conflict)
	late := granting("ann", 5, 5, 48*time.Hour)
	late.Message.Received = after(50)
	f.allowance("words from before", f.receive(late).Conversation, want)
	back := granting("ann", 60, 3, time.Minute)
	want = conversation.Allowance{Granted: back.Message.Key, Total: 3, Left: 3, Until: after(60).Add(time.Minute)}
	f.allowance("back again", f.receive(back).Conversation, want)
}

func commitKeepsAllowance(f *fixture) {
	in := granting("ann", 0, 5, time.Hour)
	c := f.receive(in).Conversation
	left := f.spend("ann", in.Message.Key, 1)
	ch := stay(c, "an old view")
	ch.Next.Epoch++
	f.allowance("committed", f.commit(ch).Conversation, left)
	another := left
	another.Granted = "k"
	for i, other := range []conversation.Allowance{{}, another, {Granted: left.Granted, Left: 99, Until: after(99)}} {
		ch = stay(f.conversation("ann"), fmt.Sprint("another ", i))
		ch.Next.Epoch++
		ch.Next.Allowance = other
		f.allowance("committed with another", f.commit(ch).Conversation, left)
	}
	got, err := f.store.Caused(f.ctx, c.ID, "another 0")
	f.ok(err)
	f.allowance("caused", got.Conversation, left)
}

func spend(f *fixture) {
	in := granting("ann", 0, 5, time.Hour)
	want := f.receive(in).Conversation.Allowance
	for _, step := range []struct{ n, left int }{{2, 3}, {0, 3}, {-1, 4}, {4, 0}, {-2, 2}} {
		want.Left = step.left
		f.same("spent", f.spend("ann", in.Message.Key, step.n), want)
		f.same("stored", f.conversation("ann").Allowance, want)
	}
}

func spendRefused(f *fixture) {
	_, err := f.store.Spend(f.ctx, idOf("nobody"), "k", 1)
	f.refused(err, fault.NotFound)
	f.receive(incoming("bob", after(0), "m", "x"))
	for _, n := range []int{-1, 0, 1} {
		_, err = f.store.Spend(f.ctx, idOf("bob"), "", n)
		f.refused(err, fault.Conflict)
	}
	f.same("where nothing was granted", f.conversation("bob").Allowance, conversation.Allowance{})
	old, in := granting("ann", 0, 2, time.Hour), granting("ann", 1, 5, time.Hour)
	f.receive(old)
	want := f.receive(in).Conversation.Allowance
	for _, n := range []int{-1, 1} {
		_, err = f.store.Spend(f.ctx, idOf("ann"), old.Message.Key, n)
		f.refused(err, fault.Conflict)
	}
	_, err = f.store.Spend(f.ctx, idOf("ann"), in.Message.Key, 6)
	f.refused(err, fault.Conflict)
	f.same("after what was refused", f.conversation("ann").Allowance, want)
}

func spendRace(f *fixture) {
	in := granting("ann", 0, 5, time.Hour)
	f.receive(in)
	var spent atomic.Int32
	f.together(16, func(int) error {
		_, err := f.store.Spend(f.ctx, idOf("ann"), in.Message.Key, 1)
		if err == nil {
			spent.Add(1)
		} else if fault.Is(err, fault.Conflict) {
			err = nil
		}
		return err
	})
	f.same("how many spent", spent.Load(), int32(5))
	f.same("left", f.conversation("ann").Allowance.Left, 0)
}

func heldIsOpen(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	m := outgoing("ann", after(1), "cause", "y")
	f.say("ann", "cause", m)
	o := sent("ann", m.Key)
	o.Outcome.Delivery = conversation.Held
	f.same("more", f.outcome(o), true)
	m.Outcome = o.Outcome
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{m})
	f.same("the state", f.conversation("ann").Undelivered, true)
	f.same("work", len(f.due(100)), 1)
	f.same("more after all", f.outcome(sent("ann", m.Key)), false)
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	f.same("work", f.due(100), []store.Work(nil))

	held := outgoing("ann", after(2), "born held", "y")
	held.Outcome.Delivery = conversation.Held
	f.say("ann", "born held", held)
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{held})
}

func outcomeDetails(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	m := outgoing("ann", after(1), "cause", "y")
	m.Outcome = conversation.Outcome{Delivery: conversation.Attempting, Attempts: 1, Inline: true, At: after(1)}
	got := f.say("ann", "cause", m)
	f.same("committed", got.Messages, []conversation.Message{m})
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{m})
	for _, o := range []conversation.Outcome{
		{Delivery: conversation.Pending, Attempts: 1, Gone: 2, At: after(2)},
		{Delivery: conversation.Sent, Attempts: 2, Gone: 3, Inline: true, At: after(3)},
	} {
		f.outcome(store.Outcome{Conversation: idOf("ann"), Key: m.Key, Outcome: o})
		stored, err := f.store.Message(f.ctx, idOf("ann"), m.Key)
		f.ok(err)
		f.same("stored", stored.Outcome, o)
	}
}

func stateTellsUndelivered(f *fixture) {
	tells := func(what string, c conversation.Conversation, want bool) {
		f.Helper()
		f.same(what, c.Undelivered, want)
		f.same(what+", read", f.conversation("ann").Undelivered, want)
	}
	tells("at first", f.receive(incoming("ann", after(0), "m", "x")).Conversation, false)
	ch := stay(f.conversation("ann"), "nothing to send")
	ch.Next.Undelivered = true
	tells("a change with no message", f.commit(ch).Conversation, false)
	secret := outgoing("ann", after(1), "private", "y")
	secret.Private, secret.Outcome = true, conversation.Outcome{}
	tells("for agents only", f.say("ann", "private", secret).Conversation, false)
	m := outgoing("ann", after(2), "cause", "y")
	tells("a message", f.say("ann", "cause", m).Conversation, true)
	tells("a customer's next word", f.receive(incoming("ann", after(3), "m", "x")).Conversation, true)
	ch = stay(f.conversation("ann"), "an old view")
	ch.Next.Undelivered = false
	tells("a change that knew of none", f.commit(ch).Conversation, true)
	became, err := f.store.Become(f.ctx, idOf("ann"), idOf("bob"), "")
	f.ok(err)
	tells("become", became, true)
	f.outcome(sent("ann", m.Key))
	caused, err := f.store.Caused(f.ctx, idOf("ann"), "cause")
	f.ok(err)
	tells("sent", caused.Conversation, false)
}
