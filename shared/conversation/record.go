package conversation

import (
	"cmp"
	"slices"
	"time"
)

// RecordEvent is a step of an ask, for the ledger.
type RecordEvent string

// The steps. Each is recorded once per ask, but Queued, Claimed and BackInLine,
// which are recorded once per occasion (Record.Nth).
const (
	RecordAsked        RecordEvent = "asked"
	RecordAcknowledged RecordEvent = "acknowledged"
	RecordQueued       RecordEvent = "queued"
	RecordClaimed      RecordEvent = "claimed"
	RecordFirstWord    RecordEvent = "first_word"
	RecordBackInLine   RecordEvent = "back_in_line"
	RecordResolved     RecordEvent = "resolved"
	RecordReturned     RecordEvent = "returned_to_bot"
	RecordAbandoned    RecordEvent = "abandoned"
)

// Record is one line of the append-only ledger of asks (promise P12).
type Record struct {
	Ask   TicketID
	Event RecordEvent
	Nth   int // counts occasions of the same event on one ask, from 0
	Lane  Lane
	At    time.Time
	Agent AgentID // where an agent did it
	Why   string  // a stable word such as "lease_lapsed"; else ""
}

// Ledger brings records into the order of their time, in place, and keeps one of
// each occasion: of several with the same Ask, Event and Nth the earliest. Two
// changes that did not know of each other may both have recorded it.
func Ledger(records []Record) []Record {
	slices.SortStableFunc(records, func(a, b Record) int { return a.At.Compare(b.At) })
	type occasion struct {
		ask   TicketID
		event RecordEvent
		nth   int
	}
	kept := records[:0]
	at := map[occasion]int{}
	for _, r := range records {
		o := occasion{r.Ask, r.Event, r.Nth}
		i, known := at[o]
		switch {
		case !known:
			at[o] = len(kept)
			kept = append(kept, r)
		case kept[i].At.Equal(r.At) && r.before(kept[i]):
			kept[i] = r
		}
	}
	return kept
}

// before decides between two records of one occasion at one time, so that all
// engines choose the same.
func (r Record) before(o Record) bool {
	return cmp.Or(cmp.Compare(r.Agent, o.Agent), cmp.Compare(r.Lane, o.Lane), cmp.Compare(r.Why, o.Why)) < 0
}
