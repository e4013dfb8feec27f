package main_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/infra/template"
	"github.com/zhida-project/zhida/shared/emulator"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

// said is a log that functions write while tests read it.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(line)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// has waits until the log has a text: what a function says arrives after its answer.
func (s *said) has(text string) bool {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if strings.Contains(s.String(), text) {
			return true
		}
	}
	return false
}

const (
	listed   = "wx0123456789abcdef"
	unlisted = "wxfedcba9876543210"
	secret   = "0123456789abcdef0123456789abcdef"
)

// platform gives one account a token, and says that our address is not on the other's list.
type platform struct {
	mu    sync.Mutex
	asked []string // AppIDs
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what cannot be read names no account
	for _, id := range []string{listed, unlisted} {
		if strings.Contains(string(body), id) {
			p.mu.Lock()
			p.asked = append(p.asked, id)
			p.mu.Unlock()
		}
	}
	if strings.Contains(string(body), listed) {
		_, _ = io.WriteString(w, `{"access_token":"TOKEN","expires_in":7200}`)
		return
	}
	_, _ = io.WriteString(w, `{"errcode":40164,"errmsg":"invalid ip 101.45.43.1 ipv6 ::ffff:101.45.43.1, not in whitelist hint: [jotvMa01143580]"}`)
}

// takes returns the AppIDs that were asked for since it was called last.
func (p *platform) takes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// accounts are both of them in a zhida.yaml.
func accounts(api string) string {
	return fmt.Sprintf(`wechat: { api: %q, accounts: [{ id: %s }, { id: %s }], webhooks: { env: ZHIDA_WECHAT_WEBHOOKS }, secrets: { env: ZHIDA_WECHAT_SECRETS } }`,
		api, listed, unlisted)
}

// deployed is the clock with the channels of a zhida.yaml, and what it says. Nobody calls
// the other functions.
func deployed(t *testing.T, channels, secrets string) (*localcloud.Cloud, *said) {
	t.Helper()
	read, err := template.Load("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	program, err := localcloud.Program{Package: "./functions/clock", Folder: "../..", Into: filepath.Join(folder, "clock"), Env: os.Environ()}.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(folder, "zhida.yaml")
	text := `
language: en
company: { zh-CN: 云帆, en: Yunfan }
deployment_key: { env: ZHIDA_DEPLOYMENT_KEY }
channels: { ` + channels + ` }
`
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &said{}
	cloud, err := localcloud.Deploy(t.Context(), localcloud.Options{
		Template: read, Stack: "clock", Client: &http.Client{Transport: &http.Transport{}}, Now: time.Now, Log: log,
		Programs: map[string]string{"clock": program, "desk": program, "wechat": program},
		Env:      map[string]map[string]string{"": {"ZHIDA_CONFIG": settings}},
		Parameters: map[string]string{
			"OidcIssuer": "https://login.example", "OidcAudience": "desk", "OidcClient": "desk", "OidcRolesClaim": "roles",
			"InAppChannel": "off", "WeChatChannel": "on",
		},
		SecretValues: map[string]string{"DeploymentKey": strings.Repeat("A", 64), "WechatWebhooks": "{}", "WechatSecrets": secrets},
		DynamoDB:     emulator.DynamoDB(t), SQS: emulator.SQS(t), Secrets: emulator.Moto(t), S3: emulator.Moto(t), KMS: emulator.Moto(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, refused := cloud.Calls()
		for _, why := range refused {
			t.Error(why)
		}
		if err := cloud.Delete(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return cloud, log
}

// works wants the clock to have looked for what is due, and to have said how many wait.
func works(t *testing.T, cloud *localcloud.Cloud, log *said) {
	t.Helper()
	calls, _ := cloud.Calls()
	looked := false
	for _, c := range calls {
		looked = looked || c.Action == "dynamodb:Query" && strings.HasSuffix(c.Resource, "/index/work")
	}
	if !looked || !log.has(`"OldestWaitingSeconds"`) {
		t.Errorf("looked for due work: %v; the log:\n%s", looked, log)
	}
	if text := log.String(); strings.Contains(text, secret) || strings.Contains(text, "TOKEN") {
		t.Errorf("the log has a secret:\n%s", log)
	}
}

// TestARefusedAccountHoldsUpNothing: the other account has its token, and what is due is done.
func TestARefusedAccountHoldsUpNothing(t *testing.T) {
	p := &platform{}
	api := httptest.NewServer(p)
	t.Cleanup(api.Close)
	cloud, log := deployed(t, accounts(api.URL), fmt.Sprintf(`{%q: %q, %q: %q}`, listed, secret, unlisted, secret))
	err := cloud.Tick(t.Context())
	if err == nil || !strings.Contains(err.Error(), unlisted) || !strings.Contains(err.Error(), "101.45.43.1") || strings.Contains(err.Error(), listed) {
		t.Errorf("it says %v; the log:\n%s", err, log)
	}
	if asked := p.takes(); len(asked) != 2 {
		t.Errorf("asked for %q", asked)
	}
	works(t, cloud, log)
	_ = cloud.Tick(t.Context()) // as it was
	if asked := p.takes(); len(asked) != 1 || asked[0] != unlisted {
		t.Errorf("a minute later asked for %q", asked)
	}
}

// TestAnAppSecretThatIsNone costs its own account alone, and each minute says so.
func TestAnAppSecretThatIsNone(t *testing.T) {
	p := &platform{}
	api := httptest.NewServer(p)
	t.Cleanup(api.Close)
	const half = "0123456789abcdef"
	cloud, log := deployed(t, accounts(api.URL), fmt.Sprintf(`{%q: %q, %q: %q}`, listed, secret, unlisted, half))
	for minute, want := range []int{1, 0} {
		err := cloud.Tick(t.Context())
		if err == nil || !strings.Contains(err.Error(), "no AppSecret of 32 letters and digits for account 2 ("+unlisted+")") {
			t.Errorf("minute %d: it says %v; the log:\n%s", minute, err, log)
		}
		if err != nil && (strings.Contains(err.Error(), listed) || strings.Contains(err.Error(), half+`"`)) {
			t.Errorf("minute %d: it says too much: %v", minute, err)
		}
		if asked := p.takes(); len(asked) != want || want == 1 && asked[0] != listed {
			t.Errorf("minute %d: asked for %q", minute, asked)
		}
	}
	works(t, cloud, log)
}

// TestWithoutAppSecretsTheClockGoesOn is how a deployment begins.
func TestWithoutAppSecretsTheClockGoesOn(t *testing.T) {
	p := &platform{}
	api := httptest.NewServer(p)
	t.Cleanup(api.Close)
	cloud, log := deployed(t, accounts(api.URL), `{}`)
	if err := cloud.Tick(t.Context()); err == nil || !strings.Contains(err.Error(), "ZHIDA_WECHAT_SECRETS") {
		t.Errorf("it says %v; the log:\n%s", err, log)
	}
	if asked := p.takes(); len(asked) != 0 {
		t.Errorf("asked for %q", asked)
	}
	works(t, cloud, log)
}

// TestAChannelWithoutAccounts is switched on in one place and not in the other.
func TestAChannelWithoutAccounts(t *testing.T) {
	cloud, log := deployed(t, "inapp: { secret: { env: ZHIDA_INAPP_SECRET } }", `{}`)
	if err := cloud.Tick(t.Context()); err == nil || !strings.Contains(err.Error(), "WeChatChannel=off") {
		t.Errorf("it says %v; the log:\n%s", err, log)
	}
	works(t, cloud, log)
}
