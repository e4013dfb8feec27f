package inapp

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// A client's clock is corrected with the server's. What is still further off is
// refused, so that no message lands far from where it was written.
const (
	maxAhead  = 2 * time.Minute
	maxBehind = 24 * time.Hour
)

// Prepare fetches the identity provider's keys where a call's token names one that is
// not known. Errors: Unavailable.
func (c *Connector) Prepare(ctx context.Context, r channel.Request) error {
	return c.tokens.prepare(ctx, channel.Bearer(r.Header), r.At)
}

// Receive takes one submitted message:
//
//	POST, Authorization: Bearer <token>, Content-Type: application/json
//	{"type":"message","id":"…","at":1760000000000,"text":"…"}
//
// With "media":["…"], of what was uploaded before, text may be "".
//
// Errors: WrongMethod, TooLarge, Unauthenticated, Unsupported, BadRequest,
// ClockSkew, BadText, TextTooLong.
func (c *Connector) Receive(_ context.Context, r channel.Request) (channel.Receipt, error) {
	said, err := c.caller(r)
	if err != nil {
		return channel.Receipt{}, err
	}
	s, err := decodeSubmission(r.Body)
	if err != nil {
		return channel.Receipt{}, err
	}
	if now := r.At.UnixMilli(); s.at > now+maxAhead.Milliseconds() || s.at < now-maxBehind.Milliseconds() {
		return channel.Receipt{}, &fault.Error{Code: fault.ClockSkew, Op: "inapp.Receive", Now: r.At,
			Hint: "correct the clock by now, and stamp what is older than a day with the time it is submitted at"}
	}
	parts, err := s.parts()
	if err != nil {
		return channel.Receipt{}, err
	}
	return channel.Receipt{Messages: []channel.Inbound{{
		Peer:     c.peer(said),
		Key:      conversation.InboundKey(time.UnixMilli(s.at), s.id),
		Parts:    parts,
		Media:    s.media,
		Name:     said.Name,
		ClientID: s.id,
	}}}, nil
}

// caller says who calls with a JSON body.
func (c *Connector) caller(r channel.Request) (claims, error) {
	if r.Method != http.MethodPost {
		return claims{}, fault.New(fault.WrongMethod, "inapp.Receive", "submit messages with POST")
	}
	if len(r.Body) > maxBody {
		return claims{}, fault.New(fault.TooLarge, "inapp.Receive", "a submission has at most 64 KiB")
	}
	said, err := c.tokens.check(channel.Bearer(r.Header), r.At)
	if err != nil {
		return claims{}, err
	}
	if !channel.IsJSON(r.Header) {
		return claims{}, fault.New(fault.Unsupported, "inapp.Receive", "submit application/json in UTF-8")
	}
	return said, nil
}

// parts is the text of a submission: none where media stand for it.
func (s submission) parts() ([]conversation.Part, error) {
	if s.text == "" && len(s.media) > 0 {
		return nil, nil
	}
	text, err := channel.CleanText(s.text)
	if err != nil {
		return nil, err
	}
	if err := channel.CheckLength(text, maxText); err != nil {
		return nil, err
	}
	return conversation.TextParts(text), nil
}

// Acknowledge answers a submission with the keys of what was accepted.
func (c *Connector) Acknowledge(accepted []conversation.Message) *channel.Answer {
	keys := make([]conversation.Key, len(accepted))
	for i, m := range accepted {
		keys[i] = m.Key
	}
	body, err := json.Marshal(map[string][]conversation.Key{"accepted": keys})
	if err != nil {
		return nil // keys are text: this cannot be, and an empty 200 says as much
	}
	return &channel.Answer{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: body}
}

// Submission makes the request of a message frame, which has the same shape as
// the body of a call.
func (c *Connector) Submission(token string, frame []byte, at time.Time) channel.Request {
	header := make(http.Header, 2)
	header.Set("Authorization", "Bearer "+token)
	header.Set("Content-Type", "application/json")
	return channel.Request{Method: http.MethodPost, Header: header, Body: frame, At: at}
}
