package inbound

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/store"
)

// reads is a store of conversations that lin holds, which counts what it is asked.
type reads struct {
	*heap
	asked int
}

func (r *reads) Conversation(_ context.Context, id conversation.ID) (conversation.Conversation, error) {
	r.asked++
	return conversation.Conversation{ID: id, Status: conversation.WithPerson, Ticket: conversation.Ticket{Assignee: "lin"}}, nil
}

func (r *reads) Messages(context.Context, conversation.ID, conversation.Key, int) ([]conversation.Message, error) {
	r.asked++
	return nil, nil
}

func (r *reads) See(_ context.Context, _ conversation.ID, s store.Seen) (store.Seen, bool, error) {
	r.asked++
	return s, true, nil
}

func (r *reads) Note(context.Context, string) (live.Note, error) {
	r.asked++
	return live.Note{}, nil
}

type nowhere struct{}

func (nowhere) Push(context.Context, string, any) error { return nil }

// frames is a flood of them.
type frames struct {
	*flood
	reads    *reads
	visitors *Visitors
	calls    *Calls
}

func newFrames(t *testing.T) *frames {
	t.Helper()
	f := newFlood(t, people())
	r := &reads{heap: f.heap}
	f.service.o.Store = r
	a, err := NewAudience(r, &guests{}, nowhere{}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	v := f.service.NewVisitors(&guests{}, a, f.door)
	return &frames{f, r, v, NewCalls(v, r)}
}

// sends sends a frame on a connection of a customer's.
func (f *frames) sends(user, from, frame string) (time.Duration, error) {
	ctx := live.WithAddress(f.Context(), from)
	s, err := f.visitors.Open(ctx, []byte(fmt.Sprintf(`{"type":"hello","token":%q}`, user)))
	if err != nil {
		f.Fatal(err)
	}
	if frame == "hello" {
		_, err = f.visitors.Ready(ctx, s)
	} else {
		_, err = f.visitors.Frame(ctx, s, []byte(fmt.Sprintf(`{"type":%q}`, frame)))
	}
	return time.Duration(fault.PublicOf(err).Retry) * time.Millisecond, err
}

// calls makes a call.
func (f *frames) call(user, from, frame string) (status int, body string) {
	r := httptest.NewRequestWithContext(f.Context(), http.MethodPost, "/", strings.NewReader(fmt.Sprintf(`{"type":%q}`, frame)))
	r.RemoteAddr = from + ":5"
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + user}}
	w := httptest.NewRecorder()
	f.calls.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// TestFramesAreLimited: each of them reads, and some ring at a desk.
func TestFramesAreLimited(t *testing.T) {
	for _, frame := range []string{"typing", "seen", "history"} {
		f := newFrames(t)
		for range 40 {
			wait, err := f.sends("ann", here, frame)
			f.passes(frame, wait, err)
		}
		asked, told := f.reads.asked, len(f.heap.told)
		wait, err := f.sends("ann", there, frame)
		f.waits(frame, 50*time.Millisecond, wait, err)
		if status, body := f.call("ann", here, frame); status != http.StatusTooManyRequests || !strings.Contains(body, `"code":"flood_limit"`) || !strings.Contains(body, `"retry":50`) {
			t.Errorf("%s by call: %d %s", frame, status, body)
		}
		if f.reads.asked > asked || len(f.heap.told) > told {
			t.Errorf("%s: what is refused costs the store or the desk something", frame)
		}
		wait, err = f.sends("bob", here, frame)
		f.passes("somebody else's "+frame, wait, err)
		for range 100 {
			wait, err = f.sends("ann", here, "ping")
			f.passes("a ping", wait, err)
		}
		f.now = f.now.Add(50 * time.Millisecond)
		wait, err = f.sends("ann", here, frame)
		f.passes("a moment later", wait, err)
	}
}

// TestPollsAreLimited, and what they are refused for holds up no word.
func TestPollsAreLimited(t *testing.T) {
	f := newFrames(t)
	for range 40 {
		if status, body := f.call("ann", here, "poll"); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
	}
	asked := f.reads.asked
	if status, body := f.call("ann", here, "poll"); status != http.StatusTooManyRequests || f.reads.asked > asked {
		t.Errorf("one more: %d %s, %d reads", status, body, f.reads.asked-asked)
	}
	wait, err := f.says("ann", here, "转人工")
	f.passes("an ask", wait, err)
	if status, body := f.call("bob", here, "poll"); status != http.StatusOK {
		t.Errorf("somebody else: %d %s", status, body)
	}
}

// TestAHelloIsLimited, and gets beyond the limit as an ask does: nobody can ask before it.
func TestAHelloIsLimited(t *testing.T) {
	f := newFrames(t)
	for range 40 + 3 {
		wait, err := f.sends("ann", here, "hello")
		f.passes("hello", wait, err)
	}
	asked := f.reads.asked
	wait, err := f.sends("ann", here, "hello")
	f.waits("one more", 50*time.Millisecond, wait, err)
	if status, body := f.call("ann", here, "hello"); status != http.StatusTooManyRequests || f.reads.asked > asked {
		t.Errorf("one more by call: %d %s", status, body)
	}
	for i := 0; f.door.takeFrame(live.WithAddress(t.Context(), here), conversation.ID(fmt.Sprint(i/40)), f.now) == nil; i++ {
		if i > 2000 {
			t.Fatal("an address has no limit")
		}
	}
	if status, body := f.call("bob", here, "poll"); status != http.StatusTooManyRequests {
		t.Errorf("a poll from an address that floods: %d %s", status, body)
	}
	if status, body := f.call("bob", here, "hello"); status != http.StatusOK {
		t.Errorf("a hello from an address that floods: %d %s", status, body)
	}
	if status, body := f.call("bob", there, "poll"); status != http.StatusOK {
		t.Errorf("from elsewhere: %d %s", status, body)
	}
}
