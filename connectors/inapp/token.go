package inapp

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jwks"
)

const (
	maxToken = 4096             // bytes
	maxUser  = 128              // bytes
	maxName  = 64               // characters
	leeway   = 30 * time.Second // between the clock of the company's backend and ours
)

// tokens checks the tokens in which the company vouches for its customers: JSON Web
// Tokens (RFC 7519), signed by its backend with HS256 and the channel's secret, or by
// its identity provider with a key that it publishes. One of the two may be missing.
type tokens struct {
	secret   config.Secret // revealed for each check only, so that no connector is printed with it
	keys     *jwks.Source[[]jwks.Key]
	audience string
	issuer   string
	visitors visitors
}

type claims struct {
	jwt.RegisteredClaims
	Name string `json:"name"`
}

// Identify checks a token. Errors: Unauthenticated.
func (c *Connector) Identify(_ context.Context, token string, at time.Time) (channel.Visitor, error) {
	said, err := c.tokens.check(token, at)
	if err != nil {
		return channel.Visitor{}, err
	}
	return c.visitor(said), nil
}

func (c *Connector) visitor(said claims) channel.Visitor {
	if said.ExpiresAt == nil { // it is no good
		return channel.Visitor{}
	}
	return channel.Visitor{
		Peer:      c.peer(said),
		Name:      displayName(said.Name),
		Expires:   said.ExpiresAt.Add(leeway), // it is good for as long as a submission with it is
		Anonymous: said.anonymous(),
	}
}

func (c *Connector) peer(said claims) conversation.Peer {
	return conversation.Peer{Channel: Name, Account: c.account, User: said.Subject}
}

// check returns what a token says, if it is good at that time. Its errors never
// hold an error of the library's: those quote the token.
func (t tokens) check(token string, at time.Time) (claims, error) {
	var said claims
	if token == "" {
		return said, unauthenticated("send the customer's token")
	}
	if !shaped(token) {
		return said, unauthenticated("this is no token: three base64url parts with dots between them, 4096 bytes at most")
	}
	if t.visitors.made(token) {
		return t.visitors.check(token, at)
	}
	options := []jwt.ParserOption{
		jwt.WithValidMethods(t.algorithms()),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return at }),
		jwt.WithLeeway(leeway),
		jwt.WithExpirationRequired(),
		jwt.WithAudience(t.audience),
	}
	if t.issuer != "" {
		options = append(options, jwt.WithIssuer(t.issuer))
	}
	if _, err := jwt.NewParser(options...).ParseWithClaims(token, &said, t.keyAt(at)); err != nil {
		return claims{}, told(err)
	}
	if s := said.Subject; s == "" || len(s) > maxUser || strings.ContainsFunc(s, unicode.IsControl) {
		return claims{}, unauthenticated("the token's sub names the customer in 1 to 128 bytes without control characters")
	}
	if said.anonymous() {
		return claims{}, unauthenticated("the token's sub begins with visitor:, as only those do whom nobody vouches for")
	}
	return said, nil
}

const tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

func shaped(token string) bool {
	return len(token) <= maxToken && strings.Trim(token, tokenAlphabet) == ""
}

// hs256 is what the company's backend signs with.
func hs256() string { return jwt.SigningMethodHS256.Alg() }

// algorithms pins what a token's header may name: what there are keys for, and nothing
// else.
func (t tokens) algorithms() (all []string) {
	if !t.secret.Empty() {
		all = append(all, hs256())
	}
	if t.keys != nil {
		all = append(all, jwks.Algorithms()...)
	}
	return all
}

// prepare sees to it that the key which a token names is known, where the provider has
// it. What is wrong with the token, check says. Errors: Unavailable.
func (t tokens) prepare(ctx context.Context, token string, at time.Time) error {
	if t.keys == nil || token == "" || !shaped(token) || t.visitors.made(token) {
		return nil
	}
	id, alg, err := jwks.Named(token)
	if err != nil || id == "" || alg == hs256() {
		return nil
	}
	_, err = t.keys.Until(ctx, at, func(now []jwks.Key) bool { return len(jwks.Fitting(now, id, alg).Keys) > 0 })
	return err
}

// keyAt returns what finds the keys of a token among those known at a time. The secret
// never checks what a published key signs, nor the other way: which of them it is
// follows from the algorithm, and a key is of one kind.
func (t tokens) keyAt(at time.Time) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		if token.Method.Alg() == hs256() {
			if _, critical := token.Header["crit"]; critical { // we know no extensions (RFC 7515, 4.1.11)
				return nil, jwt.ErrTokenUnverifiable
			}
			return t.secret.Reveal(), nil
		}
		id, err := jwks.KeyID(token.Header)
		if err != nil {
			return nil, err
		}
		if id == "" {
			return nil, unauthenticated("the token's header names no key: it needs kid")
		}
		known, _ := t.keys.Known(at)
		keys := jwks.Fitting(known, id, token.Method.Alg())
		if len(keys.Keys) == 0 {
			return nil, unauthenticated("the identity provider publishes no key that this token can be signed with")
		}
		return keys, nil
	}
}

// told makes a fault of what the library found, without its words: they may quote
// the token.
func told(err error) error {
	var own *fault.Error
	if errors.As(err, &own) {
		return own
	}
	return unauthenticated(adviceOn(err))
}

// adviceOn says what the company's backend should do. The signature is checked
// before the claims, so a forger learns nothing from what is said of those.
func adviceOn(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return "the token's signature is not ours: sign it with HS256 and the channel's secret, or with a key that the identity provider publishes"
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "this is no token: fetch one from the company's backend"
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return "the token needs exp, aud and sub, and iss where one is configured"
	case errors.Is(err, jwt.ErrTokenExpired):
		return "the token is at its end: fetch a new one"
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return "the token is not valid yet: compare the clocks"
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return "the token's aud is another one than the channel's"
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return "the token's iss is another one than the channel's"
	default:
		return "the token's claims are not of the documented shape"
	}
}

// displayName makes a name fit to be shown in one line. A name that cannot be
// shown costs the customer nothing but the name.
func displayName(name string) string {
	name, err := channel.CleanText(strings.Join(strings.Fields(name), " "))
	if err != nil {
		return ""
	}
	if utf8.RuneCountInString(name) > maxName {
		// Cleaned again, since the cut may have left a bidirectional control open,
		// whose end needs room.
		if name, err = channel.CleanText(string([]rune(name)[:maxName])); err != nil || utf8.RuneCountInString(name) > maxName {
			return ""
		}
	}
	return name
}

func unauthenticated(hint string) error {
	return fault.New(fault.Unauthenticated, "inapp.token", hint)
}
