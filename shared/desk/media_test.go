package desk_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// field walks into decoded JSON.
func field(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.(map[string]any)[step]
		case int:
			value = value.([]any)[step]
		}
	}
	return value
}

// offers makes an offer over HTTP.
func (d *door) offers(token string, id conversation.ID, body string) answer {
	d.Helper()
	return ask(d.T, d.Handler(), fmt.Sprintf("POST /desk/v1/conversations/%s/media", id), token, strings.NewReader(body))
}

// follows uploads by the link of an answered offer.
func (d *door) follows(a answer, content []byte) {
	d.Helper()
	request := httptest.NewRequest(field(d.T, a.body, "upload", "method").(string), field(d.T, a.body, "upload", "url").(string), bytes.NewReader(content))
	for name, value := range field(d.T, a.body, "upload", "header").(map[string]any) {
		request.Header.Set(name, value.(string))
	}
	w := httptest.NewRecorder()
	d.blobs.ServeHTTP(w, request)
	if w.Code > 299 {
		d.Fatalf("the upload is answered %d", w.Code)
	}
}

func (d *door) replies(token string, id conversation.ID, body string) answer {
	d.Helper()
	return ask(d.T, d.Handler(), fmt.Sprintf("POST /desk/v1/conversations/%s/replies", id), token, strings.NewReader(body))
}

// TestAnAgentSendsAPicture: offered, uploaded, shown; its link is made at each reading
// and stored nowhere.
func TestAnAgentSendsAPicture(t *testing.T) {
	d := openDoor(t)
	id := d.asks("ann")
	token := d.token("lin")
	held, err := d.ClaimNext(t.Context(), lin, conversation.Front, "c-1")
	d.must(err)
	if held.ID != id {
		t.Fatal("another was claimed")
	}
	offer := fmt.Sprintf(`{"id":"f-1","name":"发票.png","type":"image/png","size":%d}`, len(picture(t)))
	first := d.offers(token, id, offer)
	if first.status != http.StatusOK {
		t.Fatal(first.text)
	}
	key := first.body["key"].(string)
	if a := d.replies(token, id, `{"id":"r-1","text":"","media":["`+key+`"]}`); a.status != 422 || field(t, a.body, "error", "code") != string(fault.MediaMissing) {
		t.Errorf("before the upload: %s", a.text)
	}
	d.follows(first, picture(t))
	said := d.replies(token, id, `{"id":"r-1","text":"","media":["`+key+`"]}`)
	if said.status != http.StatusOK {
		t.Fatal(said.text)
	}
	again := d.replies(token, id, `{"id":"r-1","text":"","media":["`+key+`"]}`)
	if field(t, again.body, "message", "key") != field(t, said.body, "message", "key") {
		t.Error("the repeat said it twice")
	}
	d.must(d.blobs.Forget(t.Context(), id))
	again = d.replies(token, id, `{"id":"r-1","text":"","media":["`+key+`"]}`)
	if again.status != http.StatusOK || field(t, again.body, "message", "key") != field(t, said.body, "message", "key") || field(t, again.body, "message", "parts", 0, "url") != nil {
		t.Errorf("the repeat after the file's time: %s", again.text)
	}
	if a := d.replies(token, id, `{"id":"r-2","text":"","media":["`+key+`"]}`); a.status != 422 {
		t.Errorf("another reply after the file's time: %s", a.text)
	}
	d.follows(d.offers(token, id, offer), append([]byte("MZ"), picture(t)[2:]...))
	again = d.replies(token, id, `{"id":"r-1","text":"","media":["`+key+`"]}`)
	if again.status != http.StatusOK || field(t, again.body, "message", "parts", 0, "url") != nil {
		t.Errorf("what was said shows what nobody looked at: %s", again.text)
	}
	d.must(d.blobs.Forget(t.Context(), id))
	d.follows(d.offers(token, id, offer), picture(t)) // the same bytes are the same picture
	if got := field(t, said.body, "message", "text"); got != "[图片] 发票.png" {
		t.Errorf("in words it is %q", got)
	}
	part := field(t, said.body, "message", "parts", 0)
	if field(t, part, "kind") != "image" || field(t, part, "width") != 3.0 || field(t, part, "name") != "发票.png" {
		t.Errorf("the part is %v", part)
	}
	w := httptest.NewRecorder()
	d.blobs.ServeHTTP(w, httptest.NewRequest(http.MethodGet, field(t, part, "url").(string), nil))
	if !bytes.Equal(w.Body.Bytes(), picture(t)) {
		t.Errorf("its link is answered %d", w.Code)
	}
	read := ask(t, d.Handler(), "GET /desk/v1/conversations/"+string(id), token, nil)
	messages := field(t, read.body, "messages").([]any)
	if field(t, messages[len(messages)-1], "parts", 0, "url") == nil {
		t.Errorf("the history has no link: %s", read.text)
	}
	stored, err := d.store.Messages(t.Context(), id, "", 1)
	d.must(err)
	if text := fmt.Sprintf("%+v", stored); strings.Contains(text, "sig=") || strings.Contains(text, "/media/") {
		t.Errorf("a link is stored: %s", text)
	}
}

// TestWhoMayUpload: the agent who holds the conversation, and nobody else; a tool with
// the scope of replies.
func TestWhoMayUpload(t *testing.T) {
	d := openDoor(t)
	id, other := d.asks("ann"), d.asks("bob")
	const offer = `{"id":"f-1","name":"a.txt","type":"text/plain","size":4}`
	token := d.token("lin")
	code := func(a answer) any { return field(t, a.body, "error", "code") }
	if a := d.offers(token, id, offer); code(a) != string(fault.NotPossible) {
		t.Errorf("nobody holds it: %s", a.text)
	}
	for _, c := range []string{"c-1", "c-2"} {
		_, err := d.ClaimNext(t.Context(), lin, conversation.Front, c)
		d.must(err)
	}
	if a := d.offers(d.token("wang"), id, offer); code(a) != string(fault.NotYours) {
		t.Errorf("another holds it: %s", a.text)
	}
	mine := d.offers(token, id, offer)
	d.follows(mine, []byte("text"))
	if a := d.replies(token, other, `{"id":"r-1","text":"x","media":["`+mine.body["key"].(string)+`"]}`); code(a) != string(fault.Forbidden) || field(t, a.body, "error", "hint") == nil {
		t.Errorf("shown in another conversation: %s", a.text)
	}
	if a := d.replies(d.token("wang"), id, `{"id":"r-1","text":"x","media":["`+string(id)+`/abcdefghijklmnopqrstuvwxy2/0.YQ"]}`); code(a) != string(fault.NotYours) {
		t.Errorf("who does not hold it is told what was uploaded for it: %s", a.text)
	}
	for name, body := range map[string]string{
		"no id": `{"name":"a","type":"","size":1}`, "a bad id": `{"id":"../x","name":"a","type":"","size":1}`, "no size": `{"id":"f","name":"a","type":""}`,
		"negative seconds": `{"id":"f","name":"a","type":"","size":1,"seconds":-1}`, "another field": `{"id":"f","name":"a","type":"","size":1,"key":"x"}`,
	} {
		if a := d.offers(token, id, body); code(a) != string(fault.BadRequest) || field(t, a.body, "error", "hint") == nil {
			t.Errorf("%s: %s", name, a.text)
		}
	}
	if a := d.offers(token, id, `{"id":"f","name":"a.png","type":"image/png","size":1001}`); code(a) != string(fault.TooLarge) {
		t.Errorf("too large: %s", a.text)
	}
	if a := d.replies(token, id, `{"id":"r-2","text":"","media":[]}`); code(a) != string(fault.BadText) {
		t.Errorf("nothing at all: %s", a.text)
	}
}

// TestAnAgentSeesWhatACustomerSent, with a link, in words, and where it is gone.
func TestAnAgentSeesWhatACustomerSent(t *testing.T) {
	d := openDoor(t)
	id := d.asks("ann")
	const key = "abcdefghijklmnopqrstuvwxyz/abcdefghijklmnopqrstuvwxy2"
	d.must(d.blobs.Put(t.Context(), key, "image/png", picture(t)))
	info, err := d.blobs.Stat(t.Context(), key)
	d.must(err)
	peer := conversation.Peer{Channel: "x", User: "ann"}
	_, err = d.store.Receive(t.Context(), store.Incoming{Peer: peer, Message: conversation.Message{
		Conversation: id, Key: conversation.InboundKey(d.clock.Now(), "p"), Author: conversation.Customer, Received: d.clock.Now(),
		Parts: []conversation.Part{
			{Kind: conversation.Image, Media: conversation.Media{Key: key, Tag: string(info.Tag), Name: "a.png"}},
			{Kind: conversation.File, Media: conversation.Media{Key: "abcdefghijklmnopqrstuvwxyz/abcdefghijklmnopqrstuvwxy3", Name: "gone.pdf"}},
		},
	}})
	d.must(err)
	claimed := ask(t, d.Handler(), "POST /desk/v1/claim", d.token("lin"), strings.NewReader(`{"id":"c-1"}`))
	messages := field(t, claimed.body, "messages").([]any)
	for _, m := range messages {
		if parts, there := m.(map[string]any)["parts"]; there {
			if field(t, m, "text") != "[图片] a.png\n[文件] gone.pdf" || field(t, parts, 0, "url") == nil || field(t, parts, 1, "url") != nil {
				t.Errorf("it reads %v", m)
			}
			return
		}
	}
	t.Errorf("no message has parts: %s", claimed.text)
}
