package inbound

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// pollPage is how many messages a poll looks at: enough that a client which comes
// every few seconds finds its place again, and a fraction of a page's cost.
const pollPage = 20

type (
	readyFrame struct {
		Type         string          `json:"type"`
		Now          int64           `json:"now"`
		Conversation conversation.ID `json:"conversation"`
		Customer     customerFrame   `json:"customer"`
		Messages     []any           `json:"messages"`
		More         bool            `json:"more"`
		State        stateFrame      `json:"state"`
		MaxText      int             `json:"max_text"`
		Ping         int64           `json:"ping_seconds"`
		Media        *mediaFrame     `json:"media,omitempty"` // absent: none are taken
		Mark         string          `json:"mark"`            // changes with what a poll shows
	}
	customerFrame struct {
		Name string `json:"name"`
	}
)

// ready reads the newest messages, at most so many, and where the customer stands.
func (v *Visitors) ready(ctx context.Context, who visitor, most int) (readyFrame, error) {
	messages, more, err := v.page(ctx, who.Conversation, "", most)
	if err != nil {
		return readyFrame{}, err
	}
	state, err := v.audience.state(ctx, who.Conversation)
	if err != nil {
		return readyFrame{}, err
	}
	mark, err := markOf(messages, state)
	return readyFrame{
		Type: "ready", Now: v.inbound.o.Now().UnixMilli(), Conversation: who.Conversation,
		Customer: customerFrame{who.Name}, Messages: messages, More: more, State: state, MaxText: v.info.MaxText,
		Ping: int64(v.inbound.o.Ping / time.Second), Media: v.inbound.mediaFrame(), Mark: mark,
	}, err
}

// markOf is the same for the same newest messages and the same state.
func markOf(messages []any, state stateFrame) (string, error) {
	data, err := live.Encode([]any{messages[max(0, len(messages)-pollPage):], state})
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "inbound.mark", "")
	}
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:12]), nil
}
