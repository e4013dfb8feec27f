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

// TestOriginsAreWhatBrowsersSay, however they are written.
func TestOriginsAreWhatBrowsersSay(t *testing.T) {
	got, err := config.Load(read(t, "good/origins.yaml"), lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"https://shop.example", "https://shop.example:444", "https://b.example", "http://localhost:3000", "http://127.0.0.1",
		"https://[2001:db8::1]:8443", "capacitor://localhost", "https://xn--fiq228c.example",
	}
	if origins := got.Channels.InApp.Origins; !slices.Equal(origins, want) {
		t.Errorf("got %q", origins)
	}
}
