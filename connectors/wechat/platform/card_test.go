package platform_test

import (
	"fmt"
	"testing"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

// TestCards: one article of an official account, one link of a mini program.
func TestCards(t *testing.T) {
	const address, picture = "https://shop.example/day?a=1", "https://shop.example/day.png"
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.do(u.Write("x"))
	news := func(articles string) answer {
		return w.post(sendPath+"?access_token="+w.stable(false).Token, `{"touser":"`+u.OpenID+`","msgtype":"news","news":{"articles":[`+articles+`]}}`)
	}
	article := `{"title":"Happy Day","description":"Is Really A Happy Day","url":"` + address + `","picurl":"` + picture + `"}`
	w.wants(news(article), 0)
	phone := w.p.Phone(u)
	if got := phone[len(phone)-1]; got.Kind != "news" || got.Text != "Happy Day" || got.Description != "Is Really A Happy Day" || got.URL != address || got.Picture != picture {
		t.Errorf("the phone shows %+v", got)
	}
	for body, code := range map[string]int{"": 44003, "{}": 44003, article + "," + article: 45008} {
		w.wants(news(body), code)
	}
	if after := w.p.Phone(u); len(after) != len(phone) {
		t.Errorf("what was refused is shown: %+v", after[len(phone):])
	}

	m := newWorld(t, func(a *platform.Account, _ *platform.Plan) { a.Kind = platform.MiniProgram })
	u, err := m.p.User(appID, "李雷")
	if err != nil {
		t.Fatal(err)
	}
	m.do(u.EnterSession(""))
	body := `{"touser":"` + u.OpenID + `","msgtype":%q,"link":{"title":"Happy Day","description":"Really","url":"` + address + `","thumb_url":"` + picture + `"},"news":{"articles":[` + article + `]}}`
	post := func(kind string) answer {
		return m.post(sendPath+"?access_token="+m.stable(false).Token, fmt.Sprintf(body, kind))
	}
	m.wants(post("news"), 40008)
	m.wants(post("link"), 0)
	phone = m.p.Phone(u)
	if got := phone[len(phone)-1]; got.Text != "Happy Day" || got.Description != "Really" || got.URL != address || got.Picture != picture {
		t.Errorf("the phone shows %+v", got)
	}
}
