package outbound_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"

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
