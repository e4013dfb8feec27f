package apigwlive_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/apigwlive"
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

// between is a table at which something happens after each look at an item.
type between struct {
	apigwlive.Table
	happens func()
}

func (b *between) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	out, err := b.Table.GetItem(ctx, in, o...)
	if what := b.happens; what != nil {
		b.happens = nil
		what()
	}
	return out, err
}

// TestNotesAtOnce: a frame that is kept while somebody asks is not lost by it, and who
// asks while one is kept goes on asking.
func TestNotesAtOnce(t *testing.T) {
	w := start(t)
	table := &between{Table: w.db}
	asks, err := apigwlive.NewSessions(table, w.table, func() time.Time { return w.now })
	ok(t, err)
	noted := func(s *apigwlive.Sessions, want string) {
		t.Helper()
		if n, err := s.Note(t.Context(), "topic"); err != nil || string(n.Frame) != want {
			t.Errorf("noted is %q, %v, want %q", n.Frame, err, want)
		}
	}
	noted(asks, "")
	w.now = w.now.Add(live.NotesFor - time.Second) // the next one renews
	table.happens = func() { ok(t, w.pusher.Push(t.Context(), "topic", passing{1})) }
	noted(asks, "") // it had looked before
	noted(asks, `{"n":1}`)

	w.now = w.now.Add(live.NotesFor - time.Second)
	ok(t, w.pusher.Push(t.Context(), "topic", renewing{func() { noted(w.sessions, "") }}))
	w.now = w.now.Add(2 * time.Second) // when it would have ended
	ok(t, w.pusher.Push(t.Context(), "topic", passing{3}))
	noted(w.sessions, `{"n":3}`)
}

// renewing is a frame that is asked for between the look at who asks and the keeping of it.
type renewing struct{ asked func() }

func (renewing) Lasts() time.Duration { return 6 * time.Second }

// MarshalJSON is where that is.
func (r renewing) MarshalJSON() ([]byte, error) {
	r.asked()
	return []byte(`{"n":2}`), nil
}
