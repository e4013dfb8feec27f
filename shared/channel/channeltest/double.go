package channeltest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zhida-project/zhida/shared/fault"
)

// Reply is what the double answers.
type Reply struct {
	Status int               `json:"status,omitempty"` // 0 is 200
	Header map[string]string `json:"header,omitempty"`
	Body   string            `json:"body,omitempty"`
	Hang   bool              `json:"-"` // no answer until the caller gives up
	Reset  bool              `json:"-"` // the connection breaks after the call was read
}

// Refusal is a provider's no and the fault it must become.
type Refusal struct {
	Reply Reply
	Want  fault.Code
}

// Call is what the provider got.
type Call struct {
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Query  string `json:"query,omitempty"`
	Body   any    `json:"body"` // the value of JSON, the fields of a form, else text
}

// Double stands in for a channel's provider. It answers what it is told and
// keeps what it got.
type Double struct {
	yes   Reply
	aside []string
	end   chan struct{}
	start func() *httptest.Server

	mu    sync.Mutex
	next  *Reply // instead of yes
	calls []Call
}

func newDouble(t testing.TB, yes Reply, aside []string) *Double {
	d := &Double{yes: yes, aside: aside, end: make(chan struct{})}
	d.start = sync.OnceValue(func() *httptest.Server {
		server := httptest.NewServer(d)
		t.Cleanup(server.Close)
		return server
	})
	t.Cleanup(func() { close(d.end) })
	return d
}

// URL is the address of the provider's API, for channels that call it over HTTP.
func (d *Double) URL() string { return d.start().URL }

// Take is a call of a provider that is not HTTP. It fails where the double is
// told to answer with anything but a 2xx.
func (d *Double) Take(ctx context.Context, what any) error {
	data, err := json.Marshal(what)
	if err != nil {
		return err
	}
	reply := d.record(Call{Body: readable("application/json", data)})
	switch {
	case reply.Hang:
		<-ctx.Done()
		return ctx.Err()
	case reply.Reset, reply.Status >= 300:
		return errors.New("the provider says no")
	default:
		return nil
	}
}

// ServeHTTP is the provider over HTTP.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller went away
	}
	if slices.Contains(d.aside, r.URL.Path) {
		d.answer(w, r, d.yes)
		return
	}
	d.answer(w, r, d.record(Call{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Body: readable(r.Header.Get("Content-Type"), body),
	}))
}

func (d *Double) answer(w http.ResponseWriter, r *http.Request, reply Reply) {
	switch {
	case reply.Hang:
		select {
		case <-r.Context().Done():
		case <-d.end:
		}
		return
	case reply.Reset:
		panic(http.ErrAbortHandler) // net/http breaks the connection
	}
	for name, value := range reply.Header {
		w.Header().Set(name, value)
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	_, _ = io.WriteString(w, reply.Body) // a caller that went away is no problem of the double's
}

// tell sets the answer to all calls from now on, and forgets the calls so far.
func (d *Double) tell(reply *Reply) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next, d.calls = reply, nil
}

func (d *Double) record(c Call) Reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, c)
	if d.next != nil {
		return *d.next
	}
	return d.yes
}

// got returns the calls since the last tell.
func (d *Double) got() []Call {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.calls)
}

func readable(contentType string, body []byte) any {
	var value any
	switch {
	case strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		if form, err := url.ParseQuery(string(body)); err == nil {
			return form
		}
	case json.Unmarshal(body, &value) == nil:
		return value
	}
	return string(body)
}
