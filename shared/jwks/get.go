package jwks

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/zhida-project/zhida/shared/fault"
)

// maxDocument is the most bytes of one document of a provider's.
const maxDocument = 1 << 20

// Provider reads a provider's documents.
type Provider struct{ client *http.Client }

// NewProvider makes one that goes by this client.
func NewProvider(client *http.Client) Provider {
	own := *client
	// A redirect could lead to an address that nobody guards.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return errRedirect }
	return Provider{&own}
}

var errRedirect = errors.New("the identity provider redirects elsewhere")

// Get reads a JSON document. Errors: Config for an address that is none, Unavailable.
func (p Provider) Get(ctx context.Context, address string, into any) error {
	const hint = "the identity provider does not answer as it should: try again; if it stays, look at its address and the way there"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fault.New(fault.Config, "jwks.Get", hint) // the library's words quote the address
	}
	r.Header.Set("Accept", "application/json")
	answer, err := p.client.Do(r)
	if err != nil {
		return fault.New(fault.Unavailable, "jwks.Get", hint)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	if err != nil || len(body) > maxDocument || answer.StatusCode != http.StatusOK || json.Unmarshal(body, into) != nil {
		return fault.New(fault.Unavailable, "jwks.Get", hint)
	}
	return nil
}

// Keys reads the key set at an address. Errors: as Get.
func (p Provider) Keys(ctx context.Context, address string) ([]Key, error) {
	var set Set
	if err := p.Get(ctx, address, &set); err != nil {
		return nil, err
	}
	return set.Read()
}
