package wechat

import (
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// newsBody is 图文消息（点击跳转到外链）, which official accounts send: exactly one article, else errcode
// 45008. WeChat fetches the picture, a JPEG or PNG, by itself.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
type newsBody struct {
	Articles []article `json:"articles"`
}

type article struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Picture     string `json:"picurl,omitempty"`
}

// linkBody is 图文链接, the same of mini programs.
// Source: https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/customer-message/send.html
type linkBody struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Picture     string `json:"thumb_url,omitempty"`
}

// asCard is a link as the account sends it: its title is the company's own, and who speaks
// stands before the description.
func asCard(account Account, out channel.Outbound, c conversation.Card) custom {
	title, about := printable(c.Title), aboutCard(out, c)
	if account.Kind == MiniProgram {
		return custom{To: out.Peer.User, Type: "link", Link: &linkBody{title, about, c.URL, c.Picture}}
	}
	return custom{To: out.Peer.User, Type: "news", News: &newsBody{[]article{{title, about, c.URL, c.Picture}}}}
}

// aboutCard is a card's description behind its label. The way to a person mostly goes with a
// text of the same message, where it can be tapped; a card that bears it has it first, since
// phones show the beginning only.
func aboutCard(out channel.Outbound, c conversation.Card) string {
	about := label(out.Message, out.Language)
	if out.Message.Way {
		about += wordsIn(out.Language).way + "\n"
	}
	return strings.TrimSpace(printable(about + c.Description))
}

// link is what a customer shared from elsewhere in WeChat: a card, where it makes one by the
// rules for all, with its words cut to a card's length. What makes none, such as a page of http, is text
// as it always was.
func (w words) link(p push) []conversation.Part {
	title, about, address := p.get("Title"), p.get("Description"), p.get("Url")
	card, err := channel.CleanCard(conversation.Card{
		Title: shortened(title, channel.MaxCardTitle), Description: shortened(about, channel.MaxCardDescription), URL: strings.TrimSpace(address),
	})
	if err != nil {
		return w.texts(w.linked, title, about, address)
	}
	return []conversation.Part{{Kind: conversation.Link, Card: card}}
}

// shortened is a text of so many characters at most.
func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}
