package simulation

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"
)

// Luck decides what goes wrong with each thing of a name, F being what can: first what was asked for,
// in its order, then chance. The n-th thing of a name that is left to chance meets the same dice with
// the same seed, whatever happened to things of other names. It is safe for concurrent use.
type Luck[F any] struct {
	seed uint64

	mu    sync.Mutex
	asked map[string][]F
	rolls map[string]uint64 // how often chance decided, by name
}

// NewLuck returns one for which nothing was asked.
func NewLuck[F any](seed uint64) *Luck[F] {
	return &Luck[F]{seed: seed, asked: map[string][]F{}, rolls: map[string]uint64{}}
}

// Ask has the next things of that name meet these, after those that were asked for before.
func (l *Luck[F]) Ask(name string, faults ...F) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked[name] = append(l.asked[name], faults...)
}

// Next is what the next thing of that name meets; chance is asked where nothing else was. It must not
// call the Luck.
func (l *Luck[F]) Next(name string, chance func(dice *rand.Rand) F) F {
	l.mu.Lock()
	defer l.mu.Unlock()
	if next := l.asked[name]; len(next) > 0 {
		l.asked[name] = next[1:]
		return next[0]
	}
	l.rolls[name]++
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // never fails
	return chance(rand.New(rand.NewPCG(l.seed, hash.Sum64()+l.rolls[name])))
}

// Odds are how probable something is, from 0 to 1.
type Odds[F any] struct {
	Chance float64
	What   F
}

// Pick throws the dice once for one of several things, of which one at most happens: their chances add
// up to 1 at most. Where none does it returns F's zero.
func Pick[F any](dice *rand.Rand, odds []Odds[F]) F {
	luck := dice.Float64()
	for _, o := range odds {
		if luck < o.Chance {
			return o.What
		}
		luck -= o.Chance
	}
	var none F
	return none
}
