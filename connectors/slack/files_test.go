package slack_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// host is Slack's API and the place of its files: it answers each path as it is told.
type host struct {
	*httptest.Server
	answers map[string]string
	got     []string // path and body of each call
	headers []http.Header
}

func newHost(t *testing.T) *host {
	h := &host{answers: map[string]string{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	h.answers["/conversations.open"] = `{"ok":true,"channel":{"id":"D069C7QFK"}}`
	h.answers["/files.getUploadURLExternal"] = `{"ok":true,"upload_url":"` + h.URL + `/upload/v1/ABC123","file_id":"F123ABC456"}`
	h.answers["/upload/v1/ABC123"] = `OK - 11`
	h.answers["/files.completeUploadExternal"] = `{"ok":true,"files":[{"id":"F123ABC456","title":"a.txt"}]}`
	return h
}

// The shapes are those of https://docs.slack.dev/reference/methods/files.getUploadURLExternal and
// https://docs.slack.dev/reference/methods/files.completeUploadExternal.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.got, h.headers = append(h.got, r.URL.Path+" "+string(body)), append(h.headers, r.Header)
	answer, there := h.answers[r.URL.Path]
	switch {
	case !there:
		w.WriteHeader(http.StatusNotFound)
	case answer == "break":
		panic(http.ErrAbortHandler)
	case strings.HasPrefix(answer, "<html"):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fallthrough
	default:
		_, _ = io.WriteString(w, answer)
	}
}

func (h *host) paths() (all []string) {
	for _, g := range h.got {
		path, _, _ := strings.Cut(g, " ")
		all = append(all, path)
	}
	return all
}

// attached is a message with a text and a file.
func attached(p conversation.Peer) channel.Outbound {
	out := sample(p, "您的发票")
	out.Message.Author, out.Message.Name = conversation.Person, "Li"
	out.Message.Parts = append(out.Message.Parts, conversation.Part{Kind: conversation.File, Media: conversation.Media{Key: "k", Name: "a.txt", Type: "text/plain", Size: 11}})
	out.Open = func(context.Context, conversation.Media) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("the content")), nil
	}
	return out
}

func TestAFileGoesOut(t *testing.T) {
	h := newHost(t)
	sent, err := connector(t, options(h.URL)).Send(t.Context(), attached(conversation.Peer{Channel: "slack", Account: "T1", User: "U1", Thread: "1.1"}))
	if err != nil || sent.ProviderID != "F123ABC456" {
		t.Fatalf("%+v, %v", sent, err)
	}
	if got := strings.Join(h.paths(), " "); got != "/conversations.open /files.getUploadURLExternal /upload/v1/ABC123 /files.completeUploadExternal" {
		t.Errorf("called %s", got)
	}
	if !strings.Contains(h.got[2], "the content") || !strings.Contains(h.got[3], "channel_id=D069C7QFK") || !strings.Contains(h.got[3], "thread_ts=1.1") || !strings.Contains(h.got[3], "%E6%82%A8%E7%9A%84") {
		t.Errorf("said %q", h.got[2:])
	}
	h = newHost(t)
	if _, err := connector(t, options(h.URL)).Send(t.Context(), attached(conversation.Peer{Channel: "slack", Account: "T1", User: "C1", Thread: "1.1"})); err != nil || h.paths()[0] != "/files.getUploadURLExternal" {
		t.Errorf("into a channel: %v, %v", h.paths(), err)
	}
}

// Only the last call shows anybody anything: before it, nothing is uncertain.
func TestAFileThatDoesNotGoOut(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h *host, out *channel.Outbound)
		want   fault.Code
	}{
		"no place": {func(h *host, _ *channel.Outbound) { h.answers["/files.getUploadURLExternal"] = `{"ok":true}` }, fault.ProviderBusy},
		"a strange place": {func(h *host, _ *channel.Outbound) {
			h.answers["/files.getUploadURLExternal"] = `{"ok":true,"upload_url":"https://evil.example/","file_id":"F1"}`
		}, fault.ProviderBusy},
		"the way breaks": {func(h *host, _ *channel.Outbound) { h.answers["/upload/v1/ABC123"] = "break" }, fault.ProviderBusy},
		"no right": {func(h *host, _ *channel.Outbound) {
			h.answers["/files.getUploadURLExternal"] = `{"ok":false,"error":"missing_scope"}`
		}, fault.ProviderAuth},
		"no such user": {func(h *host, _ *channel.Outbound) {
			h.answers["/conversations.open"] = `{"ok":false,"error":"user_not_found"}`
		}, fault.RecipientGone},
		"the last breaks": {func(h *host, _ *channel.Outbound) { h.answers["/files.completeUploadExternal"] = "break" }, fault.Uncertain},
		"a silent no":     {func(h *host, _ *channel.Outbound) { h.answers["/files.completeUploadExternal"] = `{"ok":false}` }, fault.Uncertain},
		"not kept": {func(_ *host, out *channel.Outbound) {
			out.Open = func(context.Context, conversation.Media) (io.ReadCloser, error) {
				return nil, fault.New(fault.NotFound, "test", "")
			}
		}, fault.ProviderRefused},
		"not for now": {func(_ *host, out *channel.Outbound) {
			out.Open = func(context.Context, conversation.Media) (io.ReadCloser, error) {
				return nil, fault.New(fault.Unavailable, "test", "")
			}
		}, fault.ProviderBusy},
		"no files are kept": {func(_ *host, out *channel.Outbound) { out.Open = nil }, fault.ProviderRefused},
	} {
		h := newHost(t)
		out := attached(conversation.Peer{Channel: "slack", Account: "T1", User: "U1"})
		c.change(h, &out)
		if _, err := connector(t, options(h.URL)).Send(t.Context(), out); !fault.Is(err, c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestAFileComesIn(t *testing.T) {
	h := newHost(t)
	peer := conversation.Peer{Channel: "slack", Account: "T1", User: "U1"}
	info := func(fields map[string]any) {
		fields["id"] = "F1"
		text, err := json.Marshal(map[string]any{"ok": true, "file": fields})
		if err != nil {
			t.Fatal(err)
		}
		h.answers["/files.info"] = string(text)
	}
	h.answers["/private/a.txt"] = "the content"
	h.answers["/private/login"] = "<html>sign in</html>"
	info(map[string]any{"name": "a.txt", "mimetype": "text/plain", "url_private": h.URL + "/x", "url_private_download": h.URL + "/private/a.txt"})
	got, err := connector(t, options(h.URL)).Fetch(t.Context(), peer, "F1")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(got.Body)
	if err != nil || string(content) != "the content" || got.Name != "a.txt" || got.Size != 11 || got.Body.Close() != nil {
		t.Errorf("%q, %+v, %v", content, got, err)
	}
	if last := h.headers[len(h.headers)-1]; last.Get("Authorization") != "Bearer "+accessToken {
		t.Error("the token was not shown")
	}
	for name, c := range map[string]struct {
		address string
		want    fault.Code
	}{
		"a page to sign in":   {h.URL + "/private/login", fault.NotFound},
		"gone":                {h.URL + "/private/gone", fault.NotFound},
		"another host":        {"https://evil.example/a.txt", fault.ProviderRefused},
		"one that looks like": {"https://slack.com.evil.example/a.txt", fault.ProviderRefused},
		"another scheme":      {"http://files.slack.com/a.txt", fault.ProviderRefused},
		"credentials":         {"https://slack.com@evil.example/a.txt", fault.ProviderRefused},
		"another port":        {"https://files.slack.com:8443/a.txt", fault.ProviderRefused},
		"none":                {"", fault.ProviderRefused},
	} {
		info(map[string]any{"name": "a.txt", "url_private": c.address})
		if _, err := connector(t, options(h.URL)).Fetch(t.Context(), peer, "F1"); !fault.Is(err, c.want) || strings.Contains(err.Error(), accessToken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	info(map[string]any{"name": "a.txt", "is_external": true, "url_private": h.URL + "/private/a.txt"})
	if _, err := connector(t, options(h.URL)).Fetch(t.Context(), peer, "F1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what lies with others: %v", err)
	}
	h.answers["/files.info"] = `{"ok":false,"error":"file_not_found"}`
	if _, err := connector(t, options(h.URL)).Fetch(t.Context(), peer, "F1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what was deleted: %v", err)
	}
}
