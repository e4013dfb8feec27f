package sqlitequeue

import (
	"context"

	"zombiezen.com/go/sqlite"
)

// trimAtOnce bounds how long Trim holds the writer.
const trimAtOnce = 200

// Trim removes messages that were published longer ago than Retention allows, dead ones
// included, leased ones excepted, and returns how many. Nothing else removes a message
// that nobody acknowledged: call Trim now and then, and log what it returns.
func (q *Queue) Trim(ctx context.Context) (removed int, err error) {
	const op = "sqlitequeue.Trim"
	for {
		old, err := q.old(ctx)
		if err != nil {
			return removed, failed(ctx, op, err)
		}
		var gone int
		err = q.file.Append(ctx, func(conn *sqlite.Conn) (err error) {
			gone, err = q.removeOld(conn, old)
			return err
		})
		if err != nil {
			return removed, failed(ctx, op, err)
		}
		removed += gone
		if len(old) < trimAtOnce {
			q.bell.ring() // what stood behind them may have come up
			return removed, nil
		}
	}
}

// removeOld removes those of the messages that nobody leased meanwhile.
func (q *Queue) removeOld(conn *sqlite.Conn, old []held) (removed int, err error) {
	for _, h := range old {
		stmt := conn.Prep("DELETE FROM queue_message WHERE seq = ?1 AND NOT (leased AND due > ?2)")
		stmt.BindInt64(1, h.seq)
		stmt.BindInt64(2, q.opts.Clock.Now().UnixMicro())
		if err := run(stmt); err != nil {
			return 0, err
		}
		if conn.Changes() == 0 {
			continue
		}
		removed++
		if err := q.promote(conn, h.group); err != nil {
			return 0, err
		}
	}
	return removed, nil
}

// old returns some of the messages to be trimmed.
func (q *Queue) old(ctx context.Context) (old []held, err error) {
	err = q.file.Read(ctx, func(conn *sqlite.Conn) error {
		now := q.opts.Clock.Now()
		stmt := conn.Prep("SELECT seq, grp FROM queue_message WHERE queue = ?1 AND published < ?2 AND NOT (leased AND due > ?3) ORDER BY seq LIMIT ?4")
		stmt.BindText(1, q.opts.Name)
		stmt.BindInt64(2, now.Add(-q.opts.Retention).UnixMicro())
		stmt.BindInt64(3, now.UnixMicro())
		stmt.BindInt64(4, trimAtOnce)
		for {
			row, err := stmt.Step()
			if err != nil || !row {
				return err
			}
			old = append(old, held{seq: stmt.ColumnInt64(0), group: stmt.ColumnText(1)})
		}
	})
	return old, err
}
