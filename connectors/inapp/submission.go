package inapp

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
)

// submission is the body of a call, and the frame, that submits one message.
type submission struct {
	kind  string // "type"
	id    string
	at    int64 // Unix milliseconds
	text  string
	media []string // handles of what was uploaded
}

const (
	idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	maxID      = 64
	// A handle is a key, a number and a file's name in base64url; how many a message
	// has is not the connector's to say.
	maxHandle  = 600
	maxHandles = 50
)

// decodeSubmission reads exactly one JSON object with exactly the four fields, and
// media where there are some, each once. encoding/json's own decoding takes repeated and differently cased
// fields, which two programs may read as two messages. Errors: BadRequest,
// naming the field and never its value, and BadText for invalid UTF-8.
func decodeSubmission(body []byte) (submission, error) {
	var s submission
	if !utf8.Valid(body) { // encoding/json would replace what is not
		return s, fault.New(fault.BadText, "inapp.Receive", "send the text as valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return s, badRequest("the body is no JSON object")
	}
	seen := make(map[string]bool, 4)
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return s, badRequest("the body is no JSON object")
		}
		if err := s.field(dec, name, seen); err != nil {
			return s, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return s, badRequest("the body is no whole JSON object")
	}
	if _, err := dec.Token(); err != io.EOF {
		return s, badRequest("something follows the JSON object")
	}
	return s, s.check(seen)
}

// field reads one value. dec reads no further than one token, so nesting has no
// depth to it: what is no plain value is refused where it begins.
func (s *submission) field(dec *json.Decoder, key json.Token, seen map[string]bool) error {
	name, _ := key.(string) // a field's name is a string, or Token would have failed
	var text *string
	switch name {
	case "type":
		text = &s.kind
	case "id":
		text = &s.id
	case "text":
		text = &s.text
	case "at", "media":
	default:
		return badRequest("unknown field" + quotable(name))
	}
	if seen[name] {
		return badRequest(name + " stands there twice")
	}
	seen[name] = true
	if name == "media" {
		return s.handles(dec)
	}
	value, err := dec.Token()
	if err != nil {
		return badRequest(name + " is no JSON value")
	}
	if text != nil {
		var ok bool
		if *text, ok = value.(string); !ok {
			return badRequest(name + " is no string")
		}
		return nil
	}
	number, _ := value.(json.Number)
	if s.at, err = strconv.ParseInt(number.String(), 10, 64); err != nil {
		return badRequest("at is no whole number of milliseconds")
	}
	return nil
}

// handles reads an array of plain strings, token by token.
func (s *submission) handles(dec *json.Decoder) error {
	wrong := badRequest("media is no array of the keys that uploads were answered with")
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return wrong
	}
	for dec.More() {
		value, err := dec.Token()
		handle, ok := value.(string)
		if err != nil || !ok || handle == "" || len(handle) > maxHandle || len(s.media) == maxHandles {
			return wrong
		}
		s.media = append(s.media, handle)
	}
	if _, err := dec.Token(); err != nil {
		return wrong
	}
	return nil
}

func (s *submission) check(seen map[string]bool) error {
	for _, name := range []string{"type", "id", "at", "text"} {
		if !seen[name] {
			return badRequest(name + " is missing")
		}
	}
	if s.kind != "message" {
		return badRequest("type is not message")
	}
	if s.id == "" || len(s.id) > maxID || strings.Trim(s.id, idAlphabet) != "" {
		return badRequest("id is not 1 to 64 letters, digits, - or _")
	}
	return nil
}

// quotable returns an unknown field's name, if it looks like a name and not like
// something a customer wrote.
func quotable(name string) string {
	if name == "" || len(name) > 32 || strings.Trim(name, idAlphabet) != "" {
		return ""
	}
	return ": " + name
}

func badRequest(hint string) error {
	return fault.New(fault.BadRequest, "inapp.Receive", hint)
}
