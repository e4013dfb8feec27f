package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"
)

const (
	takeTurn = `INSERT INTO turns (scope, until) VALUES (?1, ?3)
	ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= ?2`

	dropTurns = `DELETE FROM turns WHERE until < ?`

	selectTurn = `SELECT until FROM turns WHERE scope = ?`
)

// turnKept is how long after its end a turn's row stays: few rows are there, ever.
const turnKept = time.Hour

// Turn is part of store.Store.
func (s *Store) Turn(ctx context.Context, scope string, from, until time.Time) (free time.Time, err error) {
	err = s.write(ctx, "Turn", func(conn *sqlite.Conn) error {
		b := bind(conn, takeTurn)
		b.text(scope)
		b.int(from.UnixMilli())
		b.int(until.UnixMilli())
		if err := b.run(); err != nil {
			return err
		}
		if conn.Changes() > 0 {
			free = exact(from)
			b = bind(conn, dropTurns)
			b.int(from.Add(-turnKept).UnixMilli())
			return b.run()
		}
		b = bind(conn, selectTurn)
		b.text(scope)
		if _, err := b.stmt.Step(); err != nil {
			return err
		}
		r := row{stmt: b.stmt}
		free = r.time()
		return nil
	})
	return free, err
}
