// Package dirblob keeps media in a folder of the single binary, and serves the links
// to it: one file for each key, in one folder for each conversation.
//
// A file appears whole or not at all: it is written beside, synced, and then linked to
// its name, which fails if there is one of that name. Its first line has
// its media type and a digest of what follows. How old it is its time of change says.
package dirblob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
)

// Options of Open, all required but Leave.
type Options struct {
	Folder string           // made if it is not there
	Base   *url.URL         // where clients reach the Store as an http.Handler; ends with a slash
	Key    secret.Value     // the deployment key: links are signed with what is derived from it
	Keep   time.Duration    // how old content becomes
	Leave  int64            // bytes of the disk that uploads leave free; may be 0
	Now    func() time.Time // the clock that content and links expire by
	Log    *slog.Logger     // told what the handler could not serve
}

// Store is a blob.Store, and the http.Handler that its links lead to.
type Store struct {
	folder string
	base   *url.URL
	key    []byte // signs links
	keep   time.Duration
	now    func() time.Time
	log    *slog.Logger

	reserve  int64
	stall    time.Duration
	underWay uploads
}

var _ blob.Store = (*Store)(nil)

// Open makes the store ready.
func Open(o Options) (*Store, error) {
	const op = "dirblob.Open"
	if o.Folder == "" || o.Base == nil || !strings.HasSuffix(o.Base.Path, "/") || o.Keep <= 0 || o.Now == nil || o.Log == nil {
		return nil, fault.New(fault.Config, op, "a folder, an address that ends with a slash, a time to keep, a clock and a log are needed")
	}
	key, err := secret.Derive(o.Key, "zhida blob links 1")
	if err != nil {
		return nil, fault.Wrap(err, fault.Config, op, "give the store the deployment key")
	}
	s := &Store{
		folder: o.Folder, base: o.Base, key: key, keep: o.Keep, now: o.Now, log: o.Log,
		reserve: o.Leave, stall: stall, underWay: uploads{keys: map[blob.Key]bool{}, addresses: map[string]int{}},
	}
	if err := os.MkdirAll(s.fresh(), 0o700); err != nil {
		return nil, fault.Wrap(err, fault.Config, op, "name a folder that can be read and written")
	}
	return s, nil
}

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, key blob.Key, mediaType string, content []byte) error {
	if err := errors.Join(ctx.Err(), blob.CheckPut(key, mediaType, content)); err != nil {
		return failed("Put", err)
	}
	err := s.write(key, mediaType, int64(len(content)), bytes.NewReader(content))
	if err == nil {
		return s.Keep(ctx, key)
	}
	if errors.Is(err, fs.ErrExist) && s.same(key, mediaType, content) {
		return nil
	}
	return failed("Put", err)
}

// same reports whether exactly this is stored.
func (s *Store) same(key blob.Key, mediaType string, content []byte) bool {
	o, err := s.open(key)
	if err != nil {
		return false
	}
	defer func() { _ = o.Close() }() // what is of use has been read
	stored, err := io.ReadAll(o)
	return err == nil && o.info.Type == mediaType && bytes.Equal(stored, content)
}

// Get implements blob.Store.
func (s *Store) Get(ctx context.Context, key blob.Key) (blob.Info, io.ReadCloser, error) {
	if err := errors.Join(ctx.Err(), key.Check()); err != nil {
		return blob.Info{}, nil, failed("Get", err)
	}
	o, err := s.open(key)
	if err != nil {
		return blob.Info{}, nil, failed("Get", err)
	}
	return o.info, o, nil
}

// Stat implements blob.Store.
func (s *Store) Stat(ctx context.Context, key blob.Key) (blob.Info, error) {
	info, content, err := s.Get(ctx, key)
	if err != nil {
		return blob.Info{}, err
	}
	return info, failed("Stat", content.Close())
}

// Keep implements blob.Store. What is kept nobody may write to any more.
func (s *Store) Keep(ctx context.Context, key blob.Key) error {
	if err := errors.Join(ctx.Err(), key.Check()); err != nil {
		return failed("Keep", err)
	}
	return failed("Keep", gone(os.Chmod(s.path(key), kept)))
}

// kept is the mode of what is shown; what was only uploaded has that of a new file.
const kept = 0o400

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, key blob.Key) error {
	if err := errors.Join(ctx.Err(), key.Check()); err != nil {
		return failed("Delete", err)
	}
	name := s.path(key)
	if err := os.Remove(name); err != nil {
		return failed("Delete", gone(err))
	}
	return failed("Delete", gone(syncFolder(filepath.Dir(name))))
}

// Forget implements blob.Store.
func (s *Store) Forget(ctx context.Context, id conversation.ID) error {
	if !id.Valid() {
		return fault.New(fault.BadRequest, "dirblob.Forget", "name a conversation")
	}
	if err := ctx.Err(); err != nil {
		return failed("Forget", err)
	}
	if err := os.RemoveAll(filepath.Join(s.folder, string(id))); err != nil {
		return failed("Forget", err)
	}
	return failed("Forget", syncFolder(s.folder))
}

// abandoned is how old what was being written is when nobody writes it any more, and
// what was uploaded when nobody will show it: a message is a day late at most.
const abandoned = 24 * time.Hour

// Sweep removes what expired, and what was left half written. Nobody sees such files
// any more: it is for the disk's sake, once a day or so.
func (s *Store) Sweep(ctx context.Context) error {
	folders, err := os.ReadDir(s.folder)
	for _, folder := range folders {
		if err = errors.Join(err, ctx.Err()); err != nil {
			break
		}
		if folder.IsDir() {
			err = s.sweep(filepath.Join(s.folder, folder.Name()))
		}
	}
	return failed("Sweep", err)
}

func (s *Store) sweep(folder string) error {
	life := s.keep
	if folder == s.fresh() {
		life = abandoned
	}
	files, err := os.ReadDir(folder)
	left := len(files)
	for _, file := range files {
		info, infoErr := file.Info()
		if infoErr == nil && s.now().Before(info.ModTime().Add(lifeOf(info, life))) {
			continue
		}
		if infoErr == nil {
			infoErr = os.Remove(filepath.Join(folder, file.Name()))
		}
		err = errors.Join(err, gone(infoErr))
		left--
	}
	if left == 0 && folder != s.fresh() {
		_ = os.Remove(folder) // unless something was put there meanwhile
	}
	return err
}

// lifeOf is how old a file becomes: what was never shown, a day at most.
func lifeOf(file fs.FileInfo, life time.Duration) time.Duration {
	if file.Mode().Perm() != kept {
		return min(life, abandoned)
	}
	return life
}

// gone takes what is not there for removed.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func failed(op string, err error) error {
	op = "dirblob." + op
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return fault.Wrap(err, known.Code, op, known.Hint)
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, op, "nothing is stored under this key, or it expired")
	case errors.Is(err, fs.ErrExist):
		return fault.New(fault.Conflict, op, "something is stored under this key: make another")
	}
	return fault.Wrap(err, fault.Unavailable, op, "try again; if it stays, look at the disk and the folder's permissions")
}
