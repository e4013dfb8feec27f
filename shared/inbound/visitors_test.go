package inbound_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
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

// book is the store of a conversation with all kinds of messages.
type book struct {
	blank
	all []conversation.Message
}

func (b *book) Messages(context.Context, conversation.ID, conversation.Key, int) ([]conversation.Message, error) {
	return slices.Clone(b.all), nil
}

// keyed shows the key of a message.
type keyed struct{ pages }

func (keyed) Frame(m conversation.Message, _ channel.View) any { return m.Key }

// TestWhatACustomerDoesNotSee: what agents alone see, and what was withheld from the
// customer, is in no page. What may have been delivered is.
func TestWhatACustomerDoesNotSee(t *testing.T) {
	kept := &book{}
	for key, m := range map[conversation.Key]conversation.Message{
		"1 theirs": {}, "2 ours": {Outcome: conversation.Outcome{Delivery: conversation.Sent}},
		"3 on its way": {Outcome: conversation.Outcome{Delivery: conversation.Pending}},
		"4 uncertain":  {Outcome: conversation.Outcome{Delivery: conversation.UnknownSent}},
		"5 withheld":   {Outcome: conversation.Outcome{Delivery: conversation.NotSent}},
		"6 private":    {Private: true}, "7 private, sent": {Private: true, Outcome: conversation.Outcome{Delivery: conversation.Sent}},
	} {
		m.Key = key
		kept.all = append(kept.all, m)
	}
	slices.SortFunc(kept.all, func(a, b conversation.Message) int { return strings.Compare(string(a.Key), string(b.Key)) })
	s, err := serviceWith(0, conversation.IDs{}, kept)
	if err != nil {
		t.Fatal(err)
	}
	audience, err := inbound.NewAudience(kept, keyed{}, silent{}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	v := s.NewVisitors(keyed{}, audience, nil)
	ready, err := v.Ready(t.Context(), live.Session{State: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	page, err := v.Frame(t.Context(), live.Session{State: []byte(`{}`)}, []byte(`{"type":"history"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1 theirs", "2 ours", "3 on its way", "4 uncertain"}
	for what, frames := range map[string][]any{"ready": ready, "history": page} {
		text, err := json.Marshal(frames)
		if err != nil {
			t.Fatal(err)
		}
		var got []struct{ Messages []string }
		if err := json.Unmarshal(text, &got); err != nil || len(got) != 1 || !slices.Equal(got[0].Messages, want) {
			t.Errorf("%s: %s, want %q", what, text, want)
		}
	}
}
