package vaulttest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

var entryTests = []test{
	{"what is put can be had, by every instance", testPut},
	{"names are told apart", testNames},
	{"any bytes are kept", testBytes},
	{"what no vault keeps is refused", testRefused},
	{"a version is put over once", testVersion},
	{"an entry that expired is not there", testExpired},
	{"what is deleted is gone, whatever its version", testDelete},
	{"of those who put at once, none undoes another", testTogether},
	{"a call ends with its context", testEnded},
}

func testPut(b *bench) {
	b.missing("name")
	e := entry(word)
	e.Expires = b.now().Add(time.Hour + 987_654*time.Nanosecond).In(time.FixedZone("CST", 8*3600))
	version := b.put("name", e)
	got := b.holds("name", word)
	if want := e.Expires.UTC().Truncate(time.Millisecond); got.Expires != want {
		b.Errorf("it expires at %v, want %v", got.Expires, want)
	}
	if got.Version != version || version == "" {
		b.Errorf("the version is %q, and was %q when it was put", got.Version, version)
	}
	if again := b.holds("name", word); again.Version != version {
		b.Errorf("looking changed the version from %q to %q", version, again.Version)
	}
	b.put("always", entry(word))
	b.pass(100 * 365 * 24 * time.Hour)
	if got := b.holds("always", word); !got.Expires.IsZero() {
		b.Errorf("what was put for ever expires at %v", got.Expires)
	}
}

func testNames(b *bench) {
	long := strings.Repeat("n", vault.MaxName-1)
	names := []string{"a", "A", "a/b", "a#b", "a#", "v#a", "a%2Fb", "a:lease", "lease", "value", "'--", long + "1", long + "2"}
	for _, name := range names {
		b.put(name, entry("of "+name))
	}
	for _, name := range names {
		b.holds(name, "of "+name)
	}
	for _, name := range names {
		if err := b.Delete(b.ctx, name); err != nil {
			b.Fatal(err)
		}
		b.missing(name)
	}
}

func testBytes(b *bench) {
	var every strings.Builder
	for c := range 256 {
		every.WriteByte(byte(c))
	}
	for name, value := range map[string]string{
		"every":   every.String(),
		"nothing": "\x00",
		"chinese": "令牌",
		"largest": strings.Repeat("令", vault.MaxValue/3) + "!",
	} {
		b.put(name, entry(value))
		b.holds(name, value)
	}
}

func testRefused(b *bench) {
	hour := b.now().Add(time.Hour)
	for _, name := range []string{"", " ", "a b", "a\x00", "a\n", "令牌", strings.Repeat("n", vault.MaxName+1)} {
		_, err := b.Get(b.ctx, name)
		b.refused(fault.BadRequest, err)
		_, err = b.Put(b.ctx, name, entry(word))
		b.refused(fault.BadRequest, err)
		b.refused(fault.BadRequest, b.Delete(b.ctx, name))
		b.refused(fault.BadRequest, b.Lease(b.ctx, name, "me", hour))
		b.refused(fault.BadRequest, b.Lease(b.ctx, "name", name, hour))
		b.refused(fault.BadRequest, b.Release(b.ctx, name, "me"))
	}
	_, err := b.Put(b.ctx, "name", entry(""))
	b.refused(fault.BadRequest, err)
	_, err = b.Put(b.ctx, "name", entry(strings.Repeat(word, vault.MaxValue/len(word)+1)))
	b.refused(fault.TooLarge, err)
	ancient := entry(word)
	ancient.Expires = time.Unix(0, 0)
	_, err = b.Put(b.ctx, "name", ancient)
	b.refused(fault.BadRequest, err)
	b.refused(fault.BadRequest, b.Lease(b.ctx, "name", "me", b.now()))
	b.missing("name")
}

func testVersion(b *bench) {
	over := func(version, value string) error {
		e := entry(value)
		e.Version = version
		_, err := b.Put(b.ctx, "name", e)
		return err
	}
	b.refused(fault.Conflict, over("made up", word))
	b.missing("name")
	first := b.put("name", entry("first"))
	b.refused(fault.Conflict, over("", word))
	b.refused(fault.Conflict, over(first+"1", word))
	b.holds("name", "first")
	if err := over(first, "second"); err != nil {
		b.Fatal(err)
	}
	b.refused(fault.Conflict, over(first, word))
	second := b.holds("name", "second").Version
	if second == first {
		b.Errorf("two states have the version %q", first)
	}
	if err := b.Delete(b.ctx, "name"); err != nil {
		b.Fatal(err)
	}
	b.refused(fault.Conflict, over(second, word))
	b.put("name", entry("second"))
	b.refused(fault.Conflict, over(first, word))
	b.refused(fault.Conflict, over(second, word)) // the same words, and yet another state
	b.holds("name", "second")
}

func testExpired(b *bench) {
	e := entry(word)
	e.Expires = b.now().Add(time.Minute)
	e.Version = b.put("name", e)
	b.pass(time.Minute - time.Millisecond)
	b.holds("name", word)
	b.pass(time.Millisecond)
	b.missing("name")
	_, err := b.Put(b.ctx, "name", e)
	b.refused(fault.Conflict, err)
	b.put("name", entry("another"))
	b.holds("name", "another")
	e = entry(word)
	e.Expires = b.now()
	b.put("late", e) // a provider may give what is over when it arrives
	b.missing("late")
}

func testDelete(b *bench) {
	b.put("name", entry(word))
	b.put("beside", entry("beside"))
	for range 2 {
		if err := b.other.Delete(b.ctx, "name"); err != nil {
			b.Fatal(err)
		}
		b.missing("name")
	}
	b.holds("beside", "beside")
}

// testTogether counts up from many places at once. Who meets a conflict looks again.
func testTogether(b *bench) {
	const counters, times = 8, 5
	b.put("count", entry("0"))
	var all sync.WaitGroup
	for i := range counters {
		v := []vault.Vault{b.Vault, b.other}[i%2]
		all.Go(func() {
			for range times {
				if err := countUp(b.ctx, v); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	b.holds("count", fmt.Sprint(counters*times))
}

func countUp(ctx context.Context, v vault.Vault) error {
	for {
		e, err := v.Get(ctx, "count")
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(e.Value.Reveal()))
		if err != nil {
			return err
		}
		next := entry(strconv.Itoa(n + 1))
		next.Version = e.Version
		if _, err = v.Put(ctx, "count", next); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

func testEnded(b *bench) {
	ctx, cancel := context.WithDeadline(b.ctx, time.Unix(1, 0))
	defer cancel()
	_, err := b.Get(ctx, "name")
	b.refused(fault.DeadlineExceeded, err)
	_, err = b.Put(ctx, "name", entry(word))
	b.refused(fault.DeadlineExceeded, err)
	b.refused(fault.DeadlineExceeded, b.Delete(ctx, "name"))
	b.refused(fault.DeadlineExceeded, b.Lease(ctx, "name", "me", b.now().Add(time.Hour)))
	b.refused(fault.DeadlineExceeded, b.Release(ctx, "name", "me"))
	b.missing("name")
}
