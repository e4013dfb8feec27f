package dynamostore

import (
	"context"
	"time"
)

// turnKept is how long after its end a turn's item stays, for the table's time to live to remove.
const turnKept = 24 * time.Hour

// Turn is part of store.Store: one write. A client that makes it again because it got no
// answer may find the turn taken by itself, which the contract allows.
func (s *Store) Turn(ctx context.Context, scope string, from, to time.Time) (free time.Time, err error) {
	e := change(turnKey(scope))
	e.only(until, "attribute_not_exists(@) OR @ <= ?", number(from.UnixMilli()))
	e.put(until, number(to.UnixMilli()))
	e.put(TTL, number(to.Add(turnKept).Unix()))
	_, err = s.update(ctx, e, "")
	if taken, was := refused(err); was {
		return taken.time(until), nil
	}
	if err != nil {
		return time.Time{}, failed("Turn", err)
	}
	return exact(from), nil
}
