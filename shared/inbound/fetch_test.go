package inbound_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

func pngOf(size int) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, size, size)))
	return b.Bytes()
}

func content(b []byte, mediaType string) channel.Fetched {
	return channel.Fetched{Body: io.NopCloser(bytes.NewReader(b)), Type: mediaType, Size: -1}
}

// shows has the customer send media that lie with the provider.
func (w *world) shows(kinds ...conversation.PartKind) channel.Inbound {
	w.Helper()
	in := w.says("1", "")
	in.Parts = nil
	for i, k := range kinds {
		in.Parts = append(in.Parts, conversation.Part{Kind: k, Media: conversation.Media{Remote: fmt.Sprint("remote", i)}})
	}
	if status, _ := w.call(in); status != http.StatusOK {
		w.Fatal(status)
	}
	if len(w.bells.got) != 1 || w.bells.got[0].Fetch != in.Key || len(w.due(store.Fetch)) != 1 {
		w.Fatalf("rung %+v, due %+v", w.bells.got, w.due(store.Fetch))
	}
	return in
}

func (w *world) parts(key conversation.Key) []conversation.Part {
	w.Helper()
	m, err := w.store.Store.Message(w.Context(), w.id, key)
	w.must(err)
	return m.Parts
}

func TestMediaAreFetched(t *testing.T) {
	amr := append([]byte("#!AMR\n"), 1, 2, 3)
	film := append([]byte("\x00\x00\x00\x18ftypmp42"), make([]byte, 100)...)
	for name, c := range map[string]struct {
		kind  conversation.PartKind
		found channel.Fetched
		fault error
		want  conversation.PartKind
		told  string // the type, or what is in the words
	}{
		"a picture":              {conversation.Image, content(pngOf(3), "image/jpeg"), nil, conversation.Image, "image/png"},
		"a picture without type": {conversation.Image, content(pngOf(3), ""), nil, conversation.Image, "image/png"},
		"a voice note":           {conversation.Audio, content(amr, "audio/amr"), nil, conversation.Audio, "audio/amr"},
		"by another type":        {conversation.Audio, content(amr, "voice/speex"), nil, conversation.Audio, "audio/amr"},
		"a film":                 {conversation.Video, content(film, "video/mp4"), nil, conversation.Video, "video/mp4"},
		"a file":                 {conversation.File, content([]byte("%PDF-1.7"), ""), nil, conversation.File, "application/pdf"},
		"no picture":             {conversation.Image, content([]byte("%PDF-1.7"), "image/png"), nil, conversation.Unsupported, "对不上"},
		"no film":                {conversation.Video, content([]byte("<html>"), "text/html"), nil, conversation.Unsupported, "对不上"},
		"nothing":                {conversation.Image, content(nil, "image/png"), nil, conversation.Unsupported, "对不上"},
		"too large":              {conversation.File, content(make([]byte, 20_001), ""), nil, conversation.Unsupported, "太大"},
		"too large, it says":     {conversation.File, channel.Fetched{Body: http.NoBody, Size: 1 << 40}, nil, conversation.Unsupported, "太大"},
		"gone":                   {conversation.Image, channel.Fetched{}, fault.New(fault.NotFound, "test", ""), conversation.Unsupported, "已经没有"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.platform.fetch, w.platform.fault = map[string]channel.Fetched{"remote0": c.found}, c.fault
			in := w.shows(c.kind)
			w.told.got = nil
			w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
			p := w.parts(in.Key)[0]
			if p.Kind != c.want || !strings.Contains(p.Text+p.Media.Type, c.told) || p.Media.Remote != "" {
				t.Errorf("it became %+v", p)
			}
			if len(w.told.got) != 1 || w.told.got[0].Keys[0] != in.Key {
				t.Errorf("told %+v", w.told.got)
			}
			if p.Kind.Media() {
				if info, err := w.blobs.Stat(t.Context(), blobKey(p)); err != nil || string(info.Tag) != p.Media.Tag {
					t.Errorf("%+v, %v", info, err)
				}
			}
			fetched := w.platform.fetched
			w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
			w.must(w.service.Refetch(t.Context(), w.due(store.Fetch)[0]))
			if w.platform.fetched != fetched || len(w.due(store.Fetch)) != 0 || len(w.bells.got) != 1 {
				t.Errorf("it is fetched again, or due: %+v", w.due(store.Fetch))
			}
		})
	}
}

func TestMediaAreAskedForUntilThreeDaysHaveGone(t *testing.T) {
	for _, busy := range []error{
		&fault.Error{Code: fault.ProviderBusy, Op: "test", RetryAfter: time.Hour}, fault.New(fault.ProviderAuth, "test", ""),
		fault.New(fault.Unavailable, "test", ""), fault.New(fault.DeadlineExceeded, "test", ""), io.ErrUnexpectedEOF,
	} {
		w := newWorld(t)
		in := w.shows(conversation.Image, conversation.Audio)
		w.platform.fault = busy
		for _, day := range []int{0, 1, 2} {
			w.now = began.Add(time.Duration(day) * 24 * time.Hour)
			w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
			if w.parts(in.Key)[0].Media.Remote == "" || len(w.due(store.Fetch)) != 1 {
				t.Fatalf("%v: given up on day %d", busy, day)
			}
			if d := w.due(store.Fetch)[0].Due; fault.Is(busy, fault.ProviderBusy) && !d.Equal(w.now.Add(time.Hour)) {
				t.Errorf("asked again at %s", d)
			}
		}
		w.must(w.service.Refetch(t.Context(), w.due(store.Fetch)[0]))
		if len(w.bells.got) != 2 || w.bells.got[1].Fetch != in.Key {
			t.Errorf("rung %+v", w.bells.got)
		}
		w.now = began.Add(72 * time.Hour)
		w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
		if p := w.parts(in.Key); p[0].Kind != conversation.Unsupported || p[1].Kind != conversation.Unsupported {
			t.Errorf("%v: %+v", busy, p)
		}
	}
}

// TestAFetchThatBreaksIsRepeated: what was stored is there once, though the provider gives
// other bytes by then.
func TestAFetchThatBreaksIsRepeated(t *testing.T) {
	w := newWorld(t)
	in := w.shows(conversation.Image)
	w.platform.fetch = map[string]channel.Fetched{"remote0": content(pngOf(3), "image/png")}
	w.store.count, w.store.at = 0, 1
	if err := w.service.Fetch(t.Context(), w.platform, w.id, in.Key); err == nil {
		t.Fatal("Arrive did not fail")
	}
	w.platform.fetch["remote0"] = content(pngOf(5), "image/png")
	w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
	if p := w.parts(in.Key)[0]; p.Media.Width != 3 {
		t.Errorf("%+v", p)
	}
}

func TestMediaOfWhoLeftAreNotKept(t *testing.T) {
	w := newWorld(t)
	in := w.shows(conversation.Image)
	w.platform.fetch = map[string]channel.Fetched{"remote0": content(pngOf(3), "image/png")}
	w.store.before = func(op string) {
		if op == "Arrive" {
			w.must(w.store.Store.Erase(t.Context(), w.id, in.Key))
		}
	}
	w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
	if _, err := w.blobs.Stat(t.Context(), fetchedBlob(w.id, in.Key, 0)); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is kept: %v", err)
	}
}

// TestAFetchUnderWayWhileWhoLeftIsForgotten: it finds the message still there, when the media
// are gone already.
func TestAFetchUnderWayWhileWhoLeftIsForgotten(t *testing.T) {
	w := newWorld(t)
	in := w.shows(conversation.Image)
	w.platform.fetch = map[string]channel.Fetched{"remote0": content(pngOf(3), "image/png")}
	w.now = w.now.Add(time.Second)
	w.call(w.leaves("2"))
	w.now = w.now.Add(2 * time.Minute)
	w.store.before = func(op string) {
		if op == "Erase" {
			w.store.before = nil
			w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
		}
	}
	w.must(w.service.Erase(t.Context(), w.due(store.Erase)[0]))
	if _, err := w.blobs.Stat(t.Context(), fetchedBlob(w.id, in.Key, 0)); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is kept: %v", err)
	}
}

// TestLostMediaAreAskedForAgain: each call of the store fails once; the clock decides what
// nobody did, and the media stay due.
func TestLostMediaAreAskedForAgain(t *testing.T) {
	for nth := 1; ; nth++ {
		w := newWorld(t)
		w.store.at = nth
		in := w.says("1", "")
		in.Parts = []conversation.Part{{Kind: conversation.Image, Media: conversation.Media{Remote: "r"}}}
		w.call(in)
		if w.store.count < nth {
			return
		}
		for _, work := range w.due(store.Decide) {
			w.must(w.service.Redecide(t.Context(), work))
		}
		if _, err := w.store.Store.Message(t.Context(), w.id, in.Key); fault.Is(err, fault.NotFound) {
			continue // the platform was told to call again
		}
		if len(w.due(store.Fetch)) != 1 || len(w.ours()) != 1 || w.ours()[0].Purpose != conversation.Offer {
			t.Errorf("%d: due %+v, said %+v", nth, w.due(store.Fetch), w.ours())
		}
	}
}

// TestARefusalMayPass: of a proxy, of an account that was taken out of the settings by mistake. What was
// refused is asked for again, for as long as the provider may have it.
func TestARefusalMayPass(t *testing.T) {
	w := newWorld(t)
	in := w.shows(conversation.Image)
	w.platform.fault = fault.New(fault.ProviderRefused, "test", "")
	w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
	if p := w.parts(in.Key)[0]; p.Media.Remote == "" || len(w.due(store.Fetch)) != 1 {
		t.Errorf("it is given up: %+v", p)
	}
	w.platform.fault, w.platform.fetch = nil, map[string]channel.Fetched{"remote0": content(pngOf(3), "image/png")}
	w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
	if p := w.parts(in.Key)[0]; p.Kind != conversation.Image || p.Media.Remote != "" {
		t.Errorf("it became %+v", p)
	}
}
