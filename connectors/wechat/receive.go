package wechat

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Receive takes one call of WeChat's: with GET the verification of the address, whose
// echostr it answers, in any mode; with POST one message or event, in XML or JSON, in
// plain, compatible or safe mode. See
// https://developers.weixin.qq.com/doc/service/guide/product/message/Receiving_standard_messages.html
//
// Errors: NotFound, WrongMethod, TooLarge, Unauthenticated, BadRequest. What is
// malformed in a message costs that field: nothing a customer sends is refused.
func (c *Connector) Receive(_ context.Context, r channel.Request) (channel.Receipt, error) {
	opened, err := c.open(r)
	if err != nil {
		return channel.Receipt{}, err
	}
	if r.Method == http.MethodGet {
		return verification(r)
	}
	p := opened.push
	if want := opened.account.Original; want != "" && p.get("ToUserName") != want {
		return channel.Receipt{}, fault.New(fault.BadRequest, op,
			"the call is for another account: check the original ID (原始 ID), and which address that account calls")
	}
	user := p.get("FromUserName")
	switch {
	case user == "":
		return channel.Receipt{Ignored: "no_sender"}, nil // of the account itself: no customer did it
	case len(user) > maxUser:
		return channel.Receipt{}, fault.New(fault.BadRequest, op, "FromUserName is no openid")
	}
	in, ignored := c.translate(p)
	if ignored != "" {
		return channel.Receipt{Ignored: ignored}, nil
	}
	in.Peer = conversation.Peer{Channel: Name, Account: opened.account.ID, User: user}
	in.Key = conversation.InboundKey(created(p, opened.pushed, r.At), id(p))
	return channel.Receipt{Messages: []channel.Inbound{in}, Began: opened.pushed}, nil
}

// maxUser is more than an openid has: 28 characters.
const maxUser = 128

func verification(r channel.Request) (channel.Receipt, error) {
	echo := r.Query.Get("echostr")
	if echo == "" {
		return channel.Receipt{}, fault.New(fault.BadRequest, op, "the verification of an address carries an echostr")
	}
	return channel.Receipt{Answer: text(echo)}, nil
}

func text(body string) *channel.Answer {
	return &channel.Answer{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(body)}
}

// translate says what a call means, or why it means nothing to us.
func (c *Connector) translate(p push) (in channel.Inbound, ignored string) {
	w := wordsIn(c.o.Language)
	if p.get("MsgType") == "event" {
		return w.event(p)
	}
	return w.message(p), ""
}

// created is when the customer wrote. WeChat's clock ticks in seconds. Where the field
// is none, or lies ahead, where it would put all that comes later behind it, the call's
// own timestamp stands for it, which another try of WeChat's may not repeat: a message
// that comes twice is better than one that is lost.
func created(p push, pushed, now time.Time) time.Time {
	seconds, err := strconv.ParseInt(p.get("CreateTime"), 10, 64)
	if at := time.Unix(seconds, 0); err == nil && seconds > 0 && !at.After(now.Add(freshness)) {
		return at
	}
	return pushed
}

// maxMsgID is how many digits a 64-bit number can have.
const maxMsgID = 20

// id tells one message of a conversation from the others of its second, and is the same
// in all tries of WeChat's: MsgId, padded so that it sorts. An event has none; what it
// is and its time stand for it, as they do where MsgId is no number. The customer stands
// in the conversation's id, and never here.
//
// WeChat counts seconds. Of one second, events come before messages, since what grants more
// is then the newest: who follows and writes at once may be answered for two days, and not
// for a minute. Leaving comes last: nobody writes after it.
func id(p push) string {
	given := p.get("MsgId")
	if p.get("MsgType") != "event" && given != "" && len(given) <= maxMsgID && strings.Trim(given, "0123456789") == "" {
		return strings.Repeat("0", maxMsgID-len(given)) + given
	}
	of := make([]string, 0, 8)
	for _, name := range []string{"MsgType", "Event", "EventKey", "CreateTime", "MsgId", "Content", "MediaId"} {
		of = append(of, strconv.Quote(p.get(name)))
	}
	first := "e"
	if p.get("MsgType") == "event" && !strings.EqualFold(p.get("Event"), "unsubscribe") {
		first = "-"
	}
	return first + conversation.CauseDigest(strings.Join(of, " "))
}
