package dirblob

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/fault"
)

// The first line of a file is this, a tag, a space, and its media type.
const firstLine = "zhida blob 2 "

// tagSize is how many characters a tag has: half of a SHA-256 in hexadecimal.
const tagSize = 32

func (s *Store) path(key blob.Key) string {
	return filepath.Join(s.folder, filepath.FromSlash(string(key)))
}

// fresh is where files are written. No conversation has such an id.
func (s *Store) fresh() string { return filepath.Join(s.folder, "new") }

// write stores exactly size bytes, or nothing: fs.ErrExist if something is there.
func (s *Store) write(key blob.Key, mediaType string, size int64, content io.Reader) (err error) {
	file, err := os.CreateTemp(s.fresh(), "*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	sum := sha256.New()
	_, err = io.WriteString(file, firstLine+strings.Repeat("0", tagSize)+" "+mediaType+"\n")
	if err == nil {
		err = exactly(io.MultiWriter(file, sum), content, size)
	}
	if err == nil {
		_, err = file.WriteAt([]byte(hex.EncodeToString(sum.Sum(nil))[:tagSize]), int64(len(firstLine)))
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Chtimes(file.Name(), time.Time{}, s.now()); err != nil {
		return err
	}
	return s.link(file.Name(), s.path(key))
}

var errNotExact = fault.New(fault.BadRequest, "dirblob", "send as many bytes as were announced")

// exactly copies size bytes, and wants the content to end there.
func exactly(to io.Writer, content io.Reader, size int64) error {
	n, err := io.Copy(to, io.LimitReader(content, size+1))
	if err == nil && n != size {
		return errNotExact
	}
	return err
}

// link gives a file its name, which makes it visible, and makes the name durable.
func (s *Store) link(file, name string) (err error) {
	folder := filepath.Dir(name)
	for range 3 { // Sweep and Forget may remove the folder between
		if err = os.Mkdir(folder, 0o700); err == nil {
			err = syncFolder(s.folder)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err = os.Link(file, name); err == nil {
			return syncFolder(folder)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return fault.Wrap(err, fault.Unavailable, "dirblob", "the conversation is being forgotten: try again")
}

func syncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// opened is a stored file, read from behind its first line.
type opened struct {
	*io.SectionReader
	io.Closer
	info     blob.Info
	modified time.Time
}

// open returns what is stored, fs.ErrNotExist if there is nothing or it expired.
func (s *Store) open(key blob.Key) (opened, error) {
	file, err := os.Open(s.path(key))
	if err != nil {
		return opened{}, err
	}
	o, err := s.look(file)
	if err != nil {
		return opened{}, errors.Join(err, file.Close())
	}
	return o, nil
}

func (s *Store) look(file *os.File) (opened, error) {
	stat, err := file.Stat()
	if err != nil {
		return opened{}, err
	}
	line, err := bufio.NewReaderSize(file, 256).ReadString('\n')
	head, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), firstLine)
	tag, mediaType, tagged := strings.Cut(head, " ")
	if err != nil || !ok || !tagged {
		return opened{}, fault.New(fault.Internal, "dirblob", "a stored file is not one of ours: look who writes to the folder")
	}
	expires := stat.ModTime().Add(s.keep).UTC()
	if !s.now().Before(expires) {
		return opened{}, fs.ErrNotExist
	}
	size := stat.Size() - int64(len(line))
	return opened{
		SectionReader: io.NewSectionReader(file, int64(len(line)), size), Closer: file,
		info: blob.Info{Tag: blob.Tag(tag), Type: mediaType, Size: size, Expires: expires}, modified: stat.ModTime(),
	}, nil
}
