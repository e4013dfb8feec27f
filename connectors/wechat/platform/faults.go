package platform

import (
	"math/rand/v2"
	"time"

	"github.com/zhida-project/zhida/shared/simulation"
)

// Plan is what goes wrong, by chance. The zero Plan is of a perfect world. The n-th push
// attempt, and the n-th call of an address, meets the same luck with the same Seed.
type Plan struct {
	Seed uint64

	// The chances, from 0 to 1, of each attempt to push.
	LoseRequest float64       // it never arrives
	LoseAnswer  float64       // it arrives, and its answer does not
	Slow        float64       // it arrives late
	SlowBy      time.Duration // by up to this much; from five seconds on WeChat has given up
	// LoseAll has the last of three attempts fail like the others; else it meets no fault,
	// so that every push arrives and is answered once.
	LoseAll bool

	// The chances, from 0 to 1, of each call of the API.
	ServerError float64 // 502, nothing taken
	Reset       float64 // the connection breaks; nothing was taken
	Swallow     float64 // taken, and the connection breaks without an answer
	Busy        float64 // errcode -1, nothing taken

	Down []Span // the API answers 503
	// Notice is how long a sender may not know that one of these is over: nobody is told, and
	// who asks all the time makes it last. Perfect expects what every perfect sender says, be it one
	// that knows at once, one that knows so late, or one in between.
	Notice time.Duration

	// NewestCounts is the other reading of how a user's acts meet: the last takes the place of
	// what was left, be it more. No page of today says which it is.
	NewestCounts bool
}

// Span is a stretch of time, without its end.
type Span = simulation.Span

// PushKind is what can happen to an attempt to push.
type PushKind int

// The kinds of PushFault.
const (
	NoPushFault PushKind = iota
	LoseRequest
	LoseAnswer
	Slow
)

// PushFault happens to one attempt to push.
type PushFault struct {
	Kind PushKind
	By   time.Duration // of Slow
}

// CallFault happens to one call of the API.
type CallFault int

// The faults of calls. Swallow and Hang take the call first.
const (
	NoCallFault CallFault = iota
	ServerError
	Reset
	Swallow
	Hang // no answer until the caller gives up, or for a minute
	Busy
)

// pushing is what luck calls attempts to push: all are of one kind.
const pushing = "push"

// FailPushes has the next attempts to push, of whomever, meet these faults.
func (p *Platform) FailPushes(faults ...PushFault) { p.pushLuck.Ask(pushing, faults...) }

// FailCalls has the next calls of a path, such as /cgi-bin/message/custom/send, meet these
// faults.
func (p *Platform) FailCalls(path string, faults ...CallFault) { p.callLuck.Ask(path, faults...) }

// pushFault is what happens to the n-th attempt of a push.
func (p *Platform) pushFault(n int) PushFault {
	return p.pushLuck.Next(pushing, func(dice *rand.Rand) PushFault {
		plan := p.o.Faults
		if n == attempts && !plan.LoseAll {
			return PushFault{}
		}
		kind := simulation.Pick(dice, []simulation.Odds[PushKind]{
			{Chance: plan.LoseRequest, What: LoseRequest}, {Chance: plan.LoseAnswer, What: LoseAnswer}, {Chance: plan.Slow, What: Slow},
		})
		if kind != Slow {
			return PushFault{Kind: kind}
		}
		return PushFault{Kind: Slow, By: time.Duration(dice.Float64() * float64(plan.SlowBy))}
	})
}

// callFault is what happens to a call of a path.
func (p *Platform) callFault(path string) CallFault {
	return p.callLuck.Next(path, func(dice *rand.Rand) CallFault {
		plan := p.o.Faults
		return simulation.Pick(dice, []simulation.Odds[CallFault]{
			{Chance: plan.ServerError, What: ServerError}, {Chance: plan.Reset, What: Reset},
			{Chance: plan.Swallow, What: Swallow}, {Chance: plan.Busy, What: Busy},
		})
	})
}
