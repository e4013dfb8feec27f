package storetest

import (
	"fmt"
	"sync"

	"github.com/zhida-project/zhida/shared/conversation"
)

var becomeTests = []test{
	{name: "the first counts", run: becomesTheFirst},
	{name: "nothing else changes", run: becomesAlone},
	{name: "several at once", run: becomesOne},
}

func (f *fixture) become(user, own, name string) conversation.Conversation {
	f.Helper()
	c, err := f.store.Become(f.ctx, idOf(user), idOf(own), name)
	f.ok(err)
	f.same("stored", f.conversation(user), c)
	return c
}

func becomesTheFirst(f *fixture) {
	want := f.receive(incoming("guest", after(0), "m", "x")).Conversation
	f.same("at first", want.Became, conversation.ID(""))
	for _, step := range []struct{ own, name, called string }{
		{"ann", "", ""}, // also without a name
		{"bob", "Bob", ""},
		{"ann", "Ann", "Ann"},
		{"ann", "Ann", "Ann"},
		{"ann", "", "Ann"},
		{"bob", "Bob", "Ann"},
		{"ann", "安", "安"},
	} {
		want.Became, want.Name = idOf("ann"), step.called
		f.same(step.own+", "+step.name, f.become("guest", step.own, step.name), want)
	}
	f.receive(incoming("ann", after(1), "m", "x"))
	f.same("her own", f.conversation("ann").Became, conversation.ID(""))
}

func becomesAlone(f *fixture) {
	f.ask("guest", after(0))
	before := f.claim("guest", "kim", after(5))
	want := before
	want.Became, want.Name = idOf("ann"), "Ann"
	f.same("with a person", f.become("guest", "ann", "Ann"), want)
	f.same("messages", len(f.messages("guest")), 1)
	f.held("kim", want.Ticket)
	in := incoming("guest", after(9), "m2", "x")
	got := f.receive(in)
	want.LastIn, want.LastHeard = in.Message.Key, in.Message.Received
	f.same("with the next message", got.Conversation, want)
	// Who decided before, and does not know, changes nothing of it.
	ch := stay(before, "cause")
	ch.Next.Became, ch.Next.Epoch = idOf("mallory"), ch.Epoch+1
	want.Epoch++
	f.same("committed", f.commit(ch).Conversation, want)
	f.same("committed, stored", f.conversation("guest"), want)
}

// becomesOne: of several customers who come at once one is let in, and each is told who.
func becomesOne(f *fixture) {
	f.receive(incoming("guest", after(0), "m", "x"))
	const customers = 16
	var mu sync.Mutex
	told := map[conversation.ID]bool{}
	f.together(customers, func(n int) error {
		own := idOf(fmt.Sprint("user ", n))
		c, err := f.store.Become(f.ctx, idOf("guest"), own, fmt.Sprint("user ", n))
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		told[c.Became] = true
		return nil
	})
	c := f.conversation("guest")
	f.same("who they were told counts", told, map[conversation.ID]bool{c.Became: true})
	for n := range customers {
		if user := fmt.Sprint("user ", n); idOf(user) == c.Became {
			f.same("name", c.Name, user)
		}
	}
}
