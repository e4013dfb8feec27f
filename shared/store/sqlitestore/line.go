package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// countCap is how far Position counts: beyond it, Ahead is countCap and not exact.
const countCap = 1_000

// Place.Every looks at the newest paceClaims claims of the last paceWindow, and
// takes paceLeast of them to say anything.
const (
	paceWindow = time.Hour
	paceClaims = 20
	paceLeast  = 3
)

const (
	selectLine = `SELECT ticket, id, rank, asked_at, class, epoch, channel, account, ` + noteColumns + ` FROM conversations
	WHERE ticket_status = 'waiting' AND lane = ? ORDER BY rank LIMIT ?`

	countLine = `SELECT count(*) FROM (SELECT 1 FROM conversations
	WHERE ticket_status = 'waiting' AND lane = ? AND rank < ? LIMIT ?)`

	// A claim that went back in line served nobody; one that was recorded twice is one.
	selectPace = `SELECT count(*), min(at) FROM (SELECT at FROM records c
	WHERE event = 'claimed' AND lane = ? AND at > ? AND at <= ? AND NOT EXISTS
	(SELECT 1 FROM records b WHERE b.ask = c.ask AND b.event = 'back_in_line' AND b.nth = c.nth) AND NOT EXISTS
	(SELECT 1 FROM records e WHERE e.ask = c.ask AND e.event = c.event AND e.nth = c.nth AND (e.at, e.seq) < (c.at, c.seq))
	ORDER BY at DESC LIMIT ?)`

	selectStaffed = `SELECT 1 FROM work WHERE kind = 'lapse' AND due > ? LIMIT 1`

	selectHeld = `SELECT ticket, ` + ticketColumns + ` FROM conversations
	WHERE ticket_status = 'claimed' AND assignee = ? ORDER BY asked_at, ticket`
)

// Line is part of store.Store.
func (s *Store) Line(ctx context.Context, lane conversation.Lane, limit int) ([]store.Waiting, error) {
	var line []store.Waiting
	err := s.read(ctx, "Line", func(conn *sqlite.Conn) (err error) {
		b := bind(conn, selectLine)
		b.text(string(lane))
		b.int(limited(limit))
		line, err = collect(b, scanWaiting)
		return err
	})
	return line, err
}

func scanWaiting(r *row) (store.Waiting, error) {
	return store.Waiting{
		Ticket:       conversation.TicketID(r.text()),
		Conversation: conversation.ID(r.text()),
		Rank:         r.text(),
		AskedAt:      r.time(),
		Class:        conversation.Class(r.int()),
		Epoch:        r.int(),
		Channel:      r.text(),
		Account:      r.text(),
		Note:         scanNote(r),
	}, nil
}

// Position is part of store.Store. It counts entries of the line's index, exact
// up to countCap; whoever is further back is behind more than so many.
//
// Every is the time since the oldest of the newest 20 claims in this lane within
// the last hour that did not go back in line, shared out over the claims after
// it. The time since the last claim is in it, so that it grows when nobody claims
// any more. With fewer than three claims, or with nobody at a desk, nothing
// honest can be said, and it is 0.
func (s *Store) Position(ctx context.Context, lane conversation.Lane, rank string) (store.Place, error) {
	var place store.Place
	now := s.now()
	err := s.read(ctx, "Position", func(conn *sqlite.Conn) error {
		ahead, err := countAhead(conn, lane, rank)
		if err != nil {
			return err
		}
		every, err := pace(conn, lane, now)
		place = store.Place{Ahead: min(ahead, countCap), Exact: ahead <= countCap, Every: every}
		return err
	})
	return place, err
}

// Survey is part of store.Store. There is nothing to count beforehand.
func (s *Store) Survey(ctx context.Context, _ conversation.Lane) error {
	return s.read(ctx, "Survey", func(*sqlite.Conn) error { return nil })
}

// countAhead stops one past countCap.
func countAhead(conn *sqlite.Conn, lane conversation.Lane, rank string) (int, error) {
	b := bind(conn, countLine)
	b.text(string(lane))
	b.text(rank)
	b.int(countCap + 1)
	_, err := b.stmt.Step()
	return b.stmt.ColumnInt(0), err
}

func pace(conn *sqlite.Conn, lane conversation.Lane, now time.Time) (time.Duration, error) {
	b := bind(conn, selectStaffed)
	b.int(now.UnixMilli())
	if staffed, err := b.stmt.Step(); err != nil || !staffed {
		return 0, err
	}
	b = bind(conn, selectPace)
	b.text(string(lane))
	b.int(now.Add(-paceWindow).UnixMilli())
	b.int(now.UnixMilli())
	b.int(paceClaims)
	if _, err := b.stmt.Step(); err != nil {
		return 0, err
	}
	claims, oldest := b.stmt.ColumnInt64(0), b.stmt.ColumnInt64(1)
	if claims < paceLeast {
		return 0, nil
	}
	return time.Duration(now.UnixMilli()-oldest) * time.Millisecond / time.Duration(claims-1), nil
}

// Held is part of store.Store.
func (s *Store) Held(ctx context.Context, agent conversation.AgentID) ([]conversation.Ticket, error) {
	var held []conversation.Ticket
	err := s.read(ctx, "Held", func(conn *sqlite.Conn) (err error) {
		b := bind(conn, selectHeld)
		b.text(string(agent))
		held, err = collect(b, func(r *row) (conversation.Ticket, error) {
			return scanTicket(r, conversation.TicketID(r.text())), nil
		})
		return err
	})
	return held, err
}
