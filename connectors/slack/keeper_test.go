package slack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/vault"
	"github.com/zhida-project/zhida/shared/vault/sqlitevault"
)

const clientSecret = "the-secret-of-the-client"

// office is a vault, and a Slack that renews tokens: each refresh token once.
type office struct {
	t     *testing.T
	vault vault.Vault
	api   *httptest.Server

	mu     sync.Mutex
	at     time.Time
	n      int    // tokens that were given
	answer string // instead; "" for a token
	spent  map[string]bool
	asked  []url.Values
}

func newOffice(t *testing.T) *office {
	t.Helper()
	w := &office{t: t, at: now(), spent: map[string]bool{}}
	w.api = httptest.NewServer(w)
	t.Cleanup(w.api.Close)
	file, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: filepath.Join(t.TempDir(), "zhida.db")})
	w.must(err)
	t.Cleanup(func() { w.must(file.Close()) })
	w.vault, err = sqlitevault.Open(t.Context(), file, sqlitevault.Options{Key: secret.New(strings.Repeat("k", 48)), Now: w.now})
	w.must(err)
	return w
}

func (w *office) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *office) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *office) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// ServeHTTP is oauth.v2.access: https://docs.slack.dev/authentication/using-token-rotation
func (w *office) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = r.ParseForm()
	w.asked = append(w.asked, r.PostForm)
	switch refresh := r.PostForm.Get("refresh_token"); {
	case r.URL.Path != "/oauth.v2.access" || r.PostForm.Get("client_secret") != clientSecret:
		_, _ = io.WriteString(rw, `{"ok":false,"error":"bad_client_secret"}`)
	case w.answer != "":
		_, _ = io.WriteString(rw, w.answer)
	case w.spent[refresh]:
		_, _ = io.WriteString(rw, `{"ok":false,"error":"invalid_refresh_token"}`)
	default:
		w.spent[refresh] = true
		w.n++
		_, _ = fmt.Fprintf(rw, `{"ok":true,"access_token":"xoxe.xoxb-%d","expires_in":43200,"refresh_token":"xoxe-%d","token_type":"bot","scope":"chat:write"}`, w.n, w.n)
	}
}

func (w *office) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

var holders atomic.Int64

// keeper is one whose waiting moves the clock.
func (w *office) keeper() *slack.Keeper {
	w.t.Helper()
	return w.keeperOf(w.vault, func(ctx context.Context, d time.Duration) error {
		w.pass(d)
		return ctx.Err()
	})
}

func (w *office) keeperOf(v vault.Vault, wait func(context.Context, time.Duration) error) *slack.Keeper {
	w.t.Helper()
	k, err := slack.NewKeeper(slack.KeeperOptions{
		Vault: v, ClientID: "123.456", ClientSecret: config.NewSecret(clientSecret), API: w.api.URL + "/", Client: &http.Client{}, Now: w.now,
		Holder: func() string { return fmt.Sprint("holder-", holders.Add(1)) }, Wait: wait,
	})
	w.must(err)
	return k
}

// install puts an installation into the vault, whose token ends after a time; 0: never.
func (w *office) install(account string, lasts time.Duration) {
	w.t.Helper()
	value := map[string]any{"access": "xoxb-first", "bot": "UAPP"}
	if lasts > 0 {
		value["refresh"], value["ends"] = "xoxe-first", w.now().Add(lasts)
	}
	text, err := json.Marshal(value)
	w.must(err)
	_, err = w.vault.Put(w.t.Context(), "slack/"+account, vault.Entry{Value: secret.New(string(text))})
	w.must(err)
}

func (w *office) token(k *slack.Keeper, want string) {
	w.t.Helper()
	got, err := k.Token(w.t.Context(), "T1")
	if err != nil || string(got.Reveal()) != want {
		w.t.Errorf("the token is %s, want %s, %v", got.Reveal(), want, err)
	}
}

func TestTokensThatDoNotEnd(t *testing.T) {
	w := newOffice(t)
	k := w.keeper()
	if _, err := k.Token(t.Context(), "T1"); !fault.Is(err, fault.RecipientGone) {
		t.Errorf("nobody installed it: %v", err)
	}
	w.install("T1", 0)
	w.pass(1000 * time.Hour)
	w.token(k, "xoxb-first")
	if _, err := k.Refused(t.Context(), "T1", secret.New("xoxb-first")); !fault.Is(err, fault.RecipientGone) {
		t.Errorf("refused: %v", err)
	}
	got, err := k.Refused(t.Context(), "T1", secret.New("xoxb-older"))
	if err != nil || string(got.Reveal()) != "xoxb-first" {
		t.Errorf("an older one refused: %s, %v", got.Reveal(), err)
	}
	w.must(k.Forget(t.Context(), "T1", w.now()))
	w.must(k.Forget(t.Context(), "T1", w.now()))
	if _, err := k.Token(t.Context(), "T1"); !fault.Is(err, fault.RecipientGone) {
		t.Errorf("it was removed: %v", err)
	}
	if w.calls() > 0 {
		t.Error("Slack was asked")
	}
}

// TestALateEnd: of an installation that is over Slack tells again, where it was not heard at first, and
// the app may be installed again by then.
func TestALateEnd(t *testing.T) {
	w := newOffice(t)
	k := w.keeper()
	removed := w.now()
	w.pass(time.Minute)
	w.answer = `{"ok":true,"access_token":"xoxb-second","token_type":"bot","scope":"chat:write","bot_user_id":"UAPP","team":{"id":"T1"}}`
	w.must(k.Install(t.Context(), "code", callback))
	w.must(k.Forget(t.Context(), "T1", removed))
	w.token(k, "xoxb-second")
	w.pass(time.Minute)
	w.must(k.Forget(t.Context(), "T1", w.now()))
	if _, err := k.Token(t.Context(), "T1"); !fault.Is(err, fault.RecipientGone) {
		t.Errorf("it was removed: %v", err)
	}
}

// TestARenewalOutlivesItsCaller: what it spends cannot be had again.
func TestARenewalOutlivesItsCaller(t *testing.T) {
	w := newOffice(t)
	ctx, cancel := context.WithCancel(t.Context())
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		cancel()
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(slow.Close)
	w.api = slow
	w.install("T1", time.Minute)
	w.pass(2 * time.Minute)
	k := w.keeper()
	_, _ = k.Token(ctx, "T1")
	w.token(k, "xoxe.xoxb-1")
	if w.calls() != 1 {
		t.Errorf("Slack was asked %d times", w.calls())
	}
}

// TestNobodyWaitsForAnotherTokenWhileOneIsGood.
func TestNobodyWaitsForAnotherTokenWhileOneIsGood(t *testing.T) {
	w := newOffice(t)
	w.install("T1", 12*time.Hour)
	w.pass(11*time.Hour + 40*time.Minute)
	w.must(w.vault.Lease(t.Context(), "slack/T1", "dead", w.now().Add(20*time.Second)))
	before := w.now()
	w.token(w.keeper(), "xoxb-first")
	if w.now() != before {
		t.Errorf("waited for %v", w.now().Sub(before))
	}
}

func TestTokensAreRenewedAheadOfTheirEnd(t *testing.T) {
	w := newOffice(t)
	w.install("T1", 12*time.Hour)
	k := w.keeper()
	w.token(k, "xoxb-first")
	w.pass(11*time.Hour + 31*time.Minute)
	w.token(k, "xoxe.xoxb-1")
	w.pass(12 * time.Hour)
	w.token(k, "xoxe.xoxb-2")
	if _, err := k.Refused(t.Context(), "T1", secret.New("xoxe.xoxb-2")); err != nil {
		t.Errorf("one that was refused before its end: %v", err)
	}
	w.token(k, "xoxe.xoxb-3")
}

// TestARefreshTokenIsUsedOnce: fifty programs find that the token has ended.
func TestARefreshTokenIsUsedOnce(t *testing.T) {
	w := newOffice(t)
	w.install("T1", time.Hour)
	w.pass(time.Hour)
	v := &telling{Vault: w.vault, put: make(chan struct{})}
	var all sync.WaitGroup
	for range 50 {
		k := w.keeperOf(v, func(context.Context, time.Duration) error {
			<-v.put
			return nil
		})
		all.Go(func() { w.token(k, "xoxe.xoxb-1") })
	}
	all.Wait()
	if w.calls() != 1 {
		t.Errorf("Slack was asked %d times", w.calls())
	}
}

// telling is a vault that tells when something was put there.
type telling struct {
	vault.Vault
	once sync.Once
	put  chan struct{}
}

func (v *telling) Put(ctx context.Context, name string, e vault.Entry) (string, error) {
	version, err := v.Vault.Put(ctx, name, e)
	v.once.Do(func() { close(v.put) })
	return version, err
}

func TestWhatComesOfRenewing(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   fault.Code
	}{
		"busy":           {`{"ok":false,"error":"ratelimited"}`, fault.ProviderBusy},
		"removed":        {`{"ok":false,"error":"invalid_refresh_token"}`, fault.ProviderAuth},
		"another secret": {`{"ok":false,"error":"bad_client_secret"}`, fault.ProviderAuth},
		"no token":       {`{"ok":true}`, fault.ProviderBusy},
		"no JSON":        {`<html>`, fault.ProviderBusy},
	} {
		w := newOffice(t)
		w.install("T1", time.Hour)
		w.answer = c.answer
		k := w.keeper()
		w.pass(45 * time.Minute)
		w.token(k, "xoxb-first") // it is good still
		w.pass(15 * time.Minute)
		_, err := k.Token(t.Context(), "T1")
		if !fault.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
		for _, hidden := range []string{clientSecret, "xoxe-first", "xoxb-first"} {
			if err != nil && strings.Contains(err.Error(), hidden) {
				t.Errorf("%s: the error has a secret", name)
			}
		}
		w.answer = ""
		w.token(k, "xoxe.xoxb-1")
	}
}

// TestADeadHolder holds nobody up for good.
func TestADeadHolder(t *testing.T) {
	w := newOffice(t)
	w.install("T1", time.Hour)
	w.pass(time.Hour)
	w.must(w.vault.Lease(t.Context(), "slack/T1", "the-dead", w.now().Add(20*time.Second)))
	w.token(w.keeper(), "xoxe.xoxb-1")
	w.pass(12 * time.Hour)
	w.must(w.vault.Lease(t.Context(), "slack/T1", "the-slow", w.now().Add(time.Hour)))
	if _, err := w.keeper().Token(t.Context(), "T1"); !fault.Is(err, fault.ProviderBusy) {
		t.Errorf("a lease for an hour: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.keeper().Token(gone, "T1"); err == nil {
		t.Error("a caller that went away has a token")
	}
}

func TestKeeperOptions(t *testing.T) {
	_, err := slack.NewKeeper(slack.KeeperOptions{API: "http://slack.example"})
	if !fault.Is(err, fault.Config) || strings.Count(err.Error(), ";") != 2 {
		t.Errorf("got %v", err)
	}
}
