// Package jsonhttp reads and answers JSON over HTTP in the one way Zhida does:
// strict in, faults out.
package jsonhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
)

// Body reads a body of at most limit bytes, whole. Errors: TooLarge, BadRequest.
func Body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, fault.New(fault.TooLarge, "jsonhttp.Body", fmt.Sprintf("send at most %d bytes", limit))
	case err != nil:
		return nil, fault.New(fault.BadRequest, "jsonhttp.Body", "the body ended early")
	}
	return body, nil
}

// Read decodes a JSON body strictly: what is misspelt must not be ignored.
// Errors: Unsupported, TooLarge, BadText for what is no UTF-8, BadRequest.
func Read(w http.ResponseWriter, r *http.Request, limit int64, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fault.New(fault.Unsupported, "jsonhttp.Read", "send Content-Type: application/json")
	}
	body, err := Body(w, r, limit)
	if err != nil {
		return err
	}
	if !utf8.Valid(body) {
		return fault.New(fault.BadText, "jsonhttp.Read", "send the body as valid UTF-8")
	}
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) { // null would pass for an object
		return fault.New(fault.BadRequest, "jsonhttp.Read", "the body is not the documented JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if _, end := d.Token(); err != nil || end != io.EOF { // More would let a bracket behind the object pass
		return fault.New(fault.BadRequest, "jsonhttp.Read", "the body is not the documented JSON object")
	}
	return nil
}

// Write answers with a JSON body that no cache keeps.
func Write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that hung up asks again
}

// Refuse answers with what a caller may see of a fault: {"error":{…}}.
func Refuse(w http.ResponseWriter, err error) {
	Write(w, fault.StatusOf(err), struct {
		Error fault.Public `json:"error"`
	}{fault.PublicOf(err)})
}

// Respond reads a JSON body of limit bytes at most for do, and writes what that returns, or its error.
func Respond[T any](w http.ResponseWriter, r *http.Request, limit int64, do func(T) (any, error)) {
	var ask T
	err := Read(w, r, limit, &ask)
	var value any
	if err == nil {
		value, err = do(ask)
	}
	if err != nil {
		Refuse(w, err)
		return
	}
	Write(w, http.StatusOK, value)
}
