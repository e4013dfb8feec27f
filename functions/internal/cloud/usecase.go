package cloud

import (
	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
)

// Inbound is the use case of customers' messages. A function that only decides has
// no deployment key in its values, and accepts none.
func (d *Deployment) Inbound(values config.Config, box *outbox.Outbox) *inbound.Service {
	o := inbound.Options{Store: d.Store(), Outbox: box, Now: d.Now, Log: d.log}
	if !values.DeploymentKey.Empty() {
		ids, err := conversation.NewIDs(values.DeploymentKey.Reveal())
		if err != nil {
			d.note(err)
		}
		o.IDs = ids
	}
	if values.Bot != nil {
		o.Turns = d.turns()
	}
	router, err := routing.New(routing.Options{
		Language: values.Language, Answers: faq.New(values.FAQ), Line: d.Store(), SlowBot: values.Bot != nil,
	})
	if err != nil {
		d.note(err)
	}
	o.Decider = router
	service, err := inbound.New(o)
	if err != nil {
		d.note(err)
	}
	return service
}

func (d *Deployment) turns() queue.Queue { return d.queue("ZHIDA_TURNS") }
