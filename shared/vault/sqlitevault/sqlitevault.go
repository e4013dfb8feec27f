// Package sqlitevault is the vault of the single binary: two small tables in its
// SQLite file. Values are sealed with a key derived from the deployment's, so the file
// and its backups give nobody a token.
package sqlitevault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/vault"
)

// Names are the company's accounts with providers: the tables stay small, and what
// expired lies there until it is put or deleted.
var schema = []string{`
CREATE TABLE vault_entry (
	name    TEXT PRIMARY KEY,
	version TEXT    NOT NULL,
	expires INTEGER NOT NULL, -- Unix milliseconds; 0: never
	sealed  BLOB    NOT NULL
) WITHOUT ROWID;
CREATE TABLE vault_lease (
	name    TEXT PRIMARY KEY,
	holder  TEXT    NOT NULL,
	until   INTEGER NOT NULL  -- Unix milliseconds
) WITHOUT ROWID;
`}

const (
	sqlGet    = `SELECT version, expires, sealed FROM vault_entry WHERE name = ?1 AND (expires = 0 OR expires > ?2)`
	sqlPut    = `REPLACE INTO vault_entry (name, version, expires, sealed) VALUES (?1, ?2, ?3, ?4)`
	sqlDelete = `DELETE FROM vault_entry WHERE name = ?1`
	sqlHolder = `SELECT holder, until FROM vault_lease WHERE name = ?1 AND until > ?2`
	sqlLease  = `REPLACE INTO vault_lease (name, holder, until) VALUES (?1, ?2, ?3)`
	sqlEnd    = `DELETE FROM vault_lease WHERE name = ?1 AND holder = ?2`
)

// purpose is what the key is derived for. It never changes: it would make every
// sealed value unreadable.
const purpose = "zhida vault 1"

// Options of Open, all required.
type Options struct {
	Key secret.Value     // the deployment key, at least secret.KeySize bytes
	Now func() time.Time // the clock that entries and leases end by
}

// Vault is a vault.Vault. It needs no closing, and works until its file is closed.
type Vault struct {
	file   *sqlitefile.File
	sealer secret.Sealer
	now    func() time.Time
}

var _ vault.Vault = (*Vault)(nil)

// Open makes the vault ready, creating its tables if need be.
func Open(ctx context.Context, file *sqlitefile.File, o Options) (*Vault, error) {
	const op = "sqlitevault.Open"
	if file == nil || o.Now == nil {
		return nil, fault.New(fault.Config, op, "a file and a clock are needed")
	}
	key, err := secret.Derive(o.Key, purpose)
	if err != nil {
		return nil, fault.Wrap(err, fault.Config, op, "give the vault the deployment key")
	}
	sealer, err := secret.NewSealer(key)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, op, "report this defect")
	}
	if err := file.Migrate(ctx, "vault", schema); err != nil {
		return nil, fmt.Errorf("sqlitevault: open: %w", err)
	}
	return &Vault{file: file, sealer: sealer, now: o.Now}, nil
}

// Get implements vault.Vault.
func (v *Vault) Get(ctx context.Context, name string) (vault.Entry, error) {
	if err := vault.CheckName(name); err != nil {
		return vault.Entry{}, err
	}
	var kept row
	err := v.file.Read(ctx, func(conn *sqlite.Conn) (err error) {
		kept, err = v.find(conn, name)
		return err
	})
	switch {
	case err != nil:
		return vault.Entry{}, failed("Get", err)
	case kept.sealed == nil:
		return vault.Entry{}, errMissing
	}
	if kept.Value, err = v.sealer.Open(kept.sealed, kept.Place(name)); err != nil {
		return vault.Entry{}, fault.Wrap(err, fault.Config, "sqlitevault.Get", hintSealed)
	}
	return kept.Entry, nil
}

// Put implements vault.Vault.
func (v *Vault) Put(ctx context.Context, name string, e vault.Entry) (string, error) {
	if err := vault.CheckPut(name, e); err != nil {
		return "", err
	}
	over := e.Version
	e.Version = rand.Text()
	sealed := v.sealer.Seal(e.Value, e.Place(name))
	err := v.file.Write(ctx, func(conn *sqlite.Conn) error {
		kept, err := v.find(conn, name)
		if err != nil {
			return err
		}
		if kept.Version != over {
			return errMovedOn
		}
		stmt := conn.Prep(sqlPut)
		stmt.BindText(1, name)
		stmt.BindText(2, e.Version)
		stmt.BindInt64(3, millis(e.Expires))
		stmt.BindBytes(4, sealed)
		return run(stmt)
	})
	if err != nil {
		return "", failed("Put", err)
	}
	return e.Version, nil
}

// Delete implements vault.Vault.
func (v *Vault) Delete(ctx context.Context, name string) error {
	if err := vault.CheckName(name); err != nil {
		return err
	}
	return failed("Delete", v.file.Append(ctx, func(conn *sqlite.Conn) error {
		stmt := conn.Prep(sqlDelete)
		stmt.BindText(1, name)
		return run(stmt)
	}))
}

// Lease implements vault.Vault.
func (v *Vault) Lease(ctx context.Context, name, holder string, until time.Time) error {
	if err := vault.CheckLease(name, holder, v.now(), until); err != nil {
		return err
	}
	return failed("Lease", v.file.Write(ctx, func(conn *sqlite.Conn) error {
		now := v.now()
		held := conn.Prep(sqlHolder)
		held.BindText(1, name)
		held.BindInt64(2, now.UnixMilli())
		found, err := held.Step()
		if err != nil {
			return err
		}
		if found && held.ColumnText(0) != holder {
			left := time.UnixMilli(held.ColumnInt64(1)).Sub(now)
			return &fault.Error{Code: fault.Conflict, Op: "sqlitevault.Lease", Hint: "another holds the lease", RetryAfter: left}
		}
		stmt := conn.Prep(sqlLease)
		stmt.BindText(1, name)
		stmt.BindText(2, holder)
		stmt.BindInt64(3, until.UnixMilli())
		return run(stmt)
	}))
}

// Release implements vault.Vault.
func (v *Vault) Release(ctx context.Context, name, holder string) error {
	if err := vault.CheckHolder(name, holder); err != nil {
		return err
	}
	return failed("Release", v.file.Append(ctx, func(conn *sqlite.Conn) error {
		stmt := conn.Prep(sqlEnd)
		stmt.BindText(1, name)
		stmt.BindText(2, holder)
		return run(stmt)
	}))
}

// row is an entry as it lies in the table, its value sealed; the zero row if there is
// none.
type row struct {
	vault.Entry
	sealed []byte
}

func (v *Vault) find(conn *sqlite.Conn, name string) (r row, err error) {
	stmt := conn.Prep(sqlGet)
	stmt.BindText(1, name)
	stmt.BindInt64(2, v.now().UnixMilli())
	found, err := stmt.Step()
	if err != nil || !found {
		return row{}, err
	}
	r.Version = stmt.ColumnText(0)
	if expires := stmt.ColumnInt64(1); expires != 0 {
		r.Expires = time.UnixMilli(expires).UTC()
	}
	r.sealed = make([]byte, stmt.ColumnLen(2))
	stmt.ColumnBytes(2, r.sealed)
	return r, stmt.Reset()
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func run(stmt *sqlite.Stmt) error {
	_, err := stmt.Step()
	return err
}

const hintSealed = "the entry was altered, or sealed under another deployment key: restore the key, or have the token issued anew"

var (
	errMissing = fault.New(fault.NotFound, "sqlitevault.Get", "there is no such entry, or it expired")
	errMovedOn = fault.New(fault.Conflict, "sqlitevault.Put", "look again: another version is there, or none")
)

func failed(op string, err error) error {
	if errors.Is(err, sqlitefile.ErrPanic) {
		return fault.Wrap(err, fault.Internal, "sqlitevault."+op, "report this defect")
	}
	return fault.Wrap(err, fault.Unavailable, "sqlitevault."+op, "try again; if it stays, look at the disk and the file's permissions")
}
