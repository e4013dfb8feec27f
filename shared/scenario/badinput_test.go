package scenario

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// private is in every bad input that has a text. No answer and no log repeats it.
const private = "机密文本-7Q-secret-text"

// bad is one input that must be refused, and change nothing.
type bad struct {
	name   string
	method string // POST if ""
	path   string
	token  string
	header http.Header // besides the token and application/json
	body   string
	status int
	code   fault.Code
	blunt  bool // the code needs no hint
	now    bool // the answer has the server's time
	huge   bool // API Gateway itself refuses it, in its own words
}

// wide is a host that can be called in any way, and shows what it keeps.
type wide interface {
	Host
	office
	request(method, path string, header http.Header, body io.Reader) (status int, answer []byte)
	exchange(method, path string, header http.Header, body io.Reader) answered
	sign(method jwt.SigningMethod, key any, claims jwt.MapClaims) string
	user(name string) string
	dump() string // all that the store holds: two dumps are equal where nothing changed
}

// target is a host with something of everything in it: ann with lin, bob in
// line, cid whose conversation has ended; wang is at the desk and holds nobody.
type target struct {
	wide
	t             *testing.T
	cast          *Cast
	lin, wang     string // tokens
	ann, bob, cid string // tokens
	annID, bobID  conversation.ID
	cidID         conversation.ID
	annTicket     conversation.TicketID
	cidTicket     conversation.TicketID
	before        string
}

// onTargets runs a test on every host.
func onTargets(t *testing.T, test func(*testing.T, *target)) {
	t.Helper()
	t.Parallel()
	for name, start := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newTarget(t, start(t, Setup{}).(wide)))
		})
	}
}

// onLambda reports whether the target is the host of that name.
func (x *target) onLambda() bool { _, is := x.wide.(*lambda); return is }

// newDemo is the single binary with its demo, for what it alone serves.
func newDemo(t *testing.T) (*target, *binary) {
	t.Helper()
	b := startDemo(t, Setup{}, true)
	// The demo's own people ask for a person; they are in line once they were told.
	if out := b.life().outbound["inapp"]; !out.await(func() bool { return out.done >= 2 }) || !out.empty() {
		t.Fatal("the demo's people do not ask")
	}
	return newTarget(t, b), b
}

func newTarget(t *testing.T, b wide) *target {
	t.Helper()
	b.Private(private)
	x := &target{wide: b, t: t, cast: NewCast(t, b)}
	x.lin, _ = b.Session("lin")
	x.wang, _ = b.Session("wang")
	for _, who := range []struct {
		name  string
		token *string
		id    *conversation.ID
	}{{"ann", &x.ann, &x.annID}, {"bob", &x.bob, &x.bobID}, {"cid", &x.cid, &x.cidID}} {
		*who.token = b.Token(b.user(who.name))
		c := x.cast.Customer(who.name)
		x.cast.write(t, c, "转人工")
		hears(t, c, conversation.Bot, "…")
		*who.id = c.Conversation()
	}
	x.annTicket, x.cidTicket = x.cast.Customer("ann").Stands().Ticket, x.cast.Customer("cid").Stands().Ticket
	lin, wang := x.cast.Agent("lin"), x.cast.Agent("wang")
	if a, c := lin.Take(x.annTicket), lin.Take(x.cidTicket); a != "" || c != "" {
		t.Fatal(a, c)
	}
	if code := lin.Resolve(x.cidID); code != "" {
		t.Fatal(code)
	}
	lin.Renew()
	wang.Renew()
	b.Still()
	x.before = b.dump()
	return x
}

// unchanged checks that nothing of it left a trace.
func (x *target) unchanged(t *testing.T) {
	t.Helper()
	x.Still()
	if after := x.dump(); after != x.before {
		t.Errorf("the store has changed:\n%s", difference(x.before, after))
		x.before = after
	}
}

func difference(before, after string) string {
	var lines []string
	for line := range strings.Lines(after) {
		if !strings.Contains(before, line) {
			lines = append(lines, "+ "+line)
		}
	}
	for line := range strings.Lines(before) {
		if !strings.Contains(after, line) {
			lines = append(lines, "- "+line)
		}
	}
	return strings.Join(lines, "")
}

// refuses plays a table of bad inputs.
func (x *target) refuses(t *testing.T, table []bad) {
	t.Helper()
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			if c.method == "" {
				c.method = http.MethodPost
			}
			header := http.Header{"Content-Type": {"application/json"}}
			if c.token != "" {
				header.Set("Authorization", "Bearer "+c.token)
			}
			for name, values := range c.header {
				header[name] = values
			}
			var body io.Reader
			if c.body != "" {
				body = bytes.NewReader([]byte(c.body))
			}
			status, answer := x.request(c.method, c.path, header, body)
			if c.huge && x.onLambda() {
				if status != http.StatusRequestEntityTooLarge {
					t.Errorf("status %d: %s", status, answer)
				}
			} else {
				x.judge(t, c, status, answer)
			}
			x.unchanged(t)
		})
	}
}

func (x *target) judge(t *testing.T, c bad, status int, answer []byte) {
	t.Helper()
	var refused struct {
		Error fault.Public `json:"error"`
	}
	if err := json.Unmarshal(answer, &refused); err != nil {
		t.Fatalf("%d: the answer is no fault: %.200q", status, answer)
	}
	x.judgeFault(t, c, refused.Error)
	if status != c.status {
		t.Errorf("status %d, want %d", status, c.status)
	}
	x.tellsNothing(t, c, answer)
}

func (x *target) judgeFault(t *testing.T, c bad, f fault.Public) {
	t.Helper()
	if f.Code != c.code || f.Message == "" {
		t.Errorf("%s %q (%s), want %s", f.Code, f.Message, f.Hint, c.code)
	}
	if f.Hint == "" && !c.blunt {
		t.Errorf("%s comes without a hint", f.Code)
	}
	if (f.Now != 0) != c.now || c.now && f.Now != x.Now().UnixMilli() {
		t.Errorf("now is %d", f.Now)
	}
}

// tellsNothing checks that an answer repeats nothing of what is private.
func (x *target) tellsNothing(t *testing.T, c bad, answer []byte) {
	t.Helper()
	hidden := []string{private, "user-of-", x.ann, x.bob, x.cid, x.lin, x.wang, c.token}
	for _, secret := range secrets {
		hidden = append(hidden, secret)
	}
	for _, text := range hidden {
		if len(text) >= 8 && bytes.Contains(answer, []byte(text)) {
			t.Errorf("the answer repeats %.30q: %s", text, answer)
		}
	}
}

// forged are tokens that prove nothing.
func (x *target) forged(t *testing.T, sub, aud string, key []byte) map[string]string {
	t.Helper()
	claims := func(change ...any) jwt.MapClaims {
		c := jwt.MapClaims{"sub": sub, "aud": aud, "iss": "https://shop.example", "exp": x.Now().Add(time.Hour).Unix()}
		for i := 0; i < len(change); i += 2 {
			c[change[i].(string)] = change[i+1]
		}
		return c
	}
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := x.sign(jwt.SigningMethodHS256, key, claims())
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	return map[string]string{
		"no token":          "",
		"no token at all":   "abc",
		"expired":           x.sign(jwt.SigningMethodHS256, key, claims("exp", x.Now().Add(-time.Hour).Unix())),
		"without an end":    x.sign(jwt.SigningMethodHS256, key, claims("exp", nil)),
		"not valid yet":     x.sign(jwt.SigningMethodHS256, key, claims("nbf", x.Now().Add(time.Hour).Unix())),
		"foreign secret":    x.sign(jwt.SigningMethodHS256, []byte("a secret of somebody else's, as long as ours"), claims()),
		"wrong aud":         x.sign(jwt.SigningMethodHS256, key, claims("aud", "another-service")),
		"no sub":            x.sign(jwt.SigningMethodHS256, key, claims("sub", "")),
		"alg none":          x.sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims()),
		"RS256":             x.sign(jwt.SigningMethodRS256, pair, claims()),
		"HS512":             x.sign(jwt.SigningMethodHS512, key, claims()),
		"another payload":   head + "." + strings.ToUpper(payload) + "." + signature,
		"without signature": head + "." + payload + ".",
		"10 MB":             good + strings.Repeat("A", 100<<10),
	}
}

// message is a submission's body with some fields changed; nil leaves one out.
func (x *target) message(change ...any) string {
	fields := map[string]any{"type": "message", "id": "bad-1", "at": x.Now().UnixMilli(), "text": private}
	return object(fields, change)
}

func object(fields map[string]any, change []any) string {
	for i := 0; i < len(change); i += 2 {
		if change[i+1] == nil {
			delete(fields, change[i].(string))
			continue
		}
		fields[change[i].(string)] = change[i+1]
	}
	data, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("a table of this package is wrong: %v", err))
	}
	return string(data)
}

// forgedFor is a session of somebody who is no agent, signed well.
func (x *target) forgedFor(agent string) string {
	return x.sign(jwt.SigningMethodHS256, []byte(secrets["ZHIDA_DESK_SECRET"]), jwt.MapClaims{
		"sub": agent, "aud": "zhida-desk", "exp": x.Now().Add(time.Hour).Unix(),
	})
}
