package platform

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
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
type Span struct{ From, To time.Time }

func (s Span) has(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

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

// script is what was asked for one by one; it comes before chance.
type script struct {
	pushes []PushFault
	calls  map[string][]CallFault // by path
}

// FailPushes has the next attempts to push, of whomever, meet these faults.
func (p *Platform) FailPushes(faults ...PushFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script.pushes = append(p.script.pushes, faults...)
}

// FailCalls has the next calls of a path, such as /cgi-bin/message/custom/send, meet these
// faults.
func (p *Platform) FailCalls(path string, faults ...CallFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.script.calls == nil {
		p.script.calls = map[string][]CallFault{}
	}
	p.script.calls[path] = append(p.script.calls[path], faults...)
}

// pushFault is what happens to the n-th attempt of a push.
func (p *Platform) pushFault(n int) PushFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.script.pushes) > 0 {
		f := p.script.pushes[0]
		p.script.pushes = p.script.pushes[1:]
		return f
	}
	plan := p.o.Faults
	dice := p.dice("push")
	luck, share := dice.Float64(), dice.Float64()
	if n == attempts && !plan.LoseAll {
		return PushFault{}
	}
	switch {
	case luck < plan.LoseRequest:
		return PushFault{Kind: LoseRequest}
	case luck < plan.LoseRequest+plan.LoseAnswer:
		return PushFault{Kind: LoseAnswer}
	case luck < plan.LoseRequest+plan.LoseAnswer+plan.Slow:
		return PushFault{Kind: Slow, By: time.Duration(share * float64(plan.SlowBy))}
	}
	return PushFault{}
}

// callFault is what happens to a call of a path; p.mu is held.
func (p *Platform) callFault(path string) CallFault {
	if next := p.script.calls[path]; len(next) > 0 {
		p.script.calls[path] = next[1:]
		return next[0]
	}
	plan := p.o.Faults
	luck := p.dice(path).Float64()
	for _, c := range []struct {
		chance float64
		fault  CallFault
	}{{plan.ServerError, ServerError}, {plan.Reset, Reset}, {plan.Swallow, Swallow}, {plan.Busy, Busy}} {
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

// down reports whether the API cannot be reached; p.mu is held.
func (p *Platform) down(t time.Time) bool {
	for _, span := range p.o.Faults.Down {
		if span.has(t) {
			return true
		}
	}
	return false
}
