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
	return withToken(ctx, c.o.Tokens, out.Peer.Account, func(token config.Secret) (channel.Sent, error) { return c.post(ctx, token, out) })
}

// withToken makes a call with an account's token, and once more with another, where Slack
// refuses the first.
func withToken[T any](ctx context.Context, tokens Tokens, account string, call func(config.Secret) (T, error)) (got T, err error) {
	token, err := tokens.Token(ctx, account)
	if err != nil {
		return got, undone(err)
	}
	if got, err = call(token); !tokenRefused(err) {
		return got, err
	}
	if token, err = tokens.Refused(ctx, account, token); err != nil {
		return got, undone(err)
	}
	return call(token)
}

func (c *Connector) post(ctx context.Context, token config.Secret, out channel.Outbound) (channel.Sent, error) {
	if files := out.Message.MediaParts(); len(files) > 0 {
		return c.postFiles(ctx, token, out, files)
	}
	options, to, thread := shown(out), out.Peer.User, out.Peer.Thread
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	if m := out.Message; m.Author == conversation.Person && !isUser(to) {
		options = append(options, slack.MsgOptionUsername(unmarked.Replace(wordsIn(out.Language).label(m))), slack.MsgOptionIconEmoji(personIcon))
	}
	calls := c.client()
	in, ts, err := calls.api(token, c.o.API).PostMessageContext(calls.traced(ctx), to, options...)
	if err != nil {
		return channel.Sent{}, calls.fault(err)
	}
	if ts == "" { // the library takes {"ok":false} without an error for a yes
		return channel.Sent{}, uncertain(errors.New("the answer does not say which message it is of"))
	}
	return channel.Sent{ProviderID: postID(in, ts)}, nil
}

// shown is a message as people see it.
func shown(out channel.Outbound) []slack.MsgOption {
	w, body := wordsIn(out.Language), out.Message.Body(out.Language)
	return []slack.MsgOption{
		slack.MsgOptionText(w.label(out.Message)+"\n"+body, true), // what notifications and screen readers say
		slack.MsgOptionBlocks(w.blocks(out.Message, body)...),
		slack.MsgOptionDisableLinkUnfurl(),
	}
}

// isUser reports whether an id is a user's, whose direct messages with the app are meant. What is
// sent there in another name than the app's arrives from Slackbot, says
// https://docs.slack.dev/reference/methods/chat.postMessage (Sending messages as other entities).
func isUser(id string) bool { return strings.HasPrefix(id, "U") || strings.HasPrefix(id, "W") }

// personIcon stands beside people's words, in the place of the app's picture (promise P11): we
// have no pictures of agents.
const personIcon = ":bust_in_silhouette:"

// unmarked takes out of a name what Slack might take for a mark.
var unmarked = strings.NewReplacer("<", "", ">", "")

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
	case fault.ProviderAuth, fault.ProviderBusy, fault.ProviderRefused, fault.RecipientGone:
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
