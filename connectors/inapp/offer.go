package inapp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

// Offer takes the offer of an upload:
//
//	POST, Authorization: Bearer <token>, Content-Type: application/json
//	{"id":"…","name":"发票.png","type":"image/png","size":12345,"seconds":0}
//
// seconds may be left out. Errors: WrongMethod, TooLarge, Unauthenticated,
// Unsupported, BadRequest, BadText.
func (c *Connector) Offer(_ context.Context, r channel.Request) (channel.Offer, error) {
	said, err := c.caller(r)
	if err != nil {
		return channel.Offer{}, err
	}
	if !utf8.Valid(r.Body) {
		return channel.Offer{}, fault.New(fault.BadText, "inapp.Offer", "send the name as valid UTF-8")
	}
	var o struct {
		ID      string  `json:"id"`
		Name    *string `json:"name"`
		Type    *string `json:"type"`
		Size    int64   `json:"size"`
		Seconds int     `json:"seconds"`
	}
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.DisallowUnknownFields()
	err = d.Decode(&o)
	if _, end := d.Token(); err != nil || end != io.EOF || o.Name == nil || o.Type == nil {
		return channel.Offer{}, badRequest("offer an upload as one JSON object with id, name, type, size and, of sound, seconds")
	}
	if o.ID == "" || len(o.ID) > maxID || strings.Trim(o.ID, idAlphabet) != "" {
		return channel.Offer{}, badRequest("id is not 1 to 64 letters, digits, - or _")
	}
	if o.Size < 1 || o.Seconds < 0 || len(*o.Name) > maxFileName {
		return channel.Offer{}, badRequest("size is at least 1, seconds is at least 0, and a name has at most 1,024 bytes")
	}
	return channel.Offer{Peer: c.peer(said), ID: o.ID, Name: *o.Name, Type: *o.Type, Size: o.Size, Seconds: o.Seconds}, nil
}

// maxFileName is more than any system's files have, in bytes.
const maxFileName = 1024
