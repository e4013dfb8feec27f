package simulation_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/zhida-project/zhida/shared/simulation"
)

func throw(dice *rand.Rand) uint64 { return dice.Uint64() }

func throws(l *simulation.Luck[uint64], name string, n int) []uint64 {
	var all []uint64
	for range n {
		all = append(all, l.Next(name, throw))
	}
	return all
}

// TestLuckIsOfItsSeed: the n-th thing of a name meets the same luck, whatever else goes on; with another
// seed, and by another name, another.
func TestLuckIsOfItsSeed(t *testing.T) {
	alone := throws(simulation.NewLuck[uint64](7), "a", 20)
	among := simulation.NewLuck[uint64](7)
	var got []uint64
	for range 20 {
		got = append(got, among.Next("a", throw))
		among.Next("b", throw)
	}
	if !slices.Equal(got, alone) {
		t.Errorf("%v beside others, %v alone", got, alone)
	}
	for what, other := range map[string][]uint64{
		"seed": throws(simulation.NewLuck[uint64](8), "a", 20), "name": throws(simulation.NewLuck[uint64](7), "b", 20),
	} {
		if slices.ContainsFunc(other, func(n uint64) bool { return slices.Contains(alone, n) }) {
			t.Errorf("another %s, and luck is the same", what)
		}
	}
	slices.Sort(alone)
	if len(slices.Compact(alone)) != 20 {
		t.Error("the dice fall alike each time")
	}
}

// TestWhatWasAskedForComesFirst: in its order, for its name only, and chance is as if it had not been.
func TestWhatWasAskedForComesFirst(t *testing.T) {
	l := simulation.NewLuck[uint64](7)
	l.Ask("a", 1, 2)
	l.Ask("a", 3)
	want := throws(simulation.NewLuck[uint64](7), "b", 1)
	if got := throws(l, "b", 1); !slices.Equal(got, want) {
		t.Errorf("b got %v, want %v", got, want)
	}
	want = append([]uint64{1, 2, 3}, throws(simulation.NewLuck[uint64](7), "a", 2)...)
	if got := throws(l, "a", 5); !slices.Equal(got, want) {
		t.Errorf("a got %v, want %v", got, want)
	}
}

func TestPick(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	count := map[string]int{}
	for range 10_000 {
		count[simulation.Pick(dice, []simulation.Odds[string]{{Chance: 0.1, What: "a"}, {Chance: 0, What: "never"}, {Chance: 0.3, What: "b"}})]++
	}
	for what, want := range map[string]int{"a": 1_000, "b": 3_000, "": 6_000, "never": 0} {
		if got := count[what]; got < want*9/10 || got > want*11/10 {
			t.Errorf("%q came %d times of 10,000, want about %d", what, got, want)
		}
	}
	if got := simulation.Pick(dice, []simulation.Odds[string]{{Chance: 1, What: "always"}}); got != "always" {
		t.Errorf("certain, and not picked: %q", got)
	}
	if got := simulation.Pick[string](dice, nil); got != "" {
		t.Errorf("of nothing was picked %q", got)
	}
}
