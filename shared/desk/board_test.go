package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/store"
)

// ready is what the first frame to a desk page says.
type ready struct {
	Lease int64 `json:"lease_seconds"`
	Ping  int64 `json:"ping_seconds"`
	Line  struct {
		Waiting int   `json:"waiting"`
		Exact   *bool `json:"exact"`
		About   bool  `json:"about"`
	} `json:"line"`
}

func (f *fixture) ready(agent desk.Agent) (r ready) {
	f.Helper()
	state, err := json.Marshal(agent)
	f.must(err)
	frames, err := f.Board().Ready(f.Context(), live.Session{State: state})
	f.must(err)
	text, err := json.Marshal(frames[0])
	f.must(err)
	f.must(json.Unmarshal(text, &r))
	return r
}

// TestPagesPingWithinTheLease: two pings may be lost before it ends.
func TestPagesPingWithinTheLease(t *testing.T) {
	f := setUp(t)
	for lease, ping := range map[time.Duration]int64{
		time.Second: 1, 5 * time.Second: 1, 30 * time.Second: 10, 2 * time.Minute: 40, 10 * time.Minute: 60,
	} {
		f.options.Lease = lease
		var err error
		f.Service, err = desk.New(f.options)
		f.must(err)
		if got := f.ready(lin); got.Lease != int64(lease/time.Second) || got.Ping != ping {
			t.Errorf("%s: told %+v, want a ping every %d s", lease, got, ping)
		}
	}
}

// crowded is a store whose lines have an end that is known no better than place.
type crowded struct {
	store.Store
	place store.Place
}

func (c crowded) Position(context.Context, conversation.Lane, string) (store.Place, error) {
	return c.place, nil
}

// TestALineIsAsLongAsIsKnown: what the store only estimates is told as no fact.
func TestALineIsAsLongAsIsKnown(t *testing.T) {
	f := setUp(t)
	check := func(when string, waiting int, exact, about bool) {
		t.Helper()
		l := f.ready(lin).Line
		if l.Exact == nil || l.Waiting != waiting || *l.Exact != exact || l.About != about {
			t.Errorf("%s: told %+v", when, l)
		}
	}
	check("nobody waits", 0, true, false)
	for i := range 49 {
		f.asks(fmt.Sprint(i))
	}
	check("all are shown one by one", 49, true, false)
	f.asks("ann")
	f.asks("bob")
	check("not all are shown", 51, true, false)
	kept := f.store.Store
	for when, place := range map[string]store.Place{
		"counted": {Ahead: 100, Exact: true}, "more than are counted": {Ahead: 128}, "surveyed": {Ahead: 3000, About: true},
	} {
		f.store.Store = crowded{kept, place}
		check(when, place.Ahead, place.Exact, place.About)
	}
}

// roomy gives links as long as those that a role signs.
type roomy struct{ blob.Store }

func (roomy) Download(context.Context, blob.Key, blob.Tag, string) (blob.Link, error) {
	return blob.Link{URL: "https://" + strings.Repeat("u", 3200)}, nil
}

// TestNobodyHeldIsEmpty: where links are too long for a conversation's share of the frame,
// its newest message stands there without, and says so.
func TestNobodyHeldIsEmpty(t *testing.T) {
	f := setUp(t)
	var err error
	f.options.Media, err = media.New(media.Options{Blobs: roomy{}, Limits: media.Limits{Picture: 1, File: 1, Most: 1}, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	f.Service, err = desk.New(f.options)
	f.must(err)
	for held := 1; held <= 10; held++ {
		user := fmt.Sprint("user-", held)
		id := f.asks(user)
		f.claims(lin, user)
		f.clock.Advance(time.Second)
		m := conversation.Message{Conversation: id, Author: conversation.Customer, Received: f.clock.Now()}
		for i := range 5 {
			m.Parts = append(m.Parts, conversation.Part{Kind: conversation.Image, Media: conversation.Media{Key: fmt.Sprint(i), Name: "a.png"}})
		}
		m.Key = conversation.InboundKey(f.clock.Now(), "p")
		_, err := f.store.Receive(t.Context(), store.Incoming{Peer: conversation.Peer{Channel: "x", User: user}, Message: m})
		f.must(err)
		state, err := json.Marshal(lin)
		f.must(err)
		frames, err := f.Board().Ready(t.Context(), live.Session{State: state})
		f.must(err)
		text, err := live.Encode(frames[0])
		f.must(err)
		var r struct {
			Held []struct {
				Messages []struct{ Parts []channel.ShownPart }
			}
		}
		f.must(json.Unmarshal(text, &r))
		if len(r.Held) != held || len(text) > 128<<10 {
			t.Errorf("%d are held, and ready shows %d in %d bytes", held, len(r.Held), len(text))
		}
		for _, h := range r.Held {
			pictured := false
			for _, m := range h.Messages {
				for _, p := range m.Parts {
					pictured = true
					if (p.URL == "") != p.Later || p.Later != (held > 5) {
						t.Errorf("of %d held, a picture is shown as %.40s, %v", held, p.URL, p.Later)
					}
				}
			}
			if !pictured {
				t.Errorf("of %d held, one shows no picture: %d messages", held, len(h.Messages))
			}
		}
	}
}
