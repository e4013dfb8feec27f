// Package channel is the contract of a connector: what Zhida knows about one
// channel and nothing else. A connector translates bytes into values and values
// into one provider call; it never decides, stores, waits, retries or logs.
// Suite: channeltest.
package channel

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Connector is one channel. It is safe for concurrent use and holds no state
// but caches.
type Connector interface {
	// Info returns the channel's limits. It is constant.
	Info() Info

	// Receive authenticates a webhook call and translates it. It is pure: no
	// I/O, and the same request gives the same receipt. Errors are faults:
	// Unauthenticated where the caller cannot prove who it is, BadRequest,
	// BadText, TextTooLong, TooLarge, ClockSkew (with the server's time) and
	// Unsupported for what it sent. No error text holds a secret, an expected
	// signature, a message text or a user id.
	Receive(ctx context.Context, r Request) (Receipt, error)

	// Send makes one attempt to deliver one message, without retrying. Errors
	// are faults: ProviderBusy (with RetryAfter where the provider says so),
	// ProviderRefused, ProviderAuth, AccountLimit, RecipientGone, OptedOut, TextTooLong, WindowClosed,
	// AllowanceSpent, and Uncertain where the provider may have taken it.
	Send(ctx context.Context, out Outbound) (Sent, error)
}

// Info is a channel's limits, as data.
type Info struct {
	Name       string        // the folder in connectors/, and Peer.Channel
	AckWithin  time.Duration // the platform gives up on a webhook after this long
	MaxBody    int64         // bytes of a webhook call; larger ones are refused unread
	MaxText    int           // characters (Unicode code points) of one outbound text
	Retries    bool          // the platform repeats a call until it gets its 2xx
	Repeatable bool          // sending the same message twice shows it once
	Limited    bool          // only what a customer's act granted may be sent: see Inbound.Grant
	Reserve    int           // messages of a grant that are kept for people's words while a ticket is open
	Pace       time.Duration // between two messages to one Peer.User, whatever the threads; 0 where as many may be sent as there are
	Outbound   Outgoing      // what an agent may write
	OptOut     bool          // customers may forbid messages, at any time
	Costly     bool          // each message costs the company money: who waits hears of their place only when it matters
	EditPace   time.Duration // between two edits for one account, on average; see Editor
	EditBurst  int           // so many edits may come at once, if none do for as long as these take at that pace
}

// Outgoing is what of ours a channel carries.
type Outgoing string

// The kinds.
const (
	Free     Outgoing = ""         // any text
	Template Outgoing = "template" // texts that the provider approved before, and no others
)

// Request is one call of the platform's, whole.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	At     time.Time // when it arrived, by our clock
}

// Report is what a provider tells of a message after it took it.
type Report struct {
	Conversation conversation.ID
	Key          conversation.Key
	Outcome      conversation.Outcome // Sent, Delivered or NotSent, with code and hint: see Outcome.Reported
}

// Receipt is what a call means. An empty Receipt is a call without consequences.
type Receipt struct {
	Messages  []Inbound
	Reports   []Report
	Began     time.Time // when the platform made the call and began to wait, by its own clock; zero where it does not say
	Answer    *Answer   // the platform wants this answer, to the byte (URL verification)
	Revoked   string    // the account that took back what it gave us, at RevokedAt: see Forgetter
	RevokedAt time.Time // by the platform's clock
	Ignored   string    // why the call has no messages: a stable word, which is counted
	Dropping  bool      // the platform says that it keeps customers' messages from us, as there are too many
}

// Answer is an answer that the platform prescribes.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}

// Inbound is one message of a customer's.
type Inbound struct {
	Peer     conversation.Peer
	Key      conversation.Key // the provider's time and id
	Parts    []conversation.Part
	Media    []string // what was uploaded before, in order: the handles that offers were answered with
	Name     string   // the customer's, where the call tells it; else ""
	ClientID string   // the id under which the sender waits for its acknowledgement; else ""

	Grant    conversation.Grant   // what the channel lets us send because of it
	Origin   string               // the provider's id of it, where no time comes with it to rely on: the first arrival's Key counts, for ever
	Keyword  conversation.Keyword // what the channel has its words mean
	Answered bool                 // the platform answers the keyword itself

	Gone    bool                // the customer left the channel: what is known of them is to be forgotten
	Follows bool                // it belongs to a conversation that there is, or to nobody: others talk there, too
	Else    conversation.Peer   // whose it is where Peer has no conversation yet; zero: Peer's, which it begins
	First   []conversation.Part // what goes with it where it begins a conversation, such as what others said before
}

// Outbound is one message of ours on its way to a customer, or as much of it as one call
// carries.
type Outbound struct {
	Peer     conversation.Peer
	Message  conversation.Message   // with the parts that this call carries
	Rest     bool                   // other calls carry more of the message after this one
	More     []conversation.Message // what goes out in the same call, behind it: see Packer
	Language conversation.Language  // of the customer; for the connector's own words, and Message.Body where the channel shows no media
	Links    Links                  // to the message's media
	Attempt  int                    // 1 for the first
	Open     Opener                 `json:"-"` // nil where this deployment has no media
}

// Opener reads the content of media, whole and once; the caller closes it. Errors:
// NotFound where it is no longer kept, Unavailable.
type Opener func(ctx context.Context, m conversation.Media) (io.ReadCloser, error)

// Sent is a provider's yes.
type Sent struct {
	ProviderID string // the provider's id of the message, where it gives one
}

// Acknowledger is implemented by connectors whose callers want to read what
// became of their call. Without it an accepted call is answered with an empty 200.
type Acknowledger interface {
	// Acknowledge answers a call whose messages are all durable and decided upon.
	Acknowledge(accepted []conversation.Message) *Answer
}

// Preparer is implemented by connectors that judge calls by what others publish, such
// as the keys of a company's identity provider.
type Preparer interface {
	// Prepare fetches what Receive and Identify need to judge a call, and is called
	// before them: they themselves ask nobody. Who calls has proven nothing yet, so it
	// asks seldom, whatever the calls say. It judges nothing. Errors: Unavailable where
	// a call cannot be judged for now.
	Prepare(ctx context.Context, r Request) error
}

// Live is implemented by connectors whose customers hold a connection to us,
// instead of a platform calling a webhook. Their frames are JSON objects.
type Live interface {
	// Identify checks a token and says who holds it and until when. Errors:
	// Unauthenticated.
	Identify(ctx context.Context, token string, at time.Time) (Visitor, error)

	// Submission makes the request that Receive takes from a frame in which a
	// visitor submits a message.
	Submission(token string, frame []byte, at time.Time) Request

	// Frame renders a message as the customer's client reads it.
	Frame(m conversation.Message, v View) any
}

// Visitor is a customer with a connection.
type Visitor struct {
	Peer      conversation.Peer
	Name      string    // as the company calls them; may be ""
	Expires   time.Time // the connection's proof ends here
	Anonymous bool      // nobody vouches for them: see Open
}

// Open is implemented by Live connectors that may take visitors whom nobody vouches for.
type Open interface {
	// NewVisitor makes a token with which Identify and Receive know a visitor again who
	// was never seen before. Errors: NotFound where this deployment takes none, Internal.
	NewVisitor(at time.Time) (token string, who Visitor, err error)
}
