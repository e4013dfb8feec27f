package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

const (
	upsertWork = `INSERT INTO work (kind, conversation, key, agent, due, attempts) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET due = excluded.due, attempts = excluded.attempts`

	deferWork = `INSERT INTO work (kind, conversation, key, agent, due, attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
	ON CONFLICT DO UPDATE SET due = excluded.due, attempts = attempts + 1 WHERE ?7 IS NULL OR due = ?7`

	settleWork = `DELETE FROM work WHERE kind = ? AND conversation = ? AND key = ? AND agent = ? AND due = ?`

	selectDue = `SELECT kind, conversation, key, agent, due, attempts FROM work
	WHERE due <= ? ORDER BY due, kind, conversation, key, agent LIMIT ?`

	// A lease is the due time of its Lapse work; 0 is a lease that was ended.
	growLease = `INSERT INTO work (kind, conversation, key, agent, due, attempts) VALUES ('lapse', '', '', ?, ?, 0)
	ON CONFLICT DO UPDATE SET due = excluded.due, attempts = 0 WHERE excluded.due > due OR excluded.due = 0`
)

// Lease is part of store.Store.
func (s *Store) Lease(ctx context.Context, agent conversation.AgentID, until time.Time) error {
	return s.add(ctx, "Lease", func(conn *sqlite.Conn) error {
		b := bind(conn, growLease)
		b.text(string(agent))
		if until.IsZero() {
			b.int(0)
		} else {
			b.int(until.UnixMilli())
		}
		return b.run()
	})
}

// Due is part of store.Store.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]store.Work, error) {
	var due []store.Work
	err := s.read(ctx, "Due", func(conn *sqlite.Conn) (err error) {
		b := bind(conn, selectDue)
		b.int(now.UnixMilli())
		b.int(limited(limit))
		due, err = collect(b, scanWork)
		return err
	})
	return due, err
}

func scanWork(r *row) (store.Work, error) {
	return store.Work{
		Kind:         store.WorkKind(r.text()),
		Conversation: conversation.ID(r.text()),
		Key:          conversation.Key(r.text()),
		Agent:        conversation.AgentID(r.text()),
		Due:          r.time(),
		Attempts:     int(r.int()),
	}, nil
}

// Defer is part of store.Store.
func (s *Store) Defer(ctx context.Context, w store.Work, due time.Time) error {
	return s.write(ctx, "Defer", func(conn *sqlite.Conn) error {
		b := bind(conn, deferWork)
		bindName(&b, w)
		b.int(due.UnixMilli())
		b.int(int64(w.Attempts) + 1)
		b.time(w.Due)
		if err := b.run(); err != nil {
			return err
		}
		if conn.Changes() == 0 {
			return errRenewed
		}
		if w.Kind == store.Deliver {
			return dropDelivered(conn, w.Conversation)
		}
		return nil
	})
}

// Settle is part of store.Store.
func (s *Store) Settle(ctx context.Context, w store.Work) error {
	return s.write(ctx, "Settle", func(conn *sqlite.Conn) error {
		b := bind(conn, settleWork)
		bindName(&b, w)
		b.int(w.Due.UnixMilli())
		if err := b.run(); err != nil || conn.Changes() > 0 {
			return err
		}
		return gone(conn, w)
	})
}

// gone reports work that is still there.
func gone(conn *sqlite.Conn, w store.Work) error {
	b := bind(conn, `SELECT 1 FROM work WHERE kind = ? AND conversation = ? AND key = ? AND agent = ?`)
	bindName(&b, w)
	there, err := b.stmt.Step()
	if err == nil && there {
		return errRenewed
	}
	return err
}

func putWork(conn *sqlite.Conn, work []store.Work) error {
	for _, w := range work {
		b := bind(conn, upsertWork)
		bindName(&b, w)
		b.int(w.Due.UnixMilli())
		b.int(int64(w.Attempts))
		if err := b.run(); err != nil {
			return err
		}
	}
	return nil
}

// bindName binds what names a piece of work.
func bindName(b *binding, w store.Work) {
	b.text(string(w.Kind))
	b.text(string(w.Conversation))
	b.text(string(w.Key))
	b.text(string(w.Agent))
}
