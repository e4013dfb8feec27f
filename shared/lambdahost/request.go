package lambdahost

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
)

// request is the event as net/http's server would have read it from a socket.
// What that would refuse is refused. Errors: BadRequest.
func (e *event) request(ctx context.Context) (*http.Request, error) {
	address, err := e.address()
	if err != nil {
		return nil, err
	}
	body, err := e.bytes()
	if err != nil {
		return nil, err
	}
	of := e.Context.HTTP
	if of.Method == "" { // NewRequest would take it for GET
		return nil, badRequest("the request has no method")
	}
	r, err := http.NewRequestWithContext(ctx, of.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, badRequest("the request's method is none")
	}
	r.URL, r.RequestURI = address, address.RequestURI()
	r.Header = e.header()
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host")
	if r.Host == "" {
		r.Host = e.Context.Domain
	}
	if major, minor, ok := http.ParseHTTPVersion(of.Protocol); ok {
		r.Proto, r.ProtoMajor, r.ProtoMinor = of.Protocol, major, minor
	}
	if of.Caller != "" {
		r.RemoteAddr = net.JoinHostPort(of.Caller, "0") // the port is not told
	}
	return r, nil
}

func badRequest(hint string) error { return fault.New(fault.BadRequest, "lambdahost.request", hint) }

// bytes is the body, byte for byte.
func (e *event) bytes() ([]byte, error) {
	if !e.Base64 {
		return []byte(e.Body), nil
	}
	body, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil, badRequest("the body is not the base64 that it says to be")
	}
	return body, nil
}

// header is what the client sent. Values stay whole: a gateway joins the lines of
// one name with commas, but a comma is also part of dates, of browsers' names and
// of tokens, and for lists the joined line means the same as its pieces.
func (e *event) header() http.Header {
	header := make(http.Header, len(e.Headers)+1)
	for name, value := range e.Headers {
		header.Set(name, value)
	}
	header.Del("Transfer-Encoding") // the body is here already, whole
	if len(e.Cookies) > 0 {         // a function URL sends them as a header, too
		header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	return header
}

// address is the request's path and query. The path of a function URL is encoded,
// as the client sent it; that of an HTTP API is decoded once already, and decoding
// it again would let a client smuggle.
func (e *event) address() (*url.URL, error) {
	path := e.path()
	if !strings.HasPrefix(path, "/") {
		return nil, badRequest("the path does not begin with a slash")
	}
	encoded := strings.Contains(e.Context.Domain, ".lambda-url.")
	target := "/"
	if encoded {
		target = strings.ReplaceAll(path, "?", "%3F")
	}
	if e.Query != "" {
		target += "?" + e.Query
	}
	address, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, badRequest("the path or the query is not encoded as it should be")
	}
	if !encoded {
		address.Path = path
	}
	return address, nil
}

// path is the path without the stage, which a gateway's own domain puts before it
// and a domain of the company's does not.
func (e *event) path() string {
	stage := e.Context.Stage
	if stage == "" || stage == "$default" || !strings.Contains(e.Context.Domain, ".execute-api.") {
		return e.Path
	}
	rest, there := strings.CutPrefix(e.Path, "/"+stage)
	switch {
	case there && rest == "":
		return "/"
	case there && rest[0] == '/':
		return rest
	default:
		return e.Path
	}
}
