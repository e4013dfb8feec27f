package storetest

import (
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var noteTests = []test{
	{name: "the newest message's counts, as it was told last", run: noteNewest},
	{name: "the line has it", run: noteInLine},
	{name: "a decision leaves it as it is", run: commitKeepsNote},
	{name: "where nothing was said there is none", run: noteUnknown},
}

func (f *fixture) note(user string, n conversation.Note) {
	f.Helper()
	f.ok(f.store.PutNote(f.ctx, idOf(user), n))
}

func noteNewest(f *fixture) {
	f.same("at first", f.receive(incoming("ann", after(0), "m", "x")).Conversation.Note, conversation.Note{})
	for _, step := range []struct{ say, want conversation.Note }{
		{conversation.Note{Key: ours(2), ProviderID: "p2"}, conversation.Note{Key: ours(2), ProviderID: "p2"}},
		{conversation.Note{Key: ours(2), ProviderID: "p2", Place: "3"}, conversation.Note{Key: ours(2), ProviderID: "p2", Place: "3"}},
		{conversation.Note{Key: ours(1), ProviderID: "p1", Place: "9"}, conversation.Note{Key: ours(2), ProviderID: "p2", Place: "3"}},
		{conversation.Note{Key: ours(4), ProviderID: "p4"}, conversation.Note{Key: ours(4), ProviderID: "p4"}},
		{conversation.Note{Key: ours(5)}, conversation.Note{Key: ours(5)}},
	} {
		f.note("ann", step.say)
		f.same("the note", f.conversation("ann").Note, step.want)
	}
	f.same("with the next message", f.receive(incoming("ann", after(9), "m", "y")).Conversation.Note, conversation.Note{Key: ours(5)})
	f.receive(incoming("bob", after(0), "m", "x"))
	f.same("somebody else's", f.conversation("bob").Note, conversation.Note{})
}

func noteInLine(f *fixture) {
	f.ask("ann", after(1))
	f.ask("bob", after(2))
	n := conversation.Note{Key: ours(3), ProviderID: "p", Place: "2"}
	f.note("bob", n)
	f.same("line", f.line(), []store.Waiting{waitingOf(f.conversation("ann")), waitingOf(f.conversation("bob"))})
	f.same("bob's", f.line()[1].Note, n)
	f.same("whose channel", f.line()[1].Channel+" "+f.line()[1].Account, "test acme")
}

func commitKeepsNote(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	n := conversation.Note{Key: ours(3), ProviderID: "p", Place: "2"}
	f.note("ann", n)
	done := f.commit(stay(c, "knows nothing of it"))
	f.same("committed", done.Conversation.Note, n)
	ch := stay(done.Conversation, "says otherwise")
	ch.Next.Note = conversation.Note{Key: ours(9)}
	f.same("committed again", f.commit(ch).Conversation.Note, n)
	f.same("stored", f.conversation("ann").Note, n)
}

func noteUnknown(f *fixture) {
	f.refused(f.store.PutNote(f.ctx, idOf("nobody"), conversation.Note{Key: ours(1)}), fault.NotFound)
	_, err := f.store.Conversation(f.ctx, idOf("nobody"))
	f.refused(err, fault.NotFound)
}
