package localcloud

import (
	"bytes"
	"io"
	"sync"
)

// shared lets many write to one writer.
type shared struct {
	mu sync.Mutex
	to io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(p)
}

// lines hands on whole lines, so that those of several processes do not mix.
type lines struct {
	to   io.Writer
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	end := bytes.LastIndexByte(l.rest, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	_, err := l.to.Write(l.rest[:end])
	l.rest = append(l.rest[:0], l.rest[end:]...)
	return len(p), err
}

// flush hands on what never became a line.
func (l *lines) flush() {
	if len(l.rest) > 0 {
		_, _ = l.to.Write(append(l.rest, '\n')) // as above
		l.rest = nil
	}
}
