package channel

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Uploader is implemented by connectors whose customers upload media themselves,
// before they submit the message that shows them.
type Uploader interface {
	// Offer authenticates a call that wants to upload something, and translates it.
	// It is as pure as Receive, and its errors are the same.
	Offer(ctx context.Context, r Request) (Offer, error)
}

// Offer is what somebody says of content before they upload it. Nothing of it is
// believed: the content is looked at when a message shows it.
type Offer struct {
	Peer    conversation.Peer // whose conversation it is for
	ID      string            // the client's own: the same again is the same upload
	Name    string            // of the file, as it is
	Type    string            // media type; "" where the client knows none
	Size    int64             // bytes
	Seconds int               // of sound, where known; else 0
}
