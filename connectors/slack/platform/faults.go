package platform

import (
	"math/rand/v2"

	"github.com/zhida-project/zhida/shared/simulation"
)

// Plan is what goes wrong, by chance. The zero Plan is of a perfect world. The n-th call of an
// address meets the same luck with the same Seed.
type Plan struct {
	Seed uint64

	// The chances, from 0 to 1, of each attempt to call the app.
	LoseRequest float64 // it never arrives
	LoseAnswer  float64 // it arrives, and its answer does not

	// The chances, from 0 to 1, of each call of the Web API.
	ServerError float64 // 500, nothing taken
	Reset       float64 // the connection breaks; nothing was taken
	Swallow     float64 // taken, and the connection breaks without an answer
	Limited     float64 // 429, nothing taken

	Down []Span // the Web API answers 503
}

// Span is a stretch of time, without its end.
type Span = simulation.Span

// PushFault is what can happen to an attempt to call the app.
type PushFault int

// The faults of pushes.
const (
	NoPushFault PushFault = iota
	LoseRequest
	LoseAnswer
)

// CallFault happens to one call of the Web API.
type CallFault int

// The faults of calls. Swallow takes the call first. LimitedSilently is a 429 without Retry-After.
const (
	NoCallFault CallFault = iota
	ServerError
	Reset
	Swallow
	Limited
	LimitedSilently
)

// pushing is what luck calls attempts to call the app: all are of one kind.
const pushing = "push"

// FailPushes has the next attempts to call the app meet these faults.
func (p *Platform) FailPushes(faults ...PushFault) { p.pushLuck.Ask(pushing, faults...) }

// FailCalls has the next calls of a method, such as chat.postMessage, meet these faults.
func (p *Platform) FailCalls(method string, faults ...CallFault) { p.callLuck.Ask(method, faults...) }

func (p *Platform) pushFault() PushFault {
	return p.pushLuck.Next(pushing, func(dice *rand.Rand) PushFault {
		plan := p.o.Faults
		return simulation.Pick(dice, []simulation.Odds[PushFault]{
			{Chance: plan.LoseRequest, What: LoseRequest}, {Chance: plan.LoseAnswer, What: LoseAnswer},
		})
	})
}

// callFault is what happens to a call of a method.
func (p *Platform) callFault(method string) CallFault {
	return p.callLuck.Next(method, func(dice *rand.Rand) CallFault {
		plan := p.o.Faults
		return simulation.Pick(dice, []simulation.Odds[CallFault]{
			{Chance: plan.ServerError, What: ServerError}, {Chance: plan.Reset, What: Reset},
			{Chance: plan.Swallow, What: Swallow}, {Chance: plan.Limited, What: Limited},
		})
	})
}
