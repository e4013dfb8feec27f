package platform

import (
	"math/rand/v2"

	"github.com/zhida-project/zhida/shared/simulation"
)

// Plan is what goes wrong, by chance. The zero Plan is of a perfect world. The n-th call of an operation,
// the n-th notification and the n-th message to a phone meet the same luck with the same Seed.
type Plan struct {
	Seed uint64

	// The chances, from 0 to 1, of each call of the API. They add up to 1 at most, as do those of each
	// of the next two lists.
	Reset            float64 // the request is lost: the connection breaks, nothing was taken
	Swallow          float64 // the answer is lost: it was taken, and the message goes out
	ServerError      float64 // 500, nothing taken
	ServerErrorTaken float64 // 500, and it was taken
	Limited          float64 // ThrottlingException, nothing taken

	// The chances, from 0 to 1, of each notification of SNS, which delivers at least once and in no order.
	Twice float64 // the same, twice at once
	Again float64 // the same, again an hour later
	Anew  float64 // an hour later a new notification, of the same message
	Late  float64 // 90 seconds late, so that others come first

	Fates []Odds // of each message that the API takes; what is left is Delivered

	Down []Span // the API answers 503

	// KeepKeywords has AWS publish nothing of the HELP and STOP that it answers itself. That is how the page
	// on self-managed opt-outs can be read, which names the topic as what changes with them; by the page on
	// inbound RCS, whose pattern is the same as of SMS, a message is answered and published.
	KeepKeywords bool
}

// Span is a stretch of time, without its end.
type Span = simulation.Span

// Odds are how probable a Fate is.
type Odds = simulation.Odds[Fate]

// CallFault happens to one call of the API.
type CallFault int

// The faults of calls, as Plan says of each.
const (
	NoCallFault CallFault = iota
	Reset
	Swallow
	ServerError
	ServerErrorTaken
	Limited
)

// PushFault happens to one notification.
type PushFault int

// The faults of notifications, as Plan says of each.
const (
	NoPushFault PushFault = iota
	Twice
	Again
	Anew
	Late
)

// What luck calls notifications: those of what phones write, and those of events.
const (
	writing   = "inbound"
	reporting = "event"
)

// FailCalls has the next calls of an operation, such as SendTextMessage, meet these faults.
func (p *Platform) FailCalls(operation string, faults ...CallFault) {
	p.callLuck.Ask(operation, faults...)
}

// FailInbound has the next notifications of what phones write meet these faults.
func (p *Platform) FailInbound(faults ...PushFault) { p.pushLuck.Ask(writing, faults...) }

// FailEvents has the next notifications of events meet these faults.
func (p *Platform) FailEvents(faults ...PushFault) { p.pushLuck.Ask(reporting, faults...) }

// Decide gives the next messages to a phone these fates.
func (p *Platform) Decide(phone string, fates ...Fate) { p.fateLuck.Ask(phone, fates...) }

func (p *Platform) callFault(operation string) CallFault {
	return p.callLuck.Next(operation, func(dice *rand.Rand) CallFault {
		plan := p.o.Faults
		return simulation.Pick(dice, []simulation.Odds[CallFault]{
			{Chance: plan.Reset, What: Reset}, {Chance: plan.Swallow, What: Swallow},
			{Chance: plan.ServerError, What: ServerError}, {Chance: plan.ServerErrorTaken, What: ServerErrorTaken},
			{Chance: plan.Limited, What: Limited},
		})
	})
}

func (p *Platform) pushFault(of string) PushFault {
	return p.pushLuck.Next(of, func(dice *rand.Rand) PushFault {
		plan := p.o.Faults
		return simulation.Pick(dice, []simulation.Odds[PushFault]{
			{Chance: plan.Twice, What: Twice}, {Chance: plan.Again, What: Again},
			{Chance: plan.Anew, What: Anew}, {Chance: plan.Late, What: Late},
		})
	})
}

func (p *Platform) fate(phone string) Fate {
	return p.fateLuck.Next(phone, func(dice *rand.Rand) Fate { return simulation.Pick(dice, p.o.Faults.Fates) })
}
