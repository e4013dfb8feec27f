// Package storetest is the conformance suite of the conversation store. It
// states all behaviour of the contract: an engine is right when Run passes, and
// has no behaviour that is not stated here. The suite tests itself on a model of
// the contract in memory, which its random test also compares engines with.
package storetest

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/store"
)

// Harness makes the engine under test.
type Harness struct {
	// New makes an empty store that tells the time by now, and cleans up after t.
	New      func(t *testing.T, now func() time.Time) store.Store
	Features Features
}

// Features says what an engine has beyond the common contract. They select
// tests; what was not selected is printed.
type Features struct {
	// ExactTo is how many people ahead Position counts exactly.
	ExactTo int
	// Largest is how many bytes of text in all a message is sure to have room for;
	// 0 for as many as anybody may send. Four times that is fault.TooLarge.
	Largest int
	// Reopen ends a store as a crash would, or closes it, and opens what it left
	// behind. nil for an engine that keeps nothing of its own.
	Reopen func(t *testing.T, s store.Store) store.Store
}

type test struct {
	name  string
	run   func(*fixture)
	needs func(Features) bool // nil: every engine
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"Receive", receiveTests},
		{"Become", becomeTests},
		{"Mark", markTests},
		{"Commit", commitTests},
		{"Cause", causeTests},
		{"Messages", messageTests},
		{"Text", textTests},
		{"Outcome", outcomeTests},
		{"Allowance", allowanceTests},
		{"Note", noteTests},
		{"Consent", consentTests},
		{"Report", reportTests},
		{"Turn", turnTests},
		{"Arrive", arriveTests},
		{"Erase", eraseTests},
		{"Seen", seenTests},
		{"Line", lineTests},
		{"Position", positionTests},
		{"Held", heldTests},
		{"Lease", leaseTests},
		{"Work", workTests},
		{"Ledger", ledgerTests},
		{"Fault", faultTests},
		{"Reopen", reopenTests},
		{"Random", randomTests},
		{"Together", hammerTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, tc := range group.tests {
				if tc.needs != nil && !tc.needs(h.Features) {
					t.Logf("not selected by the engine's features: %s/%s", group.name, tc.name)
					continue
				}
				t.Run(tc.name, func(t *testing.T) {
					t.Parallel()
					tc.run(newFixture(t, h))
				})
			}
		})
	}
}
