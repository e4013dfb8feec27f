package platform_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// place asks where a file is to be put.
func (w *world) place(token, name string, size int) (id, address string) {
	w.t.Helper()
	s := w.call("files.getUploadURLExternal", token, url.Values{"filename": {name}, "length": {fmt.Sprint(size)}})
	w.wants(s, "")
	return s.text("file_id"), s.text("upload_url")
}

func (w *world) complete(token, channel, id string, more ...string) said {
	w.t.Helper()
	form := url.Values{"channel_id": {channel}, "files": {`[{"id":"` + id + `","title":"a"}]`}}
	if len(more) > 0 {
		form.Set(more[0], more[1])
	}
	return w.call("files.completeUploadExternal", token, form)
}

// TestUpload in three steps, as it is and as a form's field:
// https://docs.slack.dev/messaging/working-with-files#uploading_files
func TestUpload(t *testing.T) {
	w, token := newWorld(t, nil)
	help := w.p.Channel("T1", "help")
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	part, err := writer.CreateFormFile("file", "a.txt")
	w.must(err)
	_, err = part.Write([]byte("the content"))
	w.must(err)
	w.must(writer.Close())
	for kind, body := range map[string]string{"application/octet-stream": "the content", writer.FormDataContentType(): form.String()} {
		w.clock.Advance(time.Second)
		id, address := w.place(token, "a.txt", len("the content"))
		w.wants(w.complete(token, help.ID, id), "file_not_found")
		w.wants(w.call("files.info", token, url.Values{"file": {id}}), "file_not_found")
		if s := w.get(http.MethodPost, address, "", kind, body); s.status != http.StatusOK || string(s.raw) != "OK - 11" {
			t.Errorf("uploaded: %d %s", s.status, s.raw)
		}
		before := len(w.p.Posts(help, ""))
		w.wants(w.complete(token, help.ID, id, "blocks", section("look")), "")
		posts := w.p.Posts(help, "")
		if len(posts) != before+1 || posts[before].Text != "look" || len(posts[before].Files) != 1 || string(w.p.Content(posts[before].Files[0])) != "the content" {
			t.Errorf("the channel shows %+v", posts)
		}
		w.clock.Advance(time.Second)
		w.wants(w.complete(token, help.ID, id), "file_not_found") // it is completed once
		w.wants(w.call("files.info", token, url.Values{"file": {id}}), "")
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	w, token := newWorld(t, nil)
	help := w.p.Channel("T1", "help")
	id, address := w.place(token, "a.txt", 4)
	for name, c := range map[string]struct{ address, kind, body string }{
		"longer than said":  {address, "text/plain", "12345"},
		"shorter than said": {address, "text/plain", "123"},
		"no form":           {address, "multipart/form-data; boundary=x", "1234"},
		"elsewhere":         {w.api.URL + "/upload/F99", "text/plain", "1234"},
	} {
		if got := w.get(http.MethodPost, c.address, "", c.kind, c.body).status; got != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, got)
		}
	}
	if got := w.get(http.MethodPost, address, "", "text/plain", "1234").status; got != http.StatusOK {
		t.Fatalf("status %d", got)
	}
	if got := w.get(http.MethodPost, address, "", "text/plain", "5678").status; got != http.StatusBadRequest {
		t.Errorf("twice: status %d", got)
	}
	other := w.exchange(w.p.Install("T2")).text("access_token")
	li := w.p.Person("T1", "li")
	w.wants(w.complete(other, w.p.Channel("T2", "help").ID, id), "file_not_found")
	w.wants(w.complete(token, li.ID, id), "channel_not_found") // files are sent to no user
	w.wants(w.complete(token, help.ID, id, "blocks", "["), "invalid_blocks_format")
	w.wants(w.complete(token, help.ID, id, "thread_ts", "1.000001"), "thread_not_found")
	w.wants(w.complete(token, help.ID, "F99"), "file_not_found")
	w.wants(w.call("files.completeUploadExternal", token, url.Values{"files": {"[]"}, "channel_id": {help.ID}}), "invalid_arguments")
	w.wants(w.call("files.getUploadURLExternal", token, url.Values{"filename": {"a"}, "length": {"0"}}), "invalid_arguments")
	w.wants(w.posts(token, help.ID, "one"), "")
	w.wantsLimited(w.complete(token, help.ID, id), "1") // it is a message, too
	w.clock.Advance(time.Second)
	w.wants(w.complete(token, help.ID, id, "initial_comment", "&lt;look&gt;"), "")
	if posts := w.p.Posts(help, ""); posts[1].Text != "<look>" {
		t.Errorf("the channel shows %+v", posts)
	}
}

// TestDownload: who shows no token of that workspace is shown a page.
func TestDownload(t *testing.T) {
	w, _ := newWorld(t, rotates)
	token, other := w.exchange(w.p.Install("T1")).text("access_token"), w.exchange(w.p.Install("T2")).text("access_token")
	w.works(token, "") // the platform knows its own address once it was called
	w.p.Person("T1", "li").Attach("", "a.png", "image/png", []byte("the picture"))
	told := w.hears(1)[0].event()["files"].([]any)[0].(map[string]any)
	s := w.call("files.info", token, url.Values{"file": {told["id"].(string)}})
	w.wants(s, "")
	address := s.body["file"].(map[string]any)["url_private"].(string)
	if told["url_private"] != address || !strings.HasPrefix(address, w.api.URL) || told["size"] != 11.0 || told["mimetype"] != "image/png" {
		t.Errorf("told of %v, at %s", told, address)
	}
	if s := w.get(http.MethodGet, address, token, "", ""); string(s.raw) != "the picture" || s.header.Get("Content-Type") != "image/png" {
		t.Errorf("downloaded %s", s.raw)
	}
	page := func(name, bearer, address string) {
		t.Helper()
		if s := w.get(http.MethodGet, address, bearer, "", ""); s.status != http.StatusOK || !strings.HasPrefix(string(s.raw), "<!DOCTYPE html>") {
			t.Errorf("%s: %d %s", name, s.status, s.raw)
		}
	}
	page("without a token", "", address)
	page("with another's", other, address)
	page("another file", token, address+"9")
	w.wants(w.call("files.info", other, url.Values{"file": {told["id"].(string)}}), "file_not_found")
	w.clock.Advance(12 * time.Hour)
	page("with one that has ended", token, address)
	token = w.exchange(w.p.Install("T1")).text("access_token")
	w.must(w.p.Uninstall("T1").Wait(w.patience()))
	page("of who removed the app", token, address)
}
