package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

// Scopes are the rights that the app asks a workspace for: manifest.yaml has the same.
func Scopes() []string {
	return []string{
		"app_mentions:read", "channels:history", "chat:write", "chat:write.customize", "commands", "files:read", "files:write",
		"groups:history", "im:history", "im:write", "mpim:history",
	}
}

// InstallerOptions are what an Installer needs; all but Authorize and Language are required.
// Failed is told why somebody could not install the app.
type InstallerOptions struct {
	Keeper    *Keeper
	Callback  string        // the address of the callback, as the app's page lists it (Redirect URLs)
	Authorize string        // https://slack.com/oauth/v2/authorize if ""
	Random    func() string // an unguessable text for each start
	Failed    func(context.Context, error)
	Language  conversation.Language // of the pages; Chinese if ""
}

// Installer is the http.Handler by which a workspace, or an organisation, installs the app: …/install
// leads to Slack, which leads back to …/oauth. Whoever comes back shows that they are who left, by a
// cookie, and not somebody who was lured here with another's code.
// https://docs.slack.dev/authentication/installing-with-oauth
type Installer struct {
	o   InstallerOptions
	mux *http.ServeMux
}

// NewInstaller checks its options. Errors: Config, with all mistakes in one hint.
func NewInstaller(o InstallerOptions) (*Installer, error) {
	at, err := url.Parse(o.Callback)
	if o.Keeper == nil || o.Random == nil || o.Failed == nil || err != nil || at.Host == "" || !strings.HasSuffix(at.Path, "/oauth") {
		return nil, fault.New(fault.Config, "slack.NewInstaller", "a part of the installer is missing, or its callback is no address that ends with /oauth")
	}
	if o.Authorize == "" {
		o.Authorize = "https://slack.com/oauth/v2/authorize"
	}
	i := &Installer{o: o, mux: http.NewServeMux()}
	i.mux.HandleFunc("GET "+strings.TrimSuffix(at.Path, "oauth")+"install", i.leave)
	i.mux.HandleFunc("GET "+at.Path, i.comeBack)
	return i, nil
}

func (i *Installer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }

const (
	stateCookie = "zhida_slack_install"
	stateLasts  = 10 * time.Minute
)

// leave sends somebody to Slack, with a state that only they bring back.
func (i *Installer) leave(w http.ResponseWriter, r *http.Request) {
	nonce := i.o.Random()
	http.SetCookie(w, &http.Cookie{
		Name: stateCookie, Value: nonce, Path: strings.TrimSuffix(r.URL.Path, "install"), MaxAge: int(stateLasts / time.Second),
		HttpOnly: true, Secure: strings.HasPrefix(i.o.Callback, "https:"), SameSite: http.SameSiteLaxMode,
	})
	query := url.Values{
		"client_id": {i.o.Keeper.o.ClientID}, "scope": {strings.Join(Scopes(), ",")},
		"redirect_uri": {i.o.Callback}, "state": {i.state(nonce, i.o.Keeper.o.Now())},
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, i.o.Authorize+"?"+query.Encode(), http.StatusFound)
}

// state is a time and its proof, for who has the nonce.
func (i *Installer) state(nonce string, at time.Time) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, i.o.Keeper.o.ClientSecret.Reveal())
	mac.Write([]byte("install " + stamp + " " + nonce))
	return stamp + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// good reports whether a state was made for who has the nonce, and not long ago.
func (i *Installer) good(state, nonce string) bool {
	stamp, _, _ := strings.Cut(state, ".")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	at := time.Unix(seconds, 0)
	age := i.o.Keeper.o.Now().Sub(at)
	return err == nil && nonce != "" && age >= 0 && age < stateLasts && hmac.Equal([]byte(state), []byte(i.state(nonce, at)))
}

// comeBack takes who comes from Slack.
func (i *Installer) comeBack(w http.ResponseWriter, r *http.Request) {
	words := pagesIn(i.o.Language)
	cookie, err := r.Cookie(stateCookie)
	http.SetCookie(w, &http.Cookie{Name: stateCookie, Path: strings.TrimSuffix(r.URL.Path, "oauth"), MaxAge: -1, HttpOnly: true})
	query := r.URL.Query()
	switch {
	case err != nil || !i.good(query.Get("state"), cookie.Value):
		page(w, http.StatusBadRequest, words.stale)
	case query.Get("error") != "":
		page(w, http.StatusOK, words.declined)
	default:
		if err := i.o.Keeper.Install(r.Context(), query.Get("code"), i.o.Callback); err != nil {
			i.o.Failed(r.Context(), err)
			page(w, fault.StatusOf(err), words.failed)
			return
		}
		page(w, http.StatusOK, words.installed)
	}
}

// Install exchanges what Slack gave to who installed the app for the token of their workspace, and
// keeps it: also in the place of one that is there. Errors: ProviderAuth, ProviderBusy, the vault's.
func (k *Keeper) Install(ctx context.Context, code, callback string) error {
	if !goodID(code) {
		return fault.New(fault.BadRequest, "slack.Install", "the code is missing: begin anew")
	}
	calls := (&Connector{Options{Client: k.o.Client}}).client()
	got, err := slack.GetOAuthV2ResponseContext(calls.traced(ctx), calls, k.o.ClientID, string(k.o.ClientSecret.Reveal()), code, callback, slack.OAuthOptionAPIURL(k.o.API))
	if err != nil {
		return calls.ofToken(err)
	}
	account := installation{Enterprise: got.Enterprise.ID, Team: got.Team.ID, Org: got.IsEnterpriseInstall}.account()
	if got.AccessToken == "" || !goodID(account) {
		return fault.New(fault.ProviderAuth, "slack.Install", "Slack gave no token of a bot: compare the app's rights with connectors/slack/manifest.yaml")
	}
	now := kept{Access: got.AccessToken, Refresh: got.RefreshToken, Bot: got.BotUserID, Scope: got.Scope, Since: k.o.Now().UTC()}
	if got.RefreshToken != "" {
		now.Ends = k.o.Now().Add(time.Duration(got.ExpiresIn) * time.Second).UTC()
	}
	return k.replace(context.WithoutCancel(ctx), account, now)
}

// replace keeps an installation, whatever is there.
func (k *Keeper) replace(ctx context.Context, account string, now kept) error {
	for range 3 {
		before, err := k.o.Vault.Get(ctx, entryOf(account))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return fault.Wrap(err, fault.Unavailable, tokenOp, "look at the vault")
		}
		if err != nil {
			before = vault.Entry{}
		}
		if err = k.keep(ctx, account, now, before.Version); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return fault.New(fault.Conflict, "slack.Install", "the app is being installed by others at the same time: try again")
}

// pages are what whoever installs the app reads.
type pages struct{ installed, declined, stale, failed string }

func pagesIn(lang conversation.Language) pages {
	if lang == conversation.English {
		return pages{
			installed: "The app is installed. Customers reach a person by a direct message to it, by mentioning it in a channel, or by its command.",
			declined:  "The app was not installed: the workspace did not agree.",
			stale:     "This took too long, or was begun elsewhere. Begin anew.",
			failed:    "Slack did not give the app its rights. Begin anew; if that does not help, whoever runs this finds why in the log.",
		}
	}
	return pages{
		installed: "应用已安装。顾客给它发私信、在频道里提到它，或用它的命令，就能找到真人。",
		declined:  "没有安装：工作区没有同意。",
		stale:     "太久了，或者不是从这里开始的。请重新开始。",
		failed:    "Slack 没有给应用权限。请重新开始；还不行的话，原因在运行者的日志里。",
	}
}

func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Slack</title>`+
		`<p style="font:1.2rem sans-serif;margin:3rem">%s</p>`, text) // whoever went away reads nothing
}
