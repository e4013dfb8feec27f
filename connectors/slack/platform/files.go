package platform

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// file is one that Slack keeps: https://docs.slack.dev/reference/objects/file-object
type file struct {
	id, name, kind string
	of             *workspace
	content        []byte
	here           bool // it was uploaded
	ticket         bool // it waits to be completed, which is done once
}

// addFile keeps one; p.mu is held.
func (p *Platform) addFile(w *workspace, name, kind string, content []byte) *file {
	f := &file{id: p.id("F"), name: name, kind: kind, of: w, content: content, here: true}
	p.files[f.id] = f
	return f
}

func (f *file) object(base string) map[string]any {
	at := base + "/files-pri/" + f.of.id + "-" + f.id
	return map[string]any{
		"id": f.id, "name": f.name, "title": f.name, "mimetype": f.kind, "size": len(f.content), "mode": "hosted", "is_external": false,
		"url_private": at, "url_private_download": at,
	}
}

// Content is what a file holds; nil where there is none.
func (p *Platform) Content(id string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.files[id]; f != nil {
		return f.content
	}
	return nil
}

// fileInfo is https://docs.slack.dev/reference/methods/files.info; p.mu is held.
func (p *Platform) fileInfo(w *workspace, form url.Values) map[string]any {
	f := p.files[form.Get("file")]
	if f == nil || f.of != w || f.ticket {
		return no("file_not_found")
	}
	return map[string]any{"ok": true, "file": f.object(p.base)}
}

// download gives a file to who shows a token; others are shown a page to sign in.
func (p *Platform) download(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/files-pri/"), "-")
	f, t := p.files[id], p.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if f == nil || f.ticket || t == nil || t.of != f.of || !t.of.installed || t.over(p.o.Clock.Now()) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Sign in</title>")
		return
	}
	w.Header().Set("Content-Type", f.kind)
	_, _ = w.Write(f.content) // a caller that hung up asks again
}

// uploadPlace is https://docs.slack.dev/reference/methods/files.getUploadURLExternal; p.mu is held.
func (p *Platform) uploadPlace(w *workspace, form url.Values) map[string]any {
	size, err := strconv.Atoi(form.Get("length"))
	if form.Get("filename") == "" || err != nil || size <= 0 {
		return no("invalid_arguments")
	}
	f := p.addFile(w, form.Get("filename"), mime.TypeByExtension("."+form.Get("filename")[strings.LastIndexByte(form.Get("filename"), '.')+1:]), nil)
	f.content, f.here, f.ticket = make([]byte, size), false, true
	return map[string]any{"ok": true, "upload_url": p.base + "/upload/" + f.id, "file_id": f.id}
}

// upload takes a file, as a form's field or as it is.
func (p *Platform) upload(w http.ResponseWriter, r *http.Request, body []byte) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		part, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).NextPart()
		if err == nil {
			body, err = io.ReadAll(part)
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.files[strings.TrimPrefix(r.URL.Path, "/upload/")]
	if f == nil || f.here || len(body) != len(f.content) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	f.content, f.here = body, true
	_, _ = io.WriteString(w, "OK - "+strconv.Itoa(len(body)))
}

// completeUpload is https://docs.slack.dev/reference/methods/files.completeUploadExternal; p.mu is held.
func (p *Platform) completeUpload(w *workspace, form url.Values) map[string]any {
	var wanted []struct {
		ID string `json:"id"`
	}
	if json.Unmarshal([]byte(form.Get("files")), &wanted) != nil || len(wanted) == 0 {
		return no("invalid_arguments")
	}
	c := p.byID(w, form.Get("channel_id"))
	if c == nil {
		return no("channel_not_found")
	}
	l, wrong := rendered(form.Get("blocks"))
	if comment := form.Get("initial_comment"); comment != "" { // blocks are ignored then
		l, wrong = look{text: unescape(comment)}, ""
	}
	if wrong != "" {
		return no(wrong)
	}
	post := &Post{Thread: form.Get("thread_ts"), By: w.bot, Bot: true, Text: l.text, Blocks: l.blocks, Button: l.button}
	if post.Thread != "" && c.post(post.Thread) == nil {
		return no("thread_not_found")
	}
	var files []any
	for _, f := range wanted {
		kept := p.files[f.ID]
		if kept == nil || kept.of != w || !kept.here || !kept.ticket {
			return no("file_not_found")
		}
		post.Files, files = append(post.Files, f.ID), append(files, map[string]any{"id": f.ID, "title": kept.name})
	}
	if !p.paced(c) {
		return no("ratelimited")
	}
	for _, id := range post.Files {
		p.files[id].ticket = false
	}
	post.TS = p.ts()
	c.posts = append(c.posts, post)
	return map[string]any{"ok": true, "files": files}
}
