package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/store"
)

// The suite asks nothing that the contract, as plainly as it can be said, does not give.
func TestTheModelPasses(t *testing.T) {
	Run(t, Harness{
		New:      func(_ *testing.T, now func() time.Time) store.Store { return newModel(now) },
		Features: Features{ExactTo: math.MaxInt},
	})
}
