package main

import (
	"crypto/rand"
	"net/http"
	"slices"
	"testing"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/vault"
)

// TestAClosedAccountIsWrittenTo: it is one of the connector's, whose token nobody knows.
func TestAClosedAccountIsWrittenTo(t *testing.T) {
	const open, shut = "wx0123456789abcdef", "wxfedcba9876543210"
	settings := &config.WeChat{Accounts: []config.WeChatAccount{{ID: open, Token: config.NewSecret("known")}, {ID: shut}, {ID: "wx00000000000000aa"}}}
	accounts, closed := doors(settings)
	if !slices.Equal(closed, []string{shut, "wx00000000000000aa"}) {
		t.Errorf("closed are %v", closed)
	}
	if got := string(accounts[0].Token.Reveal()); got != "known" {
		t.Errorf("the open one's token is %q", got)
	}
	made := map[string]bool{}
	for _, a := range accounts[1:] {
		made[string(a.Token.Reveal())] = true
		if len(a.Token.Reveal()) < 20 {
			t.Errorf("%s: a token of %d characters can be guessed", a.ID, len(a.Token.Reveal()))
		}
	}
	if len(made) != 2 {
		t.Error("two accounts have one token")
	}
	_, err := wechat.New(wechat.Options{Accounts: accounts, Client: &http.Client{}, Tokens: wechat.Reader{Vault: vault.Vault(nil)}, Rand: rand.Reader})
	if err != nil {
		t.Error(err)
	}
}
