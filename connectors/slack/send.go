package slack

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"

	"github.com/slack-go/slack"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const sendOp = "slack.Send"

// Send posts one message: https://docs.slack.dev/reference/methods/chat.postMessage. Only what Slack has
// definitely not carried out, a call with a token that it refused, is made again within. Errors are
// faults, as channel.Connector has them; none holds a token or a text.
func (c *Connector) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	token, err := c.o.Tokens.Token(ctx, out.Peer.Account)
	if err != nil {
		return channel.Sent{}, undone(err)
	}
	sent, err := c.post(ctx, token, out)
	if !tokenRefused(err) {
		return sent, err
	}
	if token, err = c.o.Tokens.Refused(ctx, out.Peer.Account, token); err != nil {
		return channel.Sent{}, undone(err)
	}
	return c.post(ctx, token, out)
}

func (c *Connector) post(ctx context.Context, token config.Secret, out channel.Outbound) (channel.Sent, error) {
	w := wordsIn(out.Language)
	m := out.Message
	if files := m.MediaParts(); len(files) > 0 {
		return c.postFiles(ctx, token, out, files)
	}
	body := m.Body(out.Language)
	options := []slack.MsgOption{
		slack.MsgOptionText(w.label(m)+"\n"+body, true), // what notifications and screen readers say
		slack.MsgOptionBlocks(w.blocks(m, body)...),
		slack.MsgOptionDisableLinkUnfurl(),
	}
	to, thread := target(out.Peer)
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	if m.Author == conversation.Person && m.Name != "" {
		options = append(options, slack.MsgOptionUsername(unmarked.Replace(w.label(m))))
	}
	calls := c.client()
	_, ts, err := calls.api(token, c.o.API).PostMessageContext(calls.traced(ctx), to, options...)
	if err != nil {
		return channel.Sent{}, calls.fault(err)
	}
	if ts == "" { // the library takes {"ok":false} without an error for a yes
		return channel.Sent{}, uncertain(errors.New("the answer does not say which message it is of"))
	}
	return channel.Sent{ProviderID: ts}, nil
}

// unmarked takes out of a name what Slack might take for a mark.
var unmarked = strings.NewReplacer("<", "", ">", "")

// target is where messages to a customer go: the direct messages with a user, who stands for
// them, or a thread in a channel.
func target(p conversation.Peer) (to, thread string) { return p.User, p.Thread }

// client makes the calls of one send, and knows whether one of them was begun.
type client struct {
	http  *http.Client
	begun atomic.Bool
}

// client returns one that follows no redirect: a token goes where it is sent.
func (c *Connector) client() *client {
	here := *c.o.Client
	here.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{http: &here}
}

// maxAnswer is the most that is read of an answer, in bytes; those to a post repeat it.
const maxAnswer = 1 << 20

// Do is what the library calls with.
func (c *client) Do(r *http.Request) (*http.Response, error) {
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	return answer, nil
}

func (c *client) api(token config.Secret, base string) *slack.Client {
	return slack.New(string(token.Reveal()), slack.OptionAPIURL(base), slack.OptionHTTPClient(c))
}

func (c *client) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { c.begun.Store(true) }})
}

// fault is what an error of the library's means.
func (c *client) fault(err error) error {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	var no slack.SlackErrorResponse
	switch {
	case errors.As(err, &limited):
		return &fault.Error{Code: fault.ProviderBusy, Op: sendOp, Hint: hintBusy, RetryAfter: min(limited.RetryAfter, longestRetry), Err: errors.New("status 429")}
	case errors.As(err, &no):
		return refusal(no.Err)
	case errors.As(err, &status):
		return ofStatus(status.Code)
	case !c.begun.Load():
		return &fault.Error{Code: fault.ProviderBusy, Op: sendOp, Hint: "Slack cannot be reached: try again", Err: quiet(err)}
	default:
		return uncertain(quiet(err))
	}
}

func ofStatus(code int) error {
	switch {
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		return &fault.Error{Code: fault.ProviderBusy, Op: sendOp, Hint: hintBusy, Err: errors.New("busy")}
	case code >= http.StatusInternalServerError:
		return uncertain(errors.New("an error of the server's"))
	default:
		return fault.New(fault.ProviderRefused, sendOp, "look at the address of Slack's API and at proxies before it")
	}
}

func uncertain(cause error) error {
	return &fault.Error{Code: fault.Uncertain, Op: sendOp, Hint: "Slack did not say whether it took the message: it may have arrived", Err: cause}
}

// quiet is what may be told of an error of the network's.
func quiet(err error) error {
	var slow net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("the caller went away")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return errors.New("no answer in time")
	default:
		return errors.New("the connection broke, or the answer is not Slack's")
	}
}

// undone makes an error from before a call one that says that nothing was sent.
func undone(err error) error {
	code := fault.CodeOf(err)
	switch code {
	case fault.ProviderAuth, fault.ProviderBusy, fault.ProviderRefused:
	case fault.NotFound:
		code = fault.ProviderAuth
	default:
		code = fault.ProviderBusy
	}
	f := &fault.Error{Code: code, Op: sendOp, Hint: "nothing was sent: try again", Err: err}
	var cause *fault.Error
	if errors.As(err, &cause) {
		f.Hint, f.RetryAfter = cause.Hint, cause.RetryAfter
	}
	return f
}
