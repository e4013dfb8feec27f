package wechat

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/netaddr"
)

var _ channel.Fetcher = (*Connector)(nil)

// maxFetch is the most that is read of a customer's media, in bytes: more than WeChat lets
// anybody send to an account.
const maxFetch = 32 << 20

// maxHops is how often an address of a video may lead on.
const maxHops = 3

const hintExpired = "WeChat keeps media for three days, and has it no more: ask the customer to send it again"

// Fetch gets what a customer sent by its media_id (获取临时素材). Of a video WeChat may give an address
// instead, which is followed to Tencent's hosts alone. The body ends with TooLarge after 32 MB.
// Source: https://developers.weixin.qq.com/doc/service/en/api/material/temporary/api_getmedia.html
func (c *Connector) Fetch(ctx context.Context, p conversation.Peer, remote string) (channel.Fetched, error) {
	const op = "wechat.Fetch"
	account, known := c.accounts[p.Account]
	if !known {
		return channel.Fetched{}, fault.New(fault.ProviderRefused, op, "this account is not in the configuration any more")
	}
	a := newAPI(c.o.API, c.o.Client, c.o.Tokens)
	get := request{op: op, method: http.MethodGet, path: "/cgi-bin/media/get", query: url.Values{"media_id": {remote}}}
	var got channel.Fetched
	err := a.withToken(ctx, account.ID, op, func(token config.Secret) (err error) {
		got, err = a.media(ctx, get.with(token))
		return err
	})
	return got, err
}

// media makes a call that WeChat answers with content, or with JSON.
func (a api) media(ctx context.Context, c request) (channel.Fetched, error) {
	r, err := a.open(ctx, c)
	if err != nil {
		return channel.Fetched{}, err
	}
	kind := mediaType(r.Header)
	if kind != "application/json" && kind != "text/plain" {
		return fetched(r, c.op), nil
	}
	defer func() { _ = r.Body.Close() }() // all that is wanted of it was read
	text, err := c.read(r)
	if err != nil {
		return channel.Fetched{}, err
	}
	var video struct {
		URL string `json:"video_url"`
	}
	err = c.understand(text, r.Header, &video)
	switch {
	case errcodeOf(err) == badMediaID:
		return channel.Fetched{}, &fault.Error{Code: fault.NotFound, Op: c.op, Hint: hintExpired, Err: err}
	case err != nil:
		return channel.Fetched{}, err
	case video.URL == "":
		return channel.Fetched{}, c.lost(errors.New("the answer has neither content nor an address"))
	}
	return a.follow(ctx, c.op, video.URL)
}

func mediaType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// fetched takes an answer's body as content. Its name is WeChat's, from the media_id, and says
// nothing.
func fetched(r *http.Response, op string) channel.Fetched {
	return channel.Fetched{Body: &bounded{r.Body, maxFetch, op}, Type: mediaType(r.Header), Size: r.ContentLength}
}

// follow gets a video where WeChat says that it is.
func (a api) follow(ctx context.Context, op, address string) (channel.Fetched, error) {
	at, err := url.Parse(address)
	if err == nil && at.Scheme == "http" && !netaddr.Local(at.Hostname()) {
		at.Scheme = "https" // what a customer sent is not for whoever listens
	}
	if err != nil || !a.trusted(at) {
		return channel.Fetched{}, fault.New(fault.ProviderRefused, op, "WeChat names an address for the video that is none of Tencent's: it was not asked")
	}
	there := *a.client
	there.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxHops || !a.trusted(r.URL) {
			return errElsewhere
		}
		return nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		return channel.Fetched{}, fault.New(fault.ProviderRefused, op, "WeChat names an address for the video that is none")
	}
	response, err := there.Do(r)
	if errors.Is(err, errElsewhere) {
		return channel.Fetched{}, fault.New(fault.ProviderRefused, op, "the video's address leads away from Tencent's hosts: it was not followed")
	}
	if err != nil {
		return channel.Fetched{}, request{op: op}.lost(quiet(err))
	}
	if response.StatusCode == http.StatusOK {
		return fetched(response, op), nil
	}
	_ = response.Body.Close() // nothing of it is read
	switch response.StatusCode {
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone: // such addresses end after some hours
		return channel.Fetched{}, fault.New(fault.NotFound, op, hintExpired)
	}
	return channel.Fetched{}, request{op: op}.status(response)
}

var errElsewhere = errors.New("a redirect to somebody else")

// tencent are the domains under which WeChat keeps media.
var tencent = []string{"qq.com", "wechat.com"}

// trusted reports whether a video's address is one of Tencent's or of the API's own, and
// nobody in between reads along.
func (a api) trusted(at *url.URL) bool {
	if at.User != nil || !netaddr.Guarded(at) {
		return false
	}
	if own, err := url.Parse(a.base); err == nil && at.Host == own.Host {
		return true
	}
	if port := at.Port(); port != "" && port != "443" || at.Scheme != "https" {
		return false
	}
	host := strings.ToLower(at.Hostname())
	for _, domain := range tencent {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// bounded is a body that is told to be too large instead of being cut off.
type bounded struct {
	io.ReadCloser
	left int64
	op   string
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fault.New(fault.TooLarge, b.op, "this is larger than WeChat carries")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = request{op: b.op}.lost(quiet(err))
	}
	return n, err
}
