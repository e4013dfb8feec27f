package config_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/config"
)

func TestWeChat(t *testing.T) {
	got, err := config.Load(read(t, "good/wechat.yaml"), lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := &config.WeChat{API: "http://localhost:8090", Accounts: []config.WeChatAccount{
		{
			ID: "wx0123456789abcdef", Original: "gh_7f083739789a", Menus: true, Token: config.NewSecret("AAAAA"),
			AESKey:         config.NewSecret("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"),
			PreviousAESKey: config.NewSecret("0123456789ABCDEFGabcdefghijklmnopqrstuvwxyz"),
			Secret:         config.NewSecret("0123456789abcdef0123456789abcdef"),
		},
		{ID: "wxfedcba9876543210", MiniProgram: true, Token: config.NewSecret("mini"), Secret: config.NewSecret("fedcba9876543210fedcba9876543210")},
	}}
	if !reflect.DeepEqual(got.Channels.WeChat, want) {
		t.Errorf("got %+v", got.Channels.WeChat)
	}
}

// TestWeChatByParts: who answers webhooks has no AppSecret, and who fetches tokens no
// key of a webhook.
func TestWeChatByParts(t *testing.T) {
	file := config.Parse(read(t, "good/wechat.yaml"))
	for _, part := range []config.Part{config.WeChatWebhooks, config.WeChatSecrets} {
		names, err := file.Names(part)
		if err != nil || !slices.Equal(names, []string{map[config.Part]string{
			config.WeChatWebhooks: "ZHIDA_WECHAT_WEBHOOKS", config.WeChatSecrets: "ZHIDA_WECHAT_SECRETS",
		}[part]}) {
			t.Errorf("%s: names %v, %v", part, names, err)
		}
		c, err := file.Load(lookup, part)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range c.Channels.WeChat.Accounts {
			if a.Token.Empty() != (part == config.WeChatSecrets) || a.Secret.Empty() != (part == config.WeChatWebhooks) {
				t.Errorf("%s: account %s has another part's secret, or not its own", part, a.ID)
			}
		}
	}
}

// TestBadSecretsOfWeChat are told without a word of them.
func TestBadSecretsOfWeChat(t *testing.T) {
	file := read(t, "good/wechat.yaml")
	for name, c := range map[string]struct{ variable, value, want string }{
		"no JSON":       {"ZHIDA_WECHAT_WEBHOOKS", "hunter2", "is not the JSON it should be"},
		"more behind":   {"ZHIDA_WECHAT_SECRETS", environment["ZHIDA_WECHAT_SECRETS"] + "hunter2", "is not the JSON it should be"},
		"no object":     {"ZHIDA_WECHAT_WEBHOOKS", `["hunter2"]`, "is not the JSON it should be"},
		"another field": {"ZHIDA_WECHAT_WEBHOOKS", `{"wx0123456789abcdef":{"tokens":"hunter2"},"wxfedcba9876543210":{"token":"hunter2"}}`, "has an entry that is not the JSON it should be for account 1 (wx0123456789abcdef)"},
		"no token":      {"ZHIDA_WECHAT_WEBHOOKS", `{"wx0123456789abcdef":{},"wxfedcba9876543210":{"token":"hunter2"}}`, "has no token of 3 to 32 letters and digits for account 1"},
		"token":         {"ZHIDA_WECHAT_WEBHOOKS", `{"wx0123456789abcdef":{"token":"hunter2"},"wxfedcba9876543210":{"token":"hunter2 "}}`, "has no token of 3 to 32 letters and digits for account 2"},
		"no account":    {"ZHIDA_WECHAT_WEBHOOKS", `{"wx0123456789abcdef":{"token":"hunter2"}}`, "has no entry for account 2"},
		"short key":     {"ZHIDA_WECHAT_WEBHOOKS", `{"wx0123456789abcdef":{"token":"AAA","aes_key":"hunter2"},"wxfedcba9876543210":{"token":"BBB"}}`, "has no EncodingAESKey in aes_key for account 1 (wx0123456789abcdef)"},
		"only previous": {"ZHIDA_WECHAT_WEBHOOKS", `{"wx0123456789abcdef":{"token":"AAA","previous_aes_key":"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"},"wxfedcba9876543210":{"token":"BBB"}}`, "has a previous key and no key for account 1"},
		"short secret":  {"ZHIDA_WECHAT_SECRETS", `{"wx0123456789abcdef":"hunter2","wxfedcba9876543210":"fedcba9876543210fedcba9876543210"}`, "has no AppSecret of 32 letters and digits for account 1"},
		"no secret":     {"ZHIDA_WECHAT_SECRETS", `{"wx0123456789abcdef":"0123456789abcdef0123456789abcdef"}`, "has no AppSecret of 32 letters and digits for account 2 (wxfedcba9876543210)"},
	} {
		_, err := config.Load(file, func(variable string) (string, bool) {
			if variable == c.variable {
				return c.value, true
			}
			return lookup(variable)
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s: got %v, want one mistake that says %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: a secret was shown: %v", name, err)
		}
	}
}

// TestAnAccountThatIsSpared: it costs nobody else, and everything that is wrong with it is told.
func TestAnAccountThatIsSpared(t *testing.T) {
	file := config.Parse(read(t, "good/wechat.yaml"))
	for name, c := range map[string]struct {
		part            config.Part
		variable, value string
		want            []string
	}{
		"no AppSecret": {config.WeChatSecrets, "ZHIDA_WECHAT_SECRETS", `{"wxfedcba9876543210": "fedcba9876543210fedcba9876543210"}`,
			[]string{"no AppSecret of 32 letters and digits for account 1 (wx0123456789abcdef)"}},
		"half an AppSecret": {config.WeChatSecrets, "ZHIDA_WECHAT_SECRETS", `{"wx0123456789abcdef": "hunter2", "wxfedcba9876543210": "fedcba9876543210fedcba9876543210"}`,
			[]string{"no AppSecret of 32 letters and digits for account 1 (wx0123456789abcdef)"}},
		"an AppSecret that is a number": {config.WeChatSecrets, "ZHIDA_WECHAT_SECRETS", `{"wx0123456789abcdef": 7, "wxfedcba9876543210": "fedcba9876543210fedcba9876543210"}`,
			[]string{"no AppSecret of 32 letters and digits for account 1 (wx0123456789abcdef)"}},
		"a webhook that is a text": {config.WeChatWebhooks, "ZHIDA_WECHAT_WEBHOOKS", `{"wx0123456789abcdef": "hunter2", "wxfedcba9876543210": {"token": "mini"}}`,
			[]string{"an entry that is not the JSON it should be for account 1 (wx0123456789abcdef)"}},
		"two things wrong with a webhook": {config.WeChatWebhooks, "ZHIDA_WECHAT_WEBHOOKS", `{"wx0123456789abcdef": {"token": "hunter2 ", "aes_key": "hunter2"}, "wxfedcba9876543210": {"token": "mini"}}`,
			[]string{"no token of 3 to 32 letters and digits for account 1 (wx0123456789abcdef)", "no EncodingAESKey in aes_key for account 1 (wx0123456789abcdef)"}},
	} {
		has := func(variable string) (string, bool) { return c.value, variable == c.variable }
		got, spared, err := file.LoadSparing(has, c.part)
		if err != nil || got.Channels.WeChat == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		a, other := got.Channels.WeChat.Accounts[0], got.Channels.WeChat.Accounts[1]
		if !a.Secret.Empty() || !a.Token.Empty() || !a.AESKey.Empty() || other.Secret.Empty() && other.Token.Empty() {
			t.Errorf("%s: %+v", name, got.Channels.WeChat)
		}
		var told *config.Mistakes
		if !errors.As(spared, &told) || len(told.List) != len(c.want) {
			t.Errorf("%s: it says %v", name, spared)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(told.List[i].Problem, want) || strings.Contains(told.Error(), "hunter2") {
				t.Errorf("%s: it says %v", name, told)
			}
		}
		if _, err := file.Load(has, c.part); err == nil || err.Error() != spared.Error() {
			t.Errorf("%s: Load says %v", name, err)
		}
	}
}

// TestNothingIsSparedButAccounts: what concerns all of them is no account's own.
func TestNothingIsSparedButAccounts(t *testing.T) {
	for name, c := range map[string]struct{ file, value string }{
		"no JSON":        {"good/wechat.yaml", "hunter2"},
		"the file, too":  {"bad/wechat.yaml", "{}"},
		"another secret": {"good/whole.yaml", "{}"},
	} {
		got, spared, err := config.Parse(read(t, c.file)).LoadSparing(func(string) (string, bool) { return c.value, true },
			config.WeChatSecrets, config.DeskSecret)
		if err == nil || spared != nil || !reflect.DeepEqual(got, config.Config{}) {
			t.Errorf("%s: %+v, %v, %v", name, got, spared, err)
		}
	}
	if _, spared, err := config.Parse(read(t, "good/wechat.yaml")).LoadSparing(lookup, config.WeChatSecrets); spared != nil || err != nil {
		t.Errorf("%v, %v", spared, err)
	}
}
