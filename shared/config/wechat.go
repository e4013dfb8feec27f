package config

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// WeChat is the channel of Official Accounts and Mini Programs.
type WeChat struct {
	API      string // where its API answers; "" for WeChat's own
	Accounts []WeChatAccount
}

// WeChatAccount is one of the company's accounts, as WeChat's console has it.
type WeChatAccount struct {
	ID             string // AppID
	Original       string // 原始 ID, gh_…; "" where the file says none
	MiniProgram    bool   // else an Official Account
	Menus          bool   // messages with menus may be sent: verified service accounts only
	Token          Secret // of the webhook
	AESKey         Secret // EncodingAESKey; empty where calls are in plain text
	PreviousAESKey Secret // while the key is being changed; else empty
	Secret         Secret // AppSecret
}

// weChatKinds are what an account may be; a file that says none means the first.
var weChatKinds = []string{"official", "miniprogram"}

var (
	appIDShape    = regexp.MustCompile(`^wx[0-9a-f]{16}$`)
	originalShape = regexp.MustCompile(`^gh_[0-9a-zA-Z_]{1,30}$`)
	// https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html:
	// 3 to 32 letters and digits.
	weChatTokenShape = regexp.MustCompile(`^[0-9A-Za-z]{3,32}$`)
	aesKeyShape      = regexp.MustCompile(`^[0-9A-Za-z]{43}$`)
	appSecretShape   = regexp.MustCompile(`^[0-9a-zA-Z]{32}$`)
)

func (r *reader) weChat(f field) *WeChat {
	all := r.fields(f, "api", "accounts", "webhooks", "secrets")
	c := &WeChat{}
	if v, ok := all["api"]; ok {
		c.API = r.url(v, address{
			such: "https://api.weixin.qq.com", here: "http://localhost:8090",
			open: "access tokens would travel in the open", user: "the account is named in zhida.yaml",
		})
	}
	if v, ok := r.need(f, all, "accounts", "list the accounts: accounts: [{ id: wx…, kind: official }]"); ok {
		c.Accounts = r.weChatAccounts(v)
	}
	if v, ok := r.need(f, all, "webhooks", "add webhooks: { env: ZHIDA_WECHAT_WEBHOOKS }"); ok {
		r.weChatWebhooks(v, c.Accounts)
	}
	if v, ok := r.need(f, all, "secrets", "add secrets: { env: ZHIDA_WECHAT_SECRETS }"); ok {
		r.weChatSecrets(v, c.Accounts)
	}
	return c
}

func (r *reader) weChatAccounts(f field) []WeChatAccount {
	items := r.list(f)
	if isList(f.value) && len(items) == 0 {
		r.wrong(f, "the list is empty", "name at least one account")
	}
	accounts := make([]WeChatAccount, 0, len(items))
	ids, originals := once{}, once{}
	for _, item := range items {
		var a WeChatAccount
		all := r.fields(item, "id", "original", "kind", "menus")
		if v, ok := r.need(item, all, "id", "give the account's AppID, wx and 16 digits or letters a to f, from 设置与开发 → 基本配置"); ok {
			if a.ID = r.text(v, maxPhrase); a.ID != "" && !appIDShape.MatchString(a.ID) {
				r.wrong(v, "this is no AppID", "it is wx and 16 digits or letters a to f, from 设置与开发 → 基本配置")
			}
			r.unique(v, ids, a.ID)
		}
		if v, ok := all["original"]; ok {
			if a.Original = r.text(v, maxPhrase); a.Original != "" && !originalShape.MatchString(a.Original) {
				r.wrong(v, "this is no original id", "it begins with gh_, from 设置与开发 → 公众号设置 → 原始ID")
			}
			r.unique(v, originals, a.Original)
		}
		if v, ok := all["kind"]; ok {
			a.MiniProgram = r.oneOf(v, "kind of account", weChatKinds) == weChatKinds[1]
		}
		if v, ok := all["menus"]; ok {
			if a.Menus = r.boolean(v); a.Menus && a.MiniProgram {
				r.wrong(v, "a Mini Program cannot send menus", "leave menus out")
			}
		}
		accounts = append(accounts, a)
	}
	return accounts
}

// weChatWebhook is what an account's webhook is protected with.
type weChatWebhook struct {
	Token          string `json:"token"`
	AESKey         string `json:"aes_key"`
	PreviousAESKey string `json:"previous_aes_key"`
}

// The shapes of the two secrets. They are JSON, as there may be many accounts, and a
// Lambda's rights are by secret.
const (
	weChatWebhooksHint = `set it to JSON by AppID: {"wx…": {"token": "…", "aes_key": "…"}}, with previous_aes_key while the key is being changed`
	weChatSecretsHint  = `set it to JSON by AppID: {"wx…": "AppSecret"}`
)

func (r *reader) weChatWebhooks(f field, accounts []WeChatAccount) {
	env, value, ok := r.environment(f, weChatWebhooksHint)
	if !ok {
		return
	}
	var all map[string]json.RawMessage
	if !r.secretJSON(f, env, value, &all, weChatWebhooksHint) {
		return
	}
	for i := range accounts {
		before := len(r.ofOne)
		var w weChatWebhook
		switch entry, there := all[accounts[i].ID]; {
		case !there:
			r.wrongOne(f, accounts[i].lacks(env, "no entry", i), weChatWebhooksHint)
		case strictly(string(entry), &w) != nil:
			r.wrongOne(f, accounts[i].lacks(env, "an entry that is not the JSON it should be", i), weChatWebhooksHint)
		default:
			r.weChatWebhook(f, w, func(has string) string { return accounts[i].lacks(env, has, i) })
		}
		if len(r.ofOne) == before {
			accounts[i].Token, accounts[i].AESKey, accounts[i].PreviousAESKey = NewSecret(w.Token), NewSecret(w.AESKey), NewSecret(w.PreviousAESKey)
		}
	}
}

// weChatWebhook checks the entry of one account.
func (r *reader) weChatWebhook(f field, w weChatWebhook, problem func(has string) string) {
	if !weChatTokenShape.MatchString(w.Token) {
		r.wrongOne(f, problem("no token of 3 to 32 letters and digits"), "it is the Token of 设置与开发 → 基本配置 → 服务器配置")
	}
	for _, key := range []struct{ name, value string }{{"aes_key", w.AESKey}, {"previous_aes_key", w.PreviousAESKey}} {
		if key.value != "" && !aesKey(key.value) {
			r.wrongOne(f, problem("no EncodingAESKey in "+key.name), "it has 43 letters and digits")
		}
	}
	if w.AESKey == "" && w.PreviousAESKey != "" {
		r.wrongOne(f, problem("a previous key and no key"), "add aes_key")
	}
}

// lacks says what the secret in an environment variable has for the account, which is the
// i-th of the file, from 0.
func (a WeChatAccount) lacks(env, has string, i int) string {
	text := fmt.Sprintf("the environment variable %s has %s for account %d", env, has, i+1)
	if appIDShape.MatchString(a.ID) {
		text += " (" + a.ID + ")"
	}
	return text
}

// aesKey reports whether a text is an EncodingAESKey: 32 bytes in base64, without the
// last "=".
func aesKey(text string) bool {
	key, err := base64.StdEncoding.DecodeString(text + "=")
	return aesKeyShape.MatchString(text) && err == nil && len(key) == 32
}

func (r *reader) weChatSecrets(f field, accounts []WeChatAccount) {
	env, value, ok := r.environment(f, weChatSecretsHint)
	if !ok {
		return
	}
	var all map[string]json.RawMessage
	if !r.secretJSON(f, env, value, &all, weChatSecretsHint) {
		return
	}
	for i := range accounts {
		var secret string
		if strictly(string(all[accounts[i].ID]), &secret) != nil || !appSecretShape.MatchString(secret) {
			r.wrongOne(f, accounts[i].lacks(env, "no AppSecret of 32 letters and digits", i), weChatSecretsHint)
			continue
		}
		accounts[i].Secret = NewSecret(secret)
	}
}

// secretJSON reads a secret that is JSON. What is wrong with it is told without a
// word of it.
func (r *reader) secretJSON(f field, env, value string, into any, hint string) bool {
	if strictly(value, into) != nil {
		r.wrong(f, "the environment variable "+env+" is not the JSON it should be", hint)
		return false
	}
	return true
}

var errNotTheJSON = errors.New("this is not the JSON it should be")

// strictly decodes JSON. Its errors have no word of it.
func strictly(text string, into any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil || strings.TrimSpace(text[dec.InputOffset():]) != "" {
		return errNotTheJSON
	}
	return nil
}
