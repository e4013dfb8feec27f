// Package sqlitestore is the conversation store in a SQLite file: the engine of
// the single binary. Every write goes through the file's one writer and is
// answered after its fsync; reads have connections of their own and see
// everything that was answered.
package sqlitestore

import (
	"context"
	"errors"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
)

// Store is a store.Store. It holds nothing but the file: any number of Stores on
// one File are the same store.
type Store struct {
	file *sqlitefile.File
	now  func() time.Time
}

var _ store.Store = (*Store)(nil)

// New brings the file's tables up to date. The file stays the caller's to close.
// now is asked for one thing only: how long ago the last claims were, for
// Place.Every.
func New(ctx context.Context, file *sqlitefile.File, now func() time.Time) (*Store, error) {
	if file == nil || now == nil {
		return nil, fault.New(fault.Config, "sqlitestore.New", "a file and a clock are needed")
	}
	if err := file.Migrate(ctx, "store", schema); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "sqlitestore.New",
			"look at the disk, the file's permissions and the version that wrote it")
	}
	return &Store{file: file, now: now}, nil
}

// write runs one operation that may refuse, all or nothing.
func (s *Store) write(ctx context.Context, op string, fn func(*sqlite.Conn) error) error {
	return failed(op, s.file.Write(ctx, fn))
}

// add runs one operation whose statements cannot fail by design.
func (s *Store) add(ctx context.Context, op string, fn func(*sqlite.Conn) error) error {
	return failed(op, s.file.Append(ctx, fn))
}

// read runs one operation on a snapshot that has everything answered before.
func (s *Store) read(ctx context.Context, op string, fn func(*sqlite.Conn) error) error {
	return failed(op, s.file.Read(ctx, fn))
}

// failed makes err a fault of the operation. SQLite's errors name tables and
// statements, never the values in them.
func failed(op string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sqlitefile.ErrPanic) {
		return fault.Wrap(err, fault.Internal, "sqlitestore."+op, "report this defect")
	}
	return fault.Wrap(err, fault.Unavailable, "sqlitestore."+op,
		"try again; if it stays, look at the disk and the file's permissions")
}

// What the store itself refuses. failed puts the operation's name on it.
var (
	errUnknownConversation = fault.New(fault.NotFound, "sqlitestore", "nothing was ever said in this conversation")
	errUnknownMessage      = fault.New(fault.NotFound, "sqlitestore", "the conversation has no such message")
	errUnknownCause        = fault.New(fault.NotFound, "sqlitestore", "nothing was committed for this cause")
	errOnce                = fault.New(fault.Conflict, "sqlitestore", "another change bears this name: look for what it did")
	errNotGranted          = fault.New(fault.Conflict, "sqlitestore", "another grant is in its place, or too little of it is left")
	errRenewed             = fault.New(fault.Conflict, "sqlitestore", "the work was renewed meanwhile")
	errMovedOn             = fault.New(fault.Conflict, "sqlitestore", "decide again on the new state")
)
