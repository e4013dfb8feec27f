package wechat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/vault"
)

// issuer stands in for stable_token: the same token until it is forced or ends.
type issuer struct {
	mu     sync.Mutex
	n      int    // of the token it hands out
	asked  int    // calls
	forced int    // of them, with force_refresh
	answer string // instead of a token
	stuck  bool   // forcing changes nothing
	left   int    // seconds
	before func() // each answer
}

func (i *issuer) handle(w http.ResponseWriter, r *http.Request, body string) {
	var q struct {
		Grant  string `json:"grant_type"`
		ID     string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	if json.Unmarshal([]byte(body), &q) != nil || q.Grant != "client_credential" || q.Secret != "APP-SECRET" || r.URL.RawQuery != "" || r.URL.Path != "/cgi-bin/stable_token" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.before != nil {
		i.before()
	}
	i.asked++
	if q.Force {
		i.forced++
		if !i.stuck {
			i.n++
		}
	}
	if i.answer != "" {
		_, _ = io.WriteString(w, i.answer)
		return
	}
	_, _ = fmt.Fprintf(w, `{"access_token":"TOKEN-%s-%d","expires_in":%d}`, q.ID, i.n, i.left)
}

// watch is a clock that waiting moves.
type watch struct{ at atomic.Int64 }

func (w *watch) now() time.Time      { return time.UnixMilli(w.at.Load()) }
func (w *watch) add(d time.Duration) { w.at.Add(d.Milliseconds()) }
func (w *watch) wait(ctx context.Context, d time.Duration) error {
	w.add(d)
	return ctx.Err()
}

type bench struct {
	*issuer
	*watch
	file  *sqlitefile.File
	vault vault.Vault
	url   string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{issuer: &issuer{left: 7200}, watch: &watch{}}
	b.at.Store(time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC).UnixMilli())
	var err error
	b.file, err = sqlitefile.Open(t.Context(), sqlitefile.Options{Path: filepath.Join(t.TempDir(), "zhida.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.file.Close(); err != nil {
			t.Error(err)
		}
	})
	b.sealWith(t, "k")
	b.url = newWeixin(t, b.handle).URL
	return b
}

var holders atomic.Int64

func (b *bench) keeper(t *testing.T, accounts ...string) *wechat.Keeper {
	t.Helper()
	return b.keeperThatWaits(t, b.wait, accounts...)
}

func (b *bench) keeperThatWaits(t *testing.T, wait func(context.Context, time.Duration) error, accounts ...string) *wechat.Keeper {
	t.Helper()
	o := wechat.KeeperOptions{
		Vault: b.vault, API: b.url, Client: &http.Client{Transport: &http.Transport{}}, Now: b.now, Wait: wait,
		Holder: func() string { return fmt.Sprint("holder-", holders.Add(1)) },
	}
	for _, id := range accounts {
		o.Accounts = append(o.Accounts, wechat.Credentials{ID: id, Secret: config.NewSecret("APP-SECRET")})
	}
	k, err := wechat.NewKeeper(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (b *bench) counts() (asked, forced int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked, b.forced
}

func wantToken(t *testing.T, got config.Secret, err error, want string) {
	t.Helper()
	if err != nil || string(got.Reveal()) != want {
		t.Fatalf("got %q, %v; want %s", got.Reveal(), err, want)
	}
}

func (b *bench) want(t *testing.T, asked, forced int) {
	t.Helper()
	if a, f := b.counts(); a != asked || f != forced {
		t.Errorf("asked %d times and forced %d; want %d and %d", a, f, asked, forced)
	}
}

func TestManyWantOneToken(t *testing.T) {
	b := newBench(t)
	var all sync.WaitGroup
	var wrong atomic.Int64
	for range 50 {
		k := b.keeperThatWaits(t, nil, official) // fifty waiters would hurry the clock past the lease
		all.Go(func() {
			if token, err := k.Token(t.Context(), official); err != nil || string(token.Reveal()) != "TOKEN-"+official+"-0" {
				wrong.Add(1)
			}
		})
	}
	all.Wait()
	b.want(t, 1, 0)
	if wrong.Load() != 0 {
		t.Errorf("%d got no token", wrong.Load())
	}
}

func TestTokenIsRenewedAhead(t *testing.T) {
	b := newBench(t)
	k := b.keeper(t, official, menus)
	for range 3 {
		if err := k.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.want(t, 2, 0)
		b.add(time.Minute)
	}
	b.add(2*time.Hour - 3*time.Minute - 4*time.Minute - time.Second)
	if err := k.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.want(t, 2, 0)
	b.n = 1
	b.add(time.Second)
	if err := k.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.want(t, 4, 0)
	token, err := wechat.Reader{Vault: b.vault}.Token(t.Context(), menus)
	wantToken(t, token, err, "TOKEN-"+menus+"-1")
}

// TestEndingTokenIsStillGood while WeChat gives no newer one.
func TestEndingTokenIsStillGood(t *testing.T) {
	b := newBench(t)
	k := b.keeper(t, official)
	token, err := k.Token(t.Context(), official)
	wantToken(t, token, err, "TOKEN-"+official+"-0")
	b.add(2*time.Hour - time.Minute)
	b.answer = `{"errcode":-1,"errmsg":"system error"}`
	token, err = k.Token(t.Context(), official)
	wantToken(t, token, err, "TOKEN-"+official+"-0")
	wantFault(t, k.Renew(t.Context()), fault.ProviderBusy)
	b.add(time.Minute)
	_, err = k.Token(t.Context(), official)
	wantFault(t, err, fault.ProviderBusy)
	b.answer = ""
	token, err = k.Token(t.Context(), official)
	wantToken(t, token, err, "TOKEN-"+official+"-0")
}

func TestReaderLeavesWordForTheKeeper(t *testing.T) {
	b := newBench(t)
	k, r := b.keeper(t, official), wechat.Reader{Vault: b.vault}
	_, err := r.Token(t.Context(), official)
	if f := faultOf(t, err, fault.ProviderAuth); f.RetryAfter != time.Minute {
		t.Errorf("after %v", f.RetryAfter)
	}
	if err := k.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	old, err := r.Token(t.Context(), official)
	wantToken(t, old, err, "TOKEN-"+official+"-0")
	for range 2 { // twice is as once
		_, err = r.Refused(t.Context(), official, old)
		wantFault(t, err, fault.ProviderAuth)
	}
	b.want(t, 1, 0)
	if err := k.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.want(t, 3, 1) // WeChat handed out the refused one again
	token, err := r.Refused(t.Context(), official, old)
	wantToken(t, token, err, "TOKEN-"+official+"-1")
	if err := k.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.want(t, 3, 1)
}

// TestRefusedIsNotForcedWhereAnotherIsHandedOut: somebody else had it changed.
func TestRefusedIsNotForcedWhereAnotherIsHandedOut(t *testing.T) {
	b := newBench(t)
	k := b.keeper(t, official)
	old, err := k.Token(t.Context(), official)
	wantToken(t, old, err, "TOKEN-"+official+"-0")
	b.n = 7
	token, err := k.Refused(t.Context(), official, old)
	wantToken(t, token, err, "TOKEN-"+official+"-7")
	b.want(t, 2, 0)
	token, err = k.Refused(t.Context(), official, old)
	wantToken(t, token, err, "TOKEN-"+official+"-7")
	b.want(t, 2, 0)
}

func TestForcedOncePerHalfMinute(t *testing.T) {
	b := newBench(t)
	k := b.keeper(t, official)
	token, err := k.Token(t.Context(), official)
	wantToken(t, token, err, "TOKEN-"+official+"-0")
	token, err = k.Refused(t.Context(), official, token)
	wantToken(t, token, err, "TOKEN-"+official+"-1")
	b.want(t, 3, 1)
	b.add(10 * time.Second)
	_, err = k.Refused(t.Context(), official, token)
	if f := faultOf(t, err, fault.ProviderBusy); f.RetryAfter != 20*time.Second {
		t.Errorf("after %v", f.RetryAfter)
	}
	_, err = k.Token(t.Context(), official) // a refused token is handed out to nobody
	wantFault(t, err, fault.ProviderBusy)
	b.want(t, 5, 1)
	b.add(20 * time.Second)
	token, err = k.Token(t.Context(), official)
	wantToken(t, token, err, "TOKEN-"+official+"-2")
	b.want(t, 7, 2)
	b.stuck = true
	b.add(time.Minute)
	_, err = k.Refused(t.Context(), official, token)
	wantFault(t, err, fault.ProviderBusy)
}

// TestOneProgramWaitsForItself: whoever waits for another goroutine's token waits until it
// is there, and not by the clock.
func TestOneProgramWaitsForItself(t *testing.T) {
	b := newBench(t)
	k := b.keeperThatWaits(t, func(context.Context, time.Duration) error {
		t.Error("a goroutine waits for the lease of its own program")
		return errors.New("it waits")
	}, official)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if token, err := k.Token(t.Context(), official); err != nil || string(token.Reveal()) != "TOKEN-"+official+"-0" {
				t.Errorf("got %q, %v", token.Reveal(), err)
			}
		})
	}
	all.Wait()
	b.want(t, 1, 0)
}

// TestHolderThatDied is succeeded when its lease is over, and not before.
func TestHolderThatDied(t *testing.T) {
	b := newBench(t)
	start := b.now()
	if err := b.vault.Lease(t.Context(), "wechat/"+official, "the-dead", start.Add(15*time.Second)); err != nil {
		t.Fatal(err)
	}
	token, err := b.keeper(t, official).Token(t.Context(), official)
	wantToken(t, token, err, "TOKEN-"+official+"-0")
	if waited := b.now().Sub(start); waited < 15*time.Second || waited > 16*time.Second {
		t.Errorf("it waited %v", waited)
	}
	b.want(t, 1, 0)
	if err := b.vault.Lease(t.Context(), "wechat/"+official, "the-next", b.now().Add(time.Second)); err != nil {
		t.Errorf("the lease was not given back: %v", err)
	}
}

func TestHolderThatNeverEndsIsToldInTime(t *testing.T) {
	b := newBench(t)
	if err := b.vault.Lease(t.Context(), "wechat/"+official, "the-slow", b.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err := b.keeper(t, official).Token(t.Context(), official)
	wantFault(t, err, fault.ProviderBusy)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.keeper(t, official).Token(ctx, official); err == nil {
		t.Error("who went away gets a token")
	}
}

// TestLeaseThatEndedOverwritesNothing: the version keeps a newer token.
func TestLeaseThatEndedOverwritesNothing(t *testing.T) {
	b := newBench(t)
	b.before = func() {
		if _, err := b.vault.Put(t.Context(), "wechat/"+official, vault.Entry{Value: secret.New("NEWER"), Expires: b.now().Add(time.Hour)}); err != nil {
			t.Error(err)
		}
	}
	token, err := b.keeper(t, official).Token(t.Context(), official)
	wantToken(t, token, err, "NEWER")
}
