package apigwlive_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/live"
)

// passing is a frame that nobody can read later.
type passing struct {
	N int `json:"n"`
}

func (passing) Lasts() time.Duration { return 6 * time.Second }

// TestNotes: what is passing is kept for whoever asked before, for as long as it lasts,
// and reaches connections as ever.
func TestNotes(t *testing.T) {
	w := start(t)
	push := func(frame any) {
		t.Helper()
		ok(t, w.pusher.Push(t.Context(), "topic", frame))
	}
	noted := func(want string) {
		t.Helper()
		n, err := w.sessions.Note(t.Context(), "topic")
		ok(t, err)
		got := "nothing"
		if n.Frame != nil {
			got = fmt.Sprintf("%s, %s", n.Frame, n.Until.Sub(w.now))
		}
		if got != want {
			t.Errorf("noted is %s, want %s", got, want)
		}
	}
	push(passing{1})
	if n := w.left(); n != 0 {
		t.Errorf("%d items for nobody", n)
	}
	noted("nothing") // nobody had asked
	w.enter("c1=", "topic")
	push(passing{2})
	push(struct{}{}) // this can be read later
	if heard := w.heard("c1="); len(heard) != 2 || heard[0] != `{"n":2}` {
		t.Errorf("the connection heard %q", heard)
	}
	w.now = w.now.Add(2 * time.Second)
	noted(`{"n":2}, 4s`)
	ok(t, w.sessions.Delete(t.Context(), "c1="))
	push(passing{3}) // also where nobody listens
	noted(`{"n":3}, 6s`)
	w.now = w.now.Add(live.NotesFor - time.Second) // asking renews
	noted("nothing")
	w.now = w.now.Add(time.Minute)
	push(passing{4})
	noted(`{"n":4}, 6s`)
	w.now = w.now.Add(live.NotesFor)
	push(passing{5})
	noted("nothing") // nobody asked any more
}
