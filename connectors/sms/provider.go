package sms

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// provider carries texts between us and customers. AWS's (endUser) is the one there is; another
// is another implementation of this, which New chooses by what Options say.
type provider interface {
	// outgoing says whether any text goes out, or only such as were approved before.
	outgoing() channel.Outgoing

	// read authenticates a call and says what it tells. It is pure.
	read(r channel.Request) (news, error)

	// carries reports whether one call carries a text, or as much beside media.
	carries(text string, media bool) bool

	// shows reports whether media can go out as they are.
	shows(m conversation.Media) bool

	// send makes one attempt. Errors are channel.Connector's.
	send(ctx context.Context, m outgoing) (channel.Sent, error)
}

// news is what a call tells: one of the first two, or why it tells nothing.
type news struct {
	written *written
	report  *channel.Report
	ignored string // a stable word
}

// written is what somebody wrote to a number of ours.
type written struct {
	from, to string // numbers, as the provider has them
	id, text string
	at       time.Time // not after it arrived
}

// outgoing is one message on its way out, as much as one call carries.
type outgoing struct {
	from, to, text string
	media          string // the address of what it shows; "" for none
	of             conversation.ID
	key            conversation.Key
	rest           bool // other calls carry more of the message
}
