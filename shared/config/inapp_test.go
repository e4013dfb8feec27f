package config_test

import (
	"slices"
	"testing"

	"github.com/zhida-project/zhida/shared/config"
)

// TestOnlyAnIdentityProvider: a deployment whose customers come by a provider's tokens
// has no secret for them, and nobody looks for one.
func TestOnlyAnIdentityProvider(t *testing.T) {
	file := config.Parse(read(t, "good/jwks.yaml"))
	names, err := file.Names(config.DeploymentKey, config.InAppSecret)
	if err != nil || !slices.Equal(names, []string{"ZHIDA_DEPLOYMENT_KEY"}) {
		t.Errorf("names %v, %v", names, err)
	}
	got, err := file.Load(lookup, config.DeploymentKey, config.InAppSecret)
	if err != nil {
		t.Fatal(err)
	}
	const issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI"
	if in := got.Channels.InApp; in.JWKS != issuer+"/.well-known/jwks.json" || in.Issuer != issuer || !in.Secret.Empty() {
		t.Errorf("got %+v", in)
	}
}
