package live

import "context"

type addressKey struct{}

// WithAddress returns the context of a call of a Handler's, in which the host says from
// where the client connects: an IP address, "" where the host does not know. It is what
// the host sees for itself, and nothing that the client says.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// AddressOf returns what WithAddress put there; "" if nothing.
func AddressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}
