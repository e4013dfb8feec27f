package storetest

import (
	"sync"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

var arriveTests = []test{
	{name: "media that came take the place of what is awaited, once", run: arriveOnce},
	{name: "what is not awaited stays", run: arriveUnasked},
	{name: "of many the first counts", run: arriveRace},
}

var (
	awaited = conversation.Part{Kind: conversation.Image, Media: conversation.Media{Remote: "media-id"}}
	arrived = conversation.Part{Kind: conversation.Image, Media: conversation.Media{Key: "k", Tag: "t", Name: "n", Type: "image/png", Size: 7}}
)

func arriveOnce(f *fixture) {
	in := marked("ann", 0, 30)
	in.Message.Parts = append(in.Message.Parts, awaited)
	want := f.receive(in).Message
	state := f.conversation("ann")
	want.Parts = append(conversation.TextParts("人工"), arrived)
	arrive := func(what string, parts ...conversation.Part) {
		f.Helper()
		got, err := f.store.Arrive(f.ctx, want.Conversation, want.Key, parts)
		f.ok(err)
		f.same(what, got, want)
		f.same(what+", stored", f.messages("ann"), []conversation.Message{want})
	}
	arrive("arrived", want.Parts...)
	arrive("again", conversation.TextParts("something else")...)
	f.same("the state", f.conversation("ann"), state)
	f.same("the mark", len(f.due(30)), 1)
	f.same("a repeat", f.receive(in).Message, want)

	// What cannot be had is told in words, which are one text.
	lost := incoming("bob", after(0), "m", "")
	lost.Message.Parts = []conversation.Part{awaited}
	f.receive(lost)
	got, err := f.store.Arrive(f.ctx, idOf("bob"), lost.Message.Key, conversation.TextParts("没有送到"))
	f.ok(err)
	f.same("in words", got.Words(), "没有送到")
	f.same("in words, stored", f.messages("bob"), []conversation.Message{got})
}

func arriveUnasked(f *fixture) {
	_, err := f.store.Arrive(f.ctx, idOf("nobody"), "k", []conversation.Part{arrived})
	f.refused(err, fault.NotFound)
	in := incoming("ann", after(0), "m", "x")
	in.Message.Parts = append(in.Message.Parts, arrived)
	f.receive(in)
	_, err = f.store.Arrive(f.ctx, idOf("ann"), conversation.InboundKey(after(1), "m"), []conversation.Part{arrived})
	f.refused(err, fault.NotFound)
	got, err := f.store.Arrive(f.ctx, idOf("ann"), in.Message.Key, conversation.TextParts("other"))
	f.ok(err)
	f.same("told", got, in.Message)
	f.same("stored", f.messages("ann"), []conversation.Message{in.Message})

	// Ours may be on its way out, with media that lie elsewhere.
	m := outgoing("ann", after(1), "cause", "y")
	m.Parts = []conversation.Part{awaited}
	f.say("ann", "cause", m)
	m.Parts = []conversation.Part{arrived}
	got, err = f.store.Arrive(f.ctx, idOf("ann"), m.Key, m.Parts)
	f.ok(err)
	f.same("ours", got, m)
	f.same("ours, still to be delivered", f.undelivered("ann"), []conversation.Message{m})
	again, err := f.store.Caused(f.ctx, idOf("ann"), "cause")
	f.ok(err)
	f.same("ours, caused", again.Messages, []conversation.Message{m})
}

func arriveRace(f *fixture) {
	in := incoming("ann", after(0), "m", "")
	in.Message.Parts = []conversation.Part{awaited}
	f.receive(in)
	var mu sync.Mutex
	told := map[int64]bool{}
	f.together(16, func(i int) error {
		part := arrived
		part.Media.Size = int64(i)
		got, err := f.store.Arrive(f.ctx, idOf("ann"), in.Message.Key, []conversation.Part{part})
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		told[got.Parts[0].Media.Size] = true
		return nil
	})
	if stored := f.messages("ann")[0].Parts[0].Media.Size; len(told) != 1 || !told[stored] {
		f.Errorf("told %v, stored %d", told, stored)
	}
}
