// Package sqlitetoolkey keeps the tokens of agents' tools in the SQLite file of the
// single binary.
package sqlitetoolkey

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// schema is the history of the table; an entry never changes once released.
// Times are Unix milliseconds.
var schema = []string{`
CREATE TABLE tool_keys (
	id      TEXT NOT NULL PRIMARY KEY,
	digest  BLOB NOT NULL,
	names   TEXT NOT NULL, -- JSON, by language
	scopes  TEXT NOT NULL, -- JSON
	made_by TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`}

// Store is a toolkey.Store. It holds nothing but the file.
type Store struct{ file *sqlitefile.File }

var _ toolkey.Store = (*Store)(nil)

// New brings the file's table up to date. The file stays the caller's to close.
func New(ctx context.Context, file *sqlitefile.File) (*Store, error) {
	if file == nil {
		return nil, fault.New(fault.Config, "sqlitetoolkey.New", "a file is needed")
	}
	if err := file.Migrate(ctx, "toolkey", schema); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "sqlitetoolkey.New",
			"look at the disk, the file's permissions and the version that wrote it")
	}
	return &Store{file}, nil
}

var (
	errTaken   = fault.New(fault.Conflict, "sqlitetoolkey", "there is a tool of this id: revoke its token first, or choose another id")
	errUnknown = fault.New(fault.NotFound, "sqlitetoolkey", "there is no tool of this id")
)

// failed makes err a fault of the operation.
func failed(op string, err error) error {
	code, hint := fault.Unavailable, "try again; if it stays, look at the disk and the file's permissions"
	if errors.Is(err, sqlitefile.ErrPanic) {
		code, hint = fault.Internal, "report this defect"
	}
	return fault.Wrap(err, code, "sqlitetoolkey."+op, hint)
}

// Add implements toolkey.Store.
func (s *Store) Add(ctx context.Context, k toolkey.Key) error {
	names, err := json.Marshal(k.Names)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "sqlitetoolkey.Add", "")
	}
	scopes, err := json.Marshal(k.Scopes)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "sqlitetoolkey.Add", "")
	}
	return failed("Add", s.file.Write(ctx, func(conn *sqlite.Conn) error {
		stmt := conn.Prep(`INSERT INTO tool_keys (id, digest, names, scopes, made_by, created, expires)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET id = id WHERE digest = excluded.digest`)
		stmt.BindText(1, k.ID)
		stmt.BindBytes(2, k.Digest[:])
		stmt.BindText(3, string(names))
		stmt.BindText(4, string(scopes))
		stmt.BindText(5, string(k.By))
		stmt.BindInt64(6, k.Created.UnixMilli())
		stmt.BindInt64(7, k.Expires.UnixMilli())
		return changed(conn, stmt, errTaken)
	}))
}

// changed runs a statement that changes one row, or else refuses.
func changed(conn *sqlite.Conn, stmt *sqlite.Stmt, refusal error) error {
	if _, err := stmt.Step(); err != nil {
		return err
	}
	if conn.Changes() == 0 {
		return refusal
	}
	return nil
}

const columns = "SELECT id, digest, names, scopes, made_by, created, expires FROM tool_keys"

// Get implements toolkey.Store.
func (s *Store) Get(ctx context.Context, id string) (k toolkey.Key, err error) {
	err = s.file.Read(ctx, func(conn *sqlite.Conn) error {
		stmt := conn.Prep(columns + " WHERE id = ?")
		stmt.BindText(1, id)
		found, err := stmt.Step()
		switch {
		case err != nil:
			return err
		case !found:
			return errUnknown
		}
		k, err = scan(stmt)
		return err
	})
	return k, failed("Get", err)
}

// List implements toolkey.Store.
func (s *Store) List(ctx context.Context) (all []toolkey.Key, err error) {
	err = s.file.Read(ctx, func(conn *sqlite.Conn) error {
		all = nil
		stmt := conn.Prep(columns + " ORDER BY id")
		for {
			more, err := stmt.Step()
			if err != nil || !more {
				return err
			}
			k, err := scan(stmt)
			if err != nil {
				return err
			}
			all = append(all, k)
		}
	})
	return all, failed("List", err)
}

func scan(stmt *sqlite.Stmt) (toolkey.Key, error) {
	k := toolkey.Key{
		ID: stmt.ColumnText(0), By: conversation.AgentID(stmt.ColumnText(4)),
		Created: time.UnixMilli(stmt.ColumnInt64(5)).UTC(), Expires: time.UnixMilli(stmt.ColumnInt64(6)).UTC(),
	}
	stmt.ColumnBytes(1, k.Digest[:])
	if err := json.Unmarshal([]byte(stmt.ColumnText(2)), &k.Names); err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(stmt.ColumnText(3)), &k.Scopes)
}

// Remove implements toolkey.Store.
func (s *Store) Remove(ctx context.Context, id string) error {
	return failed("Remove", s.file.Write(ctx, func(conn *sqlite.Conn) error {
		stmt := conn.Prep("DELETE FROM tool_keys WHERE id = ?")
		stmt.BindText(1, id)
		return changed(conn, stmt, errUnknown)
	}))
}
