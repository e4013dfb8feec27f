package inbound_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// blank is the store of a customer who has written nothing yet.
type blank struct{ store.Store }

func (blank) Conversation(context.Context, conversation.ID) (conversation.Conversation, error) {
	return conversation.Conversation{}, fault.New(fault.NotFound, "test", "")
}

func (blank) Messages(context.Context, conversation.ID, conversation.Key, int) ([]conversation.Message, error) {
	return nil, nil
}

// pages is a channel with live clients.
type pages struct {
	channel.Connector
	channel.Live
}

func (pages) Info() channel.Info { return channel.Info{Name: "x"} }

type silent struct{}

func (silent) Push(context.Context, string, any) error { return nil }

func service(ping time.Duration) (*inbound.Service, error) {
	return serviceOf(ping, conversation.IDs{})
}

func serviceOf(ping time.Duration, ids conversation.IDs) (*inbound.Service, error) {
	return serviceWith(ping, ids, blank{})
}

func serviceWith(ping time.Duration, ids conversation.IDs, s store.Store) (*inbound.Service, error) {
	return inbound.New(inbound.Options{
		IDs: ids, Store: s, Outbox: &outbox.Outbox{}, Decider: struct{ inbound.Decider }{}, Ping: ping,
		Now: func() time.Time { return time.UnixMilli(1_760_000_000_000) }, Log: slog.New(slog.DiscardHandler),
	})
}

// TestPagesAreToldTheirRhythm: the host decides how often a customer's page pings.
func TestPagesAreToldTheirRhythm(t *testing.T) {
	for ping, want := range map[time.Duration]int{0: 20, 4 * time.Minute: 240} {
		s, err := service(ping)
		if err != nil {
			t.Fatal(err)
		}
		audience, err := inbound.NewAudience(blank{}, pages{}, silent{}, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		frames, err := s.NewVisitors(pages{}, audience, nil).Ready(t.Context(), live.Session{State: []byte(`{}`)})
		if err != nil || len(frames) != 1 {
			t.Fatalf("%d frames, %v", len(frames), err)
		}
		text, err := json.Marshal(frames[0])
		if err != nil {
			t.Fatal(err)
		}
		var ready struct {
			Ping int `json:"ping_seconds"`
		}
		if err := json.Unmarshal(text, &ready); err != nil || ready.Ping != want {
			t.Errorf("%s: %s, %v", ping, text, err)
		}
	}
}

func TestARhythmThatNoPageCanKeep(t *testing.T) {
	for _, ping := range []time.Duration{-time.Minute, time.Second - 1} {
		if _, err := service(ping); !fault.Is(err, fault.Config) {
			t.Errorf("%s: %v", ping, err)
		}
	}
}
