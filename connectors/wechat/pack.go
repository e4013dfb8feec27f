package wechat

import "github.com/zhida-project/zhida/shared/channel"

// maxContent is the longest text of a message, in bytes of UTF-8. WeChat gives no number for
// accounts, and refuses texts beyond about 2,048 bytes with errcode 45002.
// Source: https://developer.work.weixin.qq.com/document/path/96427 (文本消息, of WeChat's other
// customer-service API).
const maxContent = 2048

var _ channel.Packer = (*Connector)(nil)

// Fits reports whether one call carries out: a text, with labels and the longest form of
// the way to a person that its account may come to need, or a single link or media part.
func (c *Connector) Fits(out channel.Outbound) bool {
	whole, one := wholeOf(out)
	if whole != nil {
		return one
	}
	account := c.accounts[out.Peer.Account]
	if wayWanted(out) && account.Menus {
		return len(withLink(out)) <= maxContent
	}
	return len(written(out)) <= maxContent
}
