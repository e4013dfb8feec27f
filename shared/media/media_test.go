package media_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/blob/dirblob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/secret"
)

const (
	ours   conversation.ID = "abcdefghijklmnopqrstuvwxyz"
	theirs conversation.ID = "abcdefghijklmnopqrstuvwxy2"
)

var limits = media.Limits{Picture: 10 << 10, File: 25 << 10, Most: 5}

// desk is media on a folder, with the clock that its links end by.
type desk struct {
	*testing.T
	*media.Service
	blobs *dirblob.Store
	now   time.Time
	ups   int
}

func start(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, now: time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)}
	var err error
	d.blobs, err = dirblob.Open(dirblob.Options{
		Folder: t.TempDir(), Base: &url.URL{Path: "/media/"}, Key: secret.New(strings.Repeat("k", secret.KeySize)), Keep: 24 * time.Hour,
		Now: func() time.Time { return d.now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if d.Service, err = media.New(media.Options{Blobs: d.blobs, Limits: limits, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	return d
}

// follow uploads content by a link.
func (d *desk) follow(link media.Link, content []byte) int {
	request := httptest.NewRequest(link.Method, link.URL, bytes.NewReader(content))
	for name, value := range link.Header {
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	d.blobs.ServeHTTP(answer, request)
	return answer.Code
}

// uploaded makes the first two steps, and returns the handle.
func (d *desk) uploaded(id conversation.ID, name, mediaType string, content []byte) string {
	d.Helper()
	d.ups++
	up, err := d.Offer(d.Context(), id, "customer", channel.Offer{ID: fmt.Sprint("up-", d.ups), Name: name, Type: mediaType, Size: int64(len(content)), Seconds: 7})
	if err != nil {
		d.Fatalf("%q, %s: %v", name, mediaType, err)
	}
	if status := d.follow(up.Link, content); status > 299 {
		d.Fatalf("%q is answered %d", name, status)
	}
	return up.Handle
}

func (d *desk) refused(want fault.Code, err error) {
	d.Helper()
	if !fault.Is(err, want) || fault.PublicOf(err).Hint == "" {
		d.Errorf("got %v, want %s with a hint", err, want)
	}
}

func drawn(t testing.TB, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB) []byte {
	t.Helper()
	return drawn(t, func(b *bytes.Buffer, i image.Image) error { return png.Encode(b, i) })
}

func jpegOf(t testing.TB) []byte {
	t.Helper()
	return drawn(t, func(b *bytes.Buffer, i image.Image) error { return jpeg.Encode(b, i, nil) })
}

func gifOf(t testing.TB) []byte {
	t.Helper()
	return drawn(t, func(b *bytes.Buffer, i image.Image) error { return gif.Encode(b, i, nil) })
}

const (
	// The beginnings of what libwebp writes of 30 times 20 pixels: with losses, without, and of some that one sees through.
	webp  = "RIFFL\x00\x00\x00WEBPVP8 @\x00\x00\x00p\x03\x00\x9d\x01*\x1e\x00\x14\x00"
	webpL = "RIFF\x1c\x00\x00\x00WEBPVP8L\x0f\x00\x00\x00/\x1d\xc0\x04\x00\x07\x10\xfd\x8f\xfe"
	webpX = "RIFFp\x00\x00\x00WEBPVP8X\n\x00\x00\x00\x10\x00\x00\x00\x1d\x00\x00\x13\x00\x00"

	ebml = "\x1a\x45\xdf\xa3\x9fB\x86\x81\x01webm"
	iso  = "\x00\x00\x00\x1cftypiso5\x00\x00\x02\x00"
	page = "<!DOCTYPE html><script>alert(1)</script>"
	pdf  = "%PDF-1.7\n"
	zip  = "PK\x03\x04 and so on"
	exe  = "MZ\x90\x00\x03\x00\x00\x00 a program"
)

// TestWhatIsTaken: the kind, the type and the name are those of the content.
func TestWhatIsTaken(t *testing.T) {
	d := start(t)
	for _, c := range []struct {
		name, mediaType, content string
		want                     conversation.Part
	}{
		{"发票.png", "image/png", string(pngOf(t)), part(conversation.Image, "image/png", "发票.png")},
		{"a.JPEG", "image/jpeg", string(jpegOf(t)), part(conversation.Image, "image/jpeg", "a.JPEG")},
		{"a.gif", "image/gif", string(gifOf(t)), part(conversation.Image, "image/gif", "a.gif")},
		{"a.webp", "image/webp", webp, part(conversation.Image, "image/webp", "a.webp")},
		{"a.webp", "image/webp", webpL, part(conversation.Image, "image/webp", "a.webp")},
		{"a.webp", "image/webp", webpX, part(conversation.Image, "image/webp", "a.webp")},
		{"renamed.png", "image/png", string(jpegOf(t)), part(conversation.Image, "image/jpeg", "renamed.png.jpg")},
		{"run.html", "image/png", string(pngOf(t)), part(conversation.Image, "image/png", "run.html.png")},
		{"no type.png", "", string(pngOf(t)), part(conversation.Image, "image/png", "no type.png")},
		{"", "image/png", string(pngOf(t)), part(conversation.Image, "image/png", "file.png")},
		{"voice.webm", "audio/webm;codecs=opus", ebml, part(conversation.Audio, "audio/webm", "voice.webm")},
		{"voice.mp4", "audio/mp4", iso, part(conversation.Audio, "audio/mp4", "voice.mp4.m4a")},
		{"a.mp3", "audio/mpeg", "\xff\xfb\x90\x00 frames", part(conversation.Audio, "audio/mpeg", "a.mp3")},
		{"a.mp3", "", "ID3\x03\x00", part(conversation.Audio, "audio/mpeg", "a.mp3")},
		{"a.ogg", "audio/ogg", "OggS\x00\x02", part(conversation.Audio, "audio/ogg", "a.ogg")},
		{"a.aac", "audio/aac", "\xff\xf1\x50\x80", part(conversation.Audio, "audio/aac", "a.aac")},
		{"film.mp4", "video/mp4", iso, part(conversation.Video, "video/mp4", "film.mp4")},
		{"film.webm", "video/webm", ebml, part(conversation.Video, "video/webm", "film.webm")},
		{"a.pdf", "application/pdf", pdf, part(conversation.File, "application/pdf", "a.pdf")},
		{"a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", zip, part(conversation.File, "application/zip", "a.docx")},
		{"a.txt", "text/plain", "\xff\xfea\x00", part(conversation.File, "text/plain", "a.txt")},
		{"a.txt", "text/plain", "您好", part(conversation.File, "text/plain", "a.txt")},
		{"a.svg", "image/svg+xml", "<svg onload='x'/>", part(conversation.File, "text/plain", "a.svg")},
		{"a.html", "text/html", page, part(conversation.File, "text/html", "a.html")},
		{"invoice.pdf.exe", "application/x-msdownload", exe, part(conversation.File, "application/x-executable", "invoice.pdf.exe")},
		{"invoice", "", exe, part(conversation.File, "application/x-executable", "invoice")},
		{"带密码.xlsx", "", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", part(conversation.File, "application/x-ole-storage", "带密码.xlsx")},
		{"扫描.pdf", "", "\r\n%PDF-1.4\n", part(conversation.File, "application/pdf", "扫描.pdf")},
		{"扫描.pdf", "", strings.Repeat("\x00", 1000) + pdf, part(conversation.File, "application/pdf", "扫描.pdf")},
		{"old.mov", "", "\x00\x00\x00\x08wide\x00\x10\x00\x00mdat", part(conversation.Video, "video/quicktime", "old.mov")},
		{"old.mov", "", "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x01\x00\x00\x00", part(conversation.Video, "video/quicktime", "old.mov")},
		{"空.zip", "", "PK\x05\x06" + strings.Repeat("\x00", 18), part(conversation.File, "application/zip", "空.zip")},
		{"mail.eml", "", page, part(conversation.File, "text/html", "mail.eml")},
		{"notes.txt", "text/plain", exe, part(conversation.File, "application/x-executable", "notes.txt")},
		{"notes.txt", "text/plain", page, part(conversation.File, "text/html", "notes.txt")},
		{"notes.txt", "text/plain", "#!/bin/sh\nrm -r ~", part(conversation.File, "text/x-shellscript", "notes.txt")},
		{"notes.txt", "text/plain", "\xcf\xfa\xed\xfe\x07", part(conversation.File, "application/x-executable", "notes.txt")},
	} {
		got, err := d.Take(t.Context(), ours, []string{d.uploaded(ours, c.name, c.mediaType, []byte(c.content))})
		if err != nil || len(got) != 1 {
			t.Errorf("%q, %s: %+v, %v", c.name, c.mediaType, got, err)
			continue
		}
		c.want.Media.Size = int64(len(c.content))
		got[0].Media.Key, got[0].Media.Tag = "", ""
		if diff := cmp.Diff(c.want, got[0]); diff != "" {
			t.Errorf("%q, %s (-want +got):\n%s", c.name, c.mediaType, diff)
		}
	}
}

func part(kind conversation.PartKind, mediaType, name string) conversation.Part {
	p := conversation.Part{Kind: kind, Media: conversation.Media{Name: name, Type: mediaType}}
	switch {
	case kind == conversation.Image:
		p.Media.Width, p.Media.Height = 30, 20
	case kind == conversation.Audio:
		p.Media.Seconds = 7
	}
	return p
}

// TestWhatIsNotWhatItSays is refused, and nothing of it is served.
func TestWhatIsNotWhatItSays(t *testing.T) {
	d := start(t)
	whole := string(pngOf(t))
	huge := []byte(whole)
	copy(huge[16:], "\x00\x0f\xff\xff\x00\x0f\xff\xff") // IHDR's width and height
	for _, c := range []struct{ name, mediaType, content string }{
		{"a.png", "image/png", page},
		{"a.png", "", page},
		{"a.png", "application/octet-stream", page},
		{"a.png", "text/html", page},
		{"a.jpg", "application/pdf", pdf},
		{"page", "image/jpeg", page},
		{"a.png", "image/png", exe},
		{"a.png", "image/png", whole[:20]},
		{"a.png", "image/png", whole[:8] + page},
		{"a.png", "image/png", string(huge)},
		{"a.gif", "image/gif", "GIF89a"},
		{"a.webp", "image/webp", webpX[:24] + "\xff\x3f\x00\xff\x3f\x00"}, // 16,384 times as many
		{"a.webp", "image/webp", webpL[:21] + "\xff\xff\xff\x0f" + webpL[25:]},
		{"a.webp", "image/webp", webpX[:24]},
		{"a.webp", "image/webp", webp[:23] + "\x00\x00\x00" + webp[26:]},
		{"a.webp", "image/webp", webp[:12] + "VP9 " + webp[16:]},
		{"a.webm", "audio/webm", page},
		{"a.mp3", "audio/mpeg", exe},
		{"a.ogg", "audio/ogg", ebml},
		{"a.pdf", "application/pdf", page},
		{"a.PDF", "", exe},
		{"a.docx", "", page},
		{"a.pdf", "", page + pdf},
		{"a.pdf", "", strings.Repeat("\x00", 1024) + pdf},
		{"a.pdf", "", exe + pdf},
		{"a.zip", "", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
		{"a.mov", "", "1999moov goes on"},
		{"a.mp4", "video/mp4", page},
	} {
		parts, err := d.Take(t.Context(), ours, []string{d.uploaded(ours, c.name, c.mediaType, []byte(c.content))})
		if !fault.Is(err, fault.BadMedia) || parts != nil || fault.PublicOf(err).Hint == "" || strings.Contains(err.Error(), "alert") {
			t.Errorf("%q, %s, %.20q: %+v, %v", c.name, c.mediaType, c.content, parts, err)
		}
	}
}

// TestNames: what people read is the whole of it, and ends as the saved file does.
func TestNames(t *testing.T) {
	d := start(t)
	for name, want := range map[string]string{
		"invoice\u202efdp.txt":                             "invoicefdp.txt",
		"a\u2066b\u2069\u200f\u200b\ufeff.txt":             "ab.txt",
		"../../etc/passwd":                                 "passwd",
		`C:\fakepath\报告.txt`:                               "报告.txt",
		"a\x00\x1b\n\r\tb.txt":                             "a b.txt",
		"photo.txt" + strings.Repeat(" ", 60) + ".bat":     "photo.txt .bat",
		"photo.txt" + strings.Repeat("\u3000", 60) + ".md": "photo.txt .md",
		`<img src="x">.txt`:                                "_img src=_x__.txt",
		"账单.pdf" + strings.Repeat("\u3164", 60) + ".exe":   "账单.pdf.exe",
		"账单.pdf \u2800 \u115f \u1160 \uffa0 .exe":          "账单.pdf .exe",
		"\u2800\u3164":                                     "file",
		"..":                                               "file",
		"   ":                                              "file",
		"\u202e":                                           "file",
		"\xff\xfe.txt":                                     "_.txt",
		strings.Repeat("长", 200) + ".txt":                  strings.Repeat("长", 96) + ".txt",
	} {
		handle := d.uploaded(ours, name, "text/plain", []byte("text"))
		got, err := d.Take(t.Context(), ours, []string{handle})
		if err != nil || got[0].Media.Name != want {
			t.Errorf("%q became %+v, %v; want %q", name, got, err, want)
		}
	}
	// A client that writes its own handle gains nothing.
	handle := d.uploaded(ours, "a.txt", "text/plain", []byte("text"))
	forged := handle[:strings.LastIndex(handle, ".")+1] + base64.RawURLEncoding.EncodeToString([]byte("../x\u202egnp.exe"))
	if got, err := d.Take(t.Context(), ours, []string{forged}); err != nil || got[0].Media.Name != "xgnp.exe" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhoseUploadItIs(t *testing.T) {
	d := start(t)
	mine, another := d.uploaded(ours, "a.png", "image/png", pngOf(t)), d.uploaded(theirs, "a.png", "image/png", pngOf(t))
	never, err := d.Offer(t.Context(), ours, "customer", channel.Offer{ID: "up-2", Name: "b.png", Type: "image/png", Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		handles []string
		want    fault.Code
	}{
		{"another's", []string{another}, fault.Forbidden},
		{"never uploaded", []string{never.Handle}, fault.MediaMissing},
		{"one of two", []string{mine, never.Handle}, fault.MediaMissing},
		{"twice", []string{mine, mine}, fault.BadRequest},
		{"too many", []string{mine, mine, mine, mine, mine, mine}, fault.TooLarge},
		{"no handle", []string{"../../etc/passwd"}, fault.BadRequest},
		{"nothing", []string{""}, fault.BadRequest},
		{"no name", []string{mine[:53]}, fault.BadRequest},
		{"endless seconds", []string{mine[:54] + "999999999.YQ"}, fault.BadRequest},
		{"negative seconds", []string{mine[:54] + "-1.YQ"}, fault.BadRequest},
	} {
		parts, err := d.Take(t.Context(), ours, c.handles)
		if !fault.Is(err, c.want) || parts != nil || fault.PublicOf(err).Hint == "" {
			t.Errorf("%s: %+v, %v, want %s", c.name, parts, err, c.want)
		}
	}
	d.now = d.now.Add(25 * time.Hour)
	_, err = d.Take(t.Context(), ours, []string{mine})
	d.refused(fault.MediaMissing, err)
}

func TestSizes(t *testing.T) {
	d := start(t)
	for _, c := range []struct {
		name, mediaType string
		size            int64
		want            fault.Code
	}{
		{"a.png", "image/png", limits.Picture, ""},
		{"a.png", "image/png", limits.Picture + 1, fault.TooLarge},
		{"a.png", "application/pdf", limits.Picture + 1, fault.TooLarge},
		{"a.pdf", "application/pdf", limits.File, ""},
		{"a.pdf", "application/pdf", limits.File + 1, fault.TooLarge},
		{"a.webm", "audio/webm", limits.File + 1, fault.TooLarge},
		{"a.pdf", "application/pdf", 0, fault.BadRequest},
		{"a.pdf", "application/pdf", -1, fault.BadRequest},
	} {
		up, err := d.Offer(t.Context(), ours, "customer", channel.Offer{ID: "a", Name: c.name, Type: c.mediaType, Size: c.size})
		if c.want == "" {
			if err != nil || up.Link.Method != http.MethodPut || up.Link.Until != d.now.Add(blob.LinkLife).UnixMilli() {
				t.Errorf("%d bytes of %s: %+v, %v", c.size, c.mediaType, up, err)
			}
			continue
		}
		d.refused(c.want, err)
	}
}

// TestAPicturesLimitByAnotherName: a handle's name is its author's word.
func TestAPicturesLimitByAnotherName(t *testing.T) {
	d := start(t)
	big := append(pngOf(t), make([]byte, limits.Picture)...)
	handle := d.uploaded(ours, "a.bin", "", big)
	if _, err := d.Take(t.Context(), ours, []string{handle}); err != nil {
		t.Fatalf("as a file: %v", err)
	}
	_, err := d.Take(t.Context(), ours, []string{handle[:strings.LastIndexByte(handle, '.')+1] + base64.RawURLEncoding.EncodeToString([]byte("a.png"))})
	d.refused(fault.TooLarge, err)
}

// TestALimitThatSank holds for what was uploaded before.
func TestALimitThatSank(t *testing.T) {
	d := start(t)
	handle := d.uploaded(ours, "a.txt", "text/plain", bytes.Repeat([]byte("a"), 20<<10))
	less, err := media.New(media.Options{Blobs: d.blobs, Limits: media.Limits{Picture: 1, File: 1 << 10, Most: 1}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = less.Take(t.Context(), ours, []string{handle})
	d.refused(fault.TooLarge, err)
}

// TestTheSameOfferIsTheSameUpload: whoever got no answer asks again, and uploads once.
func TestTheSameOfferIsTheSameUpload(t *testing.T) {
	d := start(t)
	offer := channel.Offer{ID: "up-1", Name: "a.png", Type: "image/png", Size: int64(len(pngOf(t)))}
	ask := func(id conversation.ID, author string, o channel.Offer) media.Upload {
		t.Helper()
		up, err := d.Offer(t.Context(), id, author, o)
		if err != nil {
			t.Fatal(err)
		}
		return up
	}
	first := ask(ours, "customer", offer)
	if status := d.follow(first.Link, pngOf(t)); status > 299 {
		t.Fatal(status)
	}
	again := ask(ours, "customer", offer)
	if again.Handle != first.Handle || d.follow(again.Link, pngOf(t)) != http.StatusConflict {
		t.Errorf("again it is %s, first %s", again.Handle, first.Handle)
	}
	seen := map[string]bool{first.Handle: true}
	change := func(change func(*channel.Offer)) channel.Offer { o := offer; change(&o); return o }
	for name, other := range map[string]media.Upload{
		"another conversation": ask(theirs, "customer", offer), "another author": ask(ours, "lin", offer),
		"another id":   ask(ours, "customer", change(func(o *channel.Offer) { o.ID = "up-2" })),
		"another name": ask(ours, "customer", change(func(o *channel.Offer) { o.Name = "b.png" })),
		"another size": ask(ours, "customer", change(func(o *channel.Offer) { o.Size++ })),
		"another type": ask(ours, "customer", change(func(o *channel.Offer) { o.Type = "image/gif" })),
	} {
		if seen[other.Handle] {
			t.Errorf("%s is the same upload", name)
		}
		seen[other.Handle] = true
	}
}
