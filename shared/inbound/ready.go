package inbound

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/media"
)

// pollPage is how many messages a poll looks at: enough that a client which comes
// every few seconds finds its place again, and a fraction of a page's cost.
const pollPage = 20

type (
	readyFrame struct {
		Type         string          `json:"type"`
		Now          int64           `json:"now"`
		Conversation conversation.ID `json:"conversation"`
		Also         conversation.ID `json:"also,omitempty"` // what was written there and never sent belongs here, too
		Customer     customerFrame   `json:"customer"`
		Messages     []any           `json:"messages"`
		More         bool            `json:"more"`
		State        stateFrame      `json:"state"`
		MaxText      int             `json:"max_text"`
		Ping         int64           `json:"ping_seconds"`
		Media        *media.Limits   `json:"media,omitempty"` // absent: none are taken
		Mark         string          `json:"mark"`            // changes with what a poll shows
	}
	customerFrame struct {
		Name string `json:"name"`
	}
)

// glance is where a conversation stands, as its customer may see it.
type glance struct {
	messages []conversation.Message // the newest, oldest first
	more     bool                   // there are older ones
	state    stateFrame
	mark     string
}

// glance reads the newest messages, at most so many, and where the customer stands.
func (v *Visitors) glance(ctx context.Context, who visitor, most int) (g glance, err error) {
	if g.messages, g.more, err = v.read(ctx, who.Conversation, "", most); err != nil {
		return g, err
	}
	if g.state, err = v.audience.state(ctx, who.Conversation); err != nil {
		return g, err
	}
	g.mark, err = v.markOf(g)
	return g, err
}

// ready tells a client what was seen, with fresh links to its media.
func (v *Visitors) ready(ctx context.Context, who visitor, g glance) readyFrame {
	messages, cut := v.audience.page(ctx, g.state.Language, g.messages)
	return readyFrame{
		Type: "ready", Now: v.inbound.o.Now().UnixMilli(), Conversation: who.Conversation, Also: who.Also,
		Customer: customerFrame{who.Name}, Messages: messages, More: g.more || cut, State: g.state, MaxText: v.info.MaxText,
		Ping: int64(v.inbound.o.Ping / time.Second), Media: v.inbound.o.Media.Limits(), Mark: g.mark,
	}
}

// markOf is the same for the same newest messages and the same state. Links are not in
// it: they are others each time that they are made, and a poll would never rest.
func (v *Visitors) markOf(g glance) (string, error) {
	view := channel.View{Language: g.state.Language}
	seen := []any{g.state}
	for _, m := range g.messages[max(0, len(g.messages)-pollPage):] {
		seen = append(seen, v.client.Frame(m, view))
	}
	data, err := live.Encode(seen)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "inbound.mark", "")
	}
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:12]), nil
}
