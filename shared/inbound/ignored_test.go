package inbound

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
)

// TestWhatIsIgnoredIsCounted, and told once a minute.
func TestWhatIsIgnoredIsCounted(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &Service{o: Options{Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil))}}
	said := func(want ...string) {
		t.Helper()
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if log.Len() == 0 {
			lines = nil
		}
		log.Reset()
		if len(lines) != len(want) {
			t.Fatalf("told %q, want %q", lines, want)
		}
		for i, line := range lines {
			if !strings.Contains(line, want[i]) {
				t.Errorf("told %q, want %q", line, want[i])
			}
		}
	}
	s.ignored(t.Context(), "x", "own_or_bot")
	said("channel=x why=own_or_bot count=1")
	for range 3 {
		s.ignored(t.Context(), "x", "own_or_bot")
	}
	s.ignored(t.Context(), "y", "own_or_bot")
	said()
	now = now.Add(time.Minute)
	s.ignored(t.Context(), "x", "own_or_bot")
	said("channel=x why=own_or_bot count=4", "channel=y why=own_or_bot count=1")
}

func TestWhatAPlatformSaysOfItself(t *testing.T) {
	var log bytes.Buffer
	s := &Service{o: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	s.remarkable(t.Context(), "x", channel.Receipt{Ignored: "own_or_bot"})
	if log.Len() > 0 {
		t.Errorf("told %s", &log)
	}
	s.remarkable(t.Context(), "x", channel.Receipt{Dropping: true, Ignored: "rate_limited"})
	s.remarkable(t.Context(), "x", channel.Receipt{Revoked: "T1", Ignored: "uninstalled"})
	if got := log.String(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, "account=T1 why=uninstalled") {
		t.Errorf("told %s", got)
	}
}
