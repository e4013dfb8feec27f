package slack

import (
	"context"
	"errors"
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

var _ channel.Editor = (*Connector)(nil)

// postID names a message: by the channel that it is in, which for direct messages is not the
// user's id that they were sent to, and its timestamp.
func postID(in, ts string) string { return in + "/" + ts }

// Edit changes a message: https://docs.slack.dev/reference/methods/chat.update. To do so twice
// shows it once, so that a call without an answer is ProviderBusy.
func (c *Connector) Edit(ctx context.Context, out channel.Outbound, providerID string) error {
	in, ts, named := strings.Cut(providerID, "/")
	if !named || !goodID(in) || !goodID(ts) {
		return fault.New(fault.ProviderRefused, sendOp, "this is no message of Slack's that can be changed")
	}
	_, err := withToken(ctx, c.o.Tokens, out.Peer.Account, func(token config.Secret) (struct{}, error) {
		calls := c.client()
		_, changed, _, err := calls.api(token, c.o.API).UpdateMessageContext(calls.traced(ctx), in, ts, shown(out)...)
		switch {
		case err != nil:
			return struct{}{}, calls.before(err)
		case changed == "": // the library takes {"ok":false} without an error for a yes
			return struct{}{}, calls.before(errors.New("the answer does not say which message it is of"))
		}
		return struct{}{}, nil
	})
	return err
}
