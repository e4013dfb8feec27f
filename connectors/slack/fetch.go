package slack

import (
	"cmp"
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

var _ channel.Fetcher = (*Connector)(nil)

const (
	fetchOp  = "slack.Fetch"
	hintLost = "Slack has the file no more, or does not let the app have it: ask the customer to send it again"
)

// Fetch gets a file by its id: Slack says where it lies, and gives it to who shows the token. Of
// files that come over Slack Connect the message says nothing but the id.
// https://docs.slack.dev/reference/methods/files.info, https://docs.slack.dev/reference/objects/file-object
func (c *Connector) Fetch(ctx context.Context, p conversation.Peer, remote string) (channel.Fetched, error) {
	got, err := withToken(ctx, c.o.Tokens, p.Account, func(token config.Secret) (channel.Fetched, error) { return c.fetch(ctx, token, remote) })
	if fault.Is(err, fault.RecipientGone) {
		err = &fault.Error{Code: fault.NotFound, Op: fetchOp, Hint: hintRemoved, Err: err}
	}
	return got, err
}

func (c *Connector) fetch(ctx context.Context, token config.Secret, id string) (channel.Fetched, error) {
	calls := c.client()
	if p, asked := aboveOf(id); asked {
		return calls.earlier(ctx, calls.api(token, c.o.API), p)
	}
	info, _, _, err := calls.api(token, c.o.API).GetFileInfoContext(calls.traced(ctx), id, 0, 0)
	var no slack.SlackErrorResponse
	switch {
	case errors.As(err, &no) && (strings.HasPrefix(no.Err, "file_") || no.Err == "not_visible"):
		return channel.Fetched{}, &fault.Error{Code: fault.NotFound, Op: fetchOp, Hint: hintLost, Err: slackError(no.Err)}
	case err != nil:
		return channel.Fetched{}, calls.before(err)
	case info == nil || info.IsExternal:
		return channel.Fetched{}, fault.New(fault.NotFound, fetchOp, hintLost)
	}
	at, err := c.trusted(cmp.Or(info.URLPrivateDownload, info.URLPrivate))
	if err != nil {
		return channel.Fetched{}, err
	}
	got, err := calls.get(ctx, token, at)
	if got.Name = nameOf(cmp.Or(info.Name, info.Title)); got.Type == "" {
		got.Type = mediaType(info.Mimetype)
	}
	return got, err
}

// trusted is an address that may see the token: one of Slack's, or of the API that is configured.
// https://github.com/advisories/GHSA-3q3v-34v2-g88f
func (c *Connector) trusted(address string) (*url.URL, error) {
	at, err := url.Parse(address)
	own, _ := url.Parse(c.o.API) // New has looked at it
	if err == nil && at.User == nil {
		host := strings.ToLower(at.Hostname())
		slacks := at.Scheme == "https" && at.Port() == "" && (strings.HasSuffix(host, ".slack.com") || host == "slack.com")
		if slacks || at.Scheme == own.Scheme && at.Host == own.Host {
			return at, nil
		}
	}
	return nil, fault.New(fault.ProviderRefused, fetchOp, "the file lies elsewhere than with Slack: ask the customer for a link")
}

// get reads content. A page of HTML is what Slack shows to who may not see it, and asks to sign in.
func (c *client) get(ctx context.Context, token config.Secret, at *url.URL) (channel.Fetched, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return channel.Fetched{}, fault.New(fault.ProviderRefused, fetchOp, hintLost)
	}
	r.Header.Set("Authorization", "Bearer "+string(token.Reveal()))
	answer, err := c.http.Do(r)
	if err != nil {
		return channel.Fetched{}, &fault.Error{Code: fault.ProviderBusy, Op: fetchOp, Hint: "Slack cannot be reached: try again", Err: quiet(err)}
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if answer.StatusCode == http.StatusOK && kind != "text/html" {
		return channel.Fetched{Body: answer.Body, Type: kind, Size: answer.ContentLength}, nil
	}
	_ = answer.Body.Close() // nothing of it is read
	switch {
	case answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= http.StatusInternalServerError:
		return channel.Fetched{}, &fault.Error{Code: fault.ProviderBusy, Op: fetchOp, Hint: hintBusy, Err: errors.New("busy")}
	default:
		return channel.Fetched{}, fault.New(fault.NotFound, fetchOp, hintLost)
	}
}
