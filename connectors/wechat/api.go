package wechat

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// maxAnswer is the most that is read of an answer in JSON, in bytes; WeChat's have some hundred.
const maxAnswer = 64 << 10

// api is WeChat's API. The access token stands in the address of a call, since WeChat
// takes it nowhere else: so no address is ever part of an error, and no redirect is followed.
type api struct {
	base   string
	client *http.Client
	tokens Tokens
}

func newAPI(base string, client *http.Client, tokens Tokens) api {
	if base == "" {
		base = defaultAPI
	}
	here := *client
	here.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return api{base: strings.TrimRight(base, "/"), client: &here, tokens: tokens}
}

// request is one call of the API.
type request struct {
	op     string
	method string
	path   string
	query  url.Values // beside the access token
	kind   string     // media type of the body
	body   []byte
	sends  bool // it reaches a customer: where no answer comes, nobody knows whether it did
}

// post is a call with a body in JSON, as WeChat wants it: raw UTF-8, since \u escapes are errcode
// 40033 or are shown as they stand. What JSON can only escape must be gone before: see printable.
func post(op, path string, body any) (request, error) {
	text, err := raw(body)
	if err != nil {
		return request{}, fault.Wrap(err, fault.Internal, op, "report this defect")
	}
	return request{op: op, method: http.MethodPost, path: path, kind: "application/json; charset=utf-8", body: text}, nil
}

// do makes a call for an account, and once again where WeChat refuses the token and there
// is another: what it refused it has not carried out. Of the answer's JSON, into gets what it
// wants; nil wants nothing.
func (a api) do(ctx context.Context, account string, c request, into any) error {
	return a.withToken(ctx, account, c.op, func(token config.Secret) error {
		return a.ask(ctx, c.with(token), into)
	})
}

// withToken runs work with the account's token, and once more if that was refused.
func (a api) withToken(ctx context.Context, account, op string, work func(token config.Secret) error) error {
	token, err := a.tokens.Token(ctx, account)
	if err != nil {
		return undone(err, op)
	}
	err = work(token)
	if !tokenRefused(err) {
		return err
	}
	if token, err = a.tokens.Refused(ctx, account, token); err != nil {
		return undone(err, op)
	}
	return work(token)
}

func (c request) with(token config.Secret) request {
	query := maps.Clone(c.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("access_token", string(token.Reveal()))
	c.query = query
	return c
}

// undone makes an error from before a call one that says that nothing was sent.
func undone(err error, op string) error {
	code := fault.CodeOf(err)
	switch code {
	case fault.ProviderAuth, fault.ProviderBusy, fault.ProviderRefused:
	case fault.Config:
		code = fault.ProviderAuth
	default:
		code = fault.ProviderBusy
	}
	f := &fault.Error{Code: code, Op: op, Hint: "nothing was sent: try again", Err: err}
	var cause *fault.Error
	if errors.As(err, &cause) {
		f.Hint, f.RetryAfter = cause.Hint, cause.RetryAfter
	}
	return f
}

// ask makes a call and reads its answer in JSON.
func (a api) ask(ctx context.Context, c request, into any) (err error) {
	r, err := a.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = r.Body.Close() }() // all that is wanted of it was read
	text, err := c.read(r)
	if err != nil {
		return err
	}
	return c.understand(text, r.Header, into)
}

// read returns an answer's body.
func (c request) read(r *http.Response) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.lost(quiet(err))
	case len(text) > maxAnswer:
		return nil, c.lost(errors.New("the answer is longer than any of WeChat's"))
	}
	return text, nil
}

// understand reads JSON: an errcode other than 0 is a no, whatever the status.
func (c request) understand(text []byte, h http.Header, into any) error {
	var said answer
	if err := json.Unmarshal(text, &said); err != nil {
		return c.lost(errors.New("the answer is not WeChat's JSON"))
	}
	switch {
	case said.Code != nil && *said.Code != 0:
		return said.fault(c.op, dateOf(h))
	case said.Code == nil && c.sends:
		return c.lost(errors.New("the answer has no errcode"))
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return c.lost(errors.New("the answer is not of the documented shape"))
	}
	return nil
}

// open makes a call and returns the answer if its status is 200; the caller closes its body.
func (a api) open(ctx context.Context, c request) (*http.Response, error) {
	target, err := url.Parse(a.base + c.path)
	if err != nil {
		return nil, fault.New(fault.ProviderAuth, c.op, "the address of WeChat's API is none: correct the configuration")
	}
	target.RawQuery = c.query.Encode()
	// Whoever got no connection sent nothing.
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), c.method, target.String(), bytes.NewReader(c.body))
	if err != nil {
		return nil, fault.New(fault.ProviderAuth, c.op, "the address of WeChat's API is none: correct the configuration")
	}
	if c.kind != "" {
		r.Header.Set("Content-Type", c.kind)
	}
	response, err := a.client.Do(r)
	switch {
	case err != nil && !connected.Load():
		c.sends = false
		return nil, c.lost(quiet(err))
	case err != nil:
		return nil, c.lost(quiet(err))
	case response.StatusCode != http.StatusOK:
		_ = response.Body.Close() // nothing of it is read
		return nil, c.status(response)
	}
	return response, nil
}

const hintProxy = "look at the address of WeChat's API and at proxies before it"

// status is what an answer other than 200 means; WeChat's own are 200 always, so this is
// something on the way to it.
func (c request) status(r *http.Response) error {
	cause := fmt.Errorf("status %d", r.StatusCode)
	switch {
	case r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusServiceUnavailable:
		c.sends = false
		busy := c.lost(cause)
		busy.RetryAfter = retryAfter(r.Header)
		return busy
	case r.StatusCode >= http.StatusInternalServerError || r.StatusCode < http.StatusMultipleChoices:
		return c.lost(cause) // it may have been passed on
	case !slices.Contains([]int{http.StatusBadRequest, http.StatusRequestEntityTooLarge}, r.StatusCode):
		return &fault.Error{Code: fault.ProviderAuth, Op: c.op, Hint: hintProxy, Err: cause} // for whoever runs this, as it is of all calls
	default:
		return &fault.Error{Code: fault.ProviderRefused, Op: c.op, Hint: hintProxy, Err: cause}
	}
}

// lost is a call without an answer that means anything.
func (c request) lost(cause error) *fault.Error {
	if c.sends {
		return &fault.Error{Code: fault.Uncertain, Op: c.op, Hint: "WeChat did not say whether it took the message: it may have arrived", Err: cause}
	}
	return &fault.Error{Code: fault.ProviderBusy, Op: c.op, Hint: "WeChat does not answer: try again", Err: cause}
}

// quiet is what may be told of an error of the network: never the address, which holds the token,
// nor what the other side wrote.
func quiet(err error) error {
	var broken *net.OpError
	var untrusted *tls.CertificateVerificationError
	var slow net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("the caller went away")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return errors.New("no answer in time")
	case errors.As(err, &untrusted):
		return untrusted
	case errors.As(err, &broken):
		return broken
	default:
		return errors.New("the connection broke")
	}
}

// longestRetry bounds what is believed of a Retry-After.
const longestRetry = time.Hour

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, int(longestRetry/time.Second))) * time.Second
}

func dateOf(h http.Header) time.Time {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at
}
