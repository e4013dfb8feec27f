package wechat

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

// Credentials are what an account's tokens are asked for with.
type Credentials struct {
	ID     string        // AppID
	Secret config.Secret // AppSecret
}

// KeeperOptions are what a Keeper needs; all are required but API and Wait.
type KeeperOptions struct {
	Vault    vault.Vault
	API      string // as in Options
	Client   *http.Client
	Accounts []Credentials
	Now      func() time.Time
	Holder   func() string                                    // a new name each time: whose work a lease is for
	Wait     func(ctx context.Context, d time.Duration) error // returns after d, or ctx's error sooner; by the wall clock if nil
}

// Keeper is the Tokens of a program that may ask WeChat for tokens. However many Keepers share a vault,
// one of them asks, and the others get what it got. It is safe for concurrent use.
type Keeper struct {
	o     KeeperOptions
	asked map[string]chan struct{} // by AppID, with room for one: whoever waits in this program waits here, and not for the lease
}

var _ Tokens = (*Keeper)(nil)

// The times of renewing a token.
const (
	// WeChat hands out a new token in the last five minutes of the old one, for which both are good.
	ahead = 4 * time.Minute

	askWithin = 5 * time.Second        // one call of WeChat's
	leaseFor  = 15 * time.Second       // two calls, and what the vault takes
	pause     = 200 * time.Millisecond // before whoever has no lease looks again
	patience  = 2 * int(leaseFor/pause)

	forceEvery = 30 * time.Second // WeChat forces none sooner, and twenty a day
)

// NewKeeper makes a Keeper. It makes no call. Errors: Config, for all that is missing.
func NewKeeper(o KeeperOptions) (*Keeper, error) {
	const op = "wechat.NewKeeper"
	var wrong []error
	if o.Vault == nil || o.Client == nil || o.Now == nil || o.Holder == nil {
		wrong = append(wrong, fault.New(fault.Config, op, "a vault, a client, a clock and names of holders are needed"))
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	for _, a := range o.Accounts {
		if a.ID == "" || a.Secret.Empty() {
			wrong = append(wrong, fault.New(fault.Config, op, "each account needs its AppID and its AppSecret: "+a.ID))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	k := &Keeper{o, make(map[string]chan struct{}, len(o.Accounts))}
	for _, a := range o.Accounts {
		k.asked[a.ID] = make(chan struct{}, 1)
	}
	return k, nil
}

// wait returns after d, or ctx's error sooner.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Renew fetches the tokens that are missing, refused, or about to end, of all accounts at
// once. One account's fault does not keep another's token back; all are told, joined.
func (k *Keeper) Renew(ctx context.Context) error {
	faults := make([]error, len(k.o.Accounts))
	var all sync.WaitGroup
	for i, a := range k.o.Accounts {
		all.Go(func() {
			seen, err := k.look(ctx, a.ID)
			if err == nil && !seen.fresh(k.o.Now()) {
				_, err = k.renew(ctx, a)
			}
			faults[i] = fault.Wrap(err, fault.Unavailable, "wechat.Renew of "+a.ID, "look at the vault")
		})
	}
	all.Wait()
	return errors.Join(faults...)
}

// Token implements Tokens. A token that is about to end is still handed out where there is no newer
// one to be had.
func (k *Keeper) Token(ctx context.Context, account string) (config.Secret, error) {
	a, err := k.account(account)
	if err != nil {
		return config.Secret{}, err
	}
	seen, err := k.look(ctx, account)
	if err != nil {
		return config.Secret{}, err
	}
	if seen.fresh(k.o.Now()) {
		return seen.token.Value, nil
	}
	token, err := k.given(ctx, a)
	if err != nil && seen.usable() {
		return seen.token.Value, nil
	}
	return token, err
}

// given is renew for who wants to use the token: also one that could not be kept is good, and WeChat
// gives the same to who asks next.
func (k *Keeper) given(ctx context.Context, a Credentials) (config.Secret, error) {
	token, err := k.renew(ctx, a)
	if !token.Empty() {
		return token, nil
	}
	return token, err
}

// Refused implements Tokens.
func (k *Keeper) Refused(ctx context.Context, account string, token config.Secret) (config.Secret, error) {
	a, err := k.account(account)
	if err != nil {
		return config.Secret{}, err
	}
	seen, err := k.look(ctx, account)
	if err != nil {
		return config.Secret{}, err
	}
	if seen.usable() && !same(seen.token.Value, token) {
		return seen.token.Value, nil // another was kept meanwhile
	}
	if err := note(ctx, k.o.Vault, account, token); err != nil {
		return config.Secret{}, err
	}
	return k.given(ctx, a)
}

func (k *Keeper) account(id string) (Credentials, error) {
	for _, a := range k.o.Accounts {
		if a.ID == id {
			return a, nil
		}
	}
	return Credentials{}, fault.New(fault.ProviderAuth, "wechat.Token", "there is no AppSecret for this account: add it to the configuration")
}

// seen is what the vault holds of an account.
type seen struct {
	token   vault.Entry   // zero where there is none
	refused config.Secret // the token that WeChat refused last; empty where it refused none
}

// usable reports whether there is a token that WeChat has not refused.
func (s seen) usable() bool {
	return !s.token.Value.Empty() && !same(s.token.Value, s.refused)
}

// fresh reports whether there is one that need not be renewed yet.
func (s seen) fresh(now time.Time) bool {
	return s.usable() && s.token.Expires.Sub(now) > ahead
}

func (k *Keeper) look(ctx context.Context, account string) (seen, error) {
	token, err := k.get(ctx, tokenEntry(account))
	if err != nil {
		return seen{}, err
	}
	refused, err := k.get(ctx, refusedEntry(account))
	return seen{token, refused.Value}, err
}

// get returns an entry; the zero one where there is none. One that the vault cannot open is
// removed: sealed with a key that was given up, it would be in the way of every new one, and
// WeChat hands out the same token again.
func (k *Keeper) get(ctx context.Context, name string) (vault.Entry, error) {
	e, err := k.o.Vault.Get(ctx, name)
	if fault.Is(err, fault.Config) {
		e, err = vault.Entry{}, k.o.Vault.Delete(ctx, name)
	}
	if fault.Is(err, fault.NotFound) {
		return vault.Entry{}, nil
	}
	return e, fault.Wrap(err, fault.Unavailable, "wechat.Token", "look at the vault")
}

const hintAsked = "somebody else is asking WeChat for a token: try again"

// renew gets a token for an account. Of this program one asks at a time; who comes meanwhile takes
// what is usable, or waits for their turn.
func (k *Keeper) renew(ctx context.Context, a Credentials) (config.Secret, error) {
	asked := k.asked[a.ID]
	select {
	case asked <- struct{}{}:
	default:
		if s, err := k.look(ctx, a.ID); err == nil && s.usable() {
			return s.token.Value, nil
		}
		select {
		case asked <- struct{}{}:
		case <-ctx.Done():
			return config.Secret{}, fault.Wrap(ctx.Err(), fault.ProviderBusy, "wechat.Token", hintAsked)
		}
	}
	defer func() { <-asked }()
	return k.underLease(ctx, a)
}

// underLease gets a token under the account's lease. Who has no lease takes what is usable, or
// looks again: longer than a lease lasts, so that a holder that died holds nobody up for good.
func (k *Keeper) underLease(ctx context.Context, a Credentials) (config.Secret, error) {
	const op = "wechat.Token"
	holder := k.o.Holder()
	for range patience {
		err := k.o.Vault.Lease(ctx, tokenEntry(a.ID), holder, k.o.Now().Add(leaseFor))
		if err == nil {
			return k.holding(ctx, a, holder)
		}
		if !fault.Is(err, fault.Conflict) {
			return config.Secret{}, fault.Wrap(err, fault.Unavailable, op, "look at the vault")
		}
		s, err := k.look(ctx, a.ID)
		if err != nil {
			return config.Secret{}, err
		}
		if s.usable() {
			return s.token.Value, nil
		}
		if err := k.o.Wait(ctx, pause); err != nil {
			return config.Secret{}, fault.Wrap(err, fault.ProviderBusy, op, hintAsked)
		}
	}
	return config.Secret{}, fault.New(fault.ProviderBusy, op, "other programs ask WeChat for a token, and none gets one: look at their reports")
}

// holding does the work of a lease's holder: it looks again, asks, keeps the token and lets go. A
// token that could not be kept comes with an error.
func (k *Keeper) holding(ctx context.Context, a Credentials, holder string) (config.Secret, error) {
	defer func() {
		// A lease that cannot be given back ends by itself.
		_ = k.o.Vault.Release(context.WithoutCancel(ctx), tokenEntry(a.ID), holder)
	}()
	s, err := k.look(ctx, a.ID)
	if err != nil {
		return config.Secret{}, err
	}
	if s.fresh(k.o.Now()) {
		return s.token.Value, nil
	}
	e, err := k.fetch(ctx, a, s.refused)
	if err != nil {
		return config.Secret{}, err
	}
	e.Version = s.token.Version
	_, err = k.o.Vault.Put(ctx, tokenEntry(a.ID), e)
	if fault.Is(err, fault.Conflict) { // the lease ended meanwhile, or the old token did
		if s, err := k.look(ctx, a.ID); err == nil && s.usable() {
			return s.token.Value, nil
		}
	}
	return e.Value, fault.Wrap(err, fault.Unavailable, "wechat.Token", "look at the vault")
}
