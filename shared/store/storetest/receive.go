package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

var receiveTests = []test{
	{name: "first contact makes the conversation", run: firstContact},
	{name: "first contacts at once make one conversation", run: firstContactRace},
	{name: "a repeated key is the first message", run: repeatedKey},
	{name: "a repeat is one for ever", run: repeatAfterDays},
	{name: "one key at once is stored once", run: repeatedKeyRace},
	{name: "a late message lands where it was written", run: lateMessage},
	{name: "the customer's name is the last that was told", run: customerName},
	{name: "the newest key only grows", run: newestKeyGrows},
	{name: "a key counts in its conversation only", run: sameKeyElsewhere},
	{name: "a message changes no state but the newest key", run: plainMessageKeepsState},
}

func firstContact(f *fixture) {
	in := incoming("ann", after(5), "m1", "你好")
	got := f.receive(in)
	want := conversation.New(idOf("ann"), peerOf("ann"))
	want.LastIn, want.LastHeard = in.Message.Key, in.Message.Received
	f.same("received", got, store.Received{Conversation: want, Message: in.Message})
	f.same("conversation", f.conversation("ann"), want)
	f.same("messages", f.messages("ann"), []conversation.Message{in.Message})
}

func firstContactRace(f *fixture) {
	const n = 64
	f.together(n, func(i int) error {
		got, err := f.store.Receive(f.ctx, incoming("ann", after(i), "m", "hi"))
		if err == nil && (got.Repeat || got.Conversation.Epoch != 1) {
			err = fmt.Errorf("message %d: repeat %t, epoch %d", i, got.Repeat, got.Conversation.Epoch)
		}
		return err
	})
	want := conversation.New(idOf("ann"), peerOf("ann"))
	want.LastIn, want.LastHeard = conversation.InboundKey(after(n-1), "m"), after(n-1)
	f.same("conversation", f.conversation("ann"), want)
	all := f.messages("ann")
	if len(all) != n {
		f.Fatalf("%d messages stored, want %d", len(all), n)
	}
	for i, m := range all {
		if m.Key != conversation.InboundKey(after(i), "m") {
			f.Fatalf("message %d is %s", i, m.Key)
		}
	}
}

func repeatedKey(f *fixture) {
	first := incoming("ann", after(0), "m1", "first")
	f.receive(first)
	second := first
	second.Message.Parts = conversation.TextParts("second")
	second.Message.Received = after(99)
	second.Message.Agent = "mallory"
	got := f.receive(second)
	if !got.Repeat {
		f.Error("the repeat was not noticed")
	}
	f.same("the repeat's message", got.Message, first.Message)
	f.same("the repeat's conversation", got.Conversation, f.conversation("ann"))
	f.same("messages", f.messages("ann"), []conversation.Message{first.Message})
}

func repeatAfterDays(f *fixture) {
	first := incoming("ann", after(0), "m0", "first")
	f.receive(first)
	for i := 1; i <= 300; i += 13 { // no number of later messages makes it forgotten
		f.receive(incoming("ann", after(i), fmt.Sprintf("m%d", i), "more"))
	}
	f.clock.set(start.Add(3 * 24 * time.Hour))
	again := first
	again.Message.Received = f.clock.now()
	got := f.receive(again)
	if !got.Repeat {
		f.Error("the repeat was not noticed")
	}
	f.same("message", got.Message, first.Message)
}

func repeatedKeyRace(f *fixture) {
	var mu sync.Mutex
	var firsts int
	var texts = map[string]bool{}
	f.together(16, func(i int) error {
		got, err := f.store.Receive(f.ctx, incoming("ann", after(0), "m1", fmt.Sprint("copy ", i)))
		mu.Lock()
		defer mu.Unlock()
		if err == nil && !got.Repeat {
			firsts++
		}
		texts[got.Message.Words()] = true
		return err
	})
	if firsts != 1 || len(texts) != 1 {
		f.Errorf("%d calls were the first; they were given %v", firsts, texts)
	}
	if all := f.messages("ann"); len(all) != 1 || !texts[all[0].Words()] {
		f.Errorf("stored %v, told %v", all, texts)
	}
}

func lateMessage(f *fixture) {
	newest, heard := conversation.Key(""), time.Time{}
	for i, ms := range []int{10, 5, 7, 20, 15, 5, 20} {
		in := incoming("ann", after(ms), "m", "x")
		in.Message.Received = after(100 + i)
		got := f.receive(in)
		newest = max(newest, got.Message.Key)
		if !got.Repeat {
			heard = in.Message.Received // a repeat is no new arrival
		}
		f.same(fmt.Sprintf("newest key with the message of %d ms", ms), got.Conversation.LastIn, newest)
		f.same(fmt.Sprintf("newest arrival with the message of %d ms", ms), got.Conversation.LastHeard, heard)
		f.same("stored", f.conversation("ann"), got.Conversation)
	}
	var order []int64
	for _, m := range f.messages("ann") {
		order = append(order, m.Key.Time().Sub(start).Milliseconds())
	}
	f.same("order", order, []int64{5, 7, 10, 15, 20})
}

// The customer's name is the last that the channel told.
func customerName(f *fixture) {
	told := func(ms int, name, want string) {
		f.Helper()
		in := incoming("ann", after(ms), "m", "x")
		in.Name = name
		f.same("received", f.receive(in).Conversation.Name, want)
		f.same("stored", f.conversation("ann").Name, want)
	}
	told(0, "", "")
	told(5, "安", "安")
	told(6, "", "安")
	told(3, "Ann", "Ann") // a message that came late, or again, tells it as well
	told(3, "安娜", "安娜")
	f.same("newest key", f.conversation("ann").LastIn, conversation.InboundKey(after(6), "m"))
	f.ask("bob", after(0))
	ch := stay(f.conversation("ann"), "cause")
	ch.Next.Name, ch.Next.Epoch = "mallory", ch.Epoch+1
	f.same("committed", f.commit(ch).Conversation.Name, "安娜")
	f.same("stored", f.conversation("ann").Name, "安娜")
	f.same("somebody else's", f.conversation("bob").Name, "")
	in := incoming("cid", after(0), "m", "x")
	in.Name = "Cid"
	f.same("at first contact", f.receive(in).Conversation.Name, "Cid")
	f.same("at first contact, stored", f.conversation("cid").Name, "Cid")
}

func newestKeyGrows(f *fixture) {
	const n = 128
	order := rand.New(rand.NewPCG(1, 2)).Perm(n)
	var mu sync.Mutex
	var seen conversation.Key // the newest key of any message that was answered
	f.together(n, func(i int) error {
		in := incoming("ann", after(order[i]), "m", "x")
		mu.Lock()
		before := seen
		mu.Unlock()
		got, err := f.store.Receive(f.ctx, in)
		if err != nil {
			return err
		}
		if got.Conversation.LastIn < before || got.Conversation.LastIn < in.Message.Key {
			return fmt.Errorf("newest key %s after %s and %s", got.Conversation.LastIn, before, in.Message.Key)
		}
		mu.Lock()
		seen = max(seen, got.Conversation.LastIn)
		mu.Unlock()
		return nil
	})
	if got := f.conversation("ann").LastIn; got != conversation.InboundKey(after(n-1), "m") {
		f.Errorf("the newest key is %s", got)
	}
}

func sameKeyElsewhere(f *fixture) {
	f.receive(incoming("ann", after(10), "m1", "ann's"))
	got := f.receive(incoming("bob", after(10), "m1", "bob's"))
	if got.Repeat || got.Conversation.Peer.User != "bob" {
		f.Errorf("another conversation's key made it a repeat (%t), of %s", got.Repeat, got.Conversation.Peer.User)
	}
	for user, text := range map[string]string{"ann": "ann's", "bob": "bob's"} {
		if all := f.messages(user); len(all) != 1 || all[0].Words() != text {
			f.Errorf("%s: %v", user, all)
		}
	}
}

func plainMessageKeepsState(f *fixture) {
	f.ask("ann", after(0))
	want := f.claim("ann", "kim", after(5))
	in := incoming("ann", after(9), "m2", "are you there?")
	want.LastIn, want.LastHeard = in.Message.Key, in.Message.Received
	got := f.receive(in)
	f.same("conversation", got.Conversation, want)
	f.same("conversation as read", f.conversation("ann"), want)
}
