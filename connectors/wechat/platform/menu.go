package platform

import (
	"encoding/json"
	"slices"
)

// How many buttons a menu has, by https://developers.weixin.qq.com/doc/service/en/guide/product/menu/intro.html.
const (
	maxButtons = 3
	maxSub     = 5
)

// buttonTypes are the types that this platform knows.
var buttonTypes = []string{
	"click", "view", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select", "miniprogram",
}

// menuCreate is POST /cgi-bin/menu/create. p.mu is held.
func (p *Platform) menuCreate(c call) result {
	if !c.account.Verified || c.account.Kind != Official {
		return refuse(codeUnauthorized)
	}
	if escaped(c.body) {
		return refuse(codeEscapes)
	}
	if !json.Valid(c.body) {
		return refuse(codeBadJSON)
	}
	top := buttons(c.body)
	if len(top) < 1 || len(top) > maxButtons {
		return refuse(codeButtonCount)
	}
	for _, b := range top {
		if len(b.Sub) > maxSub {
			return refuse(codeSubCount)
		}
		if code := checkButton(b); code != 0 {
			return refuse(code)
		}
	}
	c.account.menu = slices.Clone(c.body)
	return result{}
}

func checkButton(b button) int {
	if b.Name == "" {
		return codeButtonName
	}
	if len(b.Sub) == 0 && (!slices.Contains(buttonTypes, b.Type) || b.Type == "view" && b.URL == "" || b.Type == "click" && b.Key == "") {
		return codeButtonType
	}
	for _, sub := range b.Sub {
		if code := checkButton(sub); code != 0 {
			return code
		}
	}
	return 0
}

// menuGet is GET /cgi-bin/menu/get. p.mu is held.
func (p *Platform) menuGet(c call) result {
	if c.account.menu == nil {
		return refuse(codeNoMenu)
	}
	return result{value: map[string]json.RawMessage{"menu": c.account.menu}}
}

// shownButton is a button as get_current_selfmenu_info has it: what lies below it is a list
// in an object.
type shownButton struct {
	Type string `json:"type,omitempty"`
	Name string `json:"name"`
	Key  string `json:"key,omitempty"`
	URL  string `json:"url,omitempty"`
	Sub  *struct {
		List []shownButton `json:"list"`
	} `json:"sub_button,omitempty"`
}

// menuCurrent is GET /cgi-bin/get_current_selfmenu_info, which tells of menus made in the
// console, too: https://developers.weixin.qq.com/doc/service/api/custommenu/api_getcurrentselfmenuinfo.
// p.mu is held.
func (p *Platform) menuCurrent(c call) result {
	open, shown := 0, []shownButton{}
	for _, b := range buttons(c.account.menu) {
		open, shown = 1, append(shown, b.shown())
	}
	return result{value: map[string]any{"is_menu_open": open, "selfmenu_info": map[string]any{"button": shown}}}
}

func (b button) shown() shownButton {
	s := shownButton{Type: b.Type, Name: b.Name, Key: b.Key, URL: b.URL}
	if len(b.Sub) == 0 {
		return s
	}
	s.Sub = &struct {
		List []shownButton `json:"list"`
	}{}
	for _, sub := range b.Sub {
		s.Sub.List = append(s.Sub.List, sub.shown())
	}
	return s
}

// menuDelete is GET /cgi-bin/menu/delete. p.mu is held.
func (p *Platform) menuDelete(c call) result {
	c.account.menu = nil
	return result{}
}
