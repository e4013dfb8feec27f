package oidc

import (
	"context"
	"net/url"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jwks"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// issuer reads what the provider says of itself.
type issuer struct {
	name     string
	provider jwks.Provider
}

// said is what the provider says of itself.
type said struct {
	endpoints endpoints
	keys      []jwks.Key
}

// endpoints are where a page signs somebody in.
type endpoints struct{ authorization, token string }

func (i issuer) fetch(ctx context.Context) (said, error) {
	var doc struct {
		Issuer        string `json:"issuer"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		Keys          string `json:"jwks_uri"`
	}
	if err := i.provider.Get(ctx, strings.TrimSuffix(i.name, "/")+"/.well-known/openid-configuration", &doc); err != nil {
		return said{}, err
	}
	if doc.Issuer != i.name {
		return said{}, fault.New(fault.Config, "oidc.issuer",
			"the issuer's own document names another issuer: give it as that says it, to the last slash")
	}
	for _, address := range []string{doc.Authorization, doc.Token, doc.Keys} {
		if at, err := url.Parse(address); err != nil || !netaddr.Guarded(at) {
			return said{}, fault.New(fault.Config, "oidc.issuer", "the issuer's own document lacks an address, or has one without https")
		}
	}
	keys, err := i.provider.Keys(ctx, doc.Keys)
	return said{endpoints{doc.Authorization, doc.Token}, keys}, err
}
