package inbound

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
)

// broken is a store of blobs that gives nothing; without an error of its own it hangs.
type broken struct {
	blob.Store
	err error
}

func (b broken) Get(ctx context.Context, _ blob.Key) (blob.Info, io.ReadCloser, error) {
	if b.err == nil {
		<-ctx.Done()
		return blob.Info{}, nil, fault.New(fault.DeadlineExceeded, "test", "")
	}
	return blob.Info{}, nil, b.err
}

// takesFrom lets the service take what lies in a store, one file of a message.
func (f *flood) takesFrom(b blob.Store) {
	f.Helper()
	var err error
	f.service.o.Media, err = media.New(media.Options{Blobs: b, Limits: media.Limits{Picture: 1, File: 1 << 20, Most: 1}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
}

// shows submits a text with files beside it; each time the same message of ann's.
func (f *flood) shows(text string, handles ...string) (parts []conversation.Part, err error) {
	f.Helper()
	in := channel.Inbound{Peer: conversation.Peer{Channel: "x", Account: "main", User: "ann"}, Key: conversation.InboundKey(noon, "m"), Media: handles}
	if text != "" {
		in.Parts = conversation.TextParts(text)
	}
	accepted, err := f.door.accept(f.Context(), f.service, channel.Info{Retries: true}, channel.Receipt{Messages: []channel.Inbound{in}}, here)
	if err != nil {
		return nil, err
	}
	return accepted[0].Message.Parts, nil
}

// TestAnAskBesideAFileIsNeverRefused: whatever is wrong with the file (promise P1).
func TestAnAskBesideAFileIsNeverRefused(t *testing.T) {
	const mine, theirs = "mine", "theirs"
	for name, c := range map[string]struct {
		blobs   blob.Store // nil takes none
		handles []string
	}{
		"the store is down": {broken{err: fault.New(fault.Unavailable, "test", "down")}, []string{mine}},
		"the store hangs":   {broken{}, []string{mine}},
		"never uploaded":    {broken{err: fault.New(fault.NotFound, "test", "")}, []string{mine}},
		"another's":         {broken{}, []string{theirs}},
		"no handle":         {broken{}, []string{"../../etc/passwd"}},
		"too many":          {broken{}, []string{mine, theirs}},
		"none are taken":    {nil, []string{mine}},
	} {
		synctest.Test(t, func(t *testing.T) {
			for ask, told := range map[string]string{"转人工": "[有一个文件没有送到]", "I want to talk to a human": "[A file did not arrive]"} {
				f := newFlood(t, people())
				if c.blobs != nil {
					f.takesFrom(c.blobs)
				}
				id := f.service.o.IDs.Of(conversation.Peer{Channel: "x", Account: "main", User: "ann"})
				handles := make([]string, len(c.handles))
				for i, h := range c.handles {
					handles[i] = map[string]string{
						mine: string(blob.KeyOf(id, "a")) + "/0.YQ", theirs: string(blob.KeyOf("abcdefghijklmnopqrstuvwxyz", "a")) + "/0.YQ",
					}[h]
				}
				parts, err := f.shows(ask, handles...)
				if err != nil || len(f.heap.messages) != 1 || len(parts) != 1+len(handles) || parts[0].Text != ask {
					t.Fatalf("%s: %s became %+v, %v", name, ask, parts, err)
				}
				for _, p := range parts[1:] {
					if p.Kind != conversation.Unsupported || p.Text != told {
						t.Errorf("%s: in place of a file stands %+v", name, p)
					}
				}
			}
			f := newFlood(t, people())
			f.takesFrom(broken{err: fault.New(fault.NotFound, "test", "")})
			if parts, err := f.shows("看看这个", c.handles...); err == nil {
				t.Errorf("%s: what is no ask is taken without its file: %+v", name, parts)
			}
		})
	}
}

// TestARepeatNeedsItsFilesNoMore: what was accepted is acknowledged again as it was, though
// they are gone, or their store is down.
func TestARepeatNeedsItsFilesNoMore(t *testing.T) {
	for name, err := range map[string]error{
		"down": fault.New(fault.Unavailable, "test", "down"), "gone": fault.New(fault.NotFound, "test", ""),
	} {
		f := newFlood(t, people())
		id, key := f.service.o.IDs.Of(conversation.Peer{Channel: "x", Account: "main", User: "ann"}), conversation.InboundKey(noon, "m")
		handle := string(blob.KeyOf(id, "a")) + "/0.YQ"
		f.takesFrom(broken{err: err})
		if _, err := f.shows("看看这个", handle); err == nil {
			t.Errorf("%s: a new one is accepted", name)
		}
		before := []conversation.Part{{Kind: conversation.Image, Media: conversation.Media{Key: "k", Tag: "t", Name: "a.png"}}}
		f.heap.messages[f.heap.place(id, key)] = conversation.Message{Conversation: id, Key: key, Parts: before}
		if parts, err := f.shows("", handle); err != nil || !slices.Equal(parts, before) {
			t.Errorf("%s: the repeat is answered %+v, %v", name, parts, err)
		}
	}
}
