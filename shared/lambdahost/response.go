package lambdahost

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// maxAnswer is the most bytes that Lambda takes as one answer.
const maxAnswer = 6 << 20

// answer is a response as HTTP APIs and function URLs take it.
type answer struct {
	Status  int               `json:"statusCode"`
	Headers map[string]string `json:"headers"`
	Cookies []string          `json:"cookies,omitempty"`
	Body    string            `json:"body"`
	Base64  bool              `json:"isBase64Encoded"`
}

// serve answers one request. Whatever goes wrong becomes an HTTP answer: an error
// of the invocation would tell the client nothing, and the operator too much.
func (h *Host) serve(ctx context.Context, e *event) ([]byte, error) {
	r, err := e.request(ctx)
	if err != nil {
		return refusal(err)
	}
	w := &recorder{header: http.Header{}}
	err = h.contain(ctx, "http", func() error {
		h.o.HTTP.ServeHTTP(w, r)
		return nil
	})
	if err != nil {
		return refusal(err)
	}
	data, err := w.encode(r.Method)
	if err != nil {
		h.log(ctx, slog.LevelError, "an answer was not sent", slog.String("op", "http"),
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
		return refusal(err)
	}
	return data, nil
}

// refusal is the answer that every handler here gives to a fault: {"error":{…}}.
func refusal(err error) ([]byte, error) {
	body, bad := live.Encode(struct {
		Error fault.Public `json:"error"`
	}{fault.PublicOf(err)})
	if bad != nil {
		return nil, bad
	}
	return live.Encode(answer{
		Status:  fault.StatusOf(err),
		Headers: map[string]string{"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"},
		Body:    string(body),
	})
}

// recorder keeps what a handler writes, by the rules of net/http.
type recorder struct {
	header http.Header // the handler's
	sent   http.Header // as it was when the status was written
	status int         // 0: not written yet
	body   bytes.Buffer
	over   bool // more was written than Lambda takes
}

// Header returns the header that goes with the status.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader fixes status and header. Only the first call counts, and none that
// only informs.
func (w *recorder) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %d", status)) // as net/http does
	}
	if w.status != 0 || status < 200 {
		return
	}
	w.status = status
	w.sent = w.header.Clone()
}

// Write keeps p, up to what Lambda takes.
func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if w.over = w.over || w.body.Len()+len(p) > maxAnswer; w.over {
		return 0, w.tooLarge()
	}
	return w.body.Write(p)
}

func (w *recorder) tooLarge() error {
	return fault.New(fault.Internal, "lambdahost.Write", "Lambda takes an answer of at most 6 MiB: send it in pages, or from another place")
}

// encode is what Lambda gets. A body goes as text where it says to be one, and is.
func (w *recorder) encode(method string) ([]byte, error) {
	w.WriteHeader(http.StatusOK)
	body := w.body.Bytes()
	kind := w.sent.Get("Content-Type")
	if _, set := w.sent["Content-Type"]; !set && len(body) > 0 && w.sent.Get("Content-Encoding") == "" {
		kind = http.DetectContentType(body)
		w.sent.Set("Content-Type", kind)
	}
	if w.status == http.StatusNotModified {
		w.sent.Del("Content-Type") // it would be of what the client has
	}
	if method == http.MethodHead {
		body = nil
	}
	a := answer{Status: w.status, Headers: make(map[string]string, len(w.sent))}
	if textual(kind) && w.sent.Get("Content-Encoding") == "" && utf8.Valid(body) {
		a.Body = string(body)
	} else if len(body) > 0 {
		a.Body, a.Base64 = base64.StdEncoding.EncodeToString(body), true
	}
	for name, values := range w.sent {
		switch http.CanonicalHeaderKey(name) {
		case "Content-Length", "Transfer-Encoding", "Connection": // the gateway's to say
		case "Set-Cookie":
			a.Cookies = append(a.Cookies, oneLine(values)...)
		default:
			if isToken(name) && len(values) > 0 {
				a.Headers[name] = strings.Join(oneLine(values), ",")
			}
		}
	}
	data, err := live.Encode(a)
	if err == nil && (w.over || len(data) > maxAnswer) {
		return nil, w.tooLarge()
	}
	return data, err
}

// textual reports whether bodies of this type are text.
func textual(kind string) bool {
	media, _, err := mime.ParseMediaType(kind)
	if err != nil {
		return false
	}
	main, sub, _ := strings.Cut(media, "/")
	if main == "text" || strings.HasSuffix(sub, "+json") || strings.HasSuffix(sub, "+xml") {
		return true
	}
	switch media {
	case "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded":
		return true
	default:
		return false
	}
}

// oneLine keeps a value from becoming a second header, as net/http does.
func oneLine(values []string) []string {
	lines := make([]string, len(values))
	for i, value := range values {
		lines[i] = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(value, "\r", " "), "\n", " "))
	}
	return lines
}

// isToken reports whether a header may have this name (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for _, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}
