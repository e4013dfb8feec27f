package faq_test

import (
	"testing"

	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

var list = faq.New([]config.Entry{
	{ID: "refund", Match: []string{"退款", "refund"}, Answer: config.Text{
		conversation.Chinese: "退款三天到账", conversation.English: "Refunds take three days"}},
	{ID: "progress", Match: []string{"退款进度"}, Answer: config.Text{
		conversation.Chinese: "在订单页查看"}},
	{ID: "order", Match: []string{"order"}, Answer: config.Text{
		conversation.English: "See your orders"}},
})

func TestFind(t *testing.T) {
	for _, c := range []struct {
		text string
		lang conversation.Language
		want string
	}{
		{"我想问下退款", conversation.Chinese, "退款三天到账"},
		{"退款进度", conversation.Chinese, "在订单页查看"},
		{"where is my  REFUND?", conversation.English, "Refunds take three days"},
		{"the border is closed", conversation.English, ""},
		{"my order!", conversation.Chinese, "See your orders"},
		{"退款进度", conversation.English, "在订单页查看"},
		{"", conversation.English, ""},
		{"你好", conversation.Chinese, ""},
	} {
		got, ok := list.Find(c.text, c.lang)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q in %s: got %q, %v; want %q", c.text, c.lang, got, ok, c.want)
		}
	}
	if _, ok := (faq.List{}).Find("退款", conversation.Chinese); ok {
		t.Error("the zero list answered")
	}
}
