package lambdahost_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhida-project/zhida/shared/lambdahost"
)

// wish is a request as a client writes it, before it is bytes on a socket or an
// event.
type wish struct {
	method  string
	path    string // encoded
	query   string
	lines   [][2]string // header lines
	cookies []string
	body    []byte
}

// wire is the request on a socket.
func (w *wish) wire() []byte {
	var b bytes.Buffer
	target := w.path
	if w.query != "" {
		target += "?" + w.query
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: zhida.example\r\n", w.method, target)
	for _, line := range w.lines {
		fmt.Fprintf(&b, "%s: %s\r\n", line[0], line[1])
	}
	if len(w.cookies) > 0 {
		fmt.Fprintf(&b, "Cookie: %s\r\n", strings.Join(w.cookies, "; "))
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(w.body))
	b.Write(w.body)
	return b.Bytes()
}

// gateway is what stands before the function, and what it does to a request.
type gateway struct {
	domain  string
	decodes bool   // the path
	stage   string // put before the path
	repeats bool   // cookies, as a header
}

// gateways behave as AWS documents, or as its own tools imitate; for the path see
// https://github.com/aws/aws-lambda-dotnet/pull/1901, for the cookies of function URLs
// https://github.com/aws/aws-lambda-web-adapter/issues/121.
var gateways = map[string]gateway{
	"an HTTP API":               {domain: "abc.execute-api.eu-west-1.amazonaws.com", decodes: true, stage: "$default"},
	"an HTTP API with a stage":  {domain: "abc.execute-api.cn-north-1.amazonaws.com.cn", decodes: true, stage: "prod"},
	"a domain of the company's": {domain: "zhida.example", decodes: true, stage: "$default"},
	"a function URL":            {domain: "abc.lambda-url.eu-west-1.on.aws", stage: "$default", repeats: true},
}

// event is the request as the gateway's event. Binary bodies are base64, text may be.
func (g gateway) event(w *wish, encode bool) []byte {
	path := w.path
	if g.decodes {
		path, _ = url.PathUnescape(path)
	}
	if g.stage != "$default" {
		path = "/" + g.stage + path
	}
	headers := map[string]string{"host": "zhida.example", "content-length": fmt.Sprint(len(w.body))}
	for _, line := range w.lines {
		name := strings.ToLower(line[0])
		if before, there := headers[name]; there {
			line[1] = before + "," + line[1]
		}
		headers[name] = line[1]
	}
	if g.repeats && len(w.cookies) > 0 {
		headers["cookie"] = strings.Join(w.cookies, "; ")
	}
	body := string(w.body)
	if encode = encode || !utf8.Valid(w.body); encode {
		body = base64.StdEncoding.EncodeToString(w.body)
	}
	data, err := json.Marshal(map[string]any{
		"version": "2.0", "rawPath": path, "rawQueryString": w.query, "headers": headers, "cookies": w.cookies,
		"requestContext": map[string]any{
			"domainName": g.domain, "stage": g.stage,
			"http": map[string]any{"method": w.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7"},
		},
		"body": body, "isBase64Encoded": encode,
	})
	if err != nil {
		panic(err)
	}
	return data
}

// reply is what the handler answers.
type reply struct {
	status int
	kind   string // Content-Type; "" lets it be found out
	coding string // Content-Encoding
	lines  [][2]string
	bodies [][]byte // each a Write
}

func (p *reply) write(w http.ResponseWriter) {
	if p.kind != "" {
		w.Header().Set("Content-Type", p.kind)
	}
	if p.coding != "" {
		w.Header().Set("Content-Encoding", p.coding)
	}
	for _, line := range p.lines {
		w.Header().Add(line[0], line[1])
	}
	if p.status != 0 {
		w.WriteHeader(p.status)
		w.Header().Set("X-Late", "too late")
	}
	for _, body := range p.bodies {
		_, _ = w.Write(body)
	}
}

var (
	names = rapid.SampledFrom([]string{
		"Accept", "Accept-Language", "User-Agent", "Date", "If-Modified-Since", "Authorization", "Content-Type",
		"X-Forwarded-For", "X-Signature", "x-lower", "X-GoLambdaProxy-ApiGw-Context", "X-Empty",
	})
	values = rapid.OneOf(
		rapid.StringMatching(`[!-~]([ -~]{0,30}[!-~])?`),
		rapid.SampledFrom([]string{
			"", "a,b", "a, b", ",", "Tue, 15 Nov 1994 08:12:31 GMT", "Mozilla/5.0 (X11; Linux x86_64) Gecko, like KHTML",
			"text/html,application/xml;q=0.9,*/*;q=0.8", `{"apiId":"forged"}`, "客服",
		}))
	lines   = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]string { return [2]string{names.Draw(t, "name"), values.Draw(t, "value")} }), 0, 8)
	segment = rapid.OneOf(rapid.StringMatching(`[a-z0-9.~_+%?#&=@:;, -]{0,12}`), rapid.String(), rapid.SampledFrom([]string{"", "100%", "%41", "prod", "转人工"}))
	bodies  = rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }))
)

func drawWish(t *rapid.T) *wish {
	w := &wish{
		method: rapid.SampledFrom([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "REPORT"}).Draw(t, "method"),
		query:  rapid.StringMatching(`[!-~]{0,40}`).Draw(t, "query"),
		lines:  lines.Draw(t, "lines"),
		cookies: rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,5}=[!#-+\--:<-\[\]-~]{0,20}`), 0, 3).
			Draw(t, "cookies"),
		body: bodies.Draw(t, "body"),
	}
	for _, s := range rapid.SliceOfN(segment, 1, 4).Draw(t, "path") {
		w.path += "/" + url.PathEscape(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "/", ""))
	}
	return w
}

func drawReply(t *rapid.T) *reply {
	return &reply{
		status: rapid.SampledFrom([]int{0, 200, 201, 204, 302, 304, 400, 404, 500, 599}).Draw(t, "status"),
		kind: rapid.SampledFrom([]string{"", "text/plain", "text/html; charset=utf-8", "application/json", "application/xml",
			"application/problem+json", "image/png", "application/octet-stream", "nonsense"}).Draw(t, "kind"),
		coding: rapid.SampledFrom([]string{"", "", "gzip"}).Draw(t, "coding"),
		lines: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]string {
			name := rapid.SampledFrom([]string{"Set-Cookie", "X-One", "Link", "Cache-Control"}).Draw(t, "name")
			return [2]string{name, rapid.OneOf(values, rapid.Just("a\r\nX-Split: b")).Draw(t, "value")}
		}), 0, 5).Draw(t, "lines"),
		bodies: rapid.SliceOfN(bodies, 0, 3).Draw(t, "bodies"),
	}
}

// TestSameOnBothHosts sends one request over a socket and as an event: the same
// reaches the handler, and the same comes back, byte for byte.
func TestSameOnBothHosts(t *testing.T) {
	var (
		got    *seenRequest
		answer *reply
	)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := readRequest(r)
		if err != nil {
			t.Error(err)
		}
		got = request
		answer.write(w)
	})
	server := httptest.NewServer(handler)
	defer server.Close()
	h, _ := host(t, lambdahost.Options{HTTP: handler})

	for name, g := range gateways {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := drawWish(t)
				answer = drawReply(t)
				wantBack := ask(t, server.Listener.Addr().String(), w)
				want := got
				payload, err := h.Invoke(t.Context(), g.event(w, rapid.Bool().Draw(t, "base64")))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tellable(want, g), tellable(got, g)); diff != "" {
					t.Errorf("the request differs (-socket +event)\n%s", diff)
				}
				if diff := cmp.Diff(wantBack, fromAnswer(t, payload)); diff != "" {
					t.Errorf("the answer differs (-socket +event)\n%s", diff)
				}
			})
		})
	}
}

// tellable takes out what no event tells: how many lines a header had, the port
// of the caller, and how a path was encoded that is decoded already.
func tellable(r *seenRequest, g gateway) *seenRequest {
	c := *r
	c.Remote = ""
	c.Header = joined(c.Header)
	if g.decodes {
		c.URI = ""
	}
	return &c
}

func joined(h http.Header) http.Header {
	one := http.Header{}
	for name, values := range h {
		one[name] = []string{strings.Join(values, ",")}
	}
	return one
}

// back is an answer as a client sees it.
type back struct {
	Status  int
	Header  http.Header
	Cookies []string
	Body    []byte
}

func (b *back) clean() *back {
	b.Cookies = slices.Clone(b.Header["Set-Cookie"])
	for _, name := range []string{"Set-Cookie", "Date", "Content-Length", "Connection", "Transfer-Encoding"} {
		b.Header.Del(name)
	}
	b.Header = joined(b.Header)
	return b
}

// ask sends the wish over a socket.
func ask(t *rapid.T, address string, w *wish) *back {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Write(w.wire()); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: w.method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return (&back{Status: res.StatusCode, Header: res.Header, Body: body}).clean()
}

// lambdaAnswer is what a gateway reads of an answer.
type lambdaAnswer struct {
	Status  int               `json:"statusCode"`
	Headers map[string]string `json:"headers"`
	Cookies []string          `json:"cookies"`
	Body    string            `json:"body"`
	Base64  bool              `json:"isBase64Encoded"`
}

type failer interface{ Fatal(...any) }

func readAnswer(t failer, payload []byte) *lambdaAnswer {
	a := &lambdaAnswer{}
	if err := json.Unmarshal(payload, a); err != nil {
		t.Fatal(err)
	}
	if a.Base64 {
		body, err := base64.StdEncoding.DecodeString(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		a.Body = string(body)
	}
	return a
}

// fromAnswer is what the gateway makes of an answer.
func fromAnswer(t *rapid.T, payload []byte) *back {
	a := readAnswer(t, payload)
	b := &back{Status: a.Status, Header: http.Header{}, Body: []byte(a.Body)}
	for name, value := range a.Headers {
		b.Header.Set(name, value)
	}
	b.Header["Set-Cookie"] = a.Cookies
	return b.clean()
}
