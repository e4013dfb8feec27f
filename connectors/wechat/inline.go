package wechat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// maxInline is how many bytes of text go in an answer. WeChat documents no limit; it
// showed nothing of answers somewhat longer.
const maxInline = 2_048

// Inline renders a text as passive reply (被动回复): in the format of the call, and
// encrypted with the key that opened it. To the same call the same message says the
// same; the bytes of an encrypted answer differ by their random part. There is none
//
//   - for mini programs: their documents know no passive reply but handing the customer
//     over to WeChat's own customer service;
//   - for events that WeChat does not say it takes one for;
//   - for anything but one text of at most 2,048 bytes, label and all.
//
// See https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
func (c *Connector) Inline(r channel.Request, out channel.Outbound) (*channel.Answer, bool) {
	opened, err := c.open(r)
	if err != nil || r.Method != http.MethodPost || opened.account.Kind != Official || !answerable(opened.push) {
		return nil, false
	}
	said := written(out)
	user := opened.push.get("FromUserName")
	if len(out.More) > 0 || !onlyText(out.Message) || len(said) > maxInline || out.Peer.User != user {
		return nil, false
	}
	body, err := passive{
		ToUserName: user, FromUserName: opened.push.get("ToUserName"),
		CreateTime: out.Message.Key.Time().Unix(), MsgType: "text", Content: said,
	}.encode(opened.push.json)
	if err == nil && !opened.key.Empty() {
		var s sealed
		if s, err = opened.seal(c.o.Rand, body, r.At); err == nil {
			body, err = s.encode(opened.push.json)
		}
	}
	if err != nil {
		return nil, false // without chance there is no answer here: the message goes by the API
	}
	return &channel.Answer{Status: http.StatusOK, ContentType: contentType(opened.push.json), Body: body}, true
}

// Silence says that the call was taken: WeChat then neither calls again nor shows the
// customer that something is broken. It is never encrypted.
func (c *Connector) Silence() *channel.Answer { return text("success") }

// answerable reports whether WeChat takes an answer to a call.
func answerable(p push) bool {
	if p.get("MsgType") != "event" {
		return true
	}
	switch strings.ToLower(p.get("Event")) {
	case "subscribe", "scan", "click", "scancode_waitmsg":
		return true
	}
	return false
}

func onlyText(m conversation.Message) bool {
	for _, p := range m.Parts {
		if p.Kind != conversation.Text {
			return false
		}
	}
	return len(m.Parts) > 0
}

func contentType(asJSON bool) string {
	if asJSON {
		return "application/json; charset=utf-8"
	}
	return "application/xml; charset=utf-8"
}

// passive is a passive reply.
type passive struct {
	ToUserName   string
	FromUserName string
	CreateTime   int64 // Unix seconds
	MsgType      string
	Content      string
}

func (p passive) encode(asJSON bool) ([]byte, error) {
	if asJSON {
		return raw(p)
	}
	return fmt.Appendf(nil, "<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>"+
		"<MsgType>%s</MsgType><Content>%s</Content></xml>",
		cdata(p.ToUserName), cdata(p.FromUserName), p.CreateTime, cdata(p.MsgType), cdata(p.Content)), nil
}

func (s sealed) encode(asJSON bool) ([]byte, error) {
	if asJSON {
		return raw(s)
	}
	return fmt.Appendf(nil, "<xml><Encrypt>%s</Encrypt><MsgSignature>%s</MsgSignature><TimeStamp>%d</TimeStamp><Nonce>%s</Nonce></xml>",
		cdata(s.Encrypt), cdata(s.MsgSignature), s.TimeStamp, cdata(s.Nonce)), nil
}

// raw is JSON in which every character stands for itself: WeChat shows \u0026 as it is.
func raw(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func cdata(text string) string {
	return cdataStart + strings.ReplaceAll(text, cdataEnd, "]]"+cdataEnd+cdataStart+">") + cdataEnd
}
