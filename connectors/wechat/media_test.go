package wechat_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const uploaded = `{"type":"TYPE","media_id":"MEDIA_ID","created_at":123456789}`

// media is a message that shows a file, whose content is given.
func showing(account string, kind conversation.PartKind, m conversation.Media, content string) channel.Outbound {
	out := botText(account, "")
	out.Message.Parts = []conversation.Part{{Kind: kind, Media: m}}
	out.Open = func(context.Context, conversation.Media) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}
	return out
}

// TestMedia uploads each kind and sends it as the published examples have it.
func TestMedia(t *testing.T) {
	for kind, m := range map[conversation.PartKind]conversation.Media{
		conversation.Image: {Type: "image/png", Size: 4, Name: "发票.png"},
		conversation.Audio: {Type: "audio/mpeg", Size: 4, Name: "甲.mp3", Seconds: 60},
		conversation.Video: {Type: "video/mp4", Size: 4, Name: "演示.mp4"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			x := newWeixin(t, func(w http.ResponseWriter, r *http.Request, _ string) {
				if r.ContentLength < 0 {
					t.Error("an upload without a length, which WeChat answers with 412")
				}
				if r.URL.Path == "/cgi-bin/media/upload" {
					_, _ = io.WriteString(w, uploaded)
					return
				}
				_, _ = io.WriteString(w, okAnswer)
			})
			if _, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), showing(official, kind, m, "\x89PNG")); err != nil {
				t.Fatal(err)
			}
			calls := x.got()
			if len(calls) != 2 {
				t.Fatalf("%d calls", len(calls))
			}
			wantUpload(t, calls[0], map[conversation.PartKind]string{"image": "image", "audio": "voice", "video": "video"}[kind], m)
			want, err := os.ReadFile(filepath.Join("testdata", "media", string(kind), "want.json"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(bodyOf(t, gotCall{body: string(want)}), bodyOf(t, gotCall{body: strings.ReplaceAll(calls[1].body, openid, "OPENID")})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func wantUpload(t *testing.T, c gotCall, kind string, m conversation.Media) {
	t.Helper()
	_, params, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(strings.NewReader(c.body), params["boundary"]).NextPart()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(part)
	if err != nil || string(content) != "\x89PNG" {
		t.Errorf("%q arrived, %v", content, err)
	}
	if c.path != "/cgi-bin/media/upload" || c.query["type"][0] != kind || part.FormName() != "media" || part.Header.Get("Content-Type") != m.Type {
		t.Errorf("%s %v %v", c.path, c.query["type"], part.Header)
	}
	if strings.Contains(c.body, m.Name) || !strings.HasPrefix(part.FileName(), "media.") {
		t.Errorf("the file is called %q there", part.FileName())
	}
}

// TestMediaThatWeChatDoesNotCarry is told before anything is called or opened.
func TestMediaThatWeChatDoesNotCarry(t *testing.T) {
	x := newWeixin(t, always(okAnswer))
	c := newConnector(t, x.URL, fixed{token: theToken})
	for name, out := range map[string]channel.Outbound{
		"a file":              showing(official, conversation.File, conversation.Media{Type: "application/pdf", Size: 1}, ""),
		"a picture's type":    showing(official, conversation.Image, conversation.Media{Type: "image/webp", Size: 1}, ""),
		"a picture's size":    showing(official, conversation.Image, conversation.Media{Type: "image/png", Size: 2<<20 + 1}, ""),
		"voice's type":        showing(official, conversation.Audio, conversation.Media{Type: "audio/webm", Size: 1}, ""),
		"voice's size":        showing(official, conversation.Audio, conversation.Media{Type: "audio/amr", Size: 2<<20 + 1}, ""),
		"voice's length":      showing(official, conversation.Audio, conversation.Media{Type: "audio/amr", Size: 1, Seconds: 61}, ""),
		"a video's type":      showing(official, conversation.Video, conversation.Media{Type: "video/webm", Size: 1}, ""),
		"a video's size":      showing(official, conversation.Video, conversation.Media{Type: "video/mp4", Size: 10<<20 + 1}, ""),
		"a program's voice":   showing(program, conversation.Audio, conversation.Media{Type: "audio/amr", Size: 1}, ""),
		"a program's video":   showing(program, conversation.Video, conversation.Media{Type: "video/mp4", Size: 1}, ""),
		"a deployment's none": showing(official, conversation.Image, conversation.Media{Type: "image/png", Size: 1}, ""),
	} {
		out.Open = func(context.Context, conversation.Media) (io.ReadCloser, error) {
			t.Errorf("%s was opened", name)
			return nil, errors.New("no")
		}
		if strings.Contains(name, "deployment") {
			out.Open = nil
		}
		_, err := c.Send(t.Context(), out)
		wantFault(t, err, fault.ProviderRefused)
	}
	lies := showing(official, conversation.Image, conversation.Media{Type: "image/png", Size: 1}, strings.Repeat("a", 2<<20+1))
	_, err := c.Send(t.Context(), lies)
	wantFault(t, err, fault.ProviderRefused)
	if len(x.got()) != 0 {
		t.Errorf("%d calls", len(x.got()))
	}
}

// TestUploadThatFailsSendsNothing: so it is never Uncertain.
func TestUploadThatFailsSendsNothing(t *testing.T) {
	png := conversation.Media{Type: "image/png", Size: 4}
	for name, c := range map[string]struct {
		handle func(http.ResponseWriter, *http.Request, string)
		want   fault.Code
	}{
		"500":         {func(w http.ResponseWriter, _ *http.Request, _ string) { w.WriteHeader(500) }, fault.ProviderBusy},
		"reset":       {func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) }, fault.ProviderBusy},
		"no media_id": {always(okAnswer), fault.ProviderBusy},
		"40004":       {always(`{"errcode":40004,"errmsg":"invalid media type"}`), fault.ProviderRefused},
	} {
		x := newWeixin(t, c.handle)
		_, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), showing(official, conversation.Image, png, "\x89PNG"))
		wantFault(t, err, c.want)
		if len(x.got()) != 1 {
			t.Errorf("%s: %d calls", name, len(x.got()))
		}
	}
	for _, c := range []struct{ err, want fault.Code }{{fault.NotFound, fault.ProviderRefused}, {fault.Unavailable, fault.ProviderBusy}} {
		out := showing(official, conversation.Image, png, "")
		out.Open = func(context.Context, conversation.Media) (io.ReadCloser, error) {
			return nil, fault.New(c.err, "test", "a hint")
		}
		_, err := newConnector(t, "http://127.0.0.1:1", fixed{token: theToken}).Send(t.Context(), out)
		wantFault(t, err, c.want)
	}
}

func TestFetch(t *testing.T) {
	var x *weixin
	x = newWeixin(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		switch id := r.URL.Query().Get("media_id"); {
		case r.URL.Path == "/video.mp4":
			if r.URL.RawQuery != "" {
				t.Error("the token went along")
			}
			w.Header().Set("Content-Type", "video/mp4")
			_, _ = io.WriteString(w, "moov")
		case r.URL.Query().Get("access_token") == theToken:
			w.Header().Set("Content-Type", "application/json; encoding=utf-8")
			_, _ = io.WriteString(w, `{"errcode":42001,"errmsg":"access_token expired"}`)
		case id == "VIDEO":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, `{"video_url":"`+x.URL+`/video.mp4"}`)
		default:
			w.Header().Set("Content-Type", "image/jpeg")
			w.Header().Set("Content-disposition", `attachment; filename="MEDIA_ID.jpg"`)
			_, _ = io.WriteString(w, "JFIF")
		}
	})
	c := newConnector(t, x.URL, fixed{theToken, nextToken})
	for id, want := range map[string][2]string{"MEDIA_ID": {"image/jpeg", "JFIF"}, "VIDEO": {"video/mp4", "moov"}} {
		got, err := c.Fetch(t.Context(), peerAt(official), id)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(got.Body)
		if err = errors.Join(err, got.Body.Close()); err != nil || string(content) != want[1] || got.Type != want[0] || got.Size != 4 || got.Name != "" {
			t.Errorf("%s is %+v %q, %v", id, got, content, err)
		}
	}
}

func TestFetchFaults(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   fault.Code
	}{
		"expired":         {`{"errcode":40007,"errmsg":"invalid media_id rid: 65a1b2c3-00000001-00000002"}`, fault.NotFound},
		"busy":            {`{"errcode":-1,"errmsg":"system error"}`, fault.ProviderBusy},
		"token":           {`{"errcode":40001,"errmsg":"no"}`, fault.ProviderAuth},
		"neither":         {`{}`, fault.ProviderBusy},
		"html":            {`<html>`, fault.ProviderBusy},
		"elsewhere":       {`{"video_url":"https://example.com/v.mp4"}`, fault.ProviderRefused},
		"nearly":          {`{"video_url":"https://evilqq.com/v.mp4"}`, fault.ProviderRefused},
		"within":          {`{"video_url":"https://qq.com.example.com/v.mp4"}`, fault.ProviderRefused},
		"somebody's name": {`{"video_url":"https://qq.com@example.com/v.mp4"}`, fault.ProviderRefused},
		"another port":    {`{"video_url":"https://v.qq.com:8443/v.mp4"}`, fault.ProviderRefused},
		"this machine":    {`{"video_url":"http://127.0.0.1:1/v.mp4"}`, fault.ProviderRefused},
		"the cloud's":     {`{"video_url":"http://169.254.169.254/latest/meta-data"}`, fault.ProviderRefused},
		"credentials":     {`{"video_url":"https://name:password@v.qq.com/v.mp4"}`, fault.ProviderRefused},
		"another scheme":  {`{"video_url":"file:///etc/passwd"}`, fault.ProviderRefused},
		"no address":      {`{"video_url":"::"}`, fault.ProviderRefused},
	} {
		t.Run(name, func(t *testing.T) {
			x := newWeixin(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, c.answer)
			})
			_, err := newConnector(t, x.URL, fixed{token: theToken}).Fetch(t.Context(), peerAt(official), "MEDIA_ID")
			wantFault(t, err, c.want)
		})
	}
}

// TestVideosOfTencent: over https also where WeChat says http, and led on only within.
func TestVideosOfTencent(t *testing.T) {
	var asked []string
	answer := func(r *http.Request) *http.Response {
		response := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"video_url":"http://vweixinp.tc.qq.com/v.mp4?token=abc"}`)), Request: r}
		switch r.URL.Host {
		case "vweixinp.tc.qq.com":
			response.StatusCode, response.Header = 302, http.Header{"Location": {"https://dldir1.qq.com/next"}}
		case "dldir1.qq.com":
			response.StatusCode, response.Header = 302, http.Header{"Location": {"https://example.com/away"}}
		}
		return response
	}
	o := sendOptions("", fixed{token: theToken})
	o.Client = &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Scheme+"://"+r.URL.Host+r.URL.Path)
		return answer(r), nil
	})}
	c := connector(t, o)
	_, err := c.Fetch(t.Context(), peerAt(official), "VIDEO")
	wantFault(t, err, fault.ProviderRefused)
	if want := []string{"https://api.weixin.qq.com/cgi-bin/media/get", "https://vweixinp.tc.qq.com/v.mp4", "https://dldir1.qq.com/next"}; !cmp.Equal(asked, want) {
		t.Errorf("asked %q", asked)
	}
}

// TestVideosThatLeadInCircles are given up.
func TestVideosThatLeadInCircles(t *testing.T) {
	asked := 0
	o := sendOptions("", fixed{token: theToken})
	o.Client = &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		if asked++; asked > 20 {
			return nil, errors.New("there is no end of it")
		}
		response := &http.Response{StatusCode: 302, Header: http.Header{"Location": {"https://v.qq.com/v.mp4"}}, Body: http.NoBody, Request: r}
		if r.URL.Host == "api.weixin.qq.com" {
			response.StatusCode, response.Header = 200, http.Header{"Content-Type": {"application/json"}}
			response.Body = io.NopCloser(strings.NewReader(`{"video_url":"https://v.qq.com/v.mp4"}`))
		}
		return response, nil
	})}
	_, err := connector(t, o).Fetch(t.Context(), peerAt(official), "VIDEO")
	wantFault(t, err, fault.ProviderRefused)
	if asked > 6 {
		t.Errorf("%d calls", asked)
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestFetchEndsWhatDoesNot(t *testing.T) {
	x := newWeixin(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Type", "image/jpeg")
		chunk := make([]byte, 1<<20)
		for range 40 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	got, err := newConnector(t, x.URL, fixed{token: theToken}).Fetch(t.Context(), peerAt(official), "MEDIA_ID")
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, got.Body)
	if n > 32<<20 || !fault.Is(err, fault.TooLarge) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := got.Body.Close(); err != nil {
		t.Error(err)
	}
}
