package sqlitestore

import (
	"time"

	"zombiezen.com/go/sqlite"
)

// binding gives a statement its parameters, in order.
type binding struct {
	stmt *sqlite.Stmt
	n    int
}

func bind(conn *sqlite.Conn, sql string) binding { return binding{stmt: conn.Prep(sql)} }

// text binds a text that is never NULL.
func (b *binding) text(s string) {
	b.n++
	b.stmt.BindText(b.n, s)
}

// optional leaves NULL for an empty text: nothing to allocate, nothing to index.
func (b *binding) optional(s string) {
	b.n++
	if s != "" {
		b.stmt.BindText(b.n, s)
	}
}

func (b *binding) int(n int64) {
	b.n++
	b.stmt.BindInt64(b.n, n)
}

func (b *binding) flag(f bool) {
	b.n++
	b.stmt.BindBool(b.n, f)
}

// time leaves NULL for a zero time.
func (b *binding) time(t time.Time) {
	b.n++
	if !t.IsZero() {
		b.stmt.BindInt64(b.n, t.UnixMilli())
	}
}

// run executes a statement that returns no rows.
func (b *binding) run() error {
	_, err := b.stmt.Step()
	return err
}

// row reads a result's columns, in order.
type row struct {
	stmt *sqlite.Stmt
	n    int
}

func (r *row) text() string {
	r.n++
	return r.stmt.ColumnText(r.n - 1)
}

func (r *row) int() int64 {
	r.n++
	return r.stmt.ColumnInt64(r.n - 1)
}

func (r *row) flag() bool { return r.int() != 0 }

func (r *row) time() time.Time {
	r.n++
	if r.stmt.ColumnIsNull(r.n - 1) {
		return time.Time{}
	}
	return time.UnixMilli(r.stmt.ColumnInt64(r.n - 1)).UTC()
}

// collect reads all rows that a statement returns.
func collect[T any](b binding, scan func(*row) (T, error)) ([]T, error) {
	var all []T
	for {
		more, err := b.stmt.Step()
		if err != nil || !more {
			return all, err
		}
		one, err := scan(&row{stmt: b.stmt})
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
}

// exact is a time as the store keeps it: in UTC, to the millisecond.
func exact(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// limited keeps a negative limit from meaning all there is.
func limited(limit int) int64 { return int64(max(limit, 0)) }
