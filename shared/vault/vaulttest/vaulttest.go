// Package vaulttest is what every vault engine must do: its tests are the contract of
// package vault, executed.
package vaulttest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/vault"
)

// Harness makes the engine under test.
type Harness struct {
	// New makes an empty vault that tells the time by now, and cleans up after t.
	New func(t *testing.T, now func() time.Time) Kept
}

// Kept is a vault as it is kept: what several processes open, and what somebody
// who may read and write there could do.
type Kept struct {
	Open func(t *testing.T) vault.Vault      // an instance, as in a process of its own
	Dump func(t *testing.T) []byte           // all that is stored
	Swap func(t *testing.T, one, two string) // exchanges what is stored under two names, but not the names
	Flip func(t *testing.T, name string)     // changes one bit of the sealed value
	Late func(t *testing.T, name string)     // makes the entry expire an hour later, its value as it is
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for _, group := range [][]test{entryTests, leaseTests, sealTests} {
		for _, tc := range group {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel()
				tc.run(newBench(t, h))
			})
		}
	}
}

type test struct {
	name string
	run  func(*bench)
}

// bench is a vault on which one test works, with two instances. Its methods fail
// the test.
type bench struct {
	*testing.T
	Kept
	clock
	vault.Vault             // the one instance
	other       vault.Vault // the other
	ctx         context.Context
}

// hung is how long a test may take by the wall clock. It only ends tests that fail.
const hung = time.Minute

func newBench(t *testing.T, h Harness) *bench {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	t.Cleanup(cancel)
	b := &bench{T: t, ctx: ctx}
	b.at = time.Date(2026, 3, 1, 9, 0, 0, 123_000_000, time.UTC)
	b.Kept = h.New(t, b.now)
	b.Vault, b.other = b.Open(t), b.Open(t)
	return b
}

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// word is what no error and no store may show.
const word = "xoxe-1-hunter2hunter2"

func entry(value string) vault.Entry { return vault.Entry{Value: secret.New(value)} }

func (b *bench) put(name string, e vault.Entry) (version string) {
	b.Helper()
	version, err := b.Put(b.ctx, name, e)
	if err != nil {
		b.Fatalf("put %q: %v", name, err)
	}
	return version
}

// holds looks from both instances.
func (b *bench) holds(name, value string) (e vault.Entry) {
	b.Helper()
	for which, v := range map[string]vault.Vault{"the one": b.Vault, "the other": b.other} {
		var err error
		if e, err = v.Get(b.ctx, name); err != nil || string(e.Value.Reveal()) != value {
			b.Fatalf("%s instance gets %d bytes, not those put: %v", which, len(e.Value.Reveal()), err)
		}
	}
	return e
}

func (b *bench) missing(name string) {
	b.Helper()
	for _, v := range []vault.Vault{b.Vault, b.other} {
		e, err := v.Get(b.ctx, name)
		b.refused(fault.NotFound, err)
		if !e.Value.Empty() {
			b.Error("a missing entry has a value")
		}
	}
}

// refused wants an error of that code, with no secret in it.
func (b *bench) refused(code fault.Code, err error) {
	b.Helper()
	if !fault.Is(err, code) {
		b.Errorf("got %v, want %s", err, code)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		b.hides(fmt.Sprintf("%v %+v %#v", err, err, err))
	}
}

// hides wants the word in none of the forms it could have.
func (b *bench) hides(text string) {
	b.Helper()
	for _, form := range []string{word, hex.EncodeToString([]byte(word)), base64.StdEncoding.EncodeToString([]byte(word))[:20]} {
		if bytes.Contains([]byte(text), []byte(form)) {
			b.Error("the value can be read")
		}
	}
}
