package inapp_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/channel/channeltest"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	zsecret "github.com/zhida-project/zhida/shared/secret"
)

const deployment = "a deployment's key of the tests, 32 bytes or more"

func visited(d *channeltest.Double) inapp.Options {
	o := options(d)
	o.Visitors, o.Rand = config.NewSecret(deployment), rand.Reader
	return o
}

func made(t testing.TB, o inapp.Options) *inapp.Connector {
	t.Helper()
	c, err := inapp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newVisitor(t testing.TB, c *inapp.Connector) (string, channel.Visitor) {
	t.Helper()
	token, who, err := c.NewVisitor(now())
	if err != nil {
		t.Fatal(err)
	}
	return token, who
}

const year = 365 * 24 * time.Hour

func TestAVisitor(t *testing.T) {
	c := made(t, visited(nil))
	fresh, who := newVisitor(t, c)
	if !strings.HasPrefix(who.Peer.User, "visitor:") || len(who.Peer.User) != len("visitor:")+32 || who.Name != "" || !who.Anonymous ||
		!who.Expires.Equal(now().Add(year+30*time.Second)) {
		t.Errorf("got %+v", who)
	}
	if again, err := c.Identify(t.Context(), fresh, now().Add(year)); err != nil || again != who {
		t.Errorf("a year later: %+v, %v", again, err)
	}
	if _, err := c.Identify(t.Context(), fresh, now().Add(year+time.Minute)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after a year: %v", err)
	}
	if other, is := newVisitor(t, c); other == fresh || is.Peer == who.Peer {
		t.Error("two visitors are one")
	}
	receipt, err := c.Receive(t.Context(), c.Submission(fresh, harness().Call.Body, now()))
	if err != nil || receipt.Messages[0].Peer != who.Peer {
		t.Errorf("a message: %+v, %v", receipt, err)
	}
	if plain, err := c.Identify(t.Context(), token(claims(now())), now()); err != nil || plain.Anonymous {
		t.Errorf("a customer beside: %+v, %v", plain, err)
	}
	o := visited(nil)
	o.Issuer = "" // what a company sets, and sets anew, makes nobody a stranger
	if again, err := made(t, o).Identify(t.Context(), fresh, now()); err != nil || again != who {
		t.Errorf("without an issuer: %+v, %v", again, err)
	}
}

// TestTokensOfVisitorsAreOursAlone: nobody else's key makes one, and theirs makes
// nothing else.
func TestTokensOfVisitorsAreOursAlone(t *testing.T) {
	key, err := zsecret.Derive(config.NewSecret(deployment), "zhida/inapp/visitors")
	if err != nil {
		t.Fatal(err)
	}
	const ours = `{"alg":"HS256","typ":"visitor+jwt"}`
	guest := map[string]any{"sub": "visitor:0123456789abcdef0123456789abcdef", "aud": audience, "exp": now().Add(time.Hour).Unix(), "iss": issuer}
	c := made(t, visited(nil))
	if _, err := c.Identify(t.Context(), mint(ours, guest, string(key), sha256.New), now()); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	for name, bad := range map[string]string{
		"by the company's secret":            mint(ours, guest, secret, sha256.New),
		"by the deployment's key itself":     mint(ours, guest, deployment, sha256.New),
		"by no key":                          mint(ours, guest, "", sha256.New),
		"unsigned":                           mint(ours, guest, "", nil),
		"for another channel":                mint(ours, with(guest, "aud", "zhida:other"), string(key), sha256.New),
		"without an end":                     mint(ours, with(guest, "exp", nil), string(key), sha256.New),
		"a company's customer":               mint(ours, with(guest, "sub", "customer-4711"), string(key), sha256.New),
		"nobody":                             mint(ours, with(guest, "sub", nil), string(key), sha256.New),
		"of a customer's type":               mint(`{"alg":"HS256","typ":"JWT"}`, guest, string(key), sha256.New),
		"none":                               mint(`{"alg":"none","typ":"visitor+jwt"}`, guest, "", nil),
		"the company's, for a visitor":       token(with(guest, "name", "x")),
		"the company's, typed as a visitor":  mint(`{"typ":"visitor+jwt","alg":"HS256"}`, guest, secret, sha256.New),
		"the company's, for its own visitor": token(with(guest, "sub", "visitor:")),
	} {
		if who, err := c.Identify(t.Context(), bad, now()); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	p := newProvider(t)
	o := p.options("", nil)
	o.Visitors, o.Rand = config.NewSecret(deployment), rand.Reader
	both := made(t, o)
	if _, err := show(both, p.sign(header("RS256", "r"), guest, p.rsa), now()); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the provider's, for a visitor: %v", err)
	}
	asked := p.asked
	fresh, _ := newVisitor(t, both)
	if who, err := show(both, fresh, now()); err != nil || !who.Anonymous || p.asked != asked {
		t.Errorf("beside a provider: %+v, %v", who, err)
	}
	if _, err := show(both, token(claims(now())), now()); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("visitors do not bring the company's secret back: %v", err)
	}
}

func TestWithoutVisitors(t *testing.T) {
	token, _ := newVisitor(t, made(t, visited(nil)))
	c := made(t, options(nil))
	if _, _, err := c.NewVisitor(now()); !fault.Is(err, fault.NotFound) {
		t.Errorf("a new one: %v", err)
	}
	if _, err := c.Identify(t.Context(), token, now()); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("one of before: %v", err)
	}
	// The key that is empty signs nothing.
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"visitor+jwt"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"sub":"visitor:x","aud":%q,"exp":%d}`, audience, now().Add(time.Hour).Unix()))
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte(head))
	if _, err := c.Identify(t.Context(), head+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), now()); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("by the empty key: %v", err)
	}
}

type noChance struct{}

func (noChance) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

func TestVisitorsNeedAKeyAndChance(t *testing.T) {
	for name, change := range map[string]func(*inapp.Options){
		"a short key": func(o *inapp.Options) { o.Visitors = config.NewSecret("short") },
		"no chance":   func(o *inapp.Options) { o.Rand = nil },
	} {
		o := visited(nil)
		change(&o)
		if _, err := inapp.New(o); !fault.Is(err, fault.Config) || strings.Contains(err.Error(), "short") && !strings.Contains(err.Error(), "too short") {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := visited(nil)
	o.Rand = noChance{}
	if token, who, err := made(t, o).NewVisitor(now()); !fault.Is(err, fault.Internal) || token != "" || who != (channel.Visitor{}) {
		t.Errorf("got %q, %+v, %v", token, who, err)
	}
}

// TestConnectorWithVisitors passes the whole suite, in which customers are vouched for.
func TestConnectorWithVisitors(t *testing.T) {
	h := harness()
	h.Connector = func(t testing.TB, d *channeltest.Double) channel.Connector { t.Helper(); return made(t, visited(d)) }
	h.Secrets = append(h.Secrets, deployment)
	guest, _ := newVisitor(t, made(t, visited(nil)))
	h.Forgeries["visitor: cut"] = bearing(guest[:len(guest)-2])
	h.Forgeries["visitor: of another deployment"] = func(r channel.Request) channel.Request {
		o := visited(nil)
		o.Visitors = config.NewSecret(strings.ToUpper(deployment))
		other, _ := newVisitor(t, made(t, o))
		return bearing(other)(r)
	}
	channeltest.Run(t, h)
}
