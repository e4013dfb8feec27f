package platform

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
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
type Span struct{ From, To time.Time }

func (s Span) has(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

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

// script is what was asked for one by one; it comes before chance.
type script struct {
	pushes []PushFault
	calls  map[string][]CallFault // by method
}

// FailPushes has the next attempts to call the app meet these faults.
func (p *Platform) FailPushes(faults ...PushFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script.pushes = append(p.script.pushes, faults...)
}

// FailCalls has the next calls of a method, such as chat.postMessage, meet these faults.
func (p *Platform) FailCalls(method string, faults ...CallFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.script.calls == nil {
		p.script.calls = map[string][]CallFault{}
	}
	p.script.calls[method] = append(p.script.calls[method], faults...)
}

func (p *Platform) pushFault() PushFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.script.pushes) > 0 {
		f := p.script.pushes[0]
		p.script.pushes = p.script.pushes[1:]
		return f
	}
	switch luck, plan := p.dice("push").Float64(), p.o.Faults; {
	case luck < plan.LoseRequest:
		return LoseRequest
	case luck < plan.LoseRequest+plan.LoseAnswer:
		return LoseAnswer
	}
	return NoPushFault
}

// callFault is what happens to a call of a method; p.mu is held.
func (p *Platform) callFault(method string) CallFault {
	if next := p.script.calls[method]; len(next) > 0 {
		p.script.calls[method] = next[1:]
		return next[0]
	}
	plan := p.o.Faults
	luck := p.dice(method).Float64()
	for _, c := range []struct {
		chance float64
		fault  CallFault
	}{{plan.ServerError, ServerError}, {plan.Reset, Reset}, {plan.Swallow, Swallow}, {plan.Limited, Limited}} {
		if luck < c.chance {
			return c.fault
		}
		luck -= c.chance
	}
	return NoCallFault
}

// dice are those of the next thing of that name; p.mu is held.
func (p *Platform) dice(name string) *rand.Rand {
	p.rolls[name]++
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // never fails
	return rand.New(rand.NewPCG(p.o.Faults.Seed, hash.Sum64()+p.rolls[name]))
}

// down reports whether the Web API cannot be reached; p.mu is held.
func (p *Platform) down(t time.Time) bool {
	for _, span := range p.o.Faults.Down {
		if span.has(t) {
			return true
		}
	}
	return false
}
