package inbound_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/live"
)

// known lets one customer in.
type known struct{ pages }

func (known) Info() channel.Info { return channel.Info{Name: "x", AckWithin: time.Second} }

func (known) Submission(string, []byte, time.Time) channel.Request { return channel.Request{} }

func (known) Identify(_ context.Context, token string, _ time.Time) (channel.Visitor, error) {
	if token != "ann" {
		return channel.Visitor{}, fault.New(fault.Unauthenticated, "test", "")
	}
	return channel.Visitor{Name: "Ann"}, nil
}

// notes is what is passing.
type notes struct{ note live.Note }

func (n *notes) Note(context.Context, string) (live.Note, error) { return n.note, nil }

func calls(t *testing.T) (*inbound.Calls, *notes) {
	t.Helper()
	ids, err := conversation.NewIDs(make([]byte, conversation.MinDeploymentKey))
	if err != nil {
		t.Fatal(err)
	}
	s, err := serviceOf(0, ids)
	if err != nil {
		t.Fatal(err)
	}
	audience, err := inbound.NewAudience(blank{}, known{}, silent{}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	n := &notes{}
	return inbound.NewCalls(s.NewVisitors(known{}, audience, inbound.NewDoor(inbound.DoorOptions{Origins: live.Origins{"https://shop.example"}})), n), n
}

// asks makes a call as ann, and returns its frames.
func asks(t *testing.T, c *inbound.Calls, frame string) []map[string]any {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(frame))
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer ann"}}
	c.ServeHTTP(w, r)
	var answer struct {
		Frames []map[string]any `json:"frames"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || answer.Frames == nil {
		t.Fatalf("%s: %d %s", frame, w.Code, w.Body)
	}
	return answer.Frames
}

func types(frames []map[string]any) (all string) {
	for _, f := range frames {
		all += f["type"].(string) + " "
	}
	return all
}

// TestPolling: a client that has everything hears a pong, and what is passing is told
// with an end by which it is known again.
func TestPolling(t *testing.T) {
	c, n := calls(t)
	hello := asks(t, c, `{"type":"hello"}`)
	if types(hello) != "ready " || hello[0]["mark"] == "" || hello[0]["customer"].(map[string]any)["name"] != "Ann" {
		t.Fatalf("%v", hello)
	}
	if got := asks(t, c, `{"type":"poll"}`); types(got) != "ready " || got[0]["mark"] != hello[0]["mark"] {
		t.Errorf("without a mark: %v", got)
	}
	same, err := json.Marshal(map[string]any{"type": "poll", "mark": hello[0]["mark"]})
	if err != nil {
		t.Fatal(err)
	}
	if got := asks(t, c, string(same)); types(got) != "pong " || got[0]["now"] == nil {
		t.Errorf("with the mark: %v", got)
	}
	n.note = live.Note{Frame: json.RawMessage(`{"type":"typing"}`), Until: time.UnixMilli(7)}
	got := asks(t, c, string(same))
	if types(got) != "passing pong " || got[0]["until"] != 7.0 || got[0]["frame"].(map[string]any)["type"] != "typing" {
		t.Errorf("while somebody types: %v", got)
	}
	if got := asks(t, c, `{"type":"as","frame":`+string(same)+`}`); types(got) != "passing pong " {
		t.Errorf("in an envelope: %v", got)
	}
	if got := asks(t, c, `{"type":"typing"}`); len(got) != 0 {
		t.Errorf("typing is answered: %v", got)
	}
}

// TestCallsFromOtherPages: the widget stands in companies' own pages, and in no others.
func TestCallsFromOtherPages(t *testing.T) {
	c, _ := calls(t)
	for origin, want := range map[string]int{"https://shop.example": http.StatusNoContent, "https://evil.example": http.StatusForbidden} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "/", nil)
		r.Header = http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"POST"}}
		c.ServeHTTP(w, r)
		if allowed := w.Header().Get("Access-Control-Allow-Origin") == origin; w.Code != want || allowed != (want == http.StatusNoContent) {
			t.Errorf("%s: %d %v", origin, w.Code, w.Header())
		}
	}
}
