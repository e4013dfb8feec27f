package scenario

import (
	"bytes"
	"encoding/json"
	"net/http"
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
	up.put(t, x.URL(), content)
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
		if status, content := follow(t, x.URL(), http.MethodGet, url, http.Header{}, nil); status != http.StatusOK || !bytes.Equal(content, drawn(t)) {
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
	dan := x.cast.Customer("dan")
	dan.Connect()
	if got := dan.Submit(Submission{ID: "m-1", At: x.Now(), Text: "转人工", Media: []string{never.Key}}); got.Code != "" {
		t.Errorf("an ask beside a file that is another's, and was never uploaded: %q", got.Code)
	}
	if stands := dan.Stands(); stands.Status != conversation.Waiting || stands.Ticket == "" {
		t.Errorf("who asked beside such a file stands at %+v", stands)
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
