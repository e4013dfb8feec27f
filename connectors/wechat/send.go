package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

// Send sends a text through the customer-service API. Source:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
func (c *Connector) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	const op = "wechat.Send"
	token, err := c.o.Tokens.Token(ctx, out.Peer.Account)
	if err != nil {
		return channel.Sent{}, err
	}
	body, err := raw(map[string]any{
		"touser": out.Peer.User, "msgtype": "text", "text": map[string]string{"content": render(out.Message, out.Language)},
	})
	if err != nil {
		return channel.Sent{}, fault.Wrap(err, fault.Internal, op, "")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost,
		c.o.API+"/cgi-bin/message/custom/send?access_token="+string(token.Reveal()), bytes.NewReader(body))
	if err != nil {
		return channel.Sent{}, fault.New(fault.Internal, op, "the API's address is none")
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.o.Client.Do(r)
	if err != nil { // it holds the address, and the token in it
		return channel.Sent{}, fault.New(fault.Uncertain, op, "WeChat did not answer: it may have been sent")
	}
	defer func() { _ = answer.Body.Close() }()
	return channel.Sent{}, taken(op, answer)
}

func taken(op string, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		if err != nil {
			seconds = 0
		}
		return &fault.Error{Code: fault.ProviderBusy, Op: op, Hint: "WeChat is not reachable", RetryAfter: time.Duration(seconds) * time.Second}
	}
	var says struct{ Errcode *int }
	if json.NewDecoder(io.LimitReader(answer.Body, maxBody)).Decode(&says) != nil || says.Errcode == nil {
		return fault.New(fault.Uncertain, op, "WeChat's answer is none: it may have been sent")
	}
	if *says.Errcode != 0 {
		return fault.New(fault.ProviderRefused, op, "WeChat refused it")
	}
	return nil
}
