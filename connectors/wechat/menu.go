package wechat

import (
	"context"
	"fmt"
	"net/http"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Menu is an account's own menu (自定义菜单): at most three items, each with at most five below.
// Source: https://developers.weixin.qq.com/doc/subscription/api/custommenu/api_createcustommenu.html
type Menu struct {
	Items []MenuItem `json:"button"`
}

// MenuItem is an item of an account's menu.
type MenuItem struct {
	Type string `json:"type"` // "click": a tap is told to us
	Name string `json:"name"` // at most 16 bytes, of which WeChat shows 4 Chinese characters
	Key  string `json:"key"`  // of a tap
}

// DefaultMenu is a menu with the way to a person, on its first level (promise P2).
func DefaultMenu(lang conversation.Language) Menu {
	return Menu{Items: []MenuItem{{Type: "click", Name: waysIn(lang).menu, Key: HumanKey}}}
}

// Existing says what becomes of the menu that an account has.
type Existing string

// What may become of it.
const (
	Keep    Existing = "keep"
	Replace Existing = "replace"
)

// InstallMenu gives an account a menu. Where it has one already that shows the way to a person, or is
// to be kept, nothing is changed: the former is no error, the latter is Conflict. Other errors are those of
// channel.Connector's Send, but for Uncertain.
// Source: https://developers.weixin.qq.com/doc/service/api/custommenu/api_getcurrentselfmenuinfo
func InstallMenu(ctx context.Context, o Options, account string, menu Menu, existing Existing) error {
	const op = "wechat.InstallMenu"
	a := newAPI(o.API, o.Client, o.Tokens)
	var now struct {
		Open int  `json:"is_menu_open"`
		Menu Menu `json:"selfmenu_info"`
	}
	look := request{op: op, method: http.MethodGet, path: "/cgi-bin/get_current_selfmenu_info"}
	if err := a.do(ctx, account, look, &now); err != nil {
		return err
	}
	switch {
	case now.Open != 0 && now.Menu.human():
		return nil
	case len(now.Menu.Items) > 0 && existing != Replace:
		return fault.New(fault.Conflict, op, fmt.Sprintf(
			"the account has a menu of %d items, none of which asks for a person: add an item of type click with the key %q to it, or say that it is to be replaced",
			len(now.Menu.Items), HumanKey))
	}
	create, err := post(op, "/cgi-bin/menu/create", menu)
	if err != nil {
		return err
	}
	return a.do(ctx, account, create, nil)
}

// human reports whether a tap on the first level asks for a person.
func (m Menu) human() bool {
	for _, item := range m.Items {
		if item.Type == "click" && item.Key == HumanKey {
			return true
		}
	}
	return false
}
