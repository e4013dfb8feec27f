package sqlitefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const (
	applicationID = 0x5A684461 // "ZhDa", in the file's header
	layout        = 1          // user_version: what this package itself keeps in the file
	busyTimeout   = 5 * time.Second
)

// openWriter opens the writing connection, making the file ours if it is new.
func openWriter(ctx context.Context, path string) (*sqlite.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(busyTimeout)
	if err := prepareWriter(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func prepareWriter(conn *sqlite.Conn) error {
	if err := own(conn); err != nil {
		return err
	}
	mode, err := pragmaText(conn, "PRAGMA journal_mode=WAL")
	if err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not allow a write-ahead log (journal mode is %q)", mode)
	}
	return pragmas(conn,
		"PRAGMA synchronous=FULL",
		"PRAGMA temp_store=MEMORY", // what a savepoint needs for its undoing
		"PRAGMA foreign_keys=ON",
		"PRAGMA wal_autocheckpoint=32000",
	)
}

// create makes an empty file that only its owner can read, if there is none, and
// makes its name durable.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// own checks whose file this is, and marks an empty one as ours. The mark is made
// before the file is switched to WAL, so it is in the file from the start.
func own(conn *sqlite.Conn) error {
	id, err := pragmaInt(conn, "PRAGMA application_id")
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultNotADB {
		return ErrForeign
	}
	if err != nil {
		return err
	}
	if id == applicationID {
		return checkLayout(conn)
	}
	tables, err := pragmaInt(conn, "SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return err
	}
	if id != 0 || tables != 0 {
		return ErrForeign
	}
	return sqlitex.ExecuteScript(conn, fmt.Sprintf(`
		PRAGMA application_id=%d;
		PRAGMA user_version=%d;
		CREATE TABLE schema (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;`,
		applicationID, layout), nil)
}

func checkLayout(conn *sqlite.Conn) error {
	version, err := pragmaInt(conn, "PRAGMA user_version")
	if err != nil {
		return err
	}
	if version > layout {
		return fmt.Errorf("%w: file layout %d, this program knows up to %d", ErrNewer, version, layout)
	}
	return nil
}

func pragmas(conn *sqlite.Conn, statements ...string) error {
	for _, s := range statements {
		if err := sqlitex.ExecuteTransient(conn, s, nil); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func pragmaInt(conn *sqlite.Conn, query string) (n int64, err error) {
	err = sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error { n = stmt.ColumnInt64(0); return nil },
	})
	return n, err
}

func pragmaText(conn *sqlite.Conn, query string) (s string, err error) {
	err = sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error { s = stmt.ColumnText(0); return nil },
	})
	return s, err
}
