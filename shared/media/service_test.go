package media_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
)

func TestLinks(t *testing.T) {
	d := start(t)
	handles := make([]string, limits.Most)
	for i := range handles {
		handles[i] = d.uploaded(ours, string(rune('a'+i))+".png", "image/png", pngOf(t))
	}
	parts, err := d.Take(t.Context(), ours, handles)
	if err != nil {
		t.Fatal(err)
	}
	messages := make([]conversation.Message, 4) // more links than are made at a time
	for i := range messages {
		messages[i].Parts = parts
	}
	messages[0].Parts = append([]conversation.Part{{Kind: conversation.Text, Text: "x"}}, parts...)
	links := d.Links(t.Context(), messages...)
	if len(links) != len(parts) {
		t.Fatalf("%d links", len(links))
	}
	for _, p := range parts {
		link := links[p.Media.Shown()]
		answer := httptest.NewRecorder()
		d.blobs.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, link.URL, nil))
		if answer.Code != http.StatusOK || !bytes.Equal(answer.Body.Bytes(), pngOf(t)) || !link.Until.Equal(d.now.Add(blob.LinkLife)) {
			t.Errorf("%s is answered %d, until %v", link.URL, answer.Code, link.Until)
		}
	}
	shown := channel.View{Links: links}.Parts(messages[0])
	if len(shown) != 6 || shown[0].Text != "x" || shown[0].URL != "" || shown[1].URL == "" || shown[1].Until != d.now.Add(blob.LinkLife).UnixMilli() {
		t.Errorf("shown are %+v", shown)
	}
	d.now = d.now.Add(25 * time.Hour)
	if links := d.Links(t.Context(), messages...); len(links) != 0 {
		t.Errorf("there are links to what is gone: %v", links)
	}
	shown = channel.View{}.Parts(messages[0])
	if shown[1].URL != "" || shown[1].Until != 0 || shown[1].Name != "a.png" {
		t.Errorf("what is gone looks like %+v", shown[1])
	}
	if texts := d.Links(context.Background(), conversation.Message{Parts: conversation.TextParts("x")}); texts != nil {
		t.Error("a text has links")
	}
}

// TestAMessageShowsWhatWasLookedAt, and nothing that is put under its key when that is
// gone: the same offer is the same upload, for ever.
func TestAMessageShowsWhatWasLookedAt(t *testing.T) {
	d := start(t)
	bill := []byte(pdf + "an honest bill....................")
	offer := channel.Offer{ID: "a", Name: "账单.pdf", Type: "application/pdf", Size: int64(len(bill))}
	uploads := func(content []byte) string {
		t.Helper()
		up, err := d.Offer(t.Context(), ours, "customer", offer)
		if err != nil {
			t.Fatal(err)
		}
		if status := d.follow(up.Link, content); status > 299 {
			t.Fatalf("the upload is answered %d", status)
		}
		return up.Handle
	}
	parts, err := d.Take(t.Context(), ours, []string{uploads(bill)})
	if err != nil {
		t.Fatal(err)
	}
	m := conversation.Message{Parts: parts}
	for _, content := range [][]byte{append([]byte(exe), make([]byte, len(bill)-len(exe))...), bill} {
		d.now = d.now.Add(25 * time.Hour) // longer than it is kept
		if err := d.blobs.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		uploads(content)
		link, there := d.Links(t.Context(), m)[parts[0].Media.Shown()]
		if same := bytes.Equal(content, bill); there != same || same && link.URL == "" {
			t.Errorf("the message shows %.5q: %v", content, there)
		}
	}
}

// TestWithout is a deployment that takes no media.
func TestWithout(t *testing.T) {
	d := &desk{T: t}
	_, err := d.Offer(t.Context(), ours, "customer", channel.Offer{ID: "a", Size: 1})
	d.refused(fault.NotPossible, err)
	_, err = d.Take(t.Context(), ours, []string{"x"})
	d.refused(fault.NotPossible, err)
	if parts, err := d.Take(t.Context(), ours, nil); parts != nil || err != nil {
		t.Error(parts, err)
	}
	picture := conversation.Message{Parts: []conversation.Part{{Kind: conversation.Image, Media: conversation.Media{Key: "x"}}}}
	if links := d.Links(t.Context(), picture); links != nil {
		t.Error(links)
	}
	if d.Limits() != nil {
		t.Error("it has limits")
	}
}

func TestNewNeedsAll(t *testing.T) {
	d := start(t)
	whole := media.Options{Blobs: d.blobs, Limits: limits, Log: slog.New(slog.DiscardHandler)}
	for name, change := range map[string]func(*media.Options){
		"store":       func(o *media.Options) { o.Blobs = nil },
		"log":         func(o *media.Options) { o.Log = nil },
		"picture":     func(o *media.Options) { o.Limits.Picture = 0 },
		"file":        func(o *media.Options) { o.Limits.File = 0 },
		"most":        func(o *media.Options) { o.Limits.Most = 0 },
		"small limit": func(o *media.Options) { o.Limits.File = blob.MaxSize + 1 },
	} {
		o := whole
		change(&o)
		if _, err := media.New(o); !fault.Is(err, fault.Config) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
}
