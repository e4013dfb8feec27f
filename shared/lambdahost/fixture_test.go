package lambdahost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/live"
)

// seen is what reached the handlers, and what Lambda got.
type seen struct {
	HTTP      *seenRequest    `json:"http,omitempty"`
	Queue     []string        `json:"queue,omitempty"`
	Opened    string          `json:"opened,omitempty"`
	Posted    []string        `json:"posted,omitempty"`
	Held      bool            `json:"held,omitempty"` // the connection has a session afterwards
	Scheduled int             `json:"scheduled,omitempty"`
	Answer    json.RawMessage `json:"answer,omitempty"`
	Error     string          `json:"error,omitempty"`
}

type seenRequest struct {
	Method string      `json:"method"`
	URI    string      `json:"uri"`
	Path   string      `json:"path"`
	Query  string      `json:"query,omitempty"`
	Proto  string      `json:"proto"`
	Host   string      `json:"host"`
	Remote string      `json:"remote"`
	Header http.Header `json:"header"`
	Length int64       `json:"length"`
	Body   string      `json:"body,omitempty"`
}

func readRequest(r *http.Request) (*seenRequest, error) {
	body, err := io.ReadAll(r.Body)
	return &seenRequest{
		Method: r.Method, URI: r.RequestURI, Path: r.URL.Path, Query: r.URL.RawQuery, Proto: r.Proto,
		Host: r.Host, Remote: r.RemoteAddr, Header: r.Header, Length: r.ContentLength, Body: string(body),
	}, err
}

// everything is a host that serves all kinds, and what its handlers have seen.
func everything(t testing.TB) (*lambdahost.Host, *seen, *sessions) {
	got, held, posted := &seen{}, &sessions{}, &poster{}
	_ = held.Put(t.Context(), "R1kmxc2VNjMCFIA=", live.Session{State: []byte("lin")})
	h, _ := host(t, lambdahost.Options{
		HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			request, err := readRequest(r)
			if err != nil {
				t.Error(err)
			}
			got.HTTP = request
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, "您好 <&>")
		}),
		Live: &echo{
			open: func(_ context.Context, first []byte) (live.Session, error) {
				got.Opened = string(first)
				return live.Session{}, nil
			},
			frame: func(_ context.Context, s live.Session, frame []byte) ([]any, error) {
				return []any{said{Type: "echo", Text: string(s.State) + string(frame)}}, nil
			},
		},
		Sessions: held, Poster: &watched{posted, got},
		Queues: map[string]func(context.Context, []byte) error{"SQSQueue": func(_ context.Context, body []byte) error {
			got.Queue = append(got.Queue, string(body))
			return nil
		}},
		Schedule: func(context.Context) error { got.Scheduled++; return nil },
	})
	return h, got, held
}

type watched struct {
	*poster
	seen *seen
}

func (w *watched) Post(_ context.Context, _ string, frame []byte) error {
	w.seen.Posted = append(w.seen.Posted, string(frame))
	return nil
}

// TestPublishedEvents plays AWS's own sample events; each case says where it is
// from. ZHIDA_UPDATE_GOLDEN=1 writes what is wanted; read the difference.
func TestPublishedEvents(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/event.json")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range cases {
		folder := filepath.Dir(name)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			source, err := os.ReadFile(filepath.Join(folder, "SOURCE"))
			if err != nil || !bytes.HasPrefix(source, []byte("https://")) {
				t.Errorf("a case says where its event is published: %v", err)
			}
			payload, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			h, got, held := everything(t)
			got.Answer, err = h.Invoke(t.Context(), payload)
			if err != nil {
				got.Error = err.Error()
			}
			got.Held = held.has("R1kmxc2VNjMCFIA=")
			compare(t, filepath.Join(folder, "want.json"), got)
		})
	}
}

func compare(t *testing.T, file string, got *seen) {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("ZHIDA_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzInvoke finds no event that ends the process, or that gives Lambda an answer
// which is none.
func FuzzInvoke(f *testing.F) {
	cases, err := filepath.Glob("testdata/*/event.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		payload, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Add([]byte(`{"requestContext":{"http":{"method":"\n"}},"rawPath":"%zz"}`))
	f.Add([]byte(`{"requestContext":{"http":{},"domainName":".lambda-url."},"rawPath":"/%zz","body":"?","isBase64Encoded":true}`))
	f.Add([]byte(`{"Records":[{"eventSource":"aws:sqs","messageId":"1","eventSourceARN":"x.fifo"},null]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		h, _, _ := everything(t)
		answer, err := h.Invoke(t.Context(), payload)
		if err == nil && !json.Valid(answer) {
			t.Errorf("%s gave %q", payload, answer)
		}
	})
}
