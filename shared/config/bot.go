package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/netaddr"
)

// BotKind is the format a bot speaks. docs/bots.md says how each is connected.
type BotKind string

// The kinds; a file that says none means the first.
const (
	BotZhida BotKind = "zhida" // Zhida's own, signed in both directions
	BotRasa  BotKind = "rasa"  // the REST channel of Rasa
	BotDify  BotKind = "dify"  // the chat-messages API of Dify
)

// BotKinds returns every kind there is.
func BotKinds() []string { return []string{string(BotZhida), string(BotRasa), string(BotDify)} }

// Bot is the company's own bot, asked over HTTP where the file has no answer.
type Bot struct {
	Kind     BotKind
	URL      string        // https, or http on this machine; it may hold what only the bot should read
	Secret   Secret        // BotZhida: signs questions and answers; else the bot's own key, which BotRasa can do without
	Unsigned bool          // BotZhida: an answer without a signature is taken, too
	Person   string        // other kinds: what the bot says where the customer needs a person
	Patience time.Duration // how long the bot may think
}

// The bounds and the default of a bot's patience. A function that asks a bot must
// have more time than MaxPatience, or no answer that came late would be committed.
const (
	DefaultPatience = time.Minute
	MinPatience     = time.Second
	MaxPatience     = time.Minute

	// DefaultPerson is the payload that Rasa's documentation hands over with:
	// https://legacy-docs-oss.rasa.com/docs/rasa/fallback-handoff#human-handoff.
	DefaultPerson = "handoff_to_human"

	minPerson = 4    // characters: it is looked for in all that a bot says
	maxURL    = 2000 // characters
)

// The two ways in which a bot of ours may answer.
const (
	answersSigned   = "signed"
	answersUnsigned = "unsigned"
)

const addBotSecret = "add secret: { env: ZHIDA_BOT_SECRET }"

func (r *reader) bot(f field) *Bot {
	all := r.fields(f, "kind", "url", "secret", "answers", "person", "patience")
	b := &Bot{Kind: BotZhida, Patience: DefaultPatience}
	if v, ok := all["kind"]; ok {
		b.Kind = BotKind(r.oneOf(v, "kind of bot", BotKinds()))
	}
	if v, ok := r.need(f, all, "url", "give the address that answers, such as "+exampleOf(b.Kind)); ok {
		b.URL = r.url(v, address{
			such: exampleOf(b.Kind), here: "http://localhost:5005/",
			open: "what customers write would travel in the open", user: "the bot knows who asks by secret",
		})
	}
	switch b.Kind { // of a kind that does not exist nothing more can be said
	case BotZhida:
		r.ownBot(f, all, b)
	case BotRasa, BotDify:
		r.otherBot(f, all, b)
	}
	if v, ok := all["patience"]; ok {
		b.Patience = r.duration(v, MinPatience, MaxPatience)
	}
	return b
}

// ownBot reads what only a bot has that speaks Zhida's own format.
func (r *reader) ownBot(f field, all map[string]field, b *Bot) {
	if v, ok := r.need(f, all, "secret", addBotSecret); ok {
		b.Secret = r.secret(v)
	}
	if v, ok := all["answers"]; ok {
		b.Unsigned = r.oneOf(v, "way to answer", []string{answersSigned, answersUnsigned}) == answersUnsigned
	}
	if v, ok := all["person"]; ok {
		r.wrong(v, "a bot of kind zhida says person: true in its answer", "remove it")
	}
}

// otherBot reads what only a bot has that others' software serves.
func (r *reader) otherBot(f field, all map[string]field, b *Bot) {
	if v, ok := all["secret"]; ok {
		b.Secret = r.given(v, setKey)
	} else if b.Kind == BotDify {
		r.need(f, all, "secret", addBotSecret)
	}
	if v, ok := all["answers"]; ok {
		r.wrong(v, "only a bot of kind zhida signs what it answers", "remove it: others are trusted by https and their key")
	}
	b.Person = DefaultPerson
	if v, ok := all["person"]; ok {
		b.Person = r.marker(v)
	}
}

func exampleOf(kind BotKind) string {
	switch kind {
	case BotRasa:
		return "https://rasa.shop.example/webhooks/rest/webhook"
	case BotDify:
		return "https://api.dify.ai/v1/chat-messages"
	case BotZhida:
	}
	return "https://bot.shop.example/zhida"
}

// marker returns what a bot says where the customer needs a person.
func (r *reader) marker(f field) string {
	before := len(r.mistakes)
	text := r.text(f, maxPhrase)
	if len(r.mistakes) == before && (utf8.RuneCountInString(text) < minPerson || strings.Contains(text, "\n")) {
		r.wrong(f, "this could stand in any answer",
			fmt.Sprintf("take one line of at least %d characters that the bot says for nothing else, such as %s", minPerson, DefaultPerson))
	}
	return text
}

// address is what to say of an address that will not do.
type address struct {
	such, here string // good ones, elsewhere and on this machine
	open       string // what would happen without https
	user       string // why it needs no password
}

// url returns an address that nobody in between can read or change. What stands there
// is never shown: an address may hold a key.
func (r *reader) url(f field, say address) string {
	before := len(r.mistakes)
	text := r.text(f, maxURL)
	if len(r.mistakes) > before {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || !portShape(u):
		r.wrong(f, "this is not a URL", "such as "+say.such)
	case u.User != nil:
		r.wrong(f, "the URL has a user or a password", "remove it: "+say.user+replace)
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		r.wrong(f, "the URL has a # part, which no server sees", "remove it")
	case u.Scheme == "http" && !netaddr.Guarded(u):
		r.wrong(f, say.open, "use https; http is for this machine only, such as "+say.here)
	case u.Scheme != "https" && u.Scheme != "http":
		r.wrong(f, "the URL is not one of the web", "begin it with https://")
	}
	return text
}

// portShape reports whether the URL names a port that exists, or none.
func portShape(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}
