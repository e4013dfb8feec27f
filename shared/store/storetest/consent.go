package storetest

import (
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

var consentTests = []test{
	{name: "the newest word counts", run: consentNewest},
	{name: "a decision leaves it as it is", run: commitKeepsConsent},
	{name: "it outlasts who is forgotten", run: consentOutlasts},
	{name: "what a message means by law is kept", run: keywordKept},
	{name: "where nothing was said there is none", run: consentUnknown},
}

func (f *fixture) consent(user string, c conversation.Consent) {
	f.Helper()
	f.ok(f.store.PutConsent(f.ctx, idOf(user), c))
}

func consentNewest(f *fixture) {
	f.same("at first", f.receive(incoming("ann", after(0), "m", "x")).Conversation.Consent, conversation.Consent{})
	one, two, three := conversation.InboundKey(after(1), "a"), conversation.InboundKey(after(2), "b"), conversation.InboundKey(after(3), "c")
	for _, step := range []struct{ say, want conversation.Consent }{
		{conversation.Consent{Key: two, Out: true}, conversation.Consent{Key: two, Out: true}},
		{conversation.Consent{Key: one}, conversation.Consent{Key: two, Out: true}}, // it came late
		{conversation.Consent{Key: two, Out: true}, conversation.Consent{Key: two, Out: true}},
		{conversation.Consent{Key: two, Out: true, Told: true}, conversation.Consent{Key: two, Out: true, Told: true}},
		{conversation.Consent{Key: three}, conversation.Consent{Key: three}},
		{conversation.Consent{Key: two, Out: true}, conversation.Consent{Key: three}},
	} {
		f.consent("ann", step.say)
		f.same("the word", f.conversation("ann").Consent, step.want)
	}
	f.same("with the next message", f.receive(incoming("ann", after(9), "m", "y")).Conversation.Consent, conversation.Consent{Key: three})
	f.receive(incoming("bob", after(0), "m", "x"))
	f.same("somebody else's", f.conversation("bob").Consent, conversation.Consent{})
}

func commitKeepsConsent(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	said := conversation.Consent{Key: conversation.InboundKey(after(1), "a"), Out: true}
	f.consent("ann", said)
	done := f.commit(stay(c, "knows nothing of it"))
	f.same("committed", done.Conversation.Consent, said)
	ch := stay(done.Conversation, "says otherwise")
	ch.Next.Consent = conversation.Consent{}
	f.same("committed again", f.commit(ch).Conversation.Consent, said)
	f.same("stored", f.conversation("ann").Consent, said)
}

func consentOutlasts(f *fixture) {
	in := incoming("ann", after(0), "m", "x")
	f.receive(in)
	said := conversation.Consent{Key: in.Message.Key, Out: true}
	f.consent("ann", said)
	f.ok(f.store.Erase(f.ctx, idOf("ann"), in.Message.Key))
	f.same("erased", f.conversation("ann").Consent, said)
}

func keywordKept(f *fixture) {
	in := incoming("ann", after(0), "m", "STOP")
	in.Message.Keyword, in.Message.Answered = conversation.OptOut, true
	f.receive(in)
	f.same("stored", f.messages("ann"), []conversation.Message{in.Message})
	again := incoming("ann", after(0), "m", "STOP")
	again.Message.Keyword = conversation.Help
	got := f.receive(again)
	f.same("repeated", got.Message, in.Message)
	f.receive(incoming("ann", after(1), "m", "hello"))
	f.same("a plain one", f.messages("ann")[1].Keyword, conversation.Keyword(""))
}

func consentUnknown(f *fixture) {
	f.refused(f.store.PutConsent(f.ctx, idOf("nobody"), conversation.Consent{Key: "k", Out: true}), fault.NotFound)
	_, err := f.store.Conversation(f.ctx, idOf("nobody"))
	f.refused(err, fault.NotFound)
}
