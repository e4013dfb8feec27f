package channel

import (
	"context"
	"io"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// InlineReplier is implemented by connectors whose platform takes a message to the
// customer in the answer to its call.
type InlineReplier interface {
	// Inline renders one message of ours as the answer to a call that Receive took, and
	// reports whether it can: to the same call the same message is the same answer, in
	// the call's own format and mode. It is pure.
	Inline(r Request, out Outbound) (*Answer, bool)

	// Silence is the answer to a call that Receive took and that no message answers.
	Silence() *Answer
}

// Packer is implemented by connectors whose provider counts calls, or bounds what one
// carries. Outbound then makes one call of several messages where they fit, and several
// of one where it does not.
type Packer interface {
	// Fits reports whether one call carries out, with everything that the connector adds
	// to it. It is pure.
	Fits(out Outbound) bool
}

// Fetcher is implemented by connectors whose customers' media lie with the provider at first.
type Fetcher interface {
	// Fetch gets content by its Media.Remote, in one attempt; the caller closes it, and
	// reads no more than it wants. Errors are faults: NotFound where the provider no
	// longer has it, ProviderBusy, ProviderAuth, ProviderRefused, Unavailable.
	Fetch(ctx context.Context, p conversation.Peer, remote string) (Fetched, error)
}

// Fetched is content on its way in. Nothing of it is believed.
type Fetched struct {
	Body io.ReadCloser
	Type string // media type, as the provider says; "" where it does not
	Name string // of the file; "" where there is none
	Size int64  // bytes; -1 where not known
}

// Forgetter is implemented by connectors of accounts that may take back what they gave us.
type Forgetter interface {
	// Forget removes what was kept for an account before a time: a word that comes late takes
	// nothing away that was given since. To forget nothing is no error.
	Forget(ctx context.Context, account string, at time.Time) error
}

// Editor is implemented by connectors whose platform lets a message be changed that was sent.
type Editor interface {
	// Edit puts out in the place of a message, by the ProviderID of its Sent, in one
	// attempt. To do so twice shows it once. Errors are Send's.
	Edit(ctx context.Context, out Outbound, providerID string) error
}

// Typer is implemented by connectors that can show a customer that somebody types.
type Typer interface {
	// Type shows it for a few seconds. It is a courtesy: errors are for the log.
	Type(ctx context.Context, p conversation.Peer) error
}
