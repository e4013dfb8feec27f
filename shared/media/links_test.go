package media_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
)

// moody is a store that answers by the name that is asked for.
type moody struct{ blob.Store }

func (moody) Download(ctx context.Context, _ blob.Key, _ blob.Tag, name string) (blob.Link, error) {
	switch name {
	case "hangs":
		<-ctx.Done()
		return blob.Link{}, fault.New(fault.DeadlineExceeded, "test", "")
	case "gone":
		return blob.Link{}, fault.New(fault.NotFound, "test", "")
	case "down":
		return blob.Link{}, fault.New(fault.Unavailable, "test", "")
	}
	return blob.Link{URL: "/" + name}, nil
}

func moodily(t *testing.T) *media.Service {
	t.Helper()
	s, err := media.New(media.Options{Blobs: moody{}, Limits: limits, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func showing(names ...string) (m conversation.Message) {
	for _, name := range names {
		m.Parts = append(m.Parts, conversation.Part{Kind: conversation.Image, Media: conversation.Media{Name: name}})
	}
	return m
}

// TestNobodyWaitsForLinks: a store that hangs takes a second of a reading, however many
// files there are, and what the store could tell is told.
func TestNobodyWaitsForLinks(t *testing.T) {
	for name, c := range map[string]struct {
		names []string
		took  time.Duration
	}{
		"all are well":  {[]string{"a", "b"}, 0},
		"one is gone":   {[]string{"a", "gone"}, 0},
		"the last down": {[]string{"a", "down"}, 0},
		"some hang":     {[]string{"hangs", "a", "hangs", "hangs"}, time.Second},
		"all hang": {[]string{"hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs",
			"hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs", "hangs"}, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			m, began := showing(c.names...), time.Now()
			for i := range m.Parts {
				m.Parts[i].Media.Size = int64(i) // each another file
			}
			links := moodily(t).Links(t.Context(), m)
			if took := time.Since(began); took != c.took {
				t.Errorf("%s: it took %v", name, took)
			}
			for i, shown := range (channel.View{Links: links}).Parts(m) {
				want := channel.ShownPart{Later: true}
				switch c.names[i] {
				case "a", "b":
					want = channel.ShownPart{URL: "/" + c.names[i]}
				case "gone":
					want = channel.ShownPart{}
				}
				if shown.URL != want.URL || shown.Later != want.Later {
					t.Errorf("%s: %s is shown as %+v", name, c.names[i], shown)
				}
			}
		})
	}
}
