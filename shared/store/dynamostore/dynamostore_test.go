package dynamostore_test

import (
	"flag"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/store/storetest"
)

// TestConformance is the suite. Its random histories are made by one goroutine, in
// which the race detector finds nothing, at several times the cost: under it few are
// made here, and a child without it makes them all.
func TestConformance(t *testing.T) {
	if raceDetector && !testing.Short() {
		ok(t, flag.Set("rapid.checks", "10"))
		t.Run("Random, without the race detector", func(t *testing.T) {
			t.Parallel()
			withoutRaceDetector(t, "^TestConformance$/^Random$")
		})
	}
	db := tested(t)
	storetest.Run(t, storetest.Harness{
		New: func(t *testing.T, now func() time.Time) store.Store {
			s, err := dynamostore.New(dynamostore.Options{
				Client: db.client, Table: db.table(t), Now: now, Random: rand.Float64, Keep: dynamostore.MinKeep,
			})
			ok(t, err)
			return db.settled(s)
		},
		Features: storetest.Features{ExactTo: dynamostore.ExactTo, Largest: 380 << 10},
	})
}

// withoutRaceDetector runs tests of this package in a child.
func withoutRaceDetector(t *testing.T, tests string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-run", tests, ".").CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "_test.go:") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// open makes a store on a table that is there.
func open(tb testing.TB, api dynamostore.API, table string, now func() time.Time) *dynamostore.Store {
	tb.Helper()
	s, err := dynamostore.New(dynamostore.Options{Client: api, Table: table, Now: now, Random: rand.Float64})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestNewNeedsAll(t *testing.T) {
	for name, o := range map[string]dynamostore.Options{
		"client": {Table: "t", Now: time.Now, Random: rand.Float64},
		"table":  {Client: emulated(t).client, Now: time.Now, Random: rand.Float64},
		"clock":  {Client: emulated(t).client, Table: "t", Random: rand.Float64},
		"chance": {Client: emulated(t).client, Table: "t", Now: time.Now},
	} {
		if _, err := dynamostore.New(o); !fault.Is(err, fault.Config) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
}
