package dynamostore_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/store/storetest"
)

func TestConformance(t *testing.T) {
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
