package scenario

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// pictured is a message with its parts, as either side reads it.
type pictured struct {
	Key    conversation.Key    `json:"key"`
	Author conversation.Author `json:"author"`
	Text   string              `json:"text"`
	Parts  []struct {
		Kind  conversation.PartKind `json:"kind"`
		Name  string                `json:"name"`
		Width int                   `json:"width"`
		URL   string                `json:"url"`
	} `json:"parts"`
}

type uploading struct {
	Key    string `json:"key"`
	Upload struct {
		Method string            `json:"method"`
		URL    string            `json:"url"`
		Header map[string]string `json:"header"`
	} `json:"upload"`
}

func drawn(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// follow makes the request of a link, which may name no host.
func (x *target) follow(t *testing.T, method, link string, header map[string]string, body []byte) (int, []byte) {
	t.Helper()
	with := http.Header{}
	for name, value := range header {
		with.Set(name, value)
	}
	if strings.HasPrefix(link, "/") {
		return x.request(method, link, with, bytes.NewReader(body))
	}
	request, err := http.NewRequestWithContext(t.Context(), method, link, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = with
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
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

// call calls with JSON, and decodes the answer, or returns the fault's code.
func (x *target) call(t *testing.T, method, path, token string, body any, into any) fault.Code {
	t.Helper()
	status, answer := x.Call(method, path, token, body)
	if status == http.StatusOK {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatalf("%s answers %s: %v", path, answer, err)
		}
		return ""
	}
	var refused struct {
		Error fault.Public `json:"error"`
	}
	if err := json.Unmarshal(answer, &refused); err != nil || refused.Error.Hint == "" {
		t.Errorf("%s answers %d %s: no fault with a hint", path, status, answer)
	}
	return refused.Error.Code
}

// upload makes the first two of three steps, and returns the key.
func (x *target) upload(t *testing.T, path, token, id, name, mediaType string, content []byte) string {
	t.Helper()
	var up uploading
	offer := map[string]any{"id": id, "name": name, "type": mediaType, "size": len(content)}
	if code := x.call(t, http.MethodPost, path, token, offer, &up); code != "" {
		t.Fatalf("the offer is refused: %s", code)
	}
	if status, answer := x.follow(t, up.Upload.Method, up.Upload.URL, up.Upload.Header, content); status > 299 {
		t.Fatalf("the upload is answered %d: %s", status, answer)
	}
	return up.Key
}

// TestMedia is pictures in and out, on every host: see the desk's side of it in
// shared/desk, and what is looked at in shared/media.
func TestMedia(t *testing.T) { onTargets(t, pictures) }

func pictures(t *testing.T, x *target) {
	const offers = "/channels/inapp/media"
	ann := conversationPath(x.annID)
	submit := func(token, id string, media ...string) fault.Code {
		message := map[string]any{"type": "message", "id": id, "at": x.Now().UnixMilli(), "text": "", "media": media}
		return x.call(t, http.MethodPost, "/channels/inapp", token, message, &struct{}{})
	}
	shows := func(name string, url string) {
		t.Helper()
		if status, content := x.follow(t, http.MethodGet, url, nil, nil); status != http.StatusOK || !bytes.Equal(content, drawn(t)) {
			t.Errorf("%s is answered %d with %d bytes", name, status, len(content))
		}
	}
	read := func(name, text string) pictured {
		t.Helper()
		var h struct {
			Messages []pictured `json:"messages"`
		}
		if code := x.call(t, http.MethodGet, ann, x.lin, nil, &h); code != "" {
			t.Fatal(code)
		}
		for _, m := range h.Messages {
			if m.Text == text && len(m.Parts) == 1 && m.Parts[0].Name == name && m.Parts[0].URL != "" {
				return m
			}
		}
		t.Fatalf("the agent does not read %q in %+v", text, h.Messages)
		return pictured{}
	}

	key := x.upload(t, offers, x.ann, "up-1", "坏了.png", "image/png", drawn(t))
	if code := submit(x.bob, "m-1", key); code != fault.Forbidden {
		t.Errorf("another customer shows it: %q", code)
	}
	if code := submit(x.ann, "m-1", key); code != "" {
		t.Fatalf("it is refused: %s", code)
	}
	if m := read("坏了.png", "[图片] 坏了.png"); m.Parts[0].Kind != conversation.Image || m.Parts[0].Width != 30 {
		t.Errorf("the agent reads %+v", m)
	} else {
		shows("what the customer sent", m.Parts[0].URL)
	}

	page := x.upload(t, offers, x.ann, "up-2", "a.png", "image/png", []byte("<!DOCTYPE html><script>alert(1)</script>"))
	if code := submit(x.ann, "m-2", page); code != fault.BadMedia {
		t.Errorf("a page that calls itself a picture: %q", code)
	}
	var never uploading
	if code := x.call(t, http.MethodPost, offers, x.ann, map[string]any{"id": "up-3", "name": "a", "type": "", "size": 1}, &never); code != "" {
		t.Fatal(code)
	}
	if code := submit(x.ann, "m-3", never.Key); code != fault.MediaMissing {
		t.Errorf("what was never uploaded: %q", code)
	}
	for token, want := range map[string]fault.Code{"": fault.Unauthenticated, x.lin: fault.Unauthenticated} {
		if code := x.call(t, http.MethodPost, offers, token, map[string]any{"id": "a", "name": "a", "type": "", "size": 1}, &struct{}{}); code != want {
			t.Errorf("an offer without a customer's token: %q", code)
		}
	}

	key = x.upload(t, ann+"/media", x.lin, "up-1", "答复.png", "image/png", drawn(t))
	var said struct{}
	if code := x.call(t, http.MethodPost, ann+"/replies", x.lin, map[string]any{"id": "r-1", "text": "", "media": []string{key}}, &said); code != "" {
		t.Fatalf("the reply is refused: %s", code)
	}
	x.Still()
	reply := read("答复.png", "[图片] 答复.png")
	customer := x.cast.Customer("ann")
	heard := false
	for _, m := range customer.History() {
		heard = heard || m.Key == reply.Key && m.Text == reply.Text
	}
	if !heard {
		t.Error("the customer does not see the agent's picture")
	}
	shows("what the agent sent", reply.Parts[0].URL)
}
