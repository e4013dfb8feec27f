package desk_test

import (
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
)

func unsigned(claims map[string]any) string {
	token, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims(claims)).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		panic(err)
	}
	return token
}

// confused is signed with the issuer's public key, as if that were a shared secret.
func confused(t *testing.T, i *emulator.Issuer, changes map[string]any) string {
	t.Helper()
	public, err := x509.MarshalPKIXPublicKey(&i.Key().Private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(i.Claims("root", changes)))
	token.Header["kid"] = i.Key().ID
	signed, err := token.SignedString(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// without returns all scopes but one.
func without(scope desk.Scope) []desk.Scope {
	return slices.DeleteFunc(desk.Scopes(), func(one desk.Scope) bool { return one == scope })
}

// stranger is somebody who does not get through a route.
type stranger struct {
	token string
	want  fault.Code
}

// strangers are all who must not get through any route, by what is wrong with them.
func (d *door) strangers(made map[string]string) map[string]stranger {
	foreign := emulator.NewIssuer(d.T)
	foreign.Now = d.clock.Now
	foreign.Rotate()
	who := map[string]any{"roles": []string{"admin"}}
	sign := func(changes map[string]any) string {
		all := maps.Clone(who)
		maps.Copy(all, changes)
		return d.issuer.Sign(d.issuer.Claims("root", all))
	}
	return map[string]stranger{
		"no token":                {"", fault.Unauthenticated},
		"words":                   {"open sesame", fault.Unauthenticated},
		"a long token":            {strings.Repeat("A", 9<<10), fault.Unauthenticated},
		"expired":                 {sign(map[string]any{"exp": d.clock.Now().Add(-time.Minute).Unix()}), fault.Unauthenticated},
		"not yet":                 {sign(map[string]any{"nbf": d.clock.Now().Add(time.Minute).Unix()}), fault.Unauthenticated},
		"a foreign issuer's":      {foreign.Sign(foreign.Claims("root", who)), fault.Unauthenticated},
		"a foreign key, our name": {foreign.Sign(d.issuer.Claims("root", who)), fault.Unauthenticated},
		"alg none":                {unsigned(d.issuer.Claims("root", who)), fault.Unauthenticated},
		"HS256 by the public key": {confused(d.T, d.issuer, who), fault.Unauthenticated},
		"another company's":       {sign(map[string]any{"aud": "another-company"}), fault.Unauthenticated},
		"another client's":        {sign(map[string]any{"azp": "another-company"}), fault.Unauthenticated},
		"another tenant's":        {sign(map[string]any{"iss": d.issuer.URL + "/another-tenant"}), fault.Unauthenticated},
		"the page's id token":     {sign(map[string]any{"aud": d.issuer.ClientID}), fault.Unauthenticated},
		"nobody":                  {sign(map[string]any{"sub": ""}), fault.Unauthenticated},
		"no role":                 {d.token("guest"), fault.Forbidden},
		"a made-up tool":          {"zhd_nobody_" + strings.Repeat("A", 43), fault.Unauthenticated},
		"a tool by its name only": {"zhd_all_", fault.Unauthenticated},
		"a cut token":             {made["all"][:len(made["all"])-1], fault.Unauthenticated},
		"another tool's secret":   {"zhd_all_" + made["read"][len("zhd_read_"):], fault.Unauthenticated},
		"a revoked tool":          {made["revoked"], fault.Unauthenticated},
		"an expired tool":         {made["expired"], fault.Unauthenticated},
	}
}

// against adds to strangers those who must not get through this route.
func (d *door) against(r desk.Route, strangers map[string]stranger, made map[string]string) map[string]stranger {
	all := maps.Clone(strangers)
	all["a tool without scope"] = stranger{made["without "+string(r.Scope)], fault.Forbidden}
	if r.Scope == "" {
		all["a tool without scope"] = stranger{made["all"], fault.Forbidden}
	}
	for name, role := range map[string]desk.Role{"lin": desk.RoleAgent, "zhao": desk.RoleLead} {
		if !covers(role, r.Least) {
			all["the role "+string(role)] = stranger{d.token(name), fault.Forbidden}
		}
	}
	return all
}

func covers(role, least desk.Role) bool {
	return slices.Index(desk.Roles(), role) >= slices.Index(desk.Roles(), least)
}

// tools makes the tokens that strangers show.
func (d *door) tools() map[string]string {
	d.Helper()
	made := map[string]string{"all": d.tool("all", desk.Scopes()...), "revoked": d.tool("revoked", desk.Scopes()...)}
	for _, scope := range desk.Scopes() {
		made[string(scope)] = d.tool(string(scope), scope)
		made["without "+string(scope)] = d.tool("not-"+string(scope), without(scope)...)
	}
	if a := d.call("DELETE /desk/v1/tokens/revoked", d.token("root"), nil); a.status != http.StatusOK {
		d.Fatalf("no revocation: %s", a.text)
	}
	// The clock cannot go a month forward without everybody else's tokens expiring.
	token, key, err := d.NewToken(d.Context(), desk.Agent{ID: "root"}, desk.NewTool{
		ID: "expired", Names: map[conversation.Language]string{conversation.English: "Old"}, Scopes: desk.Scopes(), Days: 1,
	})
	d.must(err)
	d.must(d.options.Tools.Remove(d.Context(), key.ID))
	key.Expires = d.clock.Now()
	d.must(d.options.Tools.Add(d.Context(), key))
	made["expired"] = token
	return made
}
