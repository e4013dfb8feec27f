package vaulttest

import (
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

var sealTests = []test{
	{"a value cannot be read where it is kept", testSealed},
	{"an altered value is a fault, and never a value", testAltered},
	{"another's value is a fault, and never a value", testForeign},
	{"an entry's end cannot be moved", testMovedEnd},
}

func testSealed(b *bench) {
	e := entry(word)
	for range 3 {
		e.Version = b.put("name", e)
	}
	b.hides(string(b.Dump(b.T)))
}

// unreadable wants a fault of both instances, whatever they remember, and that the
// entry can be got rid of.
func (b *bench) unreadable(name string) {
	b.Helper()
	e, err := b.Get(b.ctx, name)
	b.refused(fault.Config, err)
	o, err := b.other.Get(b.ctx, name)
	b.refused(fault.Config, err)
	if !e.Value.Empty() || !o.Value.Empty() {
		b.Error("a fault came with a value")
	}
	if err := b.Delete(b.ctx, name); err != nil {
		b.Fatal(err)
	}
	b.put(name, entry("anew"))
	b.holds(name, "anew")
}

func testAltered(b *bench) {
	b.put("name", entry(word))
	b.holds("name", word)
	b.Flip(b.T, "name")
	b.unreadable("name")
}

func testForeign(b *bench) {
	b.put("one", entry(word))
	b.put("two", entry(word+word))
	b.holds("one", word)
	b.Swap(b.T, "one", "two")
	b.unreadable("one")
	b.unreadable("two")
}

func testMovedEnd(b *bench) {
	e := entry(word)
	e.Expires = b.now().Add(time.Minute)
	b.put("name", e)
	b.Late(b.T, "name")
	b.unreadable("name")
}
