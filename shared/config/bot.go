package config

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Bot is the company's own bot, asked over HTTP where the file has no answer.
type Bot struct {
	URL      string        // https, or http on this machine; it may hold what only the bot should read
	Secret   Secret        // signs what the bot is asked; its bytes are used as they are
	Patience time.Duration // how long the bot may think
}

// The bounds and the default of a bot's patience. A function that asks a bot must
// have more time than MaxPatience, or no answer that came late would be committed.
const (
	DefaultPatience = time.Minute
	MinPatience     = time.Second
	MaxPatience     = time.Minute

	maxURL = 2000 // characters
)

func (r *reader) bot(f field) *Bot {
	all := r.fields(f, "url", "secret", "patience")
	b := &Bot{Patience: DefaultPatience}
	if v, ok := r.need(f, all, "url", "give the address that answers, such as https://bot.shop.example/zhida"); ok {
		b.URL = r.url(v)
	}
	if v, ok := r.need(f, all, "secret", "add secret: { env: ZHIDA_BOT_SECRET }"); ok {
		b.Secret = r.secret(v)
	}
	if v, ok := all["patience"]; ok {
		b.Patience = r.duration(v, MinPatience, MaxPatience)
	}
	return b
}

// url returns an address that may be called with what customers wrote. What
// stands there is never shown: an address may hold a key.
func (r *reader) url(f field) string {
	before := len(r.mistakes)
	text := r.text(f, maxURL)
	if len(r.mistakes) > before {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || !portShape(u):
		r.wrong(f, "this is not a URL", "such as https://bot.shop.example/zhida")
	case u.User != nil:
		r.wrong(f, "the URL has a user or a password", "remove it: the bot checks the signature, made with secret"+replace)
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		r.wrong(f, "the URL has a # part, which no server sees", "remove it")
	case u.Scheme == "http" && !onThisMachine(u.Hostname()):
		r.wrong(f, "what customers write would travel in the open", "use https; http is for this machine only, such as http://localhost:5005/")
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

// onThisMachine reports whether only this machine answers at a host.
func onThisMachine(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
