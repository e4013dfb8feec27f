package cloud

import (
	"time"

	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
)

// ping is the rhythm of customers' pages. Every ping and every pong is billed, as a
// frame and as a run; the gateway drops whoever is silent for ten minutes.
const ping = 4 * time.Minute

// Inbound is the use case of customers' messages. A function that only decides has
// no deployment key in its values, and accepts none; its m is nil.
func (d *Deployment) Inbound(values config.Config, box *outbox.Outbox, m *media.Service) *inbound.Service {
	o := inbound.Options{Store: d.Store(), Outbox: box, Media: m, Now: d.Now, Log: d.log, Ping: ping}
	if !values.DeploymentKey.Empty() {
		ids, err := conversation.NewIDs(values.DeploymentKey.Reveal())
		if err != nil {
			d.Note(err)
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
		d.Note(err)
	}
	o.Decider = router
	service, err := inbound.New(o)
	if err != nil {
		d.Note(err)
	}
	return service
}

func (d *Deployment) turns() queue.Queue { return d.queue("ZHIDA_TURNS") }
