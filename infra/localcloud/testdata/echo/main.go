// Command echo is a function for the tests of localcloud: it does what requests,
// frames and messages tell it to.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/live"
)

func main() {
	if os.Getenv("ECHO_FAILS") != "" {
		fmt.Fprintln(os.Stderr, "it cannot start")
		os.Exit(3)
	}
	c := connections{at: os.Getenv("ECHO_CONNECTIONS")}
	host, err := lambdahost.New(lambdahost.Options{
		HTTP: http.HandlerFunc(serve), Live: c, Sessions: sessions{}, Poster: c,
		Queues: map[string]func(context.Context, []byte) error{"bells": ring},
		Schedule: func(context.Context) error {
			fmt.Fprintln(os.Stderr, "tick")
			return nil
		},
		Now: time.Now,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambdahost.Start(host)
}

// serve answers with the request itself.
func serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/crash":
		os.Exit(3)
	case "/hang":
		fmt.Fprintln(os.Stderr, "hangs")
		time.Sleep(time.Hour)
	case "/slow":
		time.Sleep(50 * time.Millisecond)
	case "/echo/environment":
		fmt.Fprintln(w, strings.Join(os.Environ(), "\n"))
		return
	case "/large":
		_, _ = w.Write(bytes.Repeat([]byte("a"), 7<<20))
		return
	}
	w.Header().Set("X-Process", fmt.Sprint(os.Getpid()))
	w.Header().Set("X-Seen", fmt.Sprintf("%s %s %s %s", r.Method, r.URL.Path, r.URL.RawQuery, r.Host))
	w.Header().Set("X-Names", r.Header.Get("X-Name"))
	for _, c := range r.Cookies() {
		http.SetCookie(w, c)
	}
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	w.WriteHeader(http.StatusTeapot)
	_, _ = io.Copy(w, r.Body)
}

// ring says which message came, and fails those that are to come again.
func ring(_ context.Context, body []byte) error {
	fmt.Fprintf(os.Stderr, "rang %s\n", body)
	if strings.HasPrefix(string(body), "fail") {
		return fault.New(fault.Unavailable, "echo.ring", "")
	}
	return nil
}

// connections echo frames by way of the management API.
type connections struct{ at string }

func (connections) Open(_ context.Context, first []byte) (live.Session, error) {
	if !json.Valid(first) {
		return live.Session{}, fault.New(fault.BadRequest, "echo.Open", "")
	}
	return live.Session{State: first}, nil
}
func (connections) Ready(_ context.Context, s live.Session) ([]any, error) {
	return []any{json.RawMessage(s.State)}, nil
}
func (connections) Frame(context.Context, live.Session, []byte) ([]any, error) { return nil, nil }
func (connections) Alive(context.Context, live.Session) error                  { return nil }

func (c connections) Post(ctx context.Context, connection string, frame []byte) error {
	return c.call(ctx, http.MethodPost, connection, frame)
}
func (c connections) Close(ctx context.Context, connection string) error {
	return c.call(ctx, http.MethodDelete, connection, nil)
}

func (c connections) call(ctx context.Context, method, connection string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, method, c.at+"/@connections/"+connection, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s %d\n", method, answer.StatusCode)
	return answer.Body.Close()
}

// sessions forget at once, so every frame is a first one.
type sessions struct{}

func (sessions) Put(context.Context, string, live.Session) error { return nil }
func (sessions) Get(context.Context, string) (live.Session, error) {
	return live.Session{}, fault.New(fault.NotFound, "echo.Get", "")
}
func (sessions) Delete(_ context.Context, connection string) error {
	fmt.Fprintln(os.Stderr, "forgotten")
	return nil
}
