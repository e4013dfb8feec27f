// Command bootstrap is a small function, for the test that runs it as Lambda would.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

func main() {
	host, err := lambdahost.New(lambdahost.Options{
		HTTP:     http.HandlerFunc(serve),
		Queues:   map[string]func(context.Context, []byte) error{"SQSQueue": ring},
		Schedule: func(context.Context) error { panic("the clock broke") },
		Now:      time.Now,
		Log:      slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambdahost.Start(host)
}

// serve says which process it is, and how long it has.
func serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/panic" {
		panic("a defect")
	}
	deadline, _ := r.Context().Deadline()
	w.Header().Set("X-Process", fmt.Sprint(os.Getpid()))
	w.Header().Set("X-Deadline", fmt.Sprint(deadline.UnixMilli()))
	_, _ = io.Copy(w, r.Body)
}

func ring(_ context.Context, body []byte) error {
	switch string(body) {
	case "panic":
		panic("a defect")
	case "later":
		return fault.New(fault.Unavailable, "bootstrap.ring", "")
	default:
		return nil
	}
}
