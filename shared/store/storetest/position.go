package storetest

import (
	"fmt"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

var positionTests = []test{
	{name: "counts who is before, with people leaving", run: positionCounts},
	{name: "classes count before times", run: positionClasses},
	{name: "other lanes do not count", run: positionLanes},
	{name: "tells the pace of recent claims", run: positionPace},
	{name: "a pace needs three recent claims of the lane", run: positionNoPace},
	{name: "claims that went back in line make no pace", run: positionReturns},
}

// ahead checks that n people are before c, as exactly as the engine can.
func (f *fixture) ahead(c conversation.Conversation, n int) {
	f.Helper()
	place, err := f.store.Position(f.ctx, c.Ticket.Lane, c.Ticket.Rank())
	f.ok(err)
	if n > f.harness.Features.ExactTo {
		if place.Exact || place.About || place.Ahead <= 0 || place.Ahead >= n {
			f.Errorf("%d people ahead, more than can be counted: %+v", n, place)
		}
		return
	}
	if !place.Exact || place.About || place.Ahead != n {
		f.Errorf("%d people ahead: %+v", n, place)
	}
}

// about checks that n people are before c, after a survey.
func (f *fixture) about(c conversation.Conversation, n int) {
	f.Helper()
	if n <= f.harness.Features.ExactTo {
		f.ahead(c, n)
		return
	}
	place, err := f.store.Position(f.ctx, c.Ticket.Lane, c.Ticket.Rank())
	f.ok(err)
	if place.Exact || !place.About || place.Ahead < n*85/100 || place.Ahead > n*115/100 {
		f.Errorf("about %d people ahead: %+v", n, place)
	}
}

// crowd puts n people in line, one per millisecond, and returns them in order.
func (f *fixture) crowd(n int) []conversation.Conversation {
	f.Helper()
	people := make([]conversation.Conversation, n)
	const hands = 50
	f.together(hands, func(hand int) (err error) {
		for i := hand; i < n && err == nil; i += hands {
			people[i], err = ask(f.ctx, f.store, fmt.Sprint("user ", i), after(i), conversation.Normal)
		}
		return err
	})
	return people
}

func positionCounts(f *fixture) {
	place, err := f.store.Position(f.ctx, conversation.Front, "")
	f.ok(err)
	f.same("in an empty line", place, store.Place{Exact: true})
	n := 1001
	if exact := f.harness.Features.ExactTo; exact < n/3 {
		n = 3*exact + 1
	}
	people := f.crowd(n)
	for _, i := range []int{0, 1, 2, 99, 100, 128, 129, n - 2, n - 1} {
		f.ahead(people[i], i)
	}
	f.ok(f.store.Survey(f.ctx, "expert")) // of an empty lane: it says nothing of another's
	f.ahead(people[n-1], n-1)
	f.ok(f.store.Survey(f.ctx, conversation.Front))
	for _, i := range []int{0, 128, 200, n / 2, n - 2, n - 1} {
		f.about(people[i], i)
	}
	f.clock.set(start.Add(time.Hour)) // nobody counted for so long: it says nothing any more
	for _, i := range []int{0, 128, n - 1} {
		f.ahead(people[i], i)
	}
	// Every third of the first 300 leaves, is claimed, or stays.
	var mu sync.Mutex
	gone := map[int]bool{}
	f.together(20, func(hand int) (err error) {
		for i := hand; i < 300 && err == nil; i += 20 {
			e := conversation.Event{Kind: conversation.Left, At: after(n)}
			if i%3 == 1 {
				e = conversation.Event{Kind: conversation.Claimed, At: after(n), Agent: "kim"}
			}
			if i%3 == 2 {
				continue
			}
			mu.Lock()
			gone[i] = true
			mu.Unlock()
			_, err = step(f.ctx, f.store, fmt.Sprint("user ", i), "gone", e)
		}
		return err
	})
	ahead := 0
	for i := range n {
		if i == 2 || i == 5 || i == 299 || i == 300 || i == n/2 || i == n-1 {
			f.ahead(people[i], ahead)
		}
		if !gone[i] {
			ahead++
		}
	}
}

func positionClasses(f *fixture) {
	var people []conversation.Conversation
	for i, class := range []conversation.Class{conversation.Normal, conversation.Distress, conversation.Priority, conversation.Distress} {
		c, err := ask(f.ctx, f.store, fmt.Sprint("user ", i), after(i), class)
		f.ok(err)
		people = append(people, c)
	}
	for i, want := range []int{3, 0, 2, 1} {
		f.ahead(people[i], want)
	}
}

func positionLanes(f *fixture) {
	people := f.crowd(6)
	for i := range 4 {
		people[i] = f.pass(fmt.Sprint("user ", i), "expert")
	}
	f.ahead(people[5], 1)
	f.ahead(people[3], 3)
}

// claims makes n claims, one per minute, the last at the start of the clock.
func (f *fixture) claims(n int) {
	f.Helper()
	for i := range n {
		user := fmt.Sprint("claimed ", i)
		f.ask(user, after(i))
		f.claim(user, "kim", start.Add(-time.Duration(n-1-i)*time.Minute))
	}
}

func (f *fixture) every() time.Duration {
	f.Helper()
	place, err := f.store.Position(f.ctx, conversation.Front, "")
	f.ok(err)
	return place.Every
}

func positionPace(f *fixture) {
	f.claims(5)
	f.same("five claims, but nobody at a desk", f.every(), time.Duration(0))
	f.ok(f.store.Lease(f.ctx, "kim", start.Add(3*time.Hour)))
	f.same("five claims, a minute between two", f.every(), time.Minute)
	f.clock.set(start.Add(30 * time.Minute))
	if got := f.every(); got < time.Minute {
		f.Errorf("%v for each after half an hour without a claim", got)
	}
	f.clock.set(start.Add(2 * time.Hour))
	f.same("two hours later", f.every(), time.Duration(0))
}

func positionNoPace(f *fixture) {
	f.ok(f.store.Lease(f.ctx, "kim", start.Add(3*time.Hour)))
	f.same("no claim", f.every(), time.Duration(0))
	f.claims(2)
	f.same("two claims", f.every(), time.Duration(0))
	// A claim of another lane, and one of long ago.
	f.ask("x", after(0))
	f.pass("x", "expert")
	f.claim("x", "kim", start)
	f.ask("y", after(0))
	f.claim("y", "kim", start.Add(-61*time.Minute))
	f.same("two that count", f.every(), time.Duration(0))
}

// positionReturns: an agent who takes tickets and vanishes serves nobody.
func positionReturns(f *fixture) {
	f.ok(f.store.Lease(f.ctx, "kim", start.Add(3*time.Hour)))
	f.claims(4)
	f.same("four claims", f.every(), time.Minute)
	for i := range 2 {
		id := idOf(fmt.Sprint("claimed ", i))
		c := f.conversation(fmt.Sprint("claimed ", i))
		ch := stay(c, "back")
		ch.Records = []conversation.Record{{Ask: c.Ticket.ID, Event: conversation.RecordBackInLine, Nth: c.Ticket.Returns, Lane: conversation.Front, At: start}}
		if f.commit(ch).Conversation.ID != id {
			f.Errorf("committed to another conversation than %s", id)
		}
	}
	f.same("two of them went back in line", f.every(), time.Duration(0))
}
