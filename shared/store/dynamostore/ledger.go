package dynamostore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// The attributes of a record; its time is dayAt, its ask, agent and lane are
// called as elsewhere.
const (
	event = "event"
	nth   = "nth"
	why   = "why"
)

// Ledger is part of store.Store.
func (s *Store) Ledger(ctx context.Context, of conversation.TicketID) ([]conversation.Record, error) {
	k := recordsOf(of)
	q := prefixed("", partition, k.pk, order, k.sk)
	found, _, err := s.find(ctx, q, everything)
	if err != nil {
		return nil, failed("Ledger", err)
	}
	return sorted(found), nil
}

// everything is more than there is of anything.
const everything = 1 << 30

// Records is part of store.Store.
func (s *Store) Records(ctx context.Context, day time.Time) ([]conversation.Record, error) {
	var shown [dayShards][]item
	var errs [dayShards]error
	var all sync.WaitGroup
	for n := range uint32(dayShards) {
		all.Go(func() {
			q := prefixed(dayIndex, dayShard, dayOf(day, n), dayAt, "")
			shown[n], _, errs[n] = s.find(ctx, q, everything)
		})
	}
	all.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, failed("Records", err)
	}
	found, err := s.read(ctx, slices.Concat(shown[:]...))
	if err != nil {
		return nil, failed("Records", err)
	}
	return sorted(found), nil
}

// read returns the items that an index shows, in its order, as they are now.
// Those that are gone are left out.
func (s *Store) read(ctx context.Context, shown []item) ([]item, error) {
	keys := make([]key, len(shown))
	for i, one := range shown {
		keys[i] = one.key()
	}
	found, err := s.all(ctx, keys)
	if err != nil {
		return nil, err
	}
	now := make([]item, 0, len(keys))
	for _, k := range keys {
		if i, there := found[k]; there {
			now = append(now, i)
		}
	}
	return now, nil
}

func sorted(found []item) []conversation.Record {
	records := make([]conversation.Record, 0, len(found))
	for _, one := range found {
		if !one.has(event) {
			continue
		}
		records = append(records, conversation.Record{
			Ask:   conversation.TicketID(one.text(ask)),
			Event: conversation.RecordEvent(one.text(event)),
			Nth:   int(one.int(nth)),
			Lane:  conversation.Lane(one.text(lane)),
			At:    one.time(dayAt),
			Agent: conversation.AgentID(one.text(agent)),
			Why:   one.text(why),
		})
	}
	slices.SortStableFunc(records, func(a, b conversation.Record) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Ask, b.Ask))
	})
	return records
}

// note stores records, unless they are there. It adds no condition that could
// refuse, and with it the whole transaction: whichever comes first writes every
// attribute, so a later one finds none to write.
func (all *edits) note(records ...conversation.Record) {
	for _, r := range records {
		e := all.of(recordKey(r))
		if _, twice := e.clauses[event]; twice {
			continue
		}
		e.keep(ask, text(string(r.Ask)))
		e.keep(event, text(string(r.Event)))
		e.keep(nth, number(int64(r.Nth)))
		e.keep(lane, text(string(r.Lane)))
		e.keep(agent, text(string(r.Agent)))
		e.keep(why, text(r.Why))
		e.keep(dayShard, text(dayOf(r.At, e.key.dayShard())))
		e.keep(dayAt, number(r.At.UnixMilli()))
		if r.Event == conversation.RecordClaimed {
			e.keep(lineLane, text(claimsOf(r.Lane)))
			e.keep(lineRank, text(claimedAt(r)))
		}
	}
	for _, r := range records {
		if r.Event == conversation.RecordBackInLine {
			// A claim that went back in line served nobody: no pace is told from it.
			claim := r
			claim.Event = conversation.RecordClaimed
			all.of(recordKey(claim)).remove(lineLane, lineRank)
		}
	}
}
