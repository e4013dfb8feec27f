package outbox

import (
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Acknowledged is the ledger's record of an acknowledgement that was sent at a time, by
// whichever way; nil for any other message.
func Acknowledged(c conversation.Conversation, m conversation.Message, at time.Time) *conversation.Record {
	if m.Purpose != conversation.Acknowledgement {
		return nil
	}
	return &conversation.Record{Ask: m.Ask, Event: conversation.RecordAcknowledged, Lane: c.Ticket.Lane, At: at}
}
