package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// MaxAnswer bounds what a bot says, in bytes. As JSON it may have twice as many, and a
// customer's page of history must hold it (live.PageBytes).
const MaxAnswer = 16 << 10

// maxBody bounds the body of a call's answer, in bytes: much may stand around what
// is said, such as where it was found.
const maxBody = 1 << 20

// Options are what a Bot needs; all are required.
type Options struct {
	Bot    config.Bot   // as zhida.yaml describes it
	Client *http.Client // its transport; redirects are never followed and no cookies are kept
	Now    func() time.Time
}

// Bot implements bot.Bot. It is safe for concurrent use.
type Bot struct {
	url    string
	shape  shape
	client http.Client
	now    func() time.Time
}

var _ bot.Bot = (*Bot)(nil)

// shape is how one kind of bot is asked, and how it answers.
type shape interface {
	// ask returns the question: its body, and what its header says of who asks.
	ask(t bot.Turn, now time.Time) (question, error)
	// understand reads an answer to q, of status 200 and in JSON.
	understand(q question, a answer, now time.Time) (bot.Answer, error)
	// refused says what to do about another status; "" where the status says it all.
	refused(a answer) string
}

type question struct {
	header http.Header
	body   []byte
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// New makes a Bot; fault.Config if something is missing.
func New(o Options) (*Bot, error) {
	if o.Client == nil || o.Now == nil {
		return nil, fault.New(fault.Config, "webhook.New", "a part of the bot is missing")
	}
	// The URL may hold a key: no error shows it.
	u, err := url.Parse(o.Bot.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return nil, fault.New(fault.Config, "webhook.New", "the bot's URL is one of https, without a user")
	}
	shape, err := shapeOf(o.Bot)
	if err != nil {
		return nil, err
	}
	b := &Bot{url: o.Bot.URL, shape: shape, client: *o.Client, now: o.Now}
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.client.Jar = nil
	return b, nil
}

func shapeOf(b config.Bot) (shape, error) {
	missing := fault.New(fault.Config, "webhook.New", "a bot of this kind needs more than is configured")
	switch b.Kind {
	case config.BotZhida:
		if b.Secret.Empty() {
			return nil, missing
		}
		return zhida{secret: b.Secret, unsigned: b.Unsigned}, nil
	case config.BotRasa:
		if b.Person == "" {
			return nil, missing
		}
		return rasa{key: b.Secret, person: b.Person}, nil
	case config.BotDify:
		if b.Person == "" || b.Secret.Empty() {
			return nil, missing
		}
		return dify{key: b.Secret, person: b.Person}, nil
	}
	return nil, fault.New(fault.Config, "webhook.New", "there is no such kind of bot")
}

// Answer implements bot.Bot: one call, which ctx ends. Errors: DeadlineExceeded,
// Unavailable where the bot does not answer now, Config where it never will in
// this way. None holds the URL's query, the secret, or a text of either side.
func (b *Bot) Answer(ctx context.Context, t bot.Turn) (bot.Answer, error) {
	q, err := b.shape.ask(t, b.now())
	if err != nil {
		return bot.Answer{}, err
	}
	a, err := b.call(ctx, q)
	if err != nil {
		return bot.Answer{}, err
	}
	if err := accepted(a, b.shape.refused); err != nil {
		return bot.Answer{}, err
	}
	said, err := b.shape.understand(q, a, b.now())
	if err == nil && len(said.Text) > MaxAnswer {
		return bot.Answer{}, wrongAnswer("it is longer than 16 KB")
	}
	return said, err
}

// call makes the call. Of an answer that is refused anyway the body is read as far
// as it comes.
func (b *Bot) call(ctx context.Context, q question) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, bytes.NewReader(q.body))
	if err != nil { // it quotes the URL
		return answer{}, fault.New(fault.Config, opAnswer, "the bot's URL cannot be asked")
	}
	r.Header = q.header
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "Zhida")
	// Not sent: it tells the transport that asking again does no harm, where the
	// bot closed an idle connection at the moment it was used.
	r.Header["Idempotency-Key"] = []string{}
	response, err := b.client.Do(r)
	if err != nil {
		return answer{}, broken(ctx, err)
	}
	defer func() { _ = response.Body.Close() }() // what is of use has been read
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case response.StatusCode != http.StatusOK:
	case err != nil:
		return answer{}, broken(ctx, err)
	case len(body) > maxBody:
		return answer{}, wrongAnswer("it is longer than 1 MB")
	}
	return answer{response.StatusCode, response.Header, body}, nil
}

// read reads a body that is one JSON value.
func read(body []byte, into any) error {
	if !utf8.Valid(body) {
		return wrongAnswer("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	err := d.Decode(into) // it may quote the answer
	if _, end := d.Token(); err != nil || end != io.EOF {
		return wrongAnswer("it is not the documented JSON")
	}
	return nil
}

// write makes the body of a question.
func write(question any) ([]byte, error) {
	body, err := json.Marshal(question)
	return body, fault.Wrap(err, fault.Internal, opAnswer, "")
}

// bearer is the header of a question that carries a key, if there is one. The key
// is revealed here and nowhere else.
func bearer(key config.Secret) http.Header {
	h := http.Header{}
	if !key.Empty() {
		h.Set("Authorization", "Bearer "+string(key.Reveal()))
	}
	return h
}
