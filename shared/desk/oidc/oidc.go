package oidc

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jwks"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// Options are whose tokens are taken. Issuer, Audience and Client are required.
type Options struct {
	Issuer     string               // as the iss of its tokens says it, to the letter; https, but for this machine
	Audience   []string             // a token is for one of these
	Parties    []string             // who may have asked the issuer for it: client ids; none for whoever was given one
	RolesClaim string               // DefaultRolesClaim if ""; a dot goes one level down, unless a claim has that very name
	Roles      map[string]desk.Role // what the claim's values mean; DefaultRoles if nil
	Client     *http.Client         // to reach the issuer
}

// DefaultRolesClaim is where roles are if nobody says otherwise.
const DefaultRolesClaim = "roles"

// DefaultRoles returns what the values of the roles claim mean if nobody says
// otherwise.
func DefaultRoles() map[string]desk.Role {
	roles := map[string]desk.Role{}
	for _, role := range desk.Roles() {
		roles[string(role)], roles["zhida-"+string(role)] = role, role
	}
	return roles
}

// Leeway is how far the issuer's clock may be from ours.
const Leeway = 30 * time.Second

// Authenticator is a desk.Authenticator. It is safe for concurrent use.
type Authenticator struct {
	o      Options
	issuer *jwks.Source[said]
}

var _ desk.Authenticator = (*Authenticator)(nil)

// New makes an Authenticator, or returns fault.Config. It makes no call.
func New(o Options) (*Authenticator, error) {
	refuse := func(hint string) error { return fault.New(fault.Config, "oidc.New", hint) }
	switch at, err := url.Parse(o.Issuer); {
	case o.Issuer == "":
		return nil, refuse("the desk needs an OpenID Connect issuer")
	case err != nil || !netaddr.Guarded(at) || at.RawQuery != "" || at.Fragment != "" || at.User != nil:
		return nil, refuse("the issuer is an https address such as https://login.example.com/tenant")
	case len(o.Audience) == 0 || slices.Contains(o.Audience, ""):
		return nil, refuse("the desk needs an audience: without one, any token of the issuer's would do")
	case slices.Contains(o.Parties, ""):
		return nil, refuse("a client id is empty")
	case o.Client == nil:
		return nil, refuse("a client to reach the issuer is missing")
	}
	if o.RolesClaim == "" {
		o.RolesClaim = DefaultRolesClaim
	}
	if o.Roles == nil {
		o.Roles = DefaultRoles()
	}
	for _, role := range o.Roles {
		if !slices.Contains(desk.Roles(), role) {
			return nil, refuse("roles are agent, lead and admin")
		}
	}
	i := issuer{o.Issuer, jwks.NewProvider(o.Client)}
	return &Authenticator{o: o, issuer: jwks.NewSource(i.fetch)}, nil
}

// Page is the desk's page as the provider knows it.
type Page struct {
	Client string // its client id: a public client, authorization code with PKCE
	Scope  string // DefaultScope if ""; openid must be in it
	Live   string // where its live connection is; "" for beside the page
}

// DefaultScope is what a page asks for if nobody says otherwise.
const DefaultScope = "openid profile"

// Login tells how a page signs in: it asks the issuer for its addresses, or knows
// them from within the hour. Errors: Unavailable, Config where the issuer's own
// document does not fit or the page has no client id.
func (a *Authenticator) Login(ctx context.Context, page Page, at time.Time) (desk.Login, error) {
	scope := cmp.Or(page.Scope, DefaultScope)
	if page.Client == "" || !slices.Contains(strings.Fields(scope), "openid") {
		return desk.Login{}, fault.New(fault.Config, "oidc.Login", "the desk page needs a client id of the provider's, and the scope openid")
	}
	said, err := a.issuer.Until(ctx, at, func(said) bool { return true })
	if err != nil {
		return desk.Login{}, err
	}
	login := desk.Login{
		Way: desk.LoginByProvider, Issuer: a.o.Issuer, Authorization: said.endpoints.authorization, Token: said.endpoints.token,
		Client: page.Client, Scope: scope, Live: page.Live,
	}
	if a.o.Audience[0] != page.Client {
		login.Audience = a.o.Audience[0]
	}
	return login, nil
}
