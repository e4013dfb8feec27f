package wechat

import "github.com/zhida-project/zhida/shared/config"

// AccountsOf are the accounts that zhida.yaml names, for Options.
func AccountsOf(c *config.WeChat) []Account {
	accounts := make([]Account, 0, len(c.Accounts))
	for _, a := range c.Accounts {
		kind := Official
		if a.MiniProgram {
			kind = MiniProgram
		}
		accounts = append(accounts, Account{
			ID: a.ID, Original: a.Original, Kind: kind, Menus: a.Menus,
			Token: a.Token, AESKey: a.AESKey, PreviousAESKey: a.PreviousAESKey,
		})
	}
	return accounts
}

// CredentialsOf are what the tokens of the accounts that zhida.yaml names are asked for
// with, for KeeperOptions.
func CredentialsOf(c *config.WeChat) []Credentials {
	all := make([]Credentials, 0, len(c.Accounts))
	for _, a := range c.Accounts {
		all = append(all, Credentials{ID: a.ID, Secret: a.Secret})
	}
	return all
}
