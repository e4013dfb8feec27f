package app

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

const (
	slackSigning = "8f742231b10e8888abcd99yyyzzz85a5"
	slackClient  = "33fea0113f5b133fea0113f5b133fea0"
)

// slackApp is the binary with the company's Slack app, and a Slack that is played.
type slackApp struct {
	*testing.T
	app     *App
	engines Engines
	clock   queuetest.Clock
	slack   *platform.Platform
	base    string // of the binary
	log     bytes.Buffer
}

func openSlackApp(t *testing.T) *slackApp {
	t.Helper()
	file := openCrashFile(t)
	s := &slackApp{T: t, engines: file.bare, clock: file.clock}
	here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.app.Handler().ServeHTTP(w, r) }))
	t.Cleanup(here.Close)
	var err error
	s.base = here.URL
	s.slack, err = platform.New(platform.Options{Clock: s.clock, Rand: rand.Reader, Client: here.Client(), App: platform.App{
		ID: "A1", SigningSecret: slackSigning, ClientID: "123.456", ClientSecret: slackClient, Address: here.URL + slack.CallsPath,
	}})
	s.must(err)
	t.Cleanup(s.slack.Close)
	there := httptest.NewServer(s.slack)
	t.Cleanup(there.Close)
	settings := crashConfig()
	settings.Channels.Slack = &config.Slack{
		ClientID: "123.456", Address: here.URL, API: there.URL + "/api/", Authorize: there.URL + "/oauth/v2/authorize",
		SigningSecret: config.NewSecret(slackSigning), ClientSecret: config.NewSecret(slackClient),
	}
	s.app, err = New(Options{
		Config: settings, Clock: s.clock, Rand: bytes.NewReader(make([]byte, 64)),
		Log: slog.New(slog.NewJSONHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}, s.engines)
	s.must(err)
	return s
}

func (s *slackApp) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// get opens an address of the binary's in a browser, which follows where it is led.
func (s *slackApp) get(browser *http.Client, address string) (status int, page string) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, address, http.NoBody)
	s.must(err)
	answer, err := browser.Do(r)
	s.must(err)
	body, err := io.ReadAll(answer.Body)
	s.must(err)
	s.must(answer.Body.Close())
	return answer.StatusCode, string(body)
}

func (s *slackApp) browser() *http.Client {
	s.Helper()
	jar, err := cookiejar.New(nil)
	s.must(err)
	return &http.Client{Jar: jar}
}

// deliver rings what bells there are.
func (s *slackApp) deliver() {
	s.Helper()
	bells, err := s.engines.Outbound[slack.Name].Receive(s.Context(), 8, 0)
	s.must(err)
	for _, bell := range bells {
		s.must(s.app.drains[slack.Name].Handle(s.Context(), bell.Body))
	}
}

// TestSlackInTheBinary: a workspace installs the app, a customer of it asks and is answered, and what
// the workspace gave is gone when it removes the app.
func TestSlackInTheBinary(t *testing.T) {
	s := openSlackApp(t)
	if status, page := s.get(s.browser(), s.base+slack.InstallPath); status != http.StatusOK || !strings.Contains(page, "应用已安装") {
		t.Fatalf("installed: %d %s", status, page)
	}
	const team = "T00000001"
	kept := slack.Name + "/" + team
	_, err := s.engines.Vault.Get(t.Context(), kept)
	s.must(err)
	li := s.slack.Person(team, "li")
	_, d := li.Write("转人工", "")
	s.must(d.Wait(t.Context()))
	s.deliver()
	posts := s.slack.Posts(li.Direct(), "")
	if last := posts[len(posts)-1]; !d.Taken || len(posts) != 2 || !last.Bot || !strings.Contains(last.Text, "人工") {
		t.Errorf("the customer sees %+v", posts)
	}
	s.must(s.slack.Uninstall(team).Wait(t.Context()))
	if _, err := s.engines.Vault.Get(t.Context(), kept); !fault.Is(err, fault.NotFound) {
		t.Errorf("what the workspace gave is kept (%v)", err)
	}
	if s.log.Len() > 0 {
		t.Errorf("the log: %s", &s.log)
	}
}

// TestSlackIsNotInstalled: it is told why, without a secret.
func TestSlackIsNotInstalled(t *testing.T) {
	s := openSlackApp(t)
	browser := s.browser()
	browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == slack.OAuthPath { // as if somebody had used the code before
			query := r.URL.Query()
			query.Set("code", "1234.hunter2")
			r.URL.RawQuery = query.Encode()
		}
		return nil
	}
	status, page := s.get(browser, s.base+slack.InstallPath)
	if status != http.StatusBadGateway || !strings.Contains(page, "没有给应用权限") {
		t.Errorf("%d %s", status, page)
	}
	told := s.log.String()
	if !strings.Contains(told, "the app was not installed") || !strings.Contains(told, `"code":"provider_auth"`) || strings.Count(told, "\n") != 1 {
		t.Errorf("the log: %s", told)
	}
	for _, secret := range []string{"hunter2", slackClient, slackSigning} {
		if strings.Contains(told, secret) {
			t.Errorf("the log has a secret: %s", told)
		}
	}
	for path, want := range map[string]int{slack.OAuthPath: http.StatusBadRequest, slack.CallsPath: http.StatusMethodNotAllowed, "/channels/slack/nothing": http.StatusMethodNotAllowed} {
		if status, _ := s.get(browser, s.base+path); status != want {
			t.Errorf("GET %s: %d, want %d", path, status, want)
		}
	}
}
