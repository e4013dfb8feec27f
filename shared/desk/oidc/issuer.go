package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// How often the issuer is asked, and how long what it said is good for.
const (
	goodFor      = time.Hour
	goodAtMost   = 24 * time.Hour   // while it does not answer
	pause        = 30 * time.Second // between two questions
	pauseFailed  = 2 * time.Second  // after one that it did not answer
	fetchTimeout = 5 * time.Second  // both documents together
	maxDocument  = 1 << 20          // bytes
)

// issuer keeps what the provider says of itself.
type issuer struct {
	name   string
	client *http.Client

	mu    sync.Mutex
	said  said
	asked time.Time     // last
	err   error         // of the last question
	busy  chan struct{} // closed when the question that is under way is answered
}

// said is what the provider says of itself.
type said struct {
	at        time.Time // zero before it said anything
	endpoints endpoints
	keys      []key
}

// endpoints are where a page signs somebody in.
type endpoints struct{ authorization, token string }

func newIssuer(name string, client *http.Client) *issuer {
	own := *client
	// A redirect could lead to an address that nobody guards.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return errRedirect }
	return &issuer{name: name, client: &own}
}

var errRedirect = errors.New("the issuer redirects elsewhere")

// fresh returns what the issuer said within the hour, or last, where it does not
// answer now.
func (i *issuer) fresh(ctx context.Context, at time.Time) (said, error) {
	return i.until(ctx, at, func(said) bool { return true })
}

// until returns what the issuer says once it holds what is wanted, or what it said
// last, where it may not be asked again yet. Errors: what the last question came to,
// where its answer would be needed.
func (i *issuer) until(ctx context.Context, at time.Time, holds func(said) bool) (said, error) {
	for {
		i.mu.Lock()
		last, err, busy := i.said, i.err, i.busy
		age := at.Sub(last.at)
		switch {
		case age < goodFor && holds(last):
			i.mu.Unlock()
			return last, nil
		case busy != nil:
			i.mu.Unlock()
			select {
			case <-ctx.Done():
				return said{}, fault.Wrap(ctx.Err(), fault.Unavailable, "oidc.issuer", "try again")
			case <-busy:
			}
		case at.Sub(i.asked) < i.waits():
			i.mu.Unlock()
			if err != nil && (age >= goodAtMost || !holds(last)) {
				return said{}, err
			}
			return last, nil
		default:
			i.busy = make(chan struct{})
			i.mu.Unlock()
			i.ask(ctx, at)
		}
	}
}

// waits is how long nobody asks after the last question.
func (i *issuer) waits() time.Duration {
	if i.err != nil {
		return pauseFailed
	}
	return pause
}

// ask asks once, for everybody who waits, however soon this caller goes away.
func (i *issuer) ask(ctx context.Context, at time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	var says said
	var err error = fault.New(fault.Internal, "oidc.issuer", "report this defect") // unless it comes to an end
	defer func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		if err == nil {
			says.at = at
			i.said = says
		}
		i.asked, i.err = at, err
		close(i.busy)
		i.busy = nil
	}()
	says, err = i.fetch(ctx)
}

func (i *issuer) fetch(ctx context.Context) (said, error) {
	var doc struct {
		Issuer        string `json:"issuer"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		Keys          string `json:"jwks_uri"`
	}
	if err := i.get(ctx, strings.TrimSuffix(i.name, "/")+"/.well-known/openid-configuration", &doc); err != nil {
		return said{}, err
	}
	if doc.Issuer != i.name {
		return said{}, fault.New(fault.Config, "oidc.issuer",
			"the issuer's own document names another issuer: give it as that says it, to the last slash")
	}
	for _, address := range []string{doc.Authorization, doc.Token, doc.Keys} {
		if at, err := url.Parse(address); err != nil || at.Host == "" || !guarded(at) {
			return said{}, fault.New(fault.Config, "oidc.issuer", "the issuer's own document lacks an address, or has one without https")
		}
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := i.get(ctx, doc.Keys, &set); err != nil {
		return said{}, err
	}
	return said{endpoints: endpoints{doc.Authorization, doc.Token}, keys: keysOf(set.Keys)}, nil
}

// get reads a JSON document of the issuer's.
func (i *issuer) get(ctx context.Context, address string, into any) error {
	const hint = "the identity provider does not answer as it should: try again; if it stays, look at the issuer and the way there"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fault.Wrap(err, fault.Config, "oidc.get", hint)
	}
	r.Header.Set("Accept", "application/json")
	answer, err := i.client.Do(r)
	if err != nil {
		return fault.New(fault.Unavailable, "oidc.get", hint)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument))
	if err != nil || answer.StatusCode != http.StatusOK || json.Unmarshal(body, into) != nil {
		return fault.New(fault.Unavailable, "oidc.get", hint)
	}
	return nil
}
