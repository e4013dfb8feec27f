package wechat

import (
	"context"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// custom is a customer-service message (客服消息). SDKs send an empty thumb_media_id
// with a video, so this is our own shape of it.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
type custom struct {
	To    string     `json:"touser"`
	Type  string     `json:"msgtype"`
	Text  *textBody  `json:"text,omitempty"`
	Image *mediaBody `json:"image,omitempty"`
	Voice *mediaBody `json:"voice,omitempty"`
	Video *mediaBody `json:"video,omitempty"`
	Menu  *menuBody  `json:"msgmenu,omitempty"`
	News  *newsBody  `json:"news,omitempty"` // of official accounts
	Link  *linkBody  `json:"link,omitempty"` // of mini programs
}

type textBody struct {
	Content string `json:"content"`
}

type mediaBody struct {
	ID    string `json:"media_id"`
	Title string `json:"title,omitempty"` // of a video
}

type menuBody struct {
	Head string     `json:"head_content"`
	List []menuItem `json:"list"`
	Tail string     `json:"tail_content"`
}

// menuItem is what can be tapped. Its id comes back as bizmsgmenuid: a text to WeChat, which
// answers 40200 to a number, and yet of digits, since readers of the other side parse it as one.
type menuItem struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// wayID is the id of the one item that our menus have.
const wayID = "1"

// maxHead is the longest text over a menu, in bytes. Where it is longer, a line of text shows the way.
// Source: https://developer.work.weixin.qq.com/document/path/96427 (of WeChat's other
// customer-service API; that of accounts gives no number).
const maxHead = 1024

// Send makes one call of the customer-service API, after the upload of what it shows.
// Only what WeChat has definitely not carried out is repeated within: a call with an access token
// that it refused, and a menu on an account that may send none. Errors are faults, as
// channel.Connector has them, and TextTooLong and BadText; none holds a token or an address.
func (c *Connector) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	const op = "wechat.Send"
	account, known := c.accounts[out.Peer.Account]
	if !known {
		return channel.Sent{}, fault.New(fault.ProviderRefused, op, "this account is not in the configuration any more: it was written to while it was")
	}
	whole, one := wholeOf(out)
	switch {
	case !one:
		return channel.Sent{}, fault.New(fault.ProviderRefused, op, "WeChat takes a file, a link and a text as messages of their own: send one at a time")
	case whole != nil && whole.Kind == conversation.Link:
		return channel.Sent{}, c.deliver(ctx, account, asCard(account, out, whole.Card))
	case whole != nil:
		return channel.Sent{}, c.sendMedia(ctx, account, out, *whole)
	default:
		return channel.Sent{}, c.sendText(ctx, account, out)
	}
}

// wholeOf returns the media or the link that a call carries, nil where it is text, and whether it
// is one or the other: WeChat carries no text with a picture, nor with a card.
func wholeOf(out channel.Outbound) (whole *conversation.Part, one bool) {
	parts := 0
	for _, m := range messagesOf(out) {
		parts += len(m.Parts)
		for _, p := range m.Parts {
			if p.Kind.Whole() {
				whole = &p
			}
		}
	}
	return whole, whole == nil || parts == 1 && len(out.More) == 0
}

func (c *Connector) sendText(ctx context.Context, account Account, out channel.Outbound) error {
	form := c.formOf(account, out)
	err := c.deliver(ctx, account, form(out))
	if errcodeOf(err) != badAccount || !wayWanted(out) || !account.Menus {
		return err
	}
	c.noMenus.Store(account.ID, true)
	return c.deliver(ctx, account, asLink(out))
}

func (c *Connector) deliver(ctx context.Context, account Account, what custom) error {
	call, err := post("wechat.Send", "/cgi-bin/message/custom/send", what)
	if err != nil {
		return err
	}
	call.sends = true
	return newAPI(c.o.API, c.o.Client, c.o.Tokens).do(ctx, account.ID, call, nil)
}
