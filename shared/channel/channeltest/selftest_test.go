package channeltest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// The suite is tried on a channel of its own: a webhook signed by HMAC over time
// and body, and a provider called over HTTP that says no inside a 200. Each way
// to break that connector must be found by the check named beside it.

const (
	toySecret = "the toy channel's secret"
	toyName   = "channeltest" // the suite wants the folder's name
)

type toy struct {
	secret, url string
	broken      string // what is broken on purpose
	taken       int
}

func (c *toy) Info() channel.Info {
	info := channel.Info{Name: toyName, AckWithin: time.Second, MaxBody: 1 << 16, MaxText: 100, EditPace: time.Second, EditBurst: 1}
	switch c.broken {
	case "name":
		info.Name = "toy"
	case "limits":
		info.MaxText = 0
	case "no pace":
		info.EditPace = 0
	}
	return info
}

func toySign(r channel.Request, secret string) channel.Request {
	r = cloneRequest(r)
	stamp := strconv.FormatInt(r.At.Unix(), 10)
	r.Header.Set("X-Toy-Time", stamp)
	r.Header.Set("X-Toy-Signature", toySignature(secret, stamp, r.Body))
	return r
}

func toySignature(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + ":"))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func (c *toy) Receive(_ context.Context, r channel.Request) (channel.Receipt, error) {
	if err := c.authenticate(r); err != nil {
		return channel.Receipt{}, err
	}
	if int64(len(r.Body)) > c.Info().MaxBody && c.broken != "oversized" {
		return channel.Receipt{}, fault.New(fault.TooLarge, "toy", "")
	}
	if len(r.Body) == 0 && c.broken == "panic" {
		panic("empty")
	}
	var m struct {
		ID, User, Text string
		At             int64
	}
	if err := json.Unmarshal(r.Body, &m); err != nil || m.ID == "" || m.User == "" {
		switch c.broken {
		case "plain error":
			return channel.Receipt{}, errors.New("bad")
		case "status":
			return channel.Receipt{}, fault.New(fault.Internal, "toy", "")
		case "text in hint":
			return channel.Receipt{}, fault.New(fault.BadRequest, "toy", "cannot read "+string(r.Body))
		}
		return channel.Receipt{}, fault.New(fault.BadRequest, "toy", "")
	}
	text, err := channel.CleanText(m.Text)
	if err != nil {
		return channel.Receipt{}, err
	}
	return c.receipt(r, m.ID, m.User, text, time.UnixMilli(m.At).UTC()), nil
}

func (c *toy) authenticate(r channel.Request) error {
	stamp, got := r.Header.Get("X-Toy-Time"), r.Header.Get("X-Toy-Signature")
	if c.broken == "unsigned" && got == "" {
		return nil
	}
	want := toySignature(c.secret, stamp, r.Body)
	if c.broken == "body unsigned" {
		want = got
	}
	if !hmac.Equal([]byte(want), []byte(got)) {
		hint := "sign it"
		if c.broken == "signature in hint" {
			hint = "the signature is not " + got
		}
		return fault.New(fault.Unauthenticated, "toy", hint)
	}
	seconds, _ := strconv.ParseInt(stamp, 10, 64) // it is signed
	if age := r.At.Unix() - seconds; (age > 300 || age < -300) && c.broken != "stale" {
		return fault.New(fault.Unauthenticated, "toy", "too old")
	}
	return nil
}

func (c *toy) receipt(r channel.Request, id, user, text string, at time.Time) channel.Receipt {
	switch c.broken {
	case "key by arrival":
		at = r.At
	case "impure":
		c.taken++
		id += strconv.Itoa(c.taken)
	case "mutates":
		r.Body[0] = ' '
	case "dirty":
		text += "\x00"
	case "stranger":
		user = ""
	}
	in := channel.Inbound{
		Peer:   conversation.Peer{Channel: c.Info().Name, Account: "a", User: user},
		Key:    conversation.InboundKey(at, id),
		Parts:  conversation.TextParts(text),
		Origin: id,
	}
	if c.broken == "origin" {
		in.Origin = "other"
	}
	in.Answered = c.broken == "answers nothing"
	return channel.Receipt{Messages: []channel.Inbound{in}, Reports: []channel.Report{c.report(at)}}
}

// report is of a message that did not arrive.
func (c *toy) report(at time.Time) channel.Report {
	r := channel.Report{
		Conversation: "abcdefghijklmnopqrstuvwxyz", Key: conversation.OwnKey(at, "answer", 0),
		Outcome: conversation.Outcome{Delivery: conversation.NotSent, Code: string(fault.Undelivered), Hint: "say it again", At: at},
	}
	switch c.broken {
	case "report of a stranger's":
		r.Key = conversation.InboundKey(at, "1")
	case "report without a reason":
		r.Outcome.Code = "dunno"
	case "report of nothing":
		r.Outcome.Delivery = conversation.Pending
	case "report with a hint":
		r.Outcome.Delivery = conversation.Delivered
	case "report without a time":
		r.Outcome.At = time.Time{}
	}
	return r
}

func (c *toy) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	if c.broken == "retries" {
		for range 2 {
			if sent, err := c.once(ctx, out); err == nil {
				return sent, nil
			}
		}
	}
	return c.once(ctx, out)
}

func (c *toy) once(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	text := out.Message.Body(out.Language)
	if c.broken == "no cards" {
		text = out.Message.Words()
	}
	if c.broken != "no label" {
		text = string(out.Message.Author) + ": " + text
	}
	if out.Message.Way && c.broken != "no way" {
		text += "\nreply 0 for a person"
	}
	return c.call(ctx, url.Values{"to": {out.Peer.User}, "text": {text}}, out)
}

// Edit implements channel.Editor.
func (c *toy) Edit(ctx context.Context, out channel.Outbound, id string) error {
	form := url.Values{"id": {id}, "text": {out.Message.Words()}}
	if c.broken == "edits nothing" {
		form.Del("text")
	}
	_, err := c.call(ctx, form, out)
	switch {
	case err == nil || c.broken == "editing cannot fail":
		return nil
	case c.broken == "edits twice":
		_, err = c.call(ctx, form, out)
	case c.broken == "leaks on edit":
		err = fault.New(fault.CodeOf(err), "toy", "not changed to: "+out.Message.Words())
	}
	return err
}

func (c *toy) call(ctx context.Context, form url.Values, out channel.Outbound) (channel.Sent, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/send", strings.NewReader(form.Encode()))
	if err != nil {
		return channel.Sent{}, fault.Wrap(err, fault.Internal, "toy", "")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		code := fault.Uncertain
		if c.broken == "timeouts are no" {
			code = fault.ProviderRefused
		}
		return channel.Sent{}, fault.New(code, "toy", "the connection broke")
	}
	defer func() { _ = answer.Body.Close() }()
	return c.outcome(answer, out)
}

func (c *toy) outcome(answer *http.Response, out channel.Outbound) (channel.Sent, error) {
	var said struct{ ID, Error string }
	err := json.NewDecoder(answer.Body).Decode(&said)
	switch {
	case answer.StatusCode == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		if c.broken == "no patience" {
			seconds = 0
		}
		return channel.Sent{}, &fault.Error{Code: fault.ProviderBusy, Op: "toy", RetryAfter: time.Duration(seconds) * time.Second}
	case answer.StatusCode >= 500 && c.broken == "leaks on send":
		return channel.Sent{}, fault.New(fault.ProviderBusy, "toy", "not sent: "+out.Message.Words())
	case answer.StatusCode >= 500:
		return channel.Sent{}, fault.New(fault.ProviderBusy, "toy", "")
	case err != nil:
		return channel.Sent{}, fault.New(fault.Uncertain, "toy", "the answer is none")
	case said.Error != "" && c.broken != "200 is yes":
		return channel.Sent{}, fault.New(fault.RecipientGone, "toy", "")
	}
	if c.broken == "no id" {
		said.ID = ""
	}
	return channel.Sent{ProviderID: said.ID}, nil
}

func toyHarness(folder, broken string) Harness {
	at := time.UnixMilli(1_760_000_000_000).UTC()
	h := Harness{
		Connector: func(_ testing.TB, d *Double) channel.Connector {
			return &toy{secret: toySecret, url: d.URL(), broken: broken}
		},
		Secrets: []string{toySecret},
		WithoutSecret: func() error {
			if broken == "empty secret" {
				return nil
			}
			return fault.New(fault.Config, "toy", "")
		},
		Call: channel.Request{Method: http.MethodPost, At: at, Header: http.Header{"Content-Type": {"application/json"}},
			Body: []byte(`{"id":"m1","user":"+8613800138000","at":1760000000000,"text":"找真人客服，谢谢"}`)},
		Sign:   func(r channel.Request) channel.Request { return toySign(r, toySecret) },
		Folder: folder,
		Sending: Sending{
			HTTP: true, Yes: Reply{Body: `{"id":"p1"}`},
			Refusals: map[string]Refusal{"opted out": {Reply{Body: `{"error":"gone"}`}, fault.RecipientGone}},
			Sample: channel.Outbound{
				Peer:    conversation.Peer{Channel: toyName, Account: "a", User: "+8613800138000"},
				Message: conversation.Message{Author: conversation.Bot, Parts: conversation.TextParts("你好，请讲一下你的问题")},
			},
		},
	}
	signed := func(change func(*channel.Request)) func(channel.Request) channel.Request {
		return func(r channel.Request) channel.Request {
			r = h.Sign(r)
			change(&r)
			return r
		}
	}
	h.Forgeries = map[string]func(channel.Request) channel.Request{
		"unsigned": func(r channel.Request) channel.Request { return r },
		"foreign":  func(r channel.Request) channel.Request { return toySign(r, "another secret") },
		"forged": signed(func(r *channel.Request) {
			r.Header.Set("X-Toy-Signature", strings.Repeat("0", 64))
		}),
		"stale":   signed(func(r *channel.Request) { r.At = r.At.Add(time.Hour) }),
		"altered": signed(func(r *channel.Request) { r.Body[len(r.Body)-3] = '!' }),
	}
	return h
}

// toyFolder writes goldens of a case each way.
func toyFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"inbound/plain/SOURCE":       "the toy's document",
		"inbound/plain/request.json": `{"body":{"id":"m1","user":"+86","at":1760000000000,"text":"人工"}}`,
		"inbound/plain/want.json": `{"messages":[{"peer":{"channel":"channeltest","account":"a","user":"+86"},"key":"1760000000000-c.m1","parts":[{"kind":"text","text":"人工"}],"origin":"m1"}],
			"reports":[{"conversation":"abcdefghijklmnopqrstuvwxyz","key":"1760000000000-z.DbUvQHbAglGEEq_T-0","delivery":"not_sent","code":"undelivered","hint":"say it again","at":"2025-10-09T08:53:20Z"}]}`,
		"inbound/file/SOURCE":       "the toy's document",
		"inbound/file/request.json": `{"header":{"X-Toy-Time":"1"},"sign":false}`,
		"inbound/file/body":         "anything",
		"inbound/file/want.json":    `{"fault":{"code":"unauthenticated","hint":"sign it"}}`,
		"outbound/plain/SOURCE":     "the toy's document",
		"outbound/plain/message.json": `{"Peer":{"channel":"channeltest","account":"a","user":"+86"},
			"Message":{"Author":"bot","Parts":[{"kind":"text","text":"你好"}]}}`,
		"outbound/plain/reply.json": `{"body":"{\"id\":\"p7\"}"}`,
		"outbound/plain/want.json":  `{"calls":[{"method":"POST","path":"/send","body":{"text":["bot: 你好"],"to":["+86"]}}],"provider_id":"p7"}`,
	} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
