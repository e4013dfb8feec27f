package channel_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func card(change func(*conversation.Card)) conversation.Card {
	c := conversation.Card{Title: "Guide", Description: "How", URL: "https://shop.example/guide", Picture: "https://cdn.shop.example/p.png"}
	change(&c)
	return c
}

func TestCleanCard(t *testing.T) {
	address := "https://shop.example/" + strings.Repeat("a", channel.MaxCardAddress-len("https://shop.example/"))
	for name, c := range map[string]struct{ given, want conversation.Card }{
		"whole":          {card(func(*conversation.Card) {}), card(func(*conversation.Card) {})},
		"two lines":      {card(func(c *conversation.Card) { c.Title = " 退货\r\n\x00 指南\t" }), card(func(c *conversation.Card) { c.Title = "退货 指南" })},
		"description":    {card(func(c *conversation.Card) { c.Description = "\n a\r\nb\x07 " }), card(func(c *conversation.Card) { c.Description = "a\nb" })},
		"nothing seen":   {card(func(c *conversation.Card) { c.Description = " \n\u200b" }), card(func(c *conversation.Card) { c.Description = "" })},
		"only what must": {conversation.Card{Title: "a", URL: "https://a.cn"}, conversation.Card{Title: "a", URL: "https://a.cn"}},
		"largest": {
			conversation.Card{Title: strings.Repeat("题", channel.MaxCardTitle), Description: strings.Repeat("述", channel.MaxCardDescription), URL: address, Picture: address},
			conversation.Card{Title: strings.Repeat("题", channel.MaxCardTitle), Description: strings.Repeat("述", channel.MaxCardDescription), URL: address, Picture: address},
		},
		"port, query, %": {card(func(c *conversation.Card) { c.URL = "https://xn--fiq228c.example:8443/a%20b?x=1&y=[2]#z" }), card(func(c *conversation.Card) { c.URL = "https://xn--fiq228c.example:8443/a%20b?x=1&y=[2]#z" })},
	} {
		for _, given := range []conversation.Card{c.given, c.want} { // cleaning twice changes nothing
			if got, err := channel.CleanCard(given); err != nil || got != c.want {
				t.Errorf("%s: got %+v, %v", name, got, err)
			}
		}
	}
}

func TestBadCards(t *testing.T) {
	long := "https://shop.example/" + strings.Repeat("a", channel.MaxCardAddress)
	for name, c := range map[string]struct {
		change func(*conversation.Card)
		hint   string
	}{
		"no title":            {func(c *conversation.Card) { c.Title = "" }, "title that can be seen"},
		"title of spaces":     {func(c *conversation.Card) { c.Title = " \u200b\n" }, "title that can be seen"},
		"title not UTF-8":     {func(c *conversation.Card) { c.Title = "a\xff" }, "UTF-8"},
		"long title":          {func(c *conversation.Card) { c.Title = strings.Repeat("题", 65) }, "title has 65 characters and the limit is 64"},
		"long description":    {func(c *conversation.Card) { c.Description = strings.Repeat("述", 161) }, "description has 161 characters and the limit is 160"},
		"description not UTF": {func(c *conversation.Card) { c.Description = "a\xff" }, "UTF-8"},
		"long address":        {func(c *conversation.Card) { c.URL = long }, "address (url) has 2069 bytes and the limit is 2048"},
		"long picture":        {func(c *conversation.Card) { c.Picture = long }, "picture has 2069 bytes"},
		"a bad picture":       {func(c *conversation.Card) { c.Picture = "http://cdn.shop.example/p.png" }, "picture is one of https"},
	} {
		refused(t, name, card(c.change), c.hint)
	}
	for _, address := range []string{
		"", "url", "/guide", "//shop.example", "shop.example", "https://", "https:shop.example", "http://shop.example/", "javascript:alert(1)",
		"data:text/html,x", "weixin://dl/business", "https://localhost/", "https://127.0.0.1/", "https://2130706433/", "https://[::1]/", "https://0x7f.1/",
		"https://bank.example@evil.example/", "https://@shop.example/", "https://shop.example./", "https://shop..example/", "https://shop_1.example/",
		"https://商店.example/", "https://shop.example/指南", "https://shop.example/a b", "https://shop.example/\"x", "https://shop.example\\x",
		"https://shop.example/\n", " https://shop.example/", "https://shop.example:70000/", "https://shop.example:x/", "https://shop.example/<b>",
		"https://shop%2eexample/",
	} {
		refused(t, address, card(func(c *conversation.Card) { c.URL = address }), "address (url)")
	}
}

// refused wants a stable code, and a hint that says what to do and quotes nothing.
func refused(t *testing.T, name string, c conversation.Card, hint string) {
	t.Helper()
	got, err := channel.CleanCard(c)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.BadLink || fault.StatusOf(err) != 422 || !strings.Contains(f.Hint, hint) || got != (conversation.Card{}) {
		t.Errorf("%q: got %+v, %v", name, got, err)
		return
	}
	shown := strings.ReplaceAll(err.Error(), "https://shop.example/guide", "") // the hint's own example
	for _, word := range []string{c.URL, c.Picture, c.Title, c.Description} {
		if len(word) > 8 && strings.Contains(shown, word) {
			t.Errorf("%q: the fault quotes it: %v", name, err)
		}
	}
}
