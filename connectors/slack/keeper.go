package slack

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/netaddr"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/vault"
)

// KeeperOptions are what a Keeper needs; all but API are required.
type KeeperOptions struct {
	Vault        vault.Vault
	ClientID     string
	ClientSecret config.Secret
	API          string // base address of Slack's Web API, with a slash at its end; https://slack.com/api/ if ""
	Client       *http.Client
	Now          func() time.Time
	Holder       func() string                                    // a new name for each piece of work under a lease
	Wait         func(ctx context.Context, d time.Duration) error // until d has passed, or ctx ends
}

// Keeper keeps the tokens of all that installed the app, in the vault, for all programs. Tokens that
// end are renewed ahead of their end, by one program at a time: what renews them (the refresh token)
// can be used once. It is safe for concurrent use.
// https://docs.slack.dev/authentication/using-token-rotation
type Keeper struct{ o KeeperOptions }

var _ Tokens = (*Keeper)(nil)

// NewKeeper checks its options, and makes no call. Errors: Config, with all mistakes in one hint.
func NewKeeper(o KeeperOptions) (*Keeper, error) {
	var wrong []string
	if o.Vault == nil || o.Client == nil || o.Now == nil || o.Holder == nil || o.Wait == nil {
		wrong = append(wrong, "a part of the keeper is missing")
	}
	if o.ClientID == "" || o.ClientSecret.Empty() {
		wrong = append(wrong, "the app's client ID or its secret is empty: the app's page has both")
	}
	if o.API == "" {
		o.API = defaultAPI
	} else if at, err := url.Parse(o.API); err != nil || !netaddr.Guarded(at) || !strings.HasSuffix(o.API, "/") {
		wrong = append(wrong, "the API's address is none, or has no https, or no slash at its end")
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Config, "slack.NewKeeper", strings.Join(wrong, "; "))
	}
	return &Keeper{o}, nil
}

// kept is what the vault holds of an installation, as JSON.
type kept struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh,omitempty"` // "": the token does not end
	Ends    time.Time `json:"ends,omitzero"`
	Bot     string    `json:"bot"` // the app's user there
	Scope   string    `json:"scope,omitempty"`
	Since   time.Time `json:"since,omitzero"` // when it was installed
}

func entryOf(account string) string { return Name + "/" + account }

const (
	tokenOp     = "slack.Token"
	hintInstall = "the app is not installed in this workspace (any more): open /channels/slack/install and install it there"
	// ahead is how long before its end a token is renewed.
	ahead = 30 * time.Minute
	// leaseFor is how long whoever renews a token may take, and renewWithin the call for it.
	leaseFor    = 20 * time.Second
	renewWithin = 15 * time.Second
	pause       = time.Second
	patience    = 30 // pauses: longer than a lease, so that a holder that died holds nobody up for good
)

// Token implements Tokens.
func (k *Keeper) Token(ctx context.Context, account string) (config.Secret, error) {
	now, _, err := k.get(ctx, account)
	if err != nil {
		return config.Secret{}, err
	}
	if now.Refresh == "" || k.o.Now().Before(now.Ends.Add(-ahead)) {
		return secret.New(now.Access), nil
	}
	waits := patience
	if k.o.Now().Before(now.Ends) {
		waits = 0 // this one is good, whoever gets another
	}
	token, err := k.renew(ctx, account, now.Access, waits)
	if err != nil && waits == 0 {
		return secret.New(now.Access), nil
	}
	return token, err
}

// Refused implements Tokens: what is kept meanwhile, or a renewed one where tokens end.
func (k *Keeper) Refused(ctx context.Context, account string, token config.Secret) (config.Secret, error) {
	return k.renew(ctx, account, string(token.Reveal()), patience)
}

// Forget removes what is kept of who took the app's rights back at a time. To forget what is not there
// is no error. What was installed since stays: Slack tells of the end again, minutes later, where we
// did not say that we had heard of it.
func (k *Keeper) Forget(ctx context.Context, account string, at time.Time) error {
	now, _, err := k.get(ctx, account)
	if fault.Is(err, fault.Unavailable) || err == nil && now.Since.After(at) {
		return err
	}
	return fault.Wrap(k.o.Vault.Delete(ctx, entryOf(account)), fault.Unavailable, "slack.Forget", "look at the vault")
}

func (k *Keeper) get(ctx context.Context, account string) (now kept, e vault.Entry, err error) {
	e, err = k.o.Vault.Get(ctx, entryOf(account))
	if fault.Is(err, fault.NotFound) {
		return now, e, &fault.Error{Code: fault.RecipientGone, Op: tokenOp, Hint: hintRemoved, Err: err}
	}
	if err != nil {
		return now, e, fault.Wrap(err, fault.Unavailable, tokenOp, "look at the vault")
	}
	if json.Unmarshal(e.Value.Reveal(), &now) != nil || now.Access == "" {
		return now, e, fault.New(fault.ProviderAuth, tokenOp, hintInstall)
	}
	return now, e, nil
}

// renew returns a token other than old, which somebody got meanwhile or which is asked for now, by
// one program at a time. While another does it, renew waits so many pauses.
func (k *Keeper) renew(ctx context.Context, account, old string, pauses int) (config.Secret, error) {
	holder := k.o.Holder()
	for n := 0; ; n++ {
		now, _, err := k.get(ctx, account)
		switch {
		case err != nil:
			return config.Secret{}, err
		case now.Access != old:
			return secret.New(now.Access), nil
		case now.Refresh == "":
			return config.Secret{}, fault.New(fault.RecipientGone, tokenOp, hintRemoved)
		}
		err = k.o.Vault.Lease(ctx, entryOf(account), holder, k.o.Now().Add(leaseFor))
		if err == nil {
			return k.holding(ctx, account, old, holder)
		}
		if !fault.Is(err, fault.Conflict) {
			return config.Secret{}, fault.Wrap(err, fault.Unavailable, tokenOp, "look at the vault")
		}
		if n == pauses {
			return config.Secret{}, fault.New(fault.ProviderBusy, tokenOp, "other programs renew the token, and none gets one: look at their reports")
		}
		if err := k.o.Wait(ctx, pause); err != nil {
			return config.Secret{}, fault.Wrap(err, fault.ProviderBusy, tokenOp, "another program renews the token: try again")
		}
	}
}

// holding does the work of a lease's holder: it looks again, renews, keeps what it got and lets go.
func (k *Keeper) holding(ctx context.Context, account, old, holder string) (config.Secret, error) {
	defer func() {
		_ = k.o.Vault.Release(context.WithoutCancel(ctx), entryOf(account), holder) // a lease that cannot be given back ends by itself
	}()
	now, e, err := k.get(ctx, account)
	if err != nil || now.Access != old {
		return secret.New(now.Access), err
	}
	calls := (&Connector{Options{Client: k.o.Client}}).client()
	// What the call spends cannot be had again, so that it does not end with whoever wanted it.
	calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewWithin)
	defer cancel()
	got, err := slack.RefreshOAuthV2TokenContext(calls.traced(calling), calls, k.o.ClientID, string(k.o.ClientSecret.Reveal()), now.Refresh, slack.OAuthOptionAPIURL(k.o.API))
	if err != nil {
		return config.Secret{}, calls.ofToken(err)
	}
	if got.AccessToken == "" || got.RefreshToken == "" || got.ExpiresIn <= 0 {
		return config.Secret{}, fault.New(fault.ProviderBusy, tokenOp, "the answer has no token, or none that ends: try again")
	}
	now.Access, now.Refresh, now.Ends = got.AccessToken, got.RefreshToken, k.o.Now().Add(time.Duration(got.ExpiresIn)*time.Second).UTC()
	k.insist(context.WithoutCancel(ctx), account, now, e.Version)
	return secret.New(now.Access), nil
}

// insist keeps what cannot be asked for again, though whoever wanted it went away. Where the vault
// does not take it, the token is good until its end all the same.
func (k *Keeper) insist(ctx context.Context, account string, now kept, version string) {
	for range 3 {
		err := k.keep(ctx, account, now, version)
		if err == nil || fault.Is(err, fault.Conflict) { // installed anew meanwhile
			return
		}
		if k.o.Wait(ctx, pause) != nil {
			return
		}
	}
}

// keep puts what is known of an installation into the vault.
func (k *Keeper) keep(ctx context.Context, account string, now kept, version string) error {
	text, err := json.Marshal(now)
	if err == nil {
		_, err = k.o.Vault.Put(ctx, entryOf(account), vault.Entry{Value: secret.New(string(text)), Version: version})
	}
	return fault.Wrap(err, fault.Unavailable, tokenOp, "look at the vault")
}

// ofToken is what an error means of a call for a token: nothing was sent.
func (c *client) ofToken(err error) error {
	err = c.before(err)
	var said slackError
	var f *fault.Error
	if errors.As(err, &said) && errors.As(err, &f) && f.Code != fault.ProviderBusy {
		return &fault.Error{Code: fault.ProviderAuth, Op: tokenOp, Hint: hintInstall, Err: said}
	}
	return err
}
