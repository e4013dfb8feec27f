package app

import (
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/queue"
)

// channels are those that are on.
func (a *App) channels() []channel.Connector {
	return append([]channel.Connector{a.inapp}, a.platforms...)
}

// doorbells are the queues of the channels that there are.
func (a *App) doorbells() map[string]queue.Queue {
	queues := map[string]queue.Queue{}
	for _, c := range a.channels() {
		queues[c.Info().Name] = a.engines.Outbound[c.Info().Name]
	}
	return queues
}

// maxText is how many characters one message has, by channel.
func (a *App) maxText() map[string]int {
	limits := map[string]int{}
	for _, c := range a.channels() {
		limits[c.Info().Name] = c.Info().MaxText
	}
	return limits
}

// deskChannels are what the desk knows of the channels.
func (a *App) deskChannels() desk.Channels {
	channels, prices := desk.Channels{}, a.o.Config.Channels.PartPrices()
	for _, c := range a.channels() {
		info := c.Info()
		of := desk.Channel{MaxText: info.MaxText, Template: info.Outbound == channel.Template}
		if price, counts := prices[info.Name]; counts {
			of.Counting = &desk.Counting{Price: price.Amount, Currency: price.Currency}
		}
		channels[info.Name] = of
	}
	return channels
}
