package desk_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// TestAnAgentsToolSendsALink: alone or below a text, and once.
func TestAnAgentsToolSendsALink(t *testing.T) {
	d := openDoor(t)
	id := d.asks("ann")
	token := d.token("lin")
	_, err := d.ClaimNext(t.Context(), lin, conversation.Front, "c-1")
	d.must(err)
	const link = `{"title":" 退货\n指南 ","description":"三步","url":"https://shop.example/r?a=1&b=2","picture":"https://shop.example/p.png"}`
	first := d.replies(token, id, `{"id":"r-1","text":"看这里","link":`+link+`}`)
	if first.status != http.StatusOK {
		t.Fatal(first.text)
	}
	shown := map[string]any{
		"kind": "link", "title": "退货 指南", "description": "三步", "url": "https://shop.example/r?a=1&b=2", "picture": "https://shop.example/p.png",
		"text": "退货 指南\n三步\nhttps://shop.example/r?a=1&b=2",
	}
	want := []any{map[string]any{"kind": "text", "text": "看这里"}, shown}
	if diff := cmp.Diff(want, field(t, first.body, "message", "parts")); diff != "" {
		t.Error(diff)
	}
	if text := field(t, first.body, "message", "text"); text != "看这里\n"+shown["text"].(string) {
		t.Errorf("told as %q", text)
	}
	again := d.replies(token, id, `{"id":"r-1","text":"看这里","link":`+link+`}`)
	if again.text != first.text {
		t.Errorf("a repeat is answered %s", again.text)
	}
	alone := d.replies(token, id, `{"id":"r-2","text":"","link":`+link+`}`)
	if diff := cmp.Diff(want[1:], field(t, alone.body, "message", "parts")); diff != "" {
		t.Error(diff)
	}
	for name, body := range map[string]string{
		"empty": `{}`, "no title": `{"url":"https://shop.example/"}`, "http": `{"title":"a","url":"http://shop.example/"}`,
		"a script": `{"title":"a","url":"javascript:alert(1)"}`, "a picture elsewhere": `{"title":"a","url":"https://shop.example/","picture":"data:,"}`,
	} {
		a := d.replies(token, id, `{"id":"r-3","text":"x","link":`+body+`}`)
		if a.status != http.StatusUnprocessableEntity || field(t, a.body, "error", "code") != string(fault.BadLink) || field(t, a.body, "error", "hint") == nil {
			t.Errorf("%s: %s", name, a.text)
		}
	}
	for name, body := range map[string]string{"text": `"https://shop.example/"`, "another field": `{"title":"a","url":"https://shop.example/","x":1}`} {
		a := d.replies(token, id, `{"id":"r-4","text":"x","link":`+body+`}`)
		if a.status != http.StatusBadRequest {
			t.Errorf("%s: %s", name, a.text)
		}
	}
}
