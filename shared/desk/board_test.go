package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/live"
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
