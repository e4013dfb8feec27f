package sqlitequeue

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/queue"
)

// The states of a row. Only open rows can be handed out: those without a group, all rows
// of a queue that is not ordered, and in each group the oldest that is not dead. A leased
// row is open, with the lease's end as its due time: so one index answers what is due now
// and when to look again.
const (
	waiting = 0 // behind an older row of its group
	open    = 1
	dead    = 2
)

var schema = []string{`
CREATE TABLE queue_message (
	seq       INTEGER PRIMARY KEY AUTOINCREMENT, -- order of publication; never used again
	queue     TEXT    NOT NULL,
	grp       TEXT    NOT NULL,                  -- '' for none
	id        TEXT    NOT NULL,
	body      BLOB    NOT NULL,
	published INTEGER NOT NULL,                  -- this and all other times: Unix microseconds
	due       INTEGER NOT NULL,                  -- when it may be handed out: also the end of its lease
	attempts  INTEGER NOT NULL DEFAULT 0,
	leased    INTEGER NOT NULL DEFAULT 0,
	state     INTEGER NOT NULL
);
CREATE INDEX queue_open  ON queue_message (queue, due) WHERE state = 1;
CREATE INDEX queue_group ON queue_message (queue, grp) WHERE grp <> '' AND state < 2;
CREATE INDEX queue_dead  ON queue_message (queue)      WHERE state = 2;
CREATE TABLE queue_id (
	queue TEXT    NOT NULL,
	grp   TEXT    NOT NULL,
	id    TEXT    NOT NULL,
	until INTEGER NOT NULL,
	PRIMARY KEY (queue, grp, id)
) WITHOUT ROWID;
CREATE INDEX queue_id_until ON queue_id (until);
`}

// The statements that every message passes through. None of them may read more rows when
// more messages wait: the conditions of the partial indexes are repeated for that, and a
// test looks at the plans.
const (
	sqlForget = `DELETE FROM queue_id WHERE (queue, grp, id) IN (
		SELECT queue, grp, id FROM queue_id WHERE until <= ?1 ORDER BY until LIMIT 2)`
	sqlRemember = `INSERT INTO queue_id (queue, grp, id, until) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT DO UPDATE SET until = ?4 WHERE until <= ?5`
	sqlInsert = `INSERT INTO queue_message (queue, grp, id, body, published, due, state)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`
	sqlOccupied = `SELECT 1 FROM queue_message
		WHERE queue = ?1 AND grp = ?2 AND grp <> '' AND state < 2 LIMIT 1`
	sqlDue = `SELECT seq, attempts, id, grp, body FROM queue_message
		WHERE queue = ?1 AND state = 1 AND due <= ?2 ORDER BY due, seq LIMIT ?3`
	sqlNext = `SELECT due FROM queue_message
		WHERE queue = ?1 AND state = 1 ORDER BY due LIMIT 1`
	sqlFind = `SELECT grp FROM queue_message
		WHERE seq = ?1 AND queue = ?2 AND attempts = ?3 AND leased = 1 AND due > ?4`
	sqlRemove  = `DELETE FROM queue_message WHERE seq = ?1`
	sqlBury    = `UPDATE queue_message SET state = 2, leased = 0 WHERE seq = ?1`
	sqlPromote = `UPDATE queue_message SET state = 1 WHERE seq = (
		SELECT min(seq) FROM queue_message WHERE queue = ?1 AND grp = ?2 AND grp <> '' AND state < 2)`
	sqlTake     = `UPDATE queue_message SET due = ?2, attempts = attempts + 1, leased = 1 WHERE seq = ?1`
	sqlGiveBack = `UPDATE queue_message SET due = ?2, leased = 0 WHERE seq = ?1`
	sqlExtend   = `UPDATE queue_message SET due = ?2 WHERE seq = ?1`
)

// remember notes the message's ID; known says that it was noted within the window. Each
// call forgets up to two IDs whose time is over, so the table does not grow without bound.
func (q *Queue) remember(conn *sqlite.Conn, m queue.Message, now time.Time) (known bool, err error) {
	forget := conn.Prep(sqlForget)
	forget.BindInt64(1, now.UnixMicro())
	if err := run(forget); err != nil {
		return false, err
	}
	// Where the time is over but forget has not come to it yet, the row is taken over.
	note := conn.Prep(sqlRemember)
	note.BindText(1, q.opts.Name)
	note.BindText(2, m.Group)
	note.BindText(3, m.ID)
	note.BindInt64(4, microsAfter(now.Add(queue.DedupeWindow)))
	note.BindInt64(5, now.UnixMicro())
	if err := run(note); err != nil {
		return false, err
	}
	return conn.Changes() == 0, nil
}

func (q *Queue) insert(conn *sqlite.Conn, m queue.Message, now time.Time) error {
	state, err := q.stateBehind(conn, m.Group)
	if err != nil {
		return err
	}
	due := now.UnixMicro()
	if m.Due.After(now) {
		due = microsAfter(m.Due)
	}
	stmt := conn.Prep(sqlInsert)
	stmt.BindText(1, q.opts.Name)
	stmt.BindText(2, m.Group)
	stmt.BindText(3, m.ID)
	stmt.BindBytes(4, m.Body)
	stmt.BindInt64(5, now.UnixMicro())
	stmt.BindInt64(6, due)
	stmt.BindInt64(7, state)
	return run(stmt)
}

// stateBehind is the state of a new row at the end of the group.
func (q *Queue) stateBehind(conn *sqlite.Conn, group string) (int64, error) {
	if !q.opts.Ordered || group == "" {
		return open, nil
	}
	stmt := conn.Prep(sqlOccupied)
	stmt.BindText(1, q.opts.Name)
	stmt.BindText(2, group)
	occupied, err := stmt.Step()
	if err != nil {
		return 0, err
	}
	if occupied {
		return waiting, stmt.Reset()
	}
	return open, nil
}

// lease leases what is due, and says when the next message will be (0: there is none).
func (q *Queue) lease(ctx context.Context, limit int) (leases []queue.Lease, next int64, err error) {
	err = q.file.Append(ctx, func(conn *sqlite.Conn) (err error) {
		leases = nil
		now := q.opts.Clock.Now()
		for buried := true; buried; {
			if leases, buried, err = q.leaseDue(conn, now, leases, limit); err != nil {
				return err
			}
		}
		next, err = q.nextDue(conn)
		return err
	})
	return leases, next, err
}

// leaseDue appends to leases up to limit. buried says that it met messages that were
// handed out too often, which may have let others of their groups come up.
func (q *Queue) leaseDue(conn *sqlite.Conn, now time.Time, leases []queue.Lease, limit int) (_ []queue.Lease, buried bool, err error) {
	due, err := q.selectDue(conn, now, limit-len(leases))
	if err != nil {
		return nil, false, err
	}
	until := microsAfter(now.Add(q.opts.Lease))
	for _, l := range due {
		h, _ := parseToken(l.Token)
		h.group = l.Group
		if q.exhausted(l.Attempts) {
			if err := q.bury(conn, h); err != nil {
				return nil, false, err
			}
			buried = true
			continue
		}
		if err := h.take(conn, until); err != nil {
			return nil, false, err
		}
		h.attempts++
		l.Attempts, l.Token, l.Until = h.attempts, h.token(), time.UnixMicro(until)
		leases = append(leases, l)
	}
	return leases, buried, nil
}

// selectDue returns open messages that are due, as they were before being leased.
func (q *Queue) selectDue(conn *sqlite.Conn, now time.Time, limit int) (due []queue.Lease, err error) {
	stmt := conn.Prep(sqlDue)
	stmt.BindText(1, q.opts.Name)
	stmt.BindInt64(2, now.UnixMicro())
	stmt.BindInt64(3, int64(limit))
	for {
		row, err := stmt.Step()
		if err != nil || !row {
			return due, err
		}
		h := held{seq: stmt.ColumnInt64(0), attempts: stmt.ColumnInt(1)}
		due = append(due, queue.Lease{
			Message:  queue.Message{ID: stmt.ColumnText(2), Group: stmt.ColumnText(3), Body: body(stmt, 4)},
			Attempts: h.attempts,
			Token:    h.token(),
		})
	}
}

func (q *Queue) nextDue(conn *sqlite.Conn) (due int64, err error) {
	stmt := conn.Prep(sqlNext)
	stmt.BindText(1, q.opts.Name)
	row, err := stmt.Step()
	if err != nil || !row {
		return 0, err
	}
	return stmt.ColumnInt64(0), stmt.Reset()
}

// find reports whether the lease holds, and completes h.
func (q *Queue) find(conn *sqlite.Conn, h *held) (holds bool, err error) {
	stmt := conn.Prep(sqlFind)
	stmt.BindInt64(1, h.seq)
	stmt.BindText(2, q.opts.Name)
	stmt.BindInt64(3, int64(h.attempts))
	stmt.BindInt64(4, q.opts.Clock.Now().UnixMicro())
	if holds, err = stmt.Step(); err != nil || !holds {
		return false, err
	}
	h.group = stmt.ColumnText(0)
	return true, stmt.Reset()
}

// remove deletes a row and lets the next of its group come up.
func (q *Queue) remove(conn *sqlite.Conn, h held) error {
	stmt := conn.Prep(sqlRemove)
	stmt.BindInt64(1, h.seq)
	if err := run(stmt); err != nil {
		return err
	}
	return q.promote(conn, h.group)
}

// bury puts a row aside and lets the next of its group come up.
func (q *Queue) bury(conn *sqlite.Conn, h held) error {
	stmt := conn.Prep(sqlBury)
	stmt.BindInt64(1, h.seq)
	if err := run(stmt); err != nil {
		return err
	}
	return q.promote(conn, h.group)
}

// promote opens the oldest row of the group.
func (q *Queue) promote(conn *sqlite.Conn, group string) error {
	if !q.opts.Ordered || group == "" {
		return nil
	}
	stmt := conn.Prep(sqlPromote)
	stmt.BindText(1, q.opts.Name)
	stmt.BindText(2, group)
	return run(stmt)
}

func (h held) take(conn *sqlite.Conn, until int64) error {
	stmt := conn.Prep(sqlTake)
	stmt.BindInt64(1, h.seq)
	stmt.BindInt64(2, until)
	return run(stmt)
}

func (h held) giveBack(conn *sqlite.Conn, due time.Time) error {
	stmt := conn.Prep(sqlGiveBack)
	stmt.BindInt64(1, h.seq)
	stmt.BindInt64(2, microsAfter(due))
	return run(stmt)
}

func (h held) extend(conn *sqlite.Conn, until time.Time) error {
	stmt := conn.Prep(sqlExtend)
	stmt.BindInt64(1, h.seq)
	stmt.BindInt64(2, microsAfter(until))
	return run(stmt)
}

// settleOrder makes the rows' states fit a queue that was ordered and is not, or the
// other way round; otherwise it changes nothing.
func (q *Queue) settleOrder(conn *sqlite.Conn) error {
	sql := "UPDATE queue_message SET state = 1 WHERE queue = ?1 AND grp <> '' AND state < 2 AND state = 0"
	if q.opts.Ordered {
		sql = `UPDATE queue_message SET state = 0 WHERE queue = ?1 AND grp <> '' AND state < 2 AND state = 1 AND EXISTS (
			SELECT 1 FROM queue_message AS older WHERE older.queue = ?1 AND older.grp = queue_message.grp
			AND older.grp <> '' AND older.state < 2 AND older.seq < queue_message.seq)`
	}
	stmt := conn.Prep(sql)
	stmt.BindText(1, q.opts.Name)
	return run(stmt)
}

// run steps through a statement that returns no rows.
func run(stmt *sqlite.Stmt) error {
	_, err := stmt.Step()
	return err
}

func body(stmt *sqlite.Stmt, column int) []byte {
	b := make([]byte, stmt.ColumnLen(column))
	return b[:stmt.ColumnBytes(column, b)]
}

// microsAfter is t in Unix microseconds, rounded up: what is due at it is not due before t.
func microsAfter(t time.Time) int64 {
	us := t.UnixMicro()
	if time.UnixMicro(us).Before(t) {
		us++
	}
	return us
}
