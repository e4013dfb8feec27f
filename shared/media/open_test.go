package media_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
)

var _ channel.Opener = (*media.Service)(nil).Open

func TestOpenReadsWhatWasShown(t *testing.T) {
	d := start(t)
	parts, err := d.Take(t.Context(), ours, []string{d.uploaded(ours, "a.png", "image/png", pngOf(t))})
	if err != nil {
		t.Fatal(err)
	}
	shown := parts[0].Media
	content, err := d.Open(t.Context(), shown)
	if err != nil {
		t.Fatal(err)
	}
	read, err := io.ReadAll(content)
	if err != nil || !bytes.Equal(read, pngOf(t)) || content.Close() != nil {
		t.Errorf("read %d bytes, %v", len(read), err)
	}
	other := shown
	other.Tag = "another"
	for name, m := range map[string]conversation.Media{"other content": other, "still with its provider": {Remote: "media id"}} {
		if _, err := d.Open(t.Context(), m); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.now = d.now.Add(25 * time.Hour)
	if _, err := d.Open(t.Context(), shown); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is gone: %v", err)
	}
	if _, err := (*media.Service)(nil).Open(t.Context(), shown); !fault.Is(err, fault.NotPossible) {
		t.Errorf("without media: %v", err)
	}
}
