package sqlitequeue

import (
	"context"
	"strconv"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/queue"
)

// Entry is a message as it lies in the queue.
type Entry struct {
	queue.Message // Due is when it may be handed out next; for a leased one, the end of the lease
	Attempts      int
	Leased        bool // somebody holds it
	Published     time.Time
}

// Peek returns up to limit messages that are neither done nor put aside, oldest first,
// without leasing them. It is for people who look, not for programs that work.
func (q *Queue) Peek(ctx context.Context, limit int) ([]Entry, error) {
	var entries []Entry
	err := q.file.Read(ctx, func(conn *sqlite.Conn) error {
		now := q.opts.Clock.Now()
		stmt := conn.Prep("SELECT id, grp, body, due, attempts, leased, published FROM queue_message WHERE queue = ?1 AND state < 2 ORDER BY seq LIMIT ?2")
		stmt.BindText(1, q.opts.Name)
		stmt.BindInt64(2, int64(limit))
		for {
			row, err := stmt.Step()
			if err != nil || !row {
				return err
			}
			due := time.UnixMicro(stmt.ColumnInt64(3))
			entries = append(entries, Entry{
				Message:   queue.Message{ID: stmt.ColumnText(0), Group: stmt.ColumnText(1), Body: body(stmt, 2), Due: due},
				Attempts:  stmt.ColumnInt(4),
				Leased:    stmt.ColumnInt(5) != 0 && due.After(now),
				Published: time.UnixMicro(stmt.ColumnInt64(6)),
			})
		}
	})
	if err != nil {
		return nil, failed(ctx, "sqlitequeue.Peek", err)
	}
	return entries, nil
}

// Dead implements queue.DeadLetters.
func (q *Queue) Dead(ctx context.Context, limit int) ([]queue.Dead, error) {
	var found []queue.Dead
	err := q.file.Read(ctx, func(conn *sqlite.Conn) error {
		stmt := conn.Prep("SELECT seq, attempts, id, grp, body FROM queue_message WHERE queue = ?1 AND state = 2 ORDER BY seq LIMIT ?2")
		stmt.BindText(1, q.opts.Name)
		stmt.BindInt64(2, int64(limit))
		for {
			row, err := stmt.Step()
			if err != nil || !row {
				return err
			}
			found = append(found, queue.Dead{
				Message:  queue.Message{ID: stmt.ColumnText(2), Group: stmt.ColumnText(3), Body: body(stmt, 4)},
				Attempts: stmt.ColumnInt(1),
				Ref:      strconv.FormatInt(stmt.ColumnInt64(0), 10),
			})
		}
	})
	if err != nil {
		return nil, failed(ctx, "sqlitequeue.Dead", err)
	}
	return found, nil
}

// Resend implements queue.DeadLetters. The ID of the message is not looked at again.
func (q *Queue) Resend(ctx context.Context, d queue.Dead) error {
	seq, err := strconv.ParseInt(d.Ref, 10, 64)
	if err != nil {
		return queue.ErrLapsed
	}
	var found bool
	err = q.file.Append(ctx, func(conn *sqlite.Conn) (err error) {
		found, err = q.revive(conn, seq)
		return err
	})
	if err != nil {
		return failed(ctx, "sqlitequeue.Resend", err)
	}
	if !found {
		return queue.ErrLapsed
	}
	q.bell.ring()
	return nil
}

// revive copies a dead row to the end of its group and deletes it.
func (q *Queue) revive(conn *sqlite.Conn, seq int64) (found bool, err error) {
	stmt := conn.Prep("DELETE FROM queue_message WHERE seq = ?1 AND queue = ?2 AND state = 2 RETURNING id, grp, body")
	stmt.BindInt64(1, seq)
	stmt.BindText(2, q.opts.Name)
	if found, err = stmt.Step(); err != nil || !found {
		return false, err
	}
	m := queue.Message{ID: stmt.ColumnText(0), Group: stmt.ColumnText(1), Body: body(stmt, 2)}
	if err := stmt.Reset(); err != nil {
		return false, err
	}
	return true, q.insert(conn, m, q.opts.Clock.Now())
}
