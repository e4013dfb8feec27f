package queuetest

import (
	"slices"
	"strings"

	"github.com/zhida-project/zhida/shared/queue"
)

func groupCases() []testCase {
	groups := func(f Features) bool { return f.Groups }
	ordered := Setup{Ordered: true}
	return []testCase{
		{name: "a group comes in order", needs: groups, setup: ordered, run: testGroupOrder},
		{name: "a leased message holds up its group only", needs: groups, setup: ordered, run: testGroupLock},
		{name: "a released message keeps its place", needs: groups, setup: ordered, run: testGroupRelease},
		{name: "a lapsed message keeps its place", needs: groups, setup: ordered, run: testGroupLapse},
		{name: "messages without a group do not wait", needs: groups, setup: ordered, run: testNoGroup},
		{name: "a message that is not due holds up its group", needs: func(f Features) bool { return f.Groups && f.Delay }, setup: ordered, run: testGroupDue},
		{name: "a queue that is not ordered locks nothing", run: testUnordered},
	}
}

func testGroupOrder(b *bench) {
	want := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	b.publish("g", want...)
	var got []string
	for range want {
		leases := b.all()
		if len(leases) == 0 {
			break
		}
		for _, l := range leases { // an engine may lease several of a group to one receiver
			got = append(got, string(l.Body))
			b.ack(l)
		}
	}
	if !slices.Equal(got, want) {
		b.Errorf("received %q", got)
	}
}

func testGroupLock(b *bench) {
	b.publish("g", "g1")
	held := b.one("g1")
	b.publish("g", "g2")
	b.publish("h", "h1")
	b.ack(b.expect("h1")...)
	b.publish("g", "g3")
	b.none()
	b.ack(held)
	b.ack(b.one("g2"))
	b.ack(b.one("g3"))
}

func testGroupRelease(b *bench) {
	b.publish("g", "g1")
	held := b.one("g1")
	b.publish("g", "g2")
	b.release(held, 0)
	held = b.one("g1")
	b.release(held, 3*b.unit)
	b.none()
	b.Clock.Advance(3 * b.unit)
	held = b.one("g1")
	if held.Attempts != 3 {
		b.Errorf("%d attempts, want 3", held.Attempts)
	}
	b.ack(held)
	b.ack(b.one("g2"))
}

func testGroupLapse(b *bench) {
	b.publish("g", "g1")
	b.one("g1")
	b.publish("g", "g2")
	b.none()
	b.Clock.Advance(b.lease)
	b.ack(b.one("g1"))
	b.ack(b.one("g2"))
}

func testNoGroup(b *bench) {
	b.publish("", "1", "2", "3")
	got := bodies(b.all())
	slices.Sort(got)
	if !slices.Equal(got, []string{"1", "2", "3"}) {
		b.Errorf("received %q", got)
	}
}

func testGroupDue(b *bench) {
	b.send(queue.Message{Group: "g", Body: []byte("g1"), Due: b.Clock.Now().Add(3 * b.unit)})
	b.publish("g", "g2")
	b.publish("h", "h1")
	b.ack(b.expect("h1")...)
	b.none()
	b.Clock.Advance(3 * b.unit)
	l := b.one("g1")
	if l.Attempts != 1 {
		b.Errorf("%d attempts of a message that was handed out once", l.Attempts)
	}
	b.ack(l)
	b.ack(b.one("g2"))
}

func testUnordered(b *bench) {
	b.publish("g", "1", "2", "3")
	got := bodies(b.all())
	slices.Sort(got)
	if !slices.Equal(got, []string{"1", "2", "3"}) {
		b.Errorf("received %q while nothing was acknowledged", got)
	}
}
