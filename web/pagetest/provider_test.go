package pagetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	deskapi "github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/desk/oidc"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/hub"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/web"
)

// guarded is a desk behind an identity provider, as on AWS: the page and the API on
// one host, the live connection on another, the provider on a third.
type guarded struct {
	*testing.T
	issuer   *emulator.Issuer
	audience string // whom tokens must be for
	engines  app.Engines
	box      *outbox.Outbox
	channel  deskapi.Channel       // the one there is
	language conversation.Language // customers'
	agents   *deskapi.Audience
	page     string // the page's address
	asked    int
}

func guard(t *testing.T) *guarded {
	t.Helper()
	return guardOn(t, deskapi.Channel{MaxText: 1000})
}

// guardOn opens a desk on a channel.
func guardOn(t *testing.T, of deskapi.Channel) *guarded {
	t.Helper()
	i := emulator.NewIssuer(t)
	return guardFor(t, i, i.Audience, of)
}

// guardFor opens a desk that takes tokens for an audience.
func guardFor(t *testing.T, i *emulator.Issuer, audience string, of deskapi.Channel) *guarded {
	t.Helper()
	g := &guarded{T: t, issuer: i, audience: audience, channel: of}
	for name, role := range map[string]string{"lin": "zhida-agent", "guest": "visitor"} {
		g.issuer.People[name] = map[string]any{"roles": []string{role}, "name": "坐席 " + name}
	}
	engines, file, err := app.OpenEngines(t.Context(), t.TempDir(), config.NewSecret(strings.Repeat("k", 32)), queue.SystemClock(time.Now))
	g.must(err)
	t.Cleanup(func() { g.must(file.Close()) })
	g.engines = engines

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	g.must(err)
	host := listener.Addr().String()
	g.page = "http://" + host + "/desk/"
	g.issuer.Redirect = g.page
	pushes, err := hub.New(hub.Options{Now: time.Now})
	g.must(err)
	s := g.service(pushes)
	connections := httptest.NewServer(pushes.Endpoint(s.Board(), live.Origins{"http://" + host}))
	t.Cleanup(connections.Close)
	server := &http.Server{Handler: g.mux(s, connections.URL), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { g.must(server.Close()) })
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		g.must(pushes.Close(ctx))
	})
	return g
}

func (g *guarded) must(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

func (g *guarded) auth() *oidc.Authenticator {
	auth, err := oidc.New(oidc.Options{
		Issuer: g.issuer.URL, Audience: []string{g.audience}, Parties: []string{g.issuer.ClientID}, Client: &http.Client{},
	})
	g.must(err)
	return auth
}

func (g *guarded) service(pushes *hub.Hub) *deskapi.Service {
	log := slog.New(slog.DiscardHandler)
	channels := deskapi.Channels{"inapp": g.channel}
	audience, err := deskapi.NewAudience(g.engines.Store, pushes, channels, nil, time.Now, log)
	g.must(err)
	g.agents = audience
	g.box, err = outbox.New(outbox.Options{
		Store: g.engines.Store, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: g.engines.Transfers},
		Outbound: map[string]queue.Queue{"inapp": g.engines.Outbound["inapp"]}, MaxText: map[string]int{"inapp": g.channel.MaxText}, Audience: audience, Now: time.Now, Log: log,
	})
	g.must(err)
	s, err := deskapi.New(deskapi.Options{
		Store: g.engines.Store, Outbox: g.box, Auth: g.auth(), Tools: g.engines.Tools, Rand: rand.Reader,
		Channels: channels, Lease: time.Minute, Now: time.Now, Log: log,
	})
	g.must(err)
	return s
}

func (g *guarded) mux(s *deskapi.Service, connections string) *http.ServeMux {
	auth := g.auth()
	tell := func(ctx context.Context) (deskapi.Login, error) {
		return auth.Login(ctx, oidc.Page{Client: g.issuer.ClientID, Live: "ws" + strings.TrimPrefix(connections, "http") + "/live"}, time.Now())
	}
	page, err := web.Desk(deskapi.Origins(tell))
	g.must(err)
	files, err := web.Files()
	g.must(err)
	login, err := deskapi.NewLoginHandler(tell, slog.New(slog.DiscardHandler))
	g.must(err)
	mux := http.NewServeMux()
	mux.Handle("GET /desk/{$}", page)
	mux.Handle("GET /web/", files)
	mux.Handle("GET /desk/config", login)
	mux.Handle("/desk/v1/", s.Handler())
	return mux
}

// asks puts a customer in line.
func (g *guarded) asks(text string) conversation.ID {
	g.Helper()
	g.asked++
	c, key := g.writes(text)
	next, err := c.Apply(conversation.Event{Kind: conversation.Asked, At: time.Now(), Ask: key, Class: conversation.Normal})
	g.must(err)
	next.Language = g.language
	_, err = g.box.Commit(g.Context(), c, store.Change{Cause: "ask", Next: next})
	g.must(err)
	return c.ID
}

// writes stores what the last customer who asked, or is about to, writes.
func (g *guarded) writes(text string) (conversation.Conversation, conversation.Key) {
	g.Helper()
	ids, err := conversation.NewIDs(make([]byte, conversation.MinDeploymentKey))
	g.must(err)
	peer := conversation.Peer{Channel: "inapp", User: fmt.Sprint("customer-", g.asked)}
	key := conversation.InboundKey(time.Now(), text)
	received, err := g.engines.Store.Receive(g.Context(), store.Incoming{Peer: peer, Message: conversation.Message{
		Conversation: ids.Of(peer), Key: key, Author: conversation.Customer, Parts: conversation.TextParts(text), Received: time.Now(),
	}})
	g.must(err)
	return received.Conversation, key
}

// signs signs somebody in at the provider's own page.
func (p *page) signs(who string) {
	p.Helper()
	p.click("", "login")
	p.click("", who)
	p.connected()
}

func (p *page) connected() {
	p.Helper()
	p.wait("the desk is connected", `document.querySelector('.desk')?.dataset.connection === "open"`)
}

// says waits for a problem, in whichever language the browser speaks.
func (p *page) says(zh, en string) {
	p.Helper()
	p.wait("the page says "+en, fmt.Sprintf(`shows("", "problem", %q) || shows("", "problem", %q)`, zh, en))
}

// private checks that no token is where others could see it.
func (p *page) private() {
	p.Helper()
	if at := eval[string](p, "location.href"); strings.ContainsAny(at, "?#") {
		p.Errorf("the address is %q", at)
	}
	if kept := eval[string](p, "JSON.stringify(localStorage) + document.cookie"); strings.Contains(kept, "eyJ") {
		p.Errorf("a token outlives the tab: %q", kept)
	}
}

// An agent signs in at the company's provider, and works.
func TestSignInWithAProvider(t *testing.T) {
	g := guard(t)
	g.asks("找个活人")
	p := open(t, browser(t), g.page, desktop)
	p.wait("the way to the provider", `clickable("", "login", 0)`)
	p.shot("1-sign-in")
	p.signs("lin")
	p.private()
	p.click("", "claim")
	p.has("", "message", "找个活人")
	p.write("", "reply", "您好，我是小林。")
	p.has("", "message", "您好，我是小林。")
	p.wait("the agent's own name", `document.querySelector('.agent-name').textContent === "坐席 lin"`)
	p.shot("2-at-the-desk")

	p.do(reload)
	p.connected()
	p.wait("the conversation is still there", `all("", "conversation").length === 1`)
	if n := g.issuer.Asked("/token"); n != 1 {
		t.Errorf("%d tokens for one sitting", n)
	}
	p.silent()
}

// Where the page itself is the audience, access tokens are for somebody else: the
// page shows its ID token.
func TestThePageIsTheAudience(t *testing.T) {
	i := emulator.NewIssuer(t)
	i.Audience = "https://graph.example"
	g := guardFor(t, i, i.ClientID, deskapi.Channel{MaxText: 1000})
	p := open(t, browser(t), g.page, desktop)
	p.signs("lin")
	p.wait("the agent's own name", `document.querySelector('.agent-name').textContent === "坐席 lin"`)
	p.silent()
}

// When a token ends, the page signs in again by itself, and nothing written is lost.
func TestATokenEndsWhileSomebodyWrites(t *testing.T) {
	g := guard(t)
	g.asks("我的包裹在哪里")
	g.issuer.Lasts = 8 * time.Second
	p := open(t, browser(t), g.page, desktop)
	p.signs("lin")
	// A token that is refused in its first minute is not asked for again: pretend that it is older.
	eval[bool](p, `(sessionStorage.setItem("zhida:desk:sitting", JSON.stringify({...JSON.parse(sessionStorage.getItem("zhida:desk:sitting")), since: 0})), true)`)
	p.do(reload)
	p.connected()
	p.click("", "claim")
	p.has("", "message", "我的包裹在哪里")
	g.issuer.Lasts = time.Hour
	p.click("", "reply")
	eval[bool](p, `((r) => { r.value = "让我看一下，"; r.dispatchEvent(new Event("input")); return true; })(all("", "reply")[0])`)
	for end := time.Now().Add(patience); g.issuer.Asked("/token") < 2 && time.Now().Before(end); {
		p.do(look)
	}
	if n := g.issuer.Asked("/token"); n != 2 {
		t.Fatalf("%d tokens, want a second one", n)
	}
	p.connected()
	p.wait("what was being written", `all("", "reply")[0]?.value === "让我看一下，"`)
	p.private()
	p.silent()
}

// Whoever has no role is told so, and can come back as somebody else.
func TestNoRoleNoDesk(t *testing.T) {
	g := guard(t)
	p := open(t, browser(t), g.page, phone)
	p.click("", "login")
	p.click("", "guest")
	p.says("坐席权限", "no role")
	p.shot("no-role")
	p.signs("lin") // the provider asks again, though it knows the guest
	p.private()
}

// Signing out ends the sitting, and the provider asks the next one who it is.
func TestSigningOutAsksAgain(t *testing.T) {
	g := guard(t)
	p := open(t, browser(t), g.page, desktop)
	p.signs("lin")
	eval[bool](p, `([...document.querySelectorAll(".bar .link")].at(-1).click(), true)`)
	p.wait("signed out", `clickable("", "login", 0)`)
	if kept := eval[string](p, "JSON.stringify(sessionStorage)"); strings.Contains(kept, "eyJ") {
		t.Errorf("a token is left behind: %s", kept)
	}
	p.do(reload)
	p.wait("still signed out", `clickable("", "login", 0)`)
	p.silent()
}

// An answer that nobody asked for signs nobody in, and costs the provider nothing.
func TestForgedAnswers(t *testing.T) {
	g := guard(t)
	p := open(t, browser(t), g.page+"?code=stolen&state=forged", desktop)
	p.says("登录没有完成", "did not come to an end")
	p.private()
	if n := g.issuer.Asked("/token"); n != 0 {
		t.Errorf("the provider was asked %d times for a token", n)
	}
	p.signs("lin")
	p.silent()
}

// A token that answers another question signs nobody in, whoever sent it.
func TestReplayedTokens(t *testing.T) {
	g := guard(t)
	g.issuer.Nonce = "somebody else's"
	p := open(t, browser(t), g.page, desktop)
	p.click("", "login")
	p.click("", "lin")
	p.says("登录没有完成", "did not come to an end")
	if kept := eval[string](p, "JSON.stringify(sessionStorage)"); strings.Contains(kept, "eyJ") {
		t.Errorf("the token is kept: %s", kept)
	}
}

// TestAProviderThatIsDown says so, and lets in later.
func TestAProviderThatIsDown(t *testing.T) {
	g := guard(t)
	g.issuer.Down(true)
	p := open(t, browser(t), g.page, desktop)
	p.says("暂时无法登录", "Nobody can sign in")
	g.issuer.Down(false)
	// Nobody asks a provider at once again that did not answer.
	for end := time.Now().Add(patience); time.Now().Before(end) && eval[int](p, `texts("", "problem").length`) > 0; {
		p.do(reload)
		p.wait("an answer", `clickable("", "login", 0)`)
	}
	p.signs("lin")
}

// The policy names the page's three hosts, and no more.
func TestPolicyWithAProvider(t *testing.T) {
	g := guard(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.page, nil)
	g.must(err)
	response, err := http.DefaultClient.Do(r)
	g.must(err)
	_ = response.Body.Close() // only the header is of interest
	for _, rule := range strings.Split(response.Header.Get("Content-Security-Policy"), ";") {
		fields := strings.Fields(rule)
		if fields[0] == "connect-src" && (len(fields) != 4 || !slices.Contains(fields, g.issuer.URL) || !strings.HasPrefix(fields[3], "ws://127.0.0.1:")) {
			t.Errorf("the page may connect to %q", fields[1:])
		}
	}
}
