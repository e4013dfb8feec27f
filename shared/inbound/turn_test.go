package inbound

import (
	"testing"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// TestWhatABotSaysIsCleaned: words are said whole or not at all, and a broken card costs itself.
func TestWhatABotSaysIsCleaned(t *testing.T) {
	card := conversation.Card{Title: "退款", URL: "https://shop.example/refund"}
	for _, c := range []struct {
		given, want bot.Answer
		code        fault.Code
	}{
		{bot.Answer{}, bot.Answer{}, ""},
		{bot.Answer{Person: true}, bot.Answer{Person: true}, ""},
		{bot.Answer{Text: "a\r\nb"}, bot.Answer{Text: "a\nb"}, ""},
		{bot.Answer{Text: "a", Card: conversation.Card{Title: "退\n款", URL: card.URL}}, bot.Answer{Text: "a", Card: conversation.Card{Title: "退 款", URL: card.URL}}, ""},
		{bot.Answer{Text: "\u200b", Card: card}, bot.Answer{}, fault.BadText},
		{bot.Answer{Text: "a", Card: conversation.Card{Title: "退款", URL: "http://shop.example/"}}, bot.Answer{Text: "a"}, fault.BadLink},
	} {
		got, err := clean(c.given)
		if fault.CodeOf(err) != c.code || got != c.want {
			t.Errorf("%+v: got %+v, %v", c.given, got, err)
		}
	}
}
