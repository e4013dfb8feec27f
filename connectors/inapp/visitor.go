package inapp

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
)

// visitors makes and checks the tokens of visitors whom nobody vouches for. They are
// ours: signed with a key that serves nothing else, of a type that is theirs alone (RFC
// 8725, section 3.11), for subjects that no company's token may name.
type visitors struct {
	key      config.Secret // empty where there are none
	audience string
	rand     io.Reader
}

const (
	visitorPurpose = "zhida/inapp/visitors" // never changes, or every visitor is a stranger
	visitorPrefix  = "visitor:"
	visitorBytes   = 16
	visitorLasts   = 365 * 24 * time.Hour
)

// visitorHeader is the header of every such token, and of no other.
func visitorHeader() string { return `{"alg":"HS256","typ":"visitor+jwt"}` }

func newVisitors(o Options) (visitors, error) {
	v := visitors{audience: o.Audience, rand: o.Rand}
	if o.Visitors.Empty() {
		return v, nil
	}
	key, err := secret.Derive(o.Visitors, visitorPurpose)
	if err != nil {
		return v, fault.New(fault.Config, "inapp.New", "visitors' tokens are signed with a key derived from the deployment's, which is too short")
	}
	v.key = config.NewSecret(string(key))
	return v, nil
}

// made reports whether a token says of itself that it is a visitor's.
func (v visitors) made(token string) bool {
	return strings.HasPrefix(token, base64.RawURLEncoding.EncodeToString([]byte(visitorHeader()))+".")
}

// NewVisitor makes the token of a new visitor. Errors: NotFound where the deployment has
// none, Internal.
func (c *Connector) NewVisitor(at time.Time) (token string, who channel.Visitor, err error) {
	v := c.tokens.visitors
	if v.key.Empty() {
		return "", who, fault.New(fault.NotFound, "inapp.NewVisitor", "there are no visitors here: customers are vouched for")
	}
	id := make([]byte, visitorBytes)
	if _, err := io.ReadFull(v.rand, id); err != nil {
		return "", who, fault.Wrap(err, fault.Internal, "inapp.NewVisitor", "the system's source of chance does not answer")
	}
	made := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Subject: visitorPrefix + hex.EncodeToString(id), Audience: jwt.ClaimStrings{v.audience}, ExpiresAt: jwt.NewNumericDate(at.Add(visitorLasts)),
	})
	made.Header["typ"] = "visitor+jwt"
	if token, err = made.SignedString(v.key.Reveal()); err != nil {
		return "", who, fault.New(fault.Internal, "inapp.NewVisitor", "report this defect")
	}
	said, err := c.tokens.check(token, at)
	return token, c.visitor(said), err
}

// check returns what a visitor's token says, if it is good at that time.
func (v visitors) check(token string, at time.Time) (claims, error) {
	var said claims
	if v.key.Empty() {
		return said, unauthenticated("there are no visitors here: customers are vouched for")
	}
	_, err := jwt.NewParser(
		jwt.WithValidMethods([]string{hs256()}), jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return at }),
		jwt.WithLeeway(leeway), jwt.WithExpirationRequired(), jwt.WithAudience(v.audience),
	).ParseWithClaims(token, &said, func(*jwt.Token) (any, error) { return v.key.Reveal(), nil })
	if err != nil || !said.anonymous() {
		return claims{}, unauthenticated("the visitor's token is not ours, or at its end: fetch a new one")
	}
	return said, nil
}

// anonymous reports whether nobody vouches for whom a token names.
func (c claims) anonymous() bool { return strings.HasPrefix(c.Subject, visitorPrefix) }
