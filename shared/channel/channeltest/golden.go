package channeltest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// A flag must be defined before the tests run, hence this one variable.
var update = flag.Bool("update", false, "rewrite the want.json of goldens from what the connector does")

// goldenRequest is inbound/<case>/request.json.
type goldenRequest struct {
	Method string            `json:"method"` // default POST
	Path   string            `json:"path"`
	Query  string            `json:"query"`
	Header map[string]string `json:"header"`
	At     time.Time         `json:"at"`   // default: the suite's time
	Sign   *bool             `json:"sign"` // default true; false where the case brings its own proof
	Body   json.RawMessage   `json:"body"` // a string is the body itself, anything else its JSON; absent: the file named body
}

// goldenReceipt is inbound/<case>/want.json.
type goldenReceipt struct {
	Messages []goldenMessage `json:"messages,omitempty"`
	Reports  []goldenReport  `json:"reports,omitempty"`
	Answer   *goldenAnswer   `json:"answer,omitempty"`
	Revoked  string          `json:"revoked,omitempty"`
	Ignored  string          `json:"ignored,omitempty"`
	Dropping bool            `json:"dropping,omitempty"`
	Fault    *goldenFault    `json:"fault,omitempty"`
}

type goldenMessage struct {
	Peer     conversation.Peer   `json:"peer"`
	Key      conversation.Key    `json:"key"`
	Parts    []conversation.Part `json:"parts"`
	Media    []string            `json:"media,omitempty"`
	Name     string              `json:"name,omitempty"`
	ClientID string              `json:"client_id,omitempty"`
	Grant    *goldenGrant        `json:"grant,omitempty"`
	Gone     bool                `json:"gone,omitempty"`
	Follows  bool                `json:"follows,omitempty"`
	Else     *conversation.Peer  `json:"else,omitempty"`
	First    []conversation.Part `json:"first,omitempty"`

	Origin   string               `json:"origin,omitempty"`
	Keyword  conversation.Keyword `json:"keyword,omitempty"`
	Answered bool                 `json:"answered,omitempty"`
}

// goldenReport is a Report, without what no provider tells.
type goldenReport struct {
	Conversation conversation.ID       `json:"conversation"`
	Key          conversation.Key      `json:"key"`
	Delivery     conversation.Delivery `json:"delivery"`
	Code         string                `json:"code,omitempty"`
	Hint         string                `json:"hint,omitempty"`
	At           time.Time             `json:"at"`
}

type goldenGrant struct {
	Messages int    `json:"messages"`
	Lasts    string `json:"lasts"` // as time.Duration has it
}

func goldenMessageOf(in channel.Inbound) goldenMessage {
	m := goldenMessage{in.Peer, in.Key, in.Parts, in.Media, in.Name, in.ClientID, nil, in.Gone, in.Follows, nil, in.First, in.Origin, in.Keyword, in.Answered}
	if in.Else != (conversation.Peer{}) {
		m.Else = &in.Else
	}
	if in.Grant != (conversation.Grant{}) {
		m.Grant = &goldenGrant{in.Grant.Messages, in.Grant.Lasts.String()}
	}
	return m
}

type goldenAnswer struct {
	Status      int    `json:"status"`
	ContentType string `json:"content_type"`
	Body        string `json:"body"`
}

type goldenFault struct {
	Code fault.Code `json:"code"`
	Hint string     `json:"hint"`
	Now  int64      `json:"now,omitempty"`
}

// goldenSent is outbound/<case>/want.json; message.json beside it is a
// channel.Outbound, and reply.json, if there, the provider's answer.
type goldenSent struct {
	Calls      []Call       `json:"calls"`
	ProviderID string       `json:"provider_id,omitempty"`
	Fault      *goldenFault `json:"fault,omitempty"`
}

func (s *suite) inbound() {
	for _, dir := range s.cases("inbound") {
		r, err := readRequest(dir, s.h)
		if err != nil {
			s.problem("%s: %v", dir, err)
			continue
		}
		receipt, err := s.receive(dir, r)
		s.fault(dir, r, err)
		s.wellFormed(dir, receipt)
		s.compare(dir, goldenOf(receipt, err), new(goldenReceipt))
	}
}

func (s *suite) outbound() {
	for _, dir := range s.cases("outbound") {
		var out channel.Outbound
		if err := readJSON(filepath.Join(dir, "message.json"), &out); err != nil {
			s.problem("%s: %v", dir, err)
			continue
		}
		reply := s.h.Sending.Yes
		if err := readJSON(filepath.Join(dir, "reply.json"), &reply); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.problem("%s: %v", dir, err)
		}
		s.double.tell(&reply)
		sent, err := s.send(dir, out)
		s.leak(dir, err, s.secretsOf(out))
		s.compare(dir, goldenSent{s.double.got(), sent.ProviderID, goldenFaultOf(err)}, new(goldenSent))
	}
}

// cases returns the folders of a kind of golden, each of which must tell where
// its facts are from: an invented fixture proves nothing.
func (s *suite) cases(kind string) []string {
	entries, err := os.ReadDir(filepath.Join(s.h.Folder, kind))
	if err != nil {
		s.problem("goldens: %v", err)
	}
	var dirs []string
	for _, entry := range entries {
		dir := filepath.Join(s.h.Folder, kind, entry.Name())
		source, err := os.ReadFile(filepath.Join(dir, "SOURCE"))
		if err != nil || len(bytes.TrimSpace(source)) == 0 {
			s.problem("%s: SOURCE is missing: it names the document the case is from", dir)
		}
		dirs = append(dirs, dir)
	}
	if len(dirs) == 0 {
		s.problem("there is no case in %s/%s", s.h.Folder, kind)
	}
	return dirs
}

// compare holds got against want.json, or writes it there with -update. into is
// a pointer to a value of got's type.
func (s *suite) compare(dir string, got, into any) {
	file := filepath.Join(dir, "want.json")
	text, err := indented(got)
	if err != nil {
		s.problem("%s: %v", dir, err)
		return
	}
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			s.problem("%s: %v", dir, err)
		}
		return
	}
	if err := readJSON(file, into); err != nil {
		s.problem("%s: %v (-update writes it)", dir, err)
		return
	}
	want, err := indented(into)
	if err != nil {
		s.problem("%s: %v", dir, err)
		return
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		s.problem("%s: (-want +got)\n%s", dir, diff)
	}
}

func readRequest(dir string, h Harness) (channel.Request, error) {
	var g goldenRequest
	if err := readJSON(filepath.Join(dir, "request.json"), &g); err != nil {
		return channel.Request{}, err
	}
	query, err := url.ParseQuery(g.Query)
	if err != nil {
		return channel.Request{}, err
	}
	r := channel.Request{Method: g.Method, Path: g.Path, Query: query, Header: http.Header{}, At: g.At}
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	if r.At.IsZero() {
		r.At = h.Call.At
	}
	for name, value := range g.Header {
		r.Header.Set(name, value)
	}
	if r.Body, err = bodyOf(dir, g.Body); err != nil {
		return channel.Request{}, err
	}
	if g.Sign == nil || *g.Sign {
		r = h.Sign(r)
	}
	return r, nil
}

func bodyOf(dir string, raw json.RawMessage) ([]byte, error) {
	if raw == nil {
		body, err := os.ReadFile(filepath.Join(dir, "body"))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil // a call without a body
		}
		return body, err
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text), nil
	}
	var compact bytes.Buffer
	err := json.Compact(&compact, raw)
	return compact.Bytes(), err
}

func goldenOf(r channel.Receipt, err error) goldenReceipt {
	g := goldenReceipt{Revoked: r.Revoked, Ignored: r.Ignored, Dropping: r.Dropping, Fault: goldenFaultOf(err)}
	for _, m := range r.Messages {
		g.Messages = append(g.Messages, goldenMessageOf(m))
	}
	for _, report := range r.Reports {
		o := report.Outcome
		g.Reports = append(g.Reports, goldenReport{report.Conversation, report.Key, o.Delivery, o.Code, o.Hint, o.At})
	}
	if r.Answer != nil {
		g.Answer = &goldenAnswer{r.Answer.Status, r.Answer.ContentType, string(r.Answer.Body)}
	}
	return g
}

func goldenFaultOf(err error) *goldenFault {
	if err == nil {
		return nil
	}
	public := fault.PublicOf(err)
	return &goldenFault{public.Code, public.Hint, public.Now}
}

func readJSON(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

func indented(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return []byte(b.String()), err
}

// Requests returns the signed requests of the inbound goldens, as seeds for the
// connector's fuzz test.
func Requests(h Harness) ([]channel.Request, error) {
	if h.Folder == "" {
		h.Folder = "testdata"
	}
	files, err := filepath.Glob(filepath.Join(h.Folder, "inbound", "*", "request.json"))
	if err != nil {
		return nil, err
	}
	requests := make([]channel.Request, 0, len(files))
	for _, file := range files {
		r, err := readRequest(filepath.Dir(file), h)
		if err != nil {
			return nil, err
		}
		requests = append(requests, r)
	}
	return requests, nil
}

// Fuzz checks what holds for every call, whatever stands in it: no panic, no
// fault of ours, nothing secret in a fault, and no receipt of the wrong shape.
func Fuzz(t testingT, c channel.Connector, h Harness, r channel.Request) {
	t.Helper()
	s := &suite{h: h, c: c, folder: c.Info().Name}
	receipt, err := c.Receive(context.Background(), r)
	s.fault("fuzz", r, err)
	s.wellFormed("fuzz", receipt)
	for _, problem := range s.problems {
		t.Error(problem)
	}
}

type testingT interface {
	Helper()
	Error(args ...any)
}
