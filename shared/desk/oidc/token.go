package oidc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jwks"
)

// claims is what a token says.
type claims = jwt.MapClaims

// maxToken bounds a token, in bytes, before anything of it is read.
const maxToken = 8 << 10

// Agent implements desk.Authenticator.
func (a *Authenticator) Agent(ctx context.Context, token string, at time.Time) (desk.Agent, error) {
	if len(token) > maxToken {
		return desk.Agent{}, refused("the token is too long")
	}
	said := claims{}
	_, err := jwt.NewParser(
		jwt.WithValidMethods(jwks.Algorithms()), jwt.WithIssuer(a.o.Issuer), jwt.WithExpirationRequired(),
		jwt.WithLeeway(Leeway), jwt.WithTimeFunc(func() time.Time { return at }), jwt.WithStrictDecoding(),
	).ParseWithClaims(token, said, func(t *jwt.Token) (any, error) { return a.key(ctx, t, at) })
	if err != nil {
		return desk.Agent{}, told(err)
	}
	if err := a.meant(said); err != nil {
		return desk.Agent{}, err
	}
	subject, _ := said["sub"].(string)
	ends, err := said.GetExpirationTime()
	if subject == "" || err != nil {
		return desk.Agent{}, refused("the token names nobody")
	}
	role, ok := a.role(said)
	if !ok {
		return desk.Agent{}, fault.New(fault.Forbidden, "oidc.role",
			"whoever runs the identity provider gives you a role of the desk, such as zhida-agent")
	}
	return desk.Agent{ID: agentID(subject), Names: names(said), Role: role, Expires: ends.Time}, nil
}

func refused(hint string) error { return fault.New(fault.Unauthenticated, "oidc.token", hint) }

// told makes a fault of what the library found, without its words: they may quote
// the token.
func told(err error) error {
	var own *fault.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, jwt.ErrTokenExpired):
		return refused("the token has expired: sign in again")
	default:
		return refused("the token is not a valid one of the desk's issuer: sign in again")
	}
}

// key returns the issuer's keys that a token may be signed with.
func (a *Authenticator) key(ctx context.Context, t *jwt.Token, at time.Time) (any, error) {
	id, err := jwks.KeyID(t.Header)
	if err != nil {
		return nil, err
	}
	fit := func(now said) jwt.VerificationKeySet { return jwks.Fitting(now.keys, id, t.Method.Alg()) }
	all, err := a.issuer.Until(ctx, at, func(now said) bool { return len(fit(now).Keys) > 0 })
	if err != nil {
		return nil, err
	}
	return fit(all), nil
}

// meant checks that a token was made for the desk, and whoever asked for it may.
func (a *Authenticator) meant(said claims) error {
	audience, err := said.GetAudience()
	if err != nil {
		return refused("the token's audience is not readable")
	}
	party := partyOf(said)
	if len(audience) == 0 && said["token_use"] == "access" { // Amazon Cognito
		audience = jwt.ClaimStrings{party}
	}
	if !slices.ContainsFunc(audience, func(one string) bool { return slices.Contains(a.o.Audience, one) }) {
		return refused("the token was made for something else than the desk")
	}
	switch {
	case len(a.o.Parties) == 0:
	case party == "" && len(audience) > 1:
		return refused("the token was made for several, and does not say who asked for it")
	case party != "" && !slices.Contains(a.o.Parties, party):
		return refused("the token was made for another application")
	}
	return nil
}

// partyOf returns which client asked for a token; "" if it does not say.
func partyOf(said claims) string {
	// OpenID Connect; RFC 9068 and Cognito; Microsoft's version 1; Okta.
	for _, name := range []string{"azp", "client_id", "appid", "cid"} {
		if party, ok := said[name].(string); ok && party != "" {
			return party
		}
	}
	return ""
}

// role returns the greatest role that the token says.
func (a *Authenticator) role(said claims) (best desk.Role, ok bool) {
	for _, value := range textsOf(find(said, a.o.RolesClaim)) {
		role, known := a.o.Roles[value]
		if known && slices.Index(desk.Roles(), role) >= slices.Index(desk.Roles(), best) {
			best, ok = role, true
		}
	}
	return best, ok
}

// find returns the claim of that very name, or the one that its dots lead to.
func find(said map[string]any, path string) any {
	if value, ok := said[path]; ok {
		return value
	}
	for i, c := range path {
		if inside, ok := said[path[:i]].(map[string]any); ok && c == '.' {
			return find(inside, path[i+1:])
		}
	}
	return nil
}

// textsOf returns the texts in a claim: a list, or one text with spaces or commas
// between.
func textsOf(claim any) (texts []string) {
	switch claim := claim.(type) {
	case string:
		return strings.FieldsFunc(claim, func(c rune) bool { return c == ' ' || c == ',' })
	case []any:
		for _, one := range claim {
			if text, ok := one.(string); ok {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

const (
	maxPlain  = 64 // characters of a subject that is taken as it is
	plain     = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@|=+-"
	ofSubject = "sub:"
	maxName   = 64 // characters
)

// agentID makes an agent's id of a subject: the subject itself where it fits into
// keys, topics and addresses, else a digest of it. No plain subject has a colon, so
// that nobody can be called like a tool, or like somebody's digest.
func agentID(subject string) conversation.AgentID {
	if len(subject) <= maxPlain && strings.Trim(subject, plain) == "" {
		return conversation.AgentID(subject)
	}
	sum := sha256.Sum256([]byte(subject))
	return conversation.AgentID(ofSubject + hex.EncodeToString(sum[:16]))
}

// names returns the name that customers see, by language where the token tells
// several (OpenID Connect Core, section 5.2). An agent without one has none: an
// account's name is nobody's business.
func names(said claims) map[conversation.Language]string {
	all := map[conversation.Language]string{}
	for _, lang := range []conversation.Language{conversation.Chinese, conversation.English} {
		for _, claim := range []string{"name#" + string(lang), "name"} {
			if name, _ := said[claim].(string); clean(name) != "" {
				all[lang] = clean(name)
				break
			}
		}
	}
	return all
}

// clean takes control characters out of a name and shortens it.
func clean(name string) string {
	runes := []rune(strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
			return -1
		}
		return c
	}, name)))
	return string(runes[:min(len(runes), maxName)])
}
