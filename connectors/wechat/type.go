package wechat

import (
	"context"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

var _ channel.Typer = (*Connector)(nil)

// Type shows the customer that somebody types (客服输入状态). Errors are Send's, but for Uncertain.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_typing.html
func (c *Connector) Type(ctx context.Context, p conversation.Peer) error {
	const op = "wechat.Type"
	account, known := c.accounts[p.Account]
	if !known {
		return fault.New(fault.ProviderRefused, op, "this account is not in the configuration any more")
	}
	path := "/cgi-bin/message/custom/typing"
	if account.Kind == MiniProgram {
		path = "/cgi-bin/message/custom/business/typing"
	}
	call, err := post(op, path, struct {
		To      string `json:"touser"`
		Command string `json:"command"`
	}{p.User, "Typing"})
	if err != nil {
		return err
	}
	err = newAPI(c.o.API, c.o.Client, c.o.Tokens).do(ctx, account.ID, call, nil)
	if errcodeOf(err) == typesAlready {
		return nil // it is shown
	}
	return err
}
