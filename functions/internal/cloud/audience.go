package cloud

import (
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
)

// Desk is what the environment calls the agents' audience, beside the channels'.
const Desk = "desk"

// Outbox is the one way to commit a decision. own are the audiences that this
// function tells itself, by the names they have in the environment; all others are
// told through their queues, and lines always are.
func (d *Deployment) Outbox(own map[string]outbox.Audience) *outbox.Outbox {
	d.boxed = true
	o := outbox.Options{
		Store:     d.Store(),
		Transfers: map[conversation.Lane]queue.Queue{conversation.Front: d.queue("ZHIDA_TRANSFERS_FRONT")},
		Outbound:  map[string]queue.Queue{}, Later: map[string]queue.Queue{}, MaxText: d.MaxText(),
		Audience: d.audiences(own), Now: d.Now, Log: d.log,
	}
	for _, channel := range d.channels() {
		upper := strings.ToUpper(channel)
		o.Outbound[channel] = d.queue(outboundPrefix + upper)
		if name := laterPrefix + upper; d.environment[name] != "" {
			o.Later[channel] = d.queue(name)
		}
	}
	box, err := outbox.New(o)
	if err != nil {
		d.Note(err)
	}
	return box
}

func (d *Deployment) audiences(own map[string]outbox.Audience) outbox.Audiences {
	var all outbox.Audiences
	for _, channel := range d.channels() {
		if upper := strings.ToUpper(channel); d.environment[linesPrefix+upper] == "" { // its customers hold no connections
			all = append(all, outbox.Typing{Queue: d.queue(outboundPrefix + upper), Channel: channel})
		}
	}
	for name := range d.environment {
		who, ok := strings.CutPrefix(name, linesPrefix)
		if !ok {
			continue
		}
		all = append(all, outbox.Lines{Queue: d.queue(name), Now: d.wall})
		if a := own[strings.ToLower(who)]; a != nil {
			all = append(all, a)
			continue
		}
		if who = strings.ToLower(who); who != Desk && d.environment[eventsPrefix+strings.ToUpper(who)] == "" {
			continue // nothing that this function does concerns another channel's customers
		}
		all = append(all, outbox.Relay{Queue: d.queue(eventsPrefix + strings.ToUpper(who)), Concerns: concerns(who)})
	}
	return all
}

// concerns says what an audience in another function has to hear of.
func concerns(audience string) func(outbox.News) bool {
	if audience == Desk {
		return func(n outbox.News) bool { return n.Holder != "" || n.Left != "" }
	}
	// Our messages reach customers as deliveries; their own words are echoed by the
	// function that took them.
	return func(n outbox.News) bool {
		return n.Channel == audience && (n.Moved || n.Typing == conversation.Person)
	}
}
