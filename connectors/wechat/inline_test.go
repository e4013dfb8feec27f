package wechat_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

func reply(text string) channel.Outbound {
	out := harness().Sending.Sample
	out.Peer = conversation.Peer{Channel: "wechat", Account: sampleID, User: "oyORnuP8q7ou2gfYjqLzSIWZf0rs"}
	out.Message.Parts = conversation.TextParts(text)
	return out
}

func plainReply(text string) channel.Outbound {
	out := reply(text)
	out.Peer.Account, out.Peer.User = plainID, "openid-1"
	return out
}

// The form is that of
// https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
func TestInlineInPlainXML(t *testing.T) {
	out := plainReply("a]]>b & <c>")
	out.Message.Way = true
	answer, ok := connector(t, options("")).Inline(post(plainID, message("x", "<MsgId>1</MsgId>")), out)
	if !ok {
		t.Fatal("no answer")
	}
	const want = "<xml><ToUserName><![CDATA[openid-1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName><CreateTime>1714112446</CreateTime>" +
		"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[【机器人】a]]]]><![CDATA[>b & <c>\n回复 0 转人工]]></Content></xml>"
	if string(answer.Body) != want || answer.Status != 200 || answer.ContentType != "application/xml; charset=utf-8" {
		t.Errorf("got %d %s\n%s", answer.Status, answer.ContentType, answer.Body)
	}
}

func TestInlineInPlainJSON(t *testing.T) {
	out := plainReply("a & <b>")
	out.Language, out.Message.Way = conversation.English, true
	out.Message.Author, out.Message.Name = conversation.Person, "Li"
	r := post(plainID, `{"ToUserName":"gh_1","FromUserName":"openid-1","CreateTime":1,"MsgType":"text","Content":"x","MsgId":1}`)
	answer, ok := connector(t, options("")).Inline(r, out)
	const want = `{"ToUserName":"openid-1","FromUserName":"gh_1","CreateTime":1714112446,"MsgType":"text","Content":"[Person: Li] a & <b>\nReply 0 for a person"}`
	if !ok || string(answer.Body) != want || answer.ContentType != "application/json; charset=utf-8" {
		t.Errorf("got %+v", answer)
	}
}

// What JSON can only escape is not in it: WeChat would show the escape.
func TestInlineHasNoEscapes(t *testing.T) {
	r := post(plainID, `{"ToUserName":"gh_1","FromUserName":"openid-1","CreateTime":1,"MsgType":"text","Content":"x","MsgId":1}`)
	answer, ok := connector(t, options("")).Inline(r, plainReply("a\u2028b\x08c"))
	if !ok || !strings.Contains(string(answer.Body), `"Content":"【机器人】a\nbc"`) {
		t.Errorf("got %+v", answer)
	}
}

// An encrypted call is answered encrypted, signed over what it carries itself.
func TestInlineInSafeMode(t *testing.T) {
	r := post(sampleID, sampleBody)
	answer, ok := connector(t, options("")).Inline(r, reply("好的"))
	if !ok {
		t.Fatal("no answer")
	}
	body := string(answer.Body)
	text, signature := between(body, "<Encrypt><![CDATA[", "]]>"), between(body, "<MsgSignature><![CDATA[", "]]>")
	stamp, nonce := between(body, "<TimeStamp>", "<"), between(body, "<Nonce><![CDATA[", "]]>")
	if signature != sha(sampleToken, stamp, nonce, text) || stamp != "1714112446" || nonce != "0" {
		t.Errorf("the signature does not fit: %s", body)
	}
	message, id := decrypt(t, sampleKey, text)
	if id != sampleID || !strings.Contains(message, "<Content><![CDATA[【机器人】好的]]></Content>") || strings.Contains(body, "好的") {
		t.Errorf("inside is %q for %q", message, id)
	}
	again, _ := connector(t, options("")).Inline(r, reply("好的"))
	if string(again.Body) != body {
		t.Error("with the same chance the same call has another answer")
	}
}

type noChance struct{}

func (noChance) Read([]byte) (int, error) { return 0, errors.New("none") }

func TestWhatDoesNotGoInline(t *testing.T) {
	text := post(plainID, message("x", ""))
	event := func(name string) channel.Request {
		return post(plainID, `{"ToUserName":"gh_1","FromUserName":"openid-1","CreateTime":1,"MsgType":"event","Event":"`+name+`"}`)
	}
	mini := reply("x")
	mini.Peer = conversation.Peer{Channel: "wechat", Account: safeID, User: "openid-1"}
	more, media, another := plainReply("x"), plainReply("x"), plainReply("x")
	more.More = []conversation.Message{more.Message}
	media.Message.Parts = []conversation.Part{{Kind: conversation.Image, Media: conversation.Media{Name: "x.png"}}}
	another.Peer.User = "openid-2"
	forged := with(text, "signature", "x")
	for name, c := range map[string]struct {
		r   channel.Request
		out channel.Outbound
	}{
		"mini program":     {post(safeID, strings.Replace(message("x", ""), "gh_1", "gh_97417a04a28d", 1)), mini},
		"two messages":     {text, more},
		"a picture":        {text, media},
		"another customer": {text, another},
		"too long":         {text, plainReply(strings.Repeat("长", 678))},
		"forged":           {forged, plainReply("x")},
		"unsubscribe":      {event("unsubscribe"), plainReply("x")},
		"VIEW":             {event("VIEW"), plainReply("x")},
	} {
		if answer, ok := connector(t, options("")).Inline(c.r, c.out); ok || answer != nil {
			t.Errorf("%s: an answer", name)
		}
	}
	for _, name := range []string{"subscribe", "SCAN", "CLICK"} {
		if _, ok := connector(t, options("")).Inline(event(name), plainReply(strings.Repeat("长", 677))); !ok {
			t.Errorf("%s: no answer", name)
		}
	}
	o := options("")
	o.Rand = noChance{}
	if _, ok := connector(t, o).Inline(post(sampleID, sampleBody), reply("x")); ok {
		t.Error("an answer without chance")
	}
}

func TestSilence(t *testing.T) {
	silence := connector(t, options("")).Silence()
	if text, err := json.Marshal(string(silence.Body)); err != nil || string(text) != `"success"` || silence.Status != 200 {
		t.Errorf("got %+v", silence)
	}
}
