package platform

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"time"
)

// What media may be, by https://developers.weixin.qq.com/doc/subscription/en/api/material/temporary/api_uploadtempmedia.html
// and, for mini-programs, .../customer-message/customerServiceMessage.uploadTempMedia.html.
const (
	mediaLasts = 3 * 24 * time.Hour
	videoPath  = "/video"
)

type medium struct {
	account *account
	kind    string
	data    []byte
	kept    time.Time
}

// rule is of one type of media.
type rule struct {
	max     int // bytes
	tooBig  int // errcode
	formats []string
}

var rules = map[string]rule{
	"image": {2 << 20, codeImageSize, []string{"image/jpeg", "image/png", "image/gif"}},
	"voice": {2 << 20, codeVoiceSize, []string{"audio/amr", "audio/mpeg"}},
	"video": {10 << 20, codeVideoSize, []string{"video/mp4"}},
	"thumb": {64 << 10, codeThumbSize, []string{"image/jpeg"}},
}

// sniff is http.DetectContentType, and AMR, and MP3 without a tag.
func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("#!AMR")):
		return "audio/amr"
	case len(data) > 1 && data[0] == 0xff && data[1]&0xe0 == 0xe0:
		return "audio/mpeg"
	}
	return http.DetectContentType(data)
}

// keep stores a medium for three days and returns its media_id; p.mu is held.
func (p *Platform) keep(a *account, kind string, data []byte) string {
	id := p.random(64)
	p.media[id] = &medium{account: a, kind: kind, data: data, kept: p.o.Clock.Now()}
	return id
}

// kept returns a medium of one of these kinds, or nil; p.mu is held.
func (p *Platform) kept(a *account, id string, kinds ...string) *medium {
	m := p.media[id]
	if m == nil || m.account != a || !slices.Contains(kinds, m.kind) || p.o.Clock.Now().Sub(m.kept) >= mediaLasts {
		return nil
	}
	return m
}

// mediaUpload is POST /cgi-bin/media/upload. p.mu is held.
func (p *Platform) mediaUpload(c call) result {
	kind := c.query.Get("type")
	r, ok := rules[kind]
	if !ok || c.account.Kind == MiniProgram && kind != "image" {
		return refuse(codeBadMediaType)
	}
	data, ok := uploaded(c)
	if !ok {
		return refuse(codeMediaMissing)
	}
	if len(data) > r.max {
		return refuse(r.tooBig)
	}
	if !slices.Contains(r.formats, sniff(data)) {
		return refuse(codeBadFileType)
	}
	return result{value: struct {
		Type    string `json:"type"`
		ID      string `json:"media_id"`
		Created int64  `json:"created_at"`
	}{kind, p.keep(c.account, kind, data), c.now.Unix()}}
}

// uploaded finds the file in the multipart field "media".
func uploaded(c call) ([]byte, bool) {
	_, params, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil {
		return nil, false
	}
	parts := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, false
		}
		if part.FormName() == "media" && part.FileName() != "" {
			data, err := io.ReadAll(part)
			return data, err == nil && len(data) > 0
		}
	}
}

// mediaGet is GET /cgi-bin/media/get; of a video it gives an address. p.mu is held.
func (p *Platform) mediaGet(c call) result {
	id := c.query.Get("media_id")
	m := p.kept(c.account, id, "image", "voice", "video", "thumb")
	switch {
	case m == nil:
		return refuse(codeBadMediaID)
	case m.kind == "video":
		return result{value: map[string]string{"video_url": "http://" + c.host + videoPath + "?id=" + id}}
	}
	return result{file: notNil(m.data), mime: sniff(m.data)}
}

// video is what a video_url gives. p.mu is held.
func (p *Platform) video(c call) result {
	m := p.media[c.query.Get("id")]
	if m == nil || m.kind != "video" {
		return refuse(codeBadMediaID)
	}
	return result{file: notNil(m.data), mime: "video/mp4"}
}

func notNil(data []byte) []byte { return append([]byte{}, data...) }
