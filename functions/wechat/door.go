package main

import (
	"crypto/rand"
	"log/slog"
	"net/http"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

// doors are the accounts, and the AppIDs of those whose webhook's secret is wrong. These
// can be written to, but nobody can call them: their token is one that nobody knows.
func doors(settings *config.WeChat) (accounts []wechat.Account, closed []string) {
	accounts = wechat.AccountsOf(settings)
	for i := range accounts {
		if a := &accounts[i]; a.Token.Empty() {
			a.Token = config.NewSecret(rand.Text())
			closed = append(closed, a.ID)
		}
	}
	return accounts, closed
}

// refuse answers the calls for an account whose webhook's secret is wrong: WeChat calls
// again, an alarm goes on, and the log says why.
func refuse(account string, why error, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.LogAttrs(r.Context(), slog.LevelError, "a call is refused: the secret of this account's webhook is wrong",
			slog.String("channel", wechat.Name), slog.String("account", account), slog.String("code", string(fault.Config)), slog.String("error", why.Error()))
		jsonhttp.Refuse(w, fault.New(fault.Config, "functions/wechat", "look at the log of this function"))
	})
}
