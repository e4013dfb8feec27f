package wechat_test

import (
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbound/cut"
)

// botCard is a bot's answer with the way to a person: a text, and a card below it.
func botCard(account, text string) channel.Outbound {
	out := botText(account, text)
	out.Message.Way = true
	out.Message.Parts = conversation.Parts(text, conversation.Card{
		Title: "退货指南", Description: strings.Repeat("述", channel.MaxCardDescription), URL: "https://shop.example/" + strings.Repeat("a", 2_000),
	})
	return out
}

// TestACardIsACallOfItsOwn: it is merged with nothing, and never cut.
func TestACardIsACallOfItsOwn(t *testing.T) {
	x := newWeixin(t, always(okAnswer))
	c := newConnector(t, x.URL, fixed{token: theToken})
	for _, account := range []string{official, menus, program} {
		out := botCard(account, "看这里")
		calls := cut.Message(c, out.Peer, out.Message)
		if len(calls) != 2 || len(calls[0]) != 1 || len(calls[1]) != 1 || calls[1][0] != out.Message.Parts[1] {
			t.Errorf("%s: %d calls: %.100v", account, len(calls), calls)
		}
		card := out
		card.Message.Parts = out.Message.Parts[1:]
		if !c.Fits(card) {
			t.Errorf("%s: a card does not fit", account)
		}
		card.More = []conversation.Message{botText(account, "x").Message}
		text := botText(account, "x")
		text.More = []conversation.Message{{Author: conversation.Bot, Parts: out.Message.Parts[1:]}}
		for name, out := range map[string]channel.Outbound{"with its text": out, "before a text": card, "behind a text": text} {
			_, err := c.Send(t.Context(), out)
			if c.Fits(out) || !fault.Is(err, fault.ProviderRefused) {
				t.Errorf("%s, %s: fits, or %v", account, name, err)
			}
		}
	}
	if got := x.got(); len(got) != 0 {
		t.Errorf("WeChat was called: %v", got)
	}
}

// TestCardErrcodes: what is wrong with a card is told as such.
func TestCardErrcodes(t *testing.T) {
	for code, word := range map[string]string{"45003": "title", "45004": "description", "45005": "address", "45006": "picture"} {
		x := newWeixin(t, always(`{"errcode":`+code+`,"errmsg":"size out of limit"}`))
		out := botCard(official, "x")
		out.Message.Parts = out.Message.Parts[1:]
		_, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), out)
		if !fault.Is(err, fault.BadLink) || !strings.Contains(fault.PublicOf(err).Hint, word) {
			t.Errorf("%s: %v", code, err)
		}
	}
}
