package scenario

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// specimen is what a story's people send: content, and what they say it is.
type specimen struct {
	mediaType string
	content   []byte
	seconds   int
}

// specimenOf is a picture, a sound, an MP3, a file, or a page that calls itself a picture.
func specimenOf(t testing.TB, kind string) specimen {
	t.Helper()
	switch kind {
	case "picture":
		return specimen{"image/png", drawn(t), 0}
	case "sound": // as a browser's recorder begins: https://www.webmproject.org/docs/container/
		return specimen{"audio/webm", []byte("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm" + strings.Repeat("\x00", 100)), 7}
	case "mp3":
		return specimen{"audio/mpeg", []byte("\xff\xfb\x90\x00" + strings.Repeat("\x00", 100)), 3}
	case "page":
		return specimen{"image/png", []byte("<!DOCTYPE html><script>alert(1)</script>"), 0}
	}
	return specimen{"application/pdf", []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), 0}
}

func drawn(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// uploading is the answer to an offer.
type uploading struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Upload struct {
		Method string            `json:"method"`
		URL    string            `json:"url"`
		Header map[string]string `json:"header"`
	} `json:"upload"`
}

// put uploads content as an offer was answered.
func (u uploading) put(t testing.TB, base string, content []byte) {
	t.Helper()
	header := http.Header{}
	for name, value := range u.Upload.Header {
		header.Set(name, value)
	}
	if status, answer := follow(t, base, u.Upload.Method, u.Upload.URL, header, content); status > 299 {
		t.Fatalf("the upload is answered %d: %s", status, answer)
	}
}

// follow makes the request of a link, which may name no host, as browsers do.
func follow(t testing.TB, base, method, link string, header http.Header, body []byte) (int, []byte) {
	t.Helper()
	if strings.HasPrefix(link, "/") {
		link = base + link
	}
	request, err := http.NewRequestWithContext(t.Context(), method, link, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	web := &http.Client{Timeout: patience, Transport: &http.Transport{}}
	defer web.CloseIdleConnections()
	answer, err := web.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, content
}

// album is where a client last read that media are, by their names.
type album map[string]string

// look reads a frame.
func (a album) look(t testing.TB, frame []byte) {
	t.Helper()
	var f any
	mustUnmarshal(t, frame, &f)
	a.walk(f)
}

func (a album) walk(value any) {
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			a.walk(one)
		}
	case map[string]any:
		name, named := value["name"].(string)
		if link, there := value["url"].(string); there && named {
			a[name] = link
		}
		for _, one := range value {
			a.walk(one)
		}
	}
}

// Send is part of Customer: the frames of a connection are all that it needs.
func (c *client) Send(kind, name string) fault.Code {
	c.t.Helper()
	c.at.Private(name)
	id, s := c.messageID(), specimenOf(c.t, kind)
	offer := map[string]any{"type": "media", "id": id, "name": name, "mime": s.mediaType, "size": len(s.content), "seconds": s.seconds}
	c.change(func() { delete(c.results, id); delete(c.uploads, id) })
	var up uploading
	var refused Submitted
	c.say("answer to an offer", offer, func() (ok bool) {
		if up, ok = c.uploads[id]; !ok {
			refused, ok = c.results[id]
		}
		return ok
	})
	if refused.Code != "" {
		return refused.Code
	}
	up.put(c.t, c.at.URL(), s.content)
	return c.Submit(Submission{ID: id, At: c.at.Now(), Media: []string{up.Key}}).Code
}

// Opens is part of Customer.
func (c *client) Opens(name string) []byte {
	c.t.Helper()
	return opens(c.t, c, c.at.URL(), func() string { return c.album[name] })
}

// Send is part of Agent.
func (d *desker) Send(to conversation.ID, kind, name string) (Message, fault.Code) {
	d.t.Helper()
	d.at.Private(name)
	id, s := d.callID(), specimenOf(d.t, kind)
	var up uploading
	offer := map[string]any{"id": id, "name": name, "type": s.mediaType, "size": len(s.content), "seconds": s.seconds}
	if code := d.call(http.MethodPost, "conversations/"+string(to)+"/media", offer, &up); code != "" {
		return Message{}, code
	}
	up.put(d.t, d.at.URL(), s.content)
	return d.reply(to, map[string]any{"id": id, "text": "", "media": []string{up.Key}})
}

// Opens is part of Agent.
func (d *desker) Opens(name string) []byte {
	d.t.Helper()
	return opens(d.t, d, d.at.URL(), func() string { return d.album[name] })
}

// opens gets what a link leads to, once there is one; nil if there is none.
func opens(t testing.TB, m interface{ await(func() bool) bool }, base string, where func() string) []byte {
	t.Helper()
	link := ""
	if !m.await(func() bool { link = where(); return link != "" }) {
		return nil
	}
	status, content := follow(t, base, http.MethodGet, link, http.Header{}, nil)
	if status != http.StatusOK {
		t.Errorf("a link is answered %d: %s", status, content)
	}
	return content
}
