package app

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/shared/conversation"
)

// TestWhatTheDemoPlays: where Slack and text messages are played, the page is told so, and plays them; to this machine only.
func TestWhatTheDemoPlays(t *testing.T) {
	file := openCrashFile(t)
	played := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "the console's "+r.URL.Path) })
	open := func(window http.Handler) *App {
		a, err := New(Options{
			Config: crashConfig(), Clock: file.clock, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader, Demo: true, SlackWindow: window, TextPhones: window,
		}, file.bare)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	with, without := open(played), open(nil)
	const ask = "/dev/ask?channel=slack&account=T1&user=C1&thread=1.1"
	for _, c := range []struct {
		app    *App
		path   string
		header http.Header
		status int
		says   string
	}{
		{with, "/dev/info", nil, http.StatusOK, `"slack":true`},
		{with, "/dev/info", nil, http.StatusOK, `"sms":true`},
		{with, "/dev/slack/window", nil, http.StatusOK, "the console's /window"},
		{with, "/dev/sms/phone", nil, http.StatusOK, "the console's /phone"},
		{with, "/dev/slack/window", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, http.StatusForbidden, "proxies"},
		{with, "/dev/slack/window", http.Header{"Host": {"127.0.0.1.evil.example"}}, http.StatusForbidden, "this machine only"},
		{with, ask, nil, http.StatusOK, `"records":[]`},
		{with, strings.Replace(ask, "slack", "sms", 1), nil, http.StatusOK, `"records":[]`},
		{with, strings.Replace(ask, "slack", "wechat", 1), nil, http.StatusUnauthorized, "unauthenticated"},
		{without, "/dev/info", nil, http.StatusOK, `"slack":false`},
		{without, "/dev/slack/window", nil, http.StatusNotFound, ""},
		{without, "/dev/sms/phone", nil, http.StatusNotFound, ""},
		{without, strings.Replace(ask, "slack", "sms", 1), nil, http.StatusUnauthorized, "unauthenticated"},
		{without, ask, nil, http.StatusUnauthorized, "unauthenticated"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8080"+c.path, http.NoBody)
		for name, value := range c.header {
			r.Header[name] = value
		}
		if host := r.Header.Get("Host"); host != "" {
			r.Host = host
		}
		w := httptest.NewRecorder()
		if c.app.Handler().ServeHTTP(w, r); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %v: %d %s, want %d %q", c.path, c.header, w.Code, w.Body, c.status, c.says)
		}
	}
}

// TestWhoseAskTheDemoShows: a thread of a channel is a conversation of its own.
func TestWhoseAskTheDemoShows(t *testing.T) {
	file := openCrashFile(t)
	a, err := New(Options{
		Config: crashConfig(), Clock: file.clock, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader, Demo: true, SlackWindow: http.NotFoundHandler(),
	}, file.bare)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dev/ask?channel=slack&account=T1&user=C1&thread=1.1", http.NoBody)
	want := a.inbound.ID(conversation.Peer{Channel: slack.Name, Account: "T1", User: "C1", Thread: "1.1"})
	if got, err := a.askedFor(r); err != nil || got != want {
		t.Errorf("it shows %q (%v), want %q", got, err, want)
	}
}
