package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"
)

const (
	takeTurn = `INSERT INTO turns (scope, until) VALUES (?1, ?3)
	ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= ?2`

	selectTurn = `SELECT until FROM turns WHERE scope = ?`
)

// Turn is part of store.Store.
func (s *Store) Turn(ctx context.Context, scope string, from, until time.Time) (free time.Time, err error) {
	err = s.write(ctx, "Turn", func(conn *sqlite.Conn) error {
		b := bind(conn, takeTurn)
		b.text(scope)
		b.int(from.UnixMilli())
		b.int(until.UnixMilli())
		if err := b.run(); err != nil || conn.Changes() > 0 {
			free = exact(from)
			return err
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
