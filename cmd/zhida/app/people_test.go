package app

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/config"
)

// TestNobodyRealWaitsBehindPeopleWhoArePlayed: the demo has its two customers, but not where
// a platform brings others.
func TestNobodyRealWaitsBehindPeopleWhoArePlayed(t *testing.T) {
	file := openCrashFile(t)
	accounts := &config.WeChat{Accounts: []config.WeChatAccount{{
		ID: "wx0123456789abcdef", Token: config.NewSecret("token"), Secret: config.NewSecret(strings.Repeat("0", 32)),
	}}}
	for name, c := range map[string]struct {
		wechat *config.WeChat
		phones http.Handler
		demo   bool
		want   bool
	}{
		"the demo":                    {nil, nil, true, true},
		"the demo, WeChat is played":  {accounts, http.NotFoundHandler(), true, true},
		"the demo, and a real WeChat": {accounts, nil, true, false},
		"no demo":                     {nil, nil, false, false},
	} {
		settings := crashConfig()
		settings.Channels.WeChat = c.wechat
		a, err := New(Options{
			Config: settings, Clock: file.clock, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader, Demo: c.demo, Phones: c.phones,
		}, file.bare)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.people != nil; got != c.want {
			t.Errorf("%s: people are played: %v", name, got)
		}
	}
}
