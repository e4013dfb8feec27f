package sms

import (
	"context"
	"slices"
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const sendOp = "sms.Send"

// Send makes one call. Errors are faults, as channel.Connector has them, and OptedOut, TextTooLong and
// BadText; none holds a number or a text.
func (c *Connector) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	number, known := c.numbers[out.Peer.Account]
	shown := c.shown(number, out.Message)
	switch {
	case !known:
		return channel.Sent{}, fault.New(fault.ProviderRefused, sendOp, "this number is not in the configuration any more: the customer wrote to it while it was")
	case len(shown) < len(out.Message.MediaParts()): // a link would have ended before many a text is read
		return channel.Sent{}, fault.New(fault.ProviderRefused, sendOp, "this number sends no such files: say what is in it, or where it can be found")
	case len(shown) > 1:
		return channel.Sent{}, fault.New(fault.ProviderRefused, sendOp, "a message shows one file: send one at a time")
	}
	m := outgoing{
		from: number.Number, to: out.Peer.User, text: c.text(out, shown),
		of: out.Message.Conversation, key: out.Message.Key, rest: out.Rest,
	}
	if len(shown) > 0 {
		m.media, _ = c.object(shown[0].Media)
	}
	return c.provider.send(ctx, m)
}

// Fits implements channel.Packer: one message, with a file at most, whose text one call carries.
func (c *Connector) Fits(out channel.Outbound) bool {
	shown := c.shown(c.numbers[out.Peer.Account], out.Message)
	return len(out.More) == 0 && len(shown) <= 1 && c.provider.carries(c.text(out, shown), len(shown) > 0)
}

// shown returns the media that a number sends.
func (c *Connector) shown(n Number, m conversation.Message) (shown []conversation.Part) {
	if !n.MMS || c.object == nil {
		return nil
	}
	for _, p := range m.MediaParts() {
		if _, there := c.object(p.Media); there && c.provider.shows(p.Media) {
			shown = append(shown, p)
		}
	}
	return shown
}

// text is a message as text, behind its label and before the way to a person, without what is shown.
func (c *Connector) text(out channel.Outbound, shown []conversation.Part) string {
	w := wordsIn(out.Language)
	var lines []string
	for _, p := range out.Message.Parts {
		if slices.Contains(shown, p) {
			continue
		}
		lines = append(lines, p.Body(out.Language))
	}
	body := strings.TrimSpace(c.label(out) + strings.Join(lines, "\n"))
	if out.Message.Way {
		body = strings.TrimSpace(body + "\n" + w.way)
	}
	return Plain(body)
}
