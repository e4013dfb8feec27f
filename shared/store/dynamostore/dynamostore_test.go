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

// TestConformance is the suite.
func TestConformance(t *testing.T) {
	if raceDetector {
		ok(t, flag.Set("rapid.checks", "10")) // all of them: TestWithoutRaceDetector
	}
	t.Parallel()
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

// TestWithoutRaceDetector runs in a child what is dear: under the race detector, which
// costs it several times as much, there is less of it.
func TestWithoutRaceDetector(t *testing.T) {
	if !raceDetector || testing.Short() {
		return // all of it is played here
	}
	t.Parallel()
	const dear = "^(TestStorm|TestLostCalls|TestCostOfPosition|TestConformance)$/^(10000|Random)$"
	out, err := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-count=1", "-v", "-run", dear, ".").CombinedOutput()
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
