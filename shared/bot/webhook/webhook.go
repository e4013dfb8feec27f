package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// The headers that say who asks.
const (
	TimestampHeader = "Zhida-Timestamp" // Unix seconds
	SignatureHeader = "Zhida-Signature" // v1=<hex>
)

// MaxAnswer bounds the body of an answer, in bytes.
const MaxAnswer = 64 << 10

// Options are what a Bot needs; all are required.
type Options struct {
	URL    string        // where it is asked
	Secret config.Secret // signs what it is asked
	Client *http.Client  // its transport; redirects are never followed and no cookies are kept
	Now    func() time.Time
}

// Bot implements bot.Bot. It is safe for concurrent use.
type Bot struct {
	url    string
	secret []byte
	client http.Client
	now    func() time.Time
}

var _ bot.Bot = (*Bot)(nil)

// New makes a Bot; fault.Config if something is missing.
func New(o Options) (*Bot, error) {
	if o.Secret.Empty() || o.Client == nil || o.Now == nil {
		return nil, fault.New(fault.Config, "webhook.New", "a part of the bot is missing")
	}
	// The URL may hold a key: no error shows it.
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return nil, fault.New(fault.Config, "webhook.New", "the bot's URL is one of https, without a user")
	}
	b := &Bot{url: o.URL, secret: o.Secret.Reveal(), client: *o.Client, now: o.Now}
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.client.Jar = nil
	return b, nil
}

// Answer implements bot.Bot: one call, which ctx ends. Errors: DeadlineExceeded,
// Unavailable where the bot does not answer now, Config where it never will in
// this way. None holds the URL's query, the secret, or a text of either side.
func (b *Bot) Answer(ctx context.Context, t bot.Turn) (bot.Answer, error) {
	body, err := encode(t)
	if err != nil {
		return bot.Answer{}, err
	}
	q, err := b.question(ctx, body)
	if err != nil {
		return bot.Answer{}, err
	}
	r, err := b.client.Do(q)
	if err != nil {
		return bot.Answer{}, broken(ctx, err)
	}
	defer func() { _ = r.Body.Close() }() // what is of use has been read
	if err := accepted(r); err != nil {
		return bot.Answer{}, err
	}
	answer, err := io.ReadAll(io.LimitReader(r.Body, MaxAnswer+1))
	if err != nil {
		return bot.Answer{}, broken(ctx, err)
	}
	return decode(answer)
}

func (b *Bot) question(ctx context.Context, body []byte) (*http.Request, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, bytes.NewReader(body))
	if err != nil { // it quotes the URL
		return nil, fault.New(fault.Config, "webhook.Answer", "the bot's URL cannot be asked")
	}
	timestamp := strconv.FormatInt(b.now().Unix(), 10)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept", "application/json")
	q.Header.Set("User-Agent", "Zhida")
	q.Header.Set(TimestampHeader, timestamp)
	q.Header.Set(SignatureHeader, "v1="+b.sign(timestamp, body))
	// Not sent: it tells the transport that asking again does no harm, where the
	// bot closed an idle connection at the moment it was used.
	q.Header["Idempotency-Key"] = []string{}
	return q, nil
}

// sign returns the signature of a question, in hex.
func (b *Bot) sign(timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, b.secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
