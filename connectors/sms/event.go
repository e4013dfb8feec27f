package sms

import (
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// event is what AWS tells of a message that it took:
// https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html
type event struct {
	Type    string            `json:"eventType"`
	Final   bool              `json:"isFinal"`
	At      int64             `json:"eventTimestamp"` // Unix milliseconds
	Context map[string]string `json:"context"`        // what was sent with the message: see marks
}

// The keys of the marks that a message takes along, and that come back with what AWS tells of it.
const (
	markConversation = "conversation"
	markKey          = "key"
	markPiece        = "piece" // pieceLast or pieceMore
	pieceLast        = "last"
	pieceMore        = "more"
)

func (m outgoing) marks() map[string]string {
	piece := pieceLast
	if m.rest {
		piece = pieceMore
	}
	return map[string]string{markConversation: string(m.of), markKey: string(m.key), markPiece: piece}
}

// end is how a message ended.
type end struct {
	delivery conversation.Delivery
	code     fault.Code
	hint     string // for the agent
}

const (
	hintLater    = "it did not reach them in time: say it again later, if it still matters"
	hintTurnedUp = "their phone was off or had no network: say it again later, if it still matters"
	hintBlocked  = "their phone or carrier takes no messages from us: reach them another way"
	hintInvalid  = "this is no number that texts reach: reach them another way"
	hintWords    = "the text could not be carried: say it in other words"
	hintSpam     = "their carrier took it for spam: say it in other words, without links; if it stays, an administrator looks at the number's registration"
	hintProtect  = "the company's protect configuration blocks this number or country: an administrator decides"
	hintFile     = "the file could not be sent: send another one, or what is in it in words"
)

// ends are the final events of a message, of text (TEXT_…) and with media (MEDIA_…).
// Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
var ends = map[string]end{
	"SUCCESSFUL":            {conversation.Sent, "", ""}, // the carrier took it, and no more
	"DELIVERED":             {conversation.Delivered, "", ""},
	"BLOCKED":               {conversation.NotSent, fault.RecipientGone, hintBlocked},
	"INVALID":               {conversation.NotSent, fault.RecipientGone, hintInvalid},
	"TTL_EXPIRED":           {conversation.NotSent, fault.Undelivered, hintLater},
	"UNREACHABLE":           {conversation.NotSent, fault.Undelivered, hintTurnedUp},
	"CARRIER_UNREACHABLE":   {conversation.NotSent, fault.Undelivered, hintLater},
	"INVALID_MESSAGE":       {conversation.NotSent, fault.ProviderRefused, hintWords},
	"CARRIER_BLOCKED":       {conversation.NotSent, fault.ProviderRefused, hintSpam},
	"SPAM":                  {conversation.NotSent, fault.ProviderRefused, hintSpam},
	"PROTECT_BLOCKED":       {conversation.NotSent, fault.AccountLimit, hintProtect},
	"FILE_INACCESSIBLE":     {conversation.NotSent, fault.ProviderRefused, hintFile},
	"FILE_TYPE_UNSUPPORTED": {conversation.NotSent, fault.ProviderRefused, hintFile},
	"FILE_SIZE_EXCEEDED":    {conversation.NotSent, fault.ProviderRefused, hintFile},
}

// news is what an event tells of a message of ours. What nobody knows (TEXT_UNKNOWN) changes
// nothing, and a piece that others follow counts only where it did not arrive.
func (e event) news(arrived time.Time) news {
	kind, ofText := strings.CutPrefix(e.Type, "TEXT_")
	kind, ofMedia := strings.CutPrefix(kind, "MEDIA_")
	end, known := ends[kind]
	id, key := conversation.ID(e.Context[markConversation]), conversation.Key(e.Context[markKey])
	switch {
	case !ofText && !ofMedia:
		return news{ignored: ignoredOther}
	case !id.Valid() || !key.Shaped():
		return news{ignored: ignoredForeign}
	case !e.Final, e.Context[markPiece] == pieceMore && end.delivery != conversation.NotSent:
		return news{ignored: ignoredProgress}
	case !known:
		return news{ignored: ignoredUnknown}
	}
	at := time.UnixMilli(e.At).UTC()
	if e.At <= 0 || at.After(arrived) {
		at = arrived
	}
	return news{report: &channel.Report{Conversation: id, Key: key, Outcome: conversation.Outcome{
		Delivery: end.delivery, Code: string(end.code), Hint: end.hint, At: at,
	}}}
}
