// Command bot is the slow bot's turns on AWS, apart from everything that customers
// wait for.
package main

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/manager"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

func main() { os.Exit(cloud.Run(os.Environ(), os.Stdout, time.Now, parts)) }

func parts(d *cloud.Deployment) (o lambdahost.Options, err error) {
	values := d.ConfigWith(manager.Of(d), config.BotSecret)
	if values.Bot == nil {
		return o, fault.New(fault.Config, "bot", "zhida.yaml names no bot for this function to ask")
	}
	asked, err := webhook.New(webhook.Options{Bot: *values.Bot, Client: &http.Client{}, Now: d.Now})
	if err != nil {
		return o, err
	}
	patience := values.Bot.Patience
	values.Bot = nil // it takes turns, and gives none
	turns := d.Inbound(values, d.Outbox(nil), nil).NewTurns(asked, patience)
	return lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"bot": turns.Handle}}, nil
}
