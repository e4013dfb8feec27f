package wechat_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestInstallMenu(t *testing.T) {
	const (
		none  = `{"is_menu_open":0}`
		songs = `{"is_menu_open":1,"selfmenu_info":{"button":[{"type":"click","name":"今日歌曲","key":"V1001_TODAY_MUSIC"},{"name":"菜单","sub_button":{"list":[{"type":"view","name":"搜索","url":"http://www.soso.com/"}]}}]}}`
		ours  = `{"is_menu_open":1,"selfmenu_info":{"button":[{"type":"click","name":"转人工","key":"human"}]}}`
		shut  = `{"is_menu_open":0,"selfmenu_info":{"button":[{"type":"click","name":"转人工","key":"human"}]}}`
	)
	for name, c := range map[string]struct {
		there    string
		existing wechat.Existing
		created  int
		want     fault.Code
	}{
		"none":                  {none, wechat.Keep, 1, ""},
		"another":               {songs, wechat.Keep, 0, fault.Conflict},
		"another, no word":      {songs, "", 0, fault.Conflict},
		"another, replaced":     {songs, wechat.Replace, 1, ""},
		"it is there":           {ours, wechat.Keep, 0, ""},
		"it is there, shut":     {shut, wechat.Replace, 1, ""},
		"it is not to be known": {`{"errcode":48001,"errmsg":"api unauthorized"}`, wechat.Replace, 0, fault.ProviderAuth},
	} {
		t.Run(name, func(t *testing.T) {
			x := newWeixin(t, func(w http.ResponseWriter, r *http.Request, _ string) {
				if r.Method == http.MethodGet && r.URL.Path == "/cgi-bin/get_current_selfmenu_info" {
					_, _ = io.WriteString(w, c.there)
					return
				}
				_, _ = io.WriteString(w, okAnswer)
			})
			err := wechat.InstallMenu(t.Context(), sendOptions(x.URL, fixed{token: theToken}), official, wechat.DefaultMenu(conversation.Chinese), c.existing)
			if c.want != "" {
				wantFault(t, err, c.want)
			} else if err != nil {
				t.Fatal(err)
			}
			calls := x.got()[1:]
			if len(calls) != c.created {
				t.Fatalf("%d menus", len(calls))
			}
			for _, call := range calls {
				if call.path != "/cgi-bin/menu/create" || call.body != `{"button":[{"type":"click","name":"转人工","key":"human"}]}` {
					t.Errorf("%s got %s", call.path, call.body)
				}
			}
		})
	}
}

func TestDefaultMenuIsShort(t *testing.T) {
	for _, lang := range []conversation.Language{conversation.Chinese, conversation.English, ""} {
		item := wechat.DefaultMenu(lang).Items[0]
		if len(item.Name) > 16 || strings.TrimSpace(item.Name) == "" || item.Key != wechat.HumanKey {
			t.Errorf("%q: %+v", lang, item)
		}
	}
}
