package hub_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/hub"
)

// passing is a frame that nobody can read later.
type passing struct {
	N int `json:"n"`
}

func (passing) Lasts() time.Duration { return 6 * time.Second }

// TestNotes: what is passing is kept for whoever asked before, for as long as it lasts.
func TestNotes(t *testing.T) {
	now := time.UnixMilli(1_760_000_000_000)
	h, err := hub.New(hub.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	push := func(frame any) {
		t.Helper()
		if err := h.Push(t.Context(), "topic", frame); err != nil {
			t.Fatal(err)
		}
	}
	noted := func(want string) {
		t.Helper()
		n, err := h.Note(t.Context(), "topic")
		if err != nil {
			t.Fatal(err)
		}
		got := "nothing"
		if n.Frame != nil {
			got = fmt.Sprintf("%s, %s", n.Frame, n.Until.Sub(now))
		}
		if got != want {
			t.Errorf("noted is %s, want %s", got, want)
		}
	}
	push(passing{1})
	noted("nothing") // nobody had asked
	push(passing{2})
	push(struct{}{}) // this can be read later
	now = now.Add(2 * time.Second)
	noted(`{"n":2}, 4s`)
	push(passing{3})
	noted(`{"n":3}, 6s`)
	now = now.Add(6 * time.Second)
	noted("nothing")
	now = now.Add(live.NotesFor)
	push(passing{4})
	noted("nothing") // nobody asked any more
}
