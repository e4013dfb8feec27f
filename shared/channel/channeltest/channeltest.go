// Package channeltest is the suite that every connector passes. A connector's
// test describes the channel in a Harness and calls Run. What a channel does not
// have is left out of the harness and printed in one line: nothing is skipped
// silently, and nothing a connector must do can be left out.
package channeltest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
)

// Harness is what the suite must know of a channel.
type Harness struct {
	// Connector makes the connector under test, whose provider is the double.
	Connector func(t testing.TB, d *Double) channel.Connector

	// Secrets are what Connector was made with: none may appear in a fault.
	Secrets []string

	// WithoutSecret makes a connector with an empty secret, which must be a
	// fault.Config.
	WithoutSecret func() error

	// Call is one webhook call that carries one message, complete but for the
	// proof of who sends it. Its At is the time of the whole suite.
	Call channel.Request

	// Sign returns a call with the proof the platform adds at r.At. It must not
	// change r.
	Sign func(r channel.Request) channel.Request

	// Forgeries are calls that must be refused as Unauthenticated: at least those
	// of Required, each made from Call.
	Forgeries map[string]func(r channel.Request) channel.Request

	// Exempt are the Required forgeries that the channel's protocol cannot tell,
	// each with the reason, which is printed.
	Exempt map[string]string

	// Sending describes what goes out. Required: every channel sends.
	Sending Sending

	// Live describes clients with connections; nil where the connector has none.
	Live *Live

	// Folder holds inbound/<case>/ and outbound/<case>/; default "testdata".
	Folder string
}

// Required are the forgeries that every channel must refuse, by name.
func Required() []string {
	return []string{
		"unsigned", // no proof at all
		"forged",   // the proof, a character of it changed
		"foreign",  // a proof made with another secret
		"stale",    // a proof that was good, long ago
		"altered",  // the proof of another body
	}
}

// Sending is what the suite must know of a channel's way out.
type Sending struct {
	// Sample is a message that the provider takes.
	Sample channel.Outbound

	// Yes is the provider's answer that it took a message; zero is an empty 200.
	Yes Reply

	// HTTP says that the provider is called over HTTP, at Double.URL. The suite
	// then answers with statuses and broken connections of its own.
	HTTP bool

	// Written is how a text stands in a call; nil: as it is.
	Written func(text string) string

	// Aside are the paths of calls that only prepare, such as fetching a token.
	Aside []string

	// Refusals are the provider's own ways to say no, such as a 200 with an error
	// code in it, by name.
	Refusals map[string]Refusal
}

// Live is what the suite must know of a channel with connections.
type Live struct {
	// Token is good at Call.At and is of the customer who signs Call.
	Token string

	// BadTokens must be refused as Unauthenticated, by name.
	BadTokens map[string]string
}

type check struct {
	name string
	run  func(*suite)
}

func checks() []check {
	return []check{
		{"Info", (*suite).info},
		{"EmptySecret", (*suite).emptySecret},
		{"Sample", (*suite).sample},
		{"Inbound", (*suite).inbound},
		{"Outbound", (*suite).outbound},
		{"Pure", (*suite).pure},
		{"Forgeries", (*suite).forgeries},
		{"BrokenBodies", (*suite).brokenBodies},
		{"Retries", (*suite).retries},
		{"SendFaults", (*suite).sendFaults},
		{"Edits", (*suite).edits},
		{"Labels", (*suite).labels},
		{"Cards", (*suite).cards},
		{"Live", (*suite).live},
		{"Concurrent", (*suite).concurrent},
	}
}

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.Folder == "" {
		h.Folder = "testdata"
	}
	where, err := os.Getwd() // go test runs in the package's folder, which names the channel
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			s := &suite{h: h, t: t, folder: filepath.Base(where)}
			s.use()
			c.run(s)
			for _, problem := range s.problems {
				t.Error(problem)
			}
		})
	}
	if unselected := h.unselected(); len(unselected) > 0 {
		t.Logf("channeltest: not selected: %s", strings.Join(unselected, "; "))
	}
}

func (h Harness) unselected() []string {
	var names []string
	if !h.Sending.HTTP {
		names = append(names, "sending over HTTP")
	}
	if h.Live == nil {
		names = append(names, "live clients")
	}
	for _, name := range Required() {
		if reason, exempt := h.Exempt[name]; exempt {
			names = append(names, "forgery "+name+" ("+reason+")")
		}
	}
	return names
}

// suite is one check's view of the harness. Problems are collected, so that the
// suite can be tried on connectors that are broken on purpose.
type suite struct {
	h        Harness
	t        testing.TB
	folder   string // of the connector
	double   *Double
	c        channel.Connector
	problems []string
}

// use makes a connector of the check's own.
func (s *suite) use() {
	s.double = newDouble(s.t, s.h.Sending.Yes, s.h.Sending.Aside)
	s.c = s.h.Connector(s.t, s.double)
}

func (s *suite) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// call returns the signed sample call.
func (s *suite) call() channel.Request { return s.h.Sign(cloneRequest(s.h.Call)) }

// receive calls Receive, and takes a panic for a problem.
func (s *suite) receive(what string, r channel.Request) (receipt channel.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.problem("%s: Receive panics: %v", what, p)
			err = fmt.Errorf("panic")
		}
	}()
	if p, ok := s.c.(channel.Preparer); ok { // as hosts do
		if err := p.Prepare(context.Background(), r); err != nil {
			s.problem("%s: Prepare: %v", what, err)
		}
	}
	return s.c.Receive(context.Background(), r)
}

// How long a provider may keep the suite waiting. Only one that hangs on purpose
// takes that long.
const (
	sendWithin = 10 * time.Second
	hangWithin = 150 * time.Millisecond
)

func (s *suite) send(what string, out channel.Outbound) (channel.Sent, error) {
	return s.sendWithin(sendWithin, what, out)
}

func (s *suite) sendWithin(patience time.Duration, what string, out channel.Outbound) (sent channel.Sent, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.problem("%s: Send panics: %v", what, p)
			err = fmt.Errorf("panic")
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.c.Send(ctx, out)
}

func cloneRequest(r channel.Request) channel.Request {
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	query := make(map[string][]string, len(r.Query))
	for name, values := range r.Query {
		query[name] = append([]string(nil), values...)
	}
	r.Query = query
	r.Body = append([]byte(nil), r.Body...)
	return r
}
