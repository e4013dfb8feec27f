package vaulttest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

var leaseTests = []test{
	{"a lease keeps others out until it ends", testLease},
	{"a lease can be given back by its holder only", testRelease},
	{"a holder may lease again", testAgain},
	{"leases and entries do not touch each other", testApart},
	{"of those who lease at once, one gets it", testOneLease},
	{"of those who renew at once, one fetches", testOneFetch},
}

func (b *bench) lease(v vault.Vault, name, holder string, d time.Duration) {
	b.Helper()
	if err := v.Lease(b.ctx, name, holder, b.now().Add(d)); err != nil {
		b.Fatalf("%s leases %q: %v", holder, name, err)
	}
}

func (b *bench) release(v vault.Vault, name, holder string) {
	b.Helper()
	if err := v.Release(b.ctx, name, holder); err != nil {
		b.Fatalf("%s releases %q: %v", holder, name, err)
	}
}

// taken wants that holder does not get the lease, and is told for how long.
func (b *bench) taken(v vault.Vault, name, holder string, left time.Duration) {
	b.Helper()
	err := v.Lease(b.ctx, name, holder, b.now().Add(time.Hour))
	b.refused(fault.Conflict, err)
	var f *fault.Error
	if errors.As(err, &f) && f.RetryAfter != left {
		b.Errorf("it is taken for %v, want %v", f.RetryAfter, left)
	}
}

func testLease(b *bench) {
	b.lease(b.Vault, "name", "me", time.Minute)
	b.taken(b.Vault, "name", "you", time.Minute)
	b.taken(b.other, "name", "you", time.Minute)
	b.lease(b.other, "another", "you", time.Minute)
	b.pass(time.Minute - time.Millisecond)
	b.taken(b.other, "name", "you", time.Millisecond)
	b.pass(time.Millisecond)
	b.lease(b.other, "name", "you", time.Minute)
	b.taken(b.Vault, "name", "me", time.Minute)
}

func testRelease(b *bench) {
	b.release(b.Vault, "name", "me")
	b.lease(b.Vault, "name", "me", time.Minute)
	b.release(b.Vault, "name", "you")
	b.taken(b.other, "name", "you", time.Minute)
	b.release(b.other, "name", "me") // the name counts, not the instance
	b.lease(b.other, "name", "you", time.Minute)
	b.release(b.Vault, "name", "me")
	b.taken(b.Vault, "name", "me", time.Minute)
}

func testAgain(b *bench) {
	b.lease(b.Vault, "name", "me", time.Minute)
	b.lease(b.Vault, "name", "me", time.Hour)
	b.taken(b.other, "name", "you", time.Hour)
	b.lease(b.Vault, "name", "me", time.Second)
	b.taken(b.other, "name", "you", time.Second)
	b.pass(time.Second)
	b.lease(b.other, "name", "you", time.Second)
}

func testApart(b *bench) {
	b.lease(b.Vault, "name", "me", time.Minute)
	b.missing("name")
	version := b.put("name", entry("value"))
	b.taken(b.other, "name", "you", time.Minute)
	if err := b.Delete(b.ctx, "name"); err != nil {
		b.Fatal(err)
	}
	b.taken(b.other, "name", "you", time.Minute)
	b.put("name", entry("value"))
	b.release(b.Vault, "name", "me")
	if e := b.holds("name", "value"); e.Version == version {
		b.Error("the version was used again")
	}
}

func testOneLease(b *bench) {
	const rounds, wanting = 5, 8
	for round := range rounds {
		var got atomic.Int32
		var all sync.WaitGroup
		for i := range wanting {
			v := []vault.Vault{b.Vault, b.other}[i%2]
			all.Go(func() {
				err := v.Lease(b.ctx, "name", fmt.Sprint("holder-", i), b.now().Add(time.Minute))
				switch {
				case err == nil:
					got.Add(1)
				case !fault.Is(err, fault.Conflict):
					b.Error(err)
				}
			})
		}
		all.Wait()
		if got.Load() != 1 {
			b.Fatalf("round %d: %d got the lease", round, got.Load())
		}
		b.pass(time.Minute)
	}
}

// testOneFetch renews a token as the contract says, from many places at once.
func testOneFetch(b *bench) {
	const wanting = 8
	var fetched atomic.Int32
	fetch := func() string { return fmt.Sprint("token ", fetched.Add(1)) }
	var all sync.WaitGroup
	for i := range wanting {
		v := []vault.Vault{b.Vault, b.other}[i%2]
		all.Go(func() {
			token, err := b.renewed(b.ctx, v, fmt.Sprint("holder-", i), fetch)
			if err != nil || token != "token 1" {
				b.Errorf("got %q, %v", token, err)
			}
		})
	}
	all.Wait()
	if fetched.Load() != 1 {
		b.Errorf("%d fetched", fetched.Load())
	}
}

func (b *bench) renewed(ctx context.Context, v vault.Vault, holder string, fetch func() string) (string, error) {
	for {
		if e, err := v.Get(ctx, "token"); !fault.Is(err, fault.NotFound) {
			return string(e.Value.Reveal()), err
		}
		err := v.Lease(ctx, "token", holder, b.now().Add(time.Minute))
		if fault.Is(err, fault.Conflict) {
			runtime.Gosched() // who holds it is fetching: look again
			continue
		}
		if err != nil {
			return "", err
		}
		// It may have been fetched between the look and the lease.
		if _, err := v.Get(ctx, "token"); fault.Is(err, fault.NotFound) {
			if _, err := v.Put(ctx, "token", entry(fetch())); err != nil {
				return "", err
			}
		}
		if err := v.Release(ctx, "token", holder); err != nil {
			return "", err
		}
	}
}
