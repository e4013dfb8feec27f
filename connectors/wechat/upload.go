package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// carriage is how WeChat carries media of a kind.
type carriage struct {
	name  string            // of the kind, in an upload and in a message
	limit int64             // bytes
	types map[string]string // media types, and what a file's name ends with
	hint  string            // where a file is none of this
}

// The documents say 2 MB of pictures in one place and 10 MB in another: the smaller is safe.
const (
	maxImage   = 2 << 20
	maxVoice   = 2 << 20
	maxVideo   = 10 << 20
	maxSeconds = 60 // of voice
)

// carriages are the kinds that accounts send.
// Source: https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia
var carriages = map[conversation.PartKind]carriage{
	conversation.Image: {"image", maxImage, map[string]string{"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"},
		"WeChat carries pictures as JPEG, PNG or GIF of up to 2 MB: send such a one, or put it where a link leads"},
	conversation.Audio: {"voice", maxVoice, map[string]string{"audio/amr": "amr", "audio/mpeg": "mp3"},
		"WeChat carries voice as AMR or MP3 of up to 2 MB and a minute: send such a one, or write it"},
	conversation.Video: {"video", maxVideo, map[string]string{"video/mp4": "mp4"},
		"WeChat carries videos as MP4 of up to 10 MB: send such a one, or put it where a link leads"},
}

// kindsOf are the kinds of media that accounts of a kind send. A mini program's are pictures only.
// Source: https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/customer-message/customerServiceMessage.send.html
func kindsOf(k Kind) []conversation.PartKind {
	if k == MiniProgram {
		return []conversation.PartKind{conversation.Image}
	}
	return []conversation.PartKind{conversation.Image, conversation.Audio, conversation.Video}
}

func (c *Connector) sendMedia(ctx context.Context, account Account, out channel.Outbound, p conversation.Part) error {
	const op = "wechat.Send"
	how, err := carriageOf(op, account, p)
	if err != nil {
		return err
	}
	content, err := contentOf(ctx, op, out.Open, p.Media, how)
	if err != nil {
		return err
	}
	id, err := c.upload(ctx, account, content, p.Media.Type, how)
	if err != nil {
		return err
	}
	what := custom{To: out.Peer.User, Type: how.name}
	switch p.Kind {
	case conversation.Image:
		what.Image = &mediaBody{ID: id}
	case conversation.Audio:
		what.Voice = &mediaBody{ID: id}
	default:
		what.Video = &mediaBody{ID: id, Title: printable(p.Media.Name)}
	}
	return c.deliver(ctx, account, what)
}

// carriageOf returns how an account carries media, or who does not.
func carriageOf(op string, account Account, p conversation.Part) (carriage, error) {
	how, carried := carriages[p.Kind]
	switch {
	case !carried:
		return carriage{}, fault.New(fault.ProviderRefused, op, "WeChat carries pictures, voice and videos, and no other files: put it where a link leads, and send the link")
	case !slices.Contains(kindsOf(account.Kind), p.Kind):
		return carriage{}, fault.New(fault.ProviderRefused, op, "a mini program carries pictures, and neither voice nor videos: put it where a link leads, and send the link")
	case how.types[p.Media.Type] == "" || p.Media.Size > how.limit || p.Media.Seconds > maxSeconds && p.Kind == conversation.Audio:
		return carriage{}, fault.New(fault.ProviderRefused, op, how.hint)
	}
	return how, nil
}

// contentOf reads media whole: WeChat takes no upload whose length is not told first.
func contentOf(ctx context.Context, op string, open channel.Opener, m conversation.Media, how carriage) ([]byte, error) {
	if open == nil {
		return nil, fault.New(fault.ProviderRefused, op, "this deployment keeps no files: write what the file says")
	}
	body, err := open(ctx, m)
	if fault.Is(err, fault.NotFound) {
		return nil, &fault.Error{Code: fault.ProviderRefused, Op: op, Hint: "the file is not kept any more: send it again", Err: err}
	}
	if err != nil {
		return nil, undone(err, op)
	}
	content, err := io.ReadAll(io.LimitReader(body, how.limit+1))
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, undone(err, op)
	}
	if int64(len(content)) > how.limit {
		return nil, fault.New(fault.ProviderRefused, op, how.hint)
	}
	return content, nil
}

// upload gives WeChat content for three days, and returns its name there. Nothing reaches
// a customer by it.
func (c *Connector) upload(ctx context.Context, account Account, content []byte, kind string, how carriage) (id string, err error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{
		// The file's own name is shown nowhere, and says more than WeChat has to know.
		"Content-Disposition": {fmt.Sprintf(`form-data; name="media"; filename="media.%s"`, how.types[kind])},
		"Content-Type":        {kind},
	})
	if err == nil {
		_, err = part.Write(content)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return "", fault.Wrap(err, fault.ProviderBusy, "wechat.upload", "nothing was sent: try again")
	}
	put := request{
		op: "wechat.upload", method: http.MethodPost, path: "/cgi-bin/media/upload", query: url.Values{"type": {how.name}},
		kind: form.FormDataContentType(), body: body.Bytes(),
	}
	var stored struct {
		ID string `json:"media_id"`
	}
	if err := newAPI(c.o.API, c.o.Client, c.o.Tokens).do(ctx, account.ID, put, &stored); err != nil {
		return "", err
	}
	if stored.ID == "" {
		return "", put.lost(errors.New("the answer has no media_id"))
	}
	return stored.ID, nil
}
