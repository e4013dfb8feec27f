package scenario

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
)

// slackApp is the company's app, as Slack knows it. Slack and browsers reach the host at
// slackAddress, wherever it is.
var slackApp = platform.App{
	ID: "A00000001", ClientID: "2141029472.691202649728", Address: slackAddress + "/channels/slack/events",
	SigningSecret: "8f742231b10e8888abcd99yyyzzz85a5", ClientSecret: "33fea0113f5b133fea0113f5b133fea0", Rotates: true,
}

const slackAddress = "https://chat.shop.example"

func slackSecrets() map[string]string {
	return map[string]string{"ZHIDA_SLACK_SIGNING_SECRET": slackApp.SigningSecret, "ZHIDA_SLACK_CLIENT_SECRET": slackApp.ClientSecret}
}

// slackSide is Slack beside a host, and the people in its workspaces. It lives by the host's clock.
type slackSide struct {
	*platform.Platform
	t    testing.TB
	host Host
	url  string // of Slack

	private func(text string) // no log may hold it

	mu   sync.Mutex
	base *url.URL // where the host is
	web  *http.Transport
}

// startSlack plays Slack; open tells it where the host is.
func startSlack(t testing.TB, clock queue.Clock) *slackSide {
	t.Helper()
	s := &slackSide{t: t, web: &http.Transport{}}
	played, err := platform.New(platform.Options{Clock: clock, Rand: rand.Reader, Client: &http.Client{Transport: s}, App: slackApp})
	if err != nil {
		t.Fatal(err)
	}
	s.Platform = played
	server := httptest.NewServer(played)
	t.Cleanup(func() {
		played.Close()
		s.web.CloseIdleConnections()
		server.Close()
	})
	s.url = server.URL
	return s
}

// RoundTrip leads what is for the host's address to where the host is.
func (s *slackSide) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.String(), slackAddress+"/") {
		s.mu.Lock()
		base := s.base
		s.mu.Unlock()
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = base.Scheme, base.Host
	}
	return s.web.RoundTrip(r)
}

// withSlack adds the channel to a zhida.yaml.
func withSlack(text []byte, s *slackSide) []byte {
	if s == nil {
		return text
	}
	block := fmt.Sprintf("channels:\n  slack:\n    client_id: %q\n    address: %s\n    api: %s/api/\n    authorize: %s/oauth/v2/authorize\n"+
		"    signing_secret: { env: ZHIDA_SLACK_SIGNING_SECRET }\n    client_secret: { env: ZHIDA_SLACK_CLIENT_SECRET }\n",
		slackApp.ClientID, slackAddress, s.url, s.url)
	return bytes.Replace(text, []byte("channels:\n"), []byte(block), 1)
}

// open says where the host is.
func (s *slackSide) open(host Host, base string, private func(string)) {
	s.t.Helper()
	at, err := url.Parse(base)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.host, s.base, s.private = host, at, private
	for _, secret := range slackSecrets() {
		private(secret)
	}
}

// rest waits until Slack has brought all that it has to bring now.
func (s *slackSide) rest() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Rests(ctx); err != nil {
		s.t.Fatalf("Slack's calls do not come to an end: %v", err)
	}
}

// installs has somebody of a workspace install the app, in their browser.
func (s *slackSide) installs(team string) {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: s, Timeout: patience, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/oauth/v2/authorize" { // the workspace that they are signed in to
			r.URL.RawQuery += "&team=" + team
		}
		return nil
	}}
	answer, err := browser.Get(slackAddress + "/channels/slack/install")
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := io.ReadAll(answer.Body)
	if _ = answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(page), "应用已安装") {
		s.t.Fatalf("the app is not installed: %d, %v: %s", answer.StatusCode, err, page)
	}
}

// colleague is somebody in a workspace, who writes to the app.
type colleague struct {
	*platform.Person
	screen // of the direct messages with it
}

// colleague returns one of a workspace.
func (s *slackSide) colleague(team, name string) *colleague {
	s.t.Helper()
	p := s.Person(team, name)
	s.private(p.ID)
	return &colleague{p, s.screen(p.Direct(), "")}
}

// writes sends a direct message, and waits until it has arrived, with all that follows from it.
func (c *colleague) writes(text string) {
	c.at.t.Helper()
	c.Write(text, "")
	c.at.arrives()
}

// says writes in a channel, or in a thread there. It returns what is seen of that thread.
func (c *colleague) says(in *platform.Channel, text, thread string) screen {
	c.at.t.Helper()
	ts, _ := c.Say(in, text, thread)
	c.at.arrives()
	return c.at.screen(in, cmp.Or(thread, ts))
}

// arrives waits until what people did has arrived, with all that follows from it.
func (s *slackSide) arrives() {
	s.t.Helper()
	s.rest()
	s.host.Still()
}

// screen is what is looked at: direct messages, or a thread in a channel.
type screen struct {
	at     *slackSide
	of     *platform.Channel
	thread string
	seen   string // the newest post that was looked at
}

func (s *slackSide) screen(of *platform.Channel, thread string) screen {
	return screen{at: s, of: of, thread: thread}
}

// news returns what the app says there that was not looked at yet.
func (w *screen) news() (said []platform.Post) {
	for _, post := range w.at.Posts(w.of, w.thread) {
		if post.TS <= w.seen {
			continue
		}
		w.seen = post.TS
		if post.Bot {
			said = append(said, post)
		}
	}
	return said
}

// hears expects one message of the app's, and no more; … is any text. Slack takes one a second in
// a channel, so time passes until it is there: on AWS a doorbell that came too early comes again.
func (w *screen) hears(pattern string) platform.Post {
	w.at.t.Helper()
	var said []platform.Post
	for end := time.Now().Add(patience); len(said) == 0 && time.Now().Before(end); {
		w.passes()
		for soon := time.Now().Add(time.Second); len(said) == 0 && time.Now().Before(soon); time.Sleep(time.Millisecond) {
			said = w.news()
		}
	}
	w.at.host.Still() // what became of it is kept by then
	if len(said) != 1 || !matches(pattern, said[0].Text) {
		w.at.t.Fatalf("it shows %+v, want %q", said, pattern)
	}
	return said[0]
}

func (w *screen) passes() {
	w.at.t.Helper()
	w.at.host.Still()
	w.at.host.Advance(2 * time.Second)
	w.at.host.Still()
}

// hearsNothing expects no message, also after a while.
func (w *screen) hearsNothing() {
	w.at.t.Helper()
	w.passes()
	if said := w.news(); len(said) > 0 {
		w.at.t.Errorf("it shows %+v, want nothing", said)
	}
}

// sees expects that a message is changed to what is told now.
func (w *screen) sees(post platform.Post, pattern string) {
	w.at.t.Helper()
	var now platform.Post
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, p := range w.at.Posts(w.of, w.thread) {
			if p.TS == post.TS {
				now = p
			}
		}
		if matches(pattern, now.Text) {
			return
		}
	}
	w.at.t.Fatalf("it shows %+v, want %q", now, pattern)
}

// says has the agent reply, and waits until it went out or is kept.
func (s *slackSide) says(a Agent, id conversation.ID, text string) conversation.Key {
	s.t.Helper()
	m, code := a.Reply(id, "", text)
	if code != "" {
		s.t.Fatalf("the reply is refused: %s", code)
	}
	s.host.Still()
	return m.Key
}

// onSlack runs a story on every host that has Slack beside it, with a workspace that has the app.
func onSlack(t *testing.T, setup Setup, story func(t *testing.T, s *slackSide, lin Agent)) {
	t.Helper()
	setup.Slack = true
	for name, start := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := start(t, setup)
			lin := host.Agent("lin")
			lin.SignIn()
			s := host.(interface{ slack() *slackSide }).slack()
			s.installs(acme)
			story(t, s, lin)
			for _, v := range s.Violations() {
				t.Errorf("a call that no app need have made: %+v", v)
			}
		})
	}
}

func (b *binary) slack() *slackSide { return b.beside }
func (l *lambda) slack() *slackSide { return l.beside }

// acme is a workspace.
const acme = "T00000001"
