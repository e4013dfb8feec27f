package outbound_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// typist is a connector that shows that an agent writes.
type typist struct {
	channel.Connector
	shown []conversation.Peer
	err   error
}

func (y *typist) Type(_ context.Context, p conversation.Peer) error {
	y.shown = append(y.shown, p)
	return y.err
}

func TestAnAgentThatWritesIsShown(t *testing.T) {
	f := setUp(t, careful)
	bell, err := json.Marshal(outbox.Doorbell{Conversation: f.id, Typing: true})
	must(t, err)
	must(t, f.drain.Handle(t.Context(), bell)) // where nothing can be shown
	y := &typist{Connector: f.connector}
	d, err := outbound.New(outbound.Options{Store: f.store, Outbox: f.box, Connector: y, Now: f.clock.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)

	must(t, d.Handle(t.Context(), bell))
	if len(y.shown) != 0 {
		t.Error("a program is shown to write")
	}
	c, err := f.store.Conversation(t.Context(), f.id)
	must(t, err)
	next := c
	next.Status = conversation.WithPerson
	_, err = f.box.Commit(t.Context(), c, store.Change{Cause: "claim", Next: next})
	must(t, err)
	y.err = fault.New(fault.ProviderRefused, "x", "")
	must(t, d.Handle(t.Context(), bell)) // a no comes too late when it is tried again
	if len(y.shown) != 1 || y.shown[0] != c.Peer {
		t.Errorf("shown to %v", y.shown)
	}
	if len(f.connector.sent) != 0 {
		t.Error("a doorbell of typing delivers")
	}
}

// claimed is a store of one conversation, which a person holds.
type claimed struct{ store.Store }

func (claimed) Conversation(context.Context, conversation.ID) (conversation.Conversation, error) {
	return conversation.Conversation{Status: conversation.WithPerson}, nil
}

// stuck is a provider that shows nothing and says nothing, as long as it is let.
type stuck struct{ channel.Connector }

func (stuck) Type(ctx context.Context, _ conversation.Peer) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestACourtesyHoldsUpNoWords: what the agent writes is delivered behind it.
func TestACourtesyHoldsUpNoWords(t *testing.T) {
	bell, err := json.Marshal(outbox.Doorbell{Conversation: "abcdefghijklmnopqrstuvwxyz", Typing: true})
	must(t, err)
	synctest.Test(t, func(t *testing.T) {
		d, err := outbound.New(outbound.Options{
			Store: claimed{}, Outbox: &outbox.Outbox{}, Connector: stuck{&scripted{info: careful}}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		})
		must(t, err)
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		must(t, d.Handle(ctx, bell))
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
