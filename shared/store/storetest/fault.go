package storetest

import (
	"context"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var faultTests = []test{
	{name: "what was never said is not found", run: notFound},
	{name: "a call that ended before it began", run: endedContext},
	{name: "errors tell nothing of customers", run: quietErrors},
}

func notFound(f *fixture) {
	_, err := f.store.Conversation(f.ctx, idOf("nobody"))
	f.refused(err, fault.NotFound)
	c := conversation.New(idOf("nobody"), peerOf("nobody"))
	ch := stay(c, "cause")
	ch.Messages = []conversation.Message{outgoing("nobody", after(0), "r", "x")}
	ch.Work = []store.Work{parked("nobody", 1, 0)}
	ch.Records = []conversation.Record{{Ask: conversation.NewTicketID(c.ID, "k"), Event: "e", At: after(0)}}
	_, err = f.store.Commit(f.ctx, ch)
	f.refused(err, fault.NotFound)
	_, err = f.store.Conversation(f.ctx, idOf("nobody"))
	f.refused(err, fault.NotFound)
	f.same("messages", f.messages("nobody"), []conversation.Message(nil))
	_, err = f.store.Become(f.ctx, c.ID, idOf("ann"), "Ann")
	f.refused(err, fault.NotFound)
	_, err = f.store.Conversation(f.ctx, c.ID)
	f.refused(err, fault.NotFound)
	f.same("work", f.due(100), []store.Work(nil))
	f.same("ledger", f.ledger(ch.Records[0].Ask), []conversation.Record(nil))
	// The cause was not spent.
	ch.Next = f.receive(incoming("nobody", after(0), "m", "x")).Conversation
	if f.commit(ch).Repeat {
		f.Error("a refused cause counted")
	}
}

// calls are one call of every method.
func calls(f *fixture, ch store.Change, in store.Incoming) map[string]func(context.Context) error {
	s, id := f.store, ch.Next.ID
	return map[string]func(context.Context) error{
		"Receive":      func(ctx context.Context) error { _, err := s.Receive(ctx, in); return err },
		"Become":       func(ctx context.Context) error { _, err := s.Become(ctx, id, idOf("cid"), ""); return err },
		"Commit":       func(ctx context.Context) error { _, err := s.Commit(ctx, ch); return err },
		"Caused":       func(ctx context.Context) error { _, err := s.Caused(ctx, id, "cause"); return err },
		"Conversation": func(ctx context.Context) error { _, err := s.Conversation(ctx, id); return err },
		"Messages":     func(ctx context.Context) error { _, err := s.Messages(ctx, id, "", 5); return err },
		"Message":      func(ctx context.Context) error { _, err := s.Message(ctx, id, "k"); return err },
		"Undelivered":  func(ctx context.Context) error { _, _, err := s.Undelivered(ctx, id, 5); return err },
		"Outcome":      func(ctx context.Context) error { _, err := s.Outcome(ctx, sent("ann", "k")); return err },
		"Report":       func(ctx context.Context) error { _, err := s.Report(ctx, sent("ann", "k")); return err },
		"PutNote":      func(ctx context.Context) error { return s.PutNote(ctx, id, conversation.Note{Key: "k"}) },
		"PutConsent":   func(ctx context.Context) error { return s.PutConsent(ctx, id, conversation.Consent{Key: "k"}) },
		"Turn":         func(ctx context.Context) error { _, err := s.Turn(ctx, "scope", after(0), after(1)); return err },
		"See":          func(ctx context.Context) error { _, _, err := s.See(ctx, id, store.Seen{Read: "k"}); return err },
		"Seen":         func(ctx context.Context) error { _, err := s.Seen(ctx, id); return err },
		"Line":         func(ctx context.Context) error { _, err := s.Line(ctx, conversation.Front, 5); return err },
		"Position":     func(ctx context.Context) error { _, err := s.Position(ctx, conversation.Front, ""); return err },
		"Survey":       func(ctx context.Context) error { return s.Survey(ctx, conversation.Front) },
		"Held":         func(ctx context.Context) error { _, err := s.Held(ctx, "kim"); return err },
		"Lease":        func(ctx context.Context) error { return s.Lease(ctx, "kim", after(1)) },
		"Due":          func(ctx context.Context) error { _, err := s.Due(ctx, after(0), 5); return err },
		"Defer":        func(ctx context.Context) error { return s.Defer(ctx, parked("ann", 0, 0), after(2)) },
		"Settle":       func(ctx context.Context) error { return s.Settle(ctx, parked("ann", 0, 0)) },
		"Ledger":       func(ctx context.Context) error { _, err := s.Ledger(ctx, "t"); return err },
		"Records":      func(ctx context.Context) error { _, err := s.Records(ctx, start); return err },
	}
}

func endedContext(f *fixture) {
	first := f.receive(incoming("ann", after(0), "m1", "x"))
	ch := stay(first.Conversation, "cause")
	ch.Messages = []conversation.Message{outgoing("ann", after(2), "r", "y")}
	in := incoming("ann", after(1), "m2", "y")
	cancelled, cancel := context.WithCancel(f.ctx)
	cancel()
	late, done := context.WithDeadline(f.ctx, time.Unix(1, 0))
	defer done()
	for name, call := range calls(f, ch, in) {
		if err := call(cancelled); !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.DeadlineExceeded) {
			f.Errorf("%s, cancelled: %v", name, err)
		}
		if err := call(late); !fault.Is(err, fault.DeadlineExceeded) {
			f.Errorf("%s, too late: %v", name, err)
		}
	}
	// Whether or not something was done, repeating brings it to the same end.
	f.receive(in)
	f.commit(ch)
	f.same("messages", f.messages("ann"), []conversation.Message{first.Message, in.Message, ch.Messages[0]})
}

func quietErrors(f *fixture) {
	const secret = "sk-138-0013-8000"
	in := incoming(secret, after(0), secret, secret)
	f.receive(in)
	moved := stay(f.conversation(secret), secret)
	moved.Next.Epoch++
	f.commit(moved)
	ch := stay(moved.Next, secret+" again")
	ch.Epoch = 1
	ch.Messages = []conversation.Message{outgoing(secret, after(1), secret, secret)}
	_, conflict := f.store.Commit(f.ctx, ch)
	_, unknown := f.store.Message(f.ctx, in.Message.Conversation, conversation.OwnKey(after(0), secret, 0))
	ended, cancel := context.WithCancel(f.ctx)
	cancel()
	in.Message.Key = conversation.InboundKey(after(5), secret)
	_, unavailable := f.store.Receive(ended, in)
	for _, err := range []error{conflict, unknown, unavailable} {
		if err == nil {
			f.Error("an error was expected")
		} else if text := err.Error(); strings.Contains(text, secret) {
			f.Errorf("the error tells a customer's words or id: %s", strings.ReplaceAll(text, secret, "…"))
		}
	}
}
