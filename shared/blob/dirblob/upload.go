package dirblob

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// The limits of uploads that are under way: a browser makes six calls at a time to one
// host, and a disk has no use for more than a few writers.
const (
	openInAll     = 64
	openByAddress = 8
)

// pace is how much of an upload arrives within a stall, at least: 17 kbit/s, which the
// slowest of phones have. What is slower is broken off.
const (
	pace  = 64 << 10
	stall = 30 * time.Second
)

// uploads are those under way. What is only begun is no content yet, but takes the room
// that it announced.
type uploads struct {
	mu        sync.Mutex
	keys      map[blob.Key]bool
	addresses map[string]int
	bytes     int64
}

// begin lets an upload in, or says why not: FloodLimit, and Unavailable for want of room.
func (s *Store) begin(key blob.Key, address string, size int64) (end func(), err error) {
	u := &s.underWay
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.keys[key]:
		return nil, fault.New(fault.FloodLimit, "dirblob.PUT", "this is being uploaded: wait until that ends")
	case len(u.keys) >= openInAll || address != "" && u.addresses[address] >= openByAddress:
		return nil, fault.New(fault.FloodLimit, "dirblob.PUT", "too much is being uploaded: wait until some of it ends")
	}
	if err := s.room(u.bytes + size); err != nil {
		return nil, err
	}
	u.keys[key] = true
	u.addresses[address]++
	u.bytes += size
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.keys, key)
		if u.addresses[address]--; u.addresses[address] == 0 {
			delete(u.addresses, address)
		}
		u.bytes -= size
	}, nil
}

// room wants so many bytes on the disk beyond the reserve, which is the database's.
func (s *Store) room(size int64) error {
	free, err := freeBytes(s.folder)
	if err == nil && free-s.reserve < size {
		return fault.New(fault.Unavailable, "dirblob", "the disk is nearly full, and what is left is for messages: make room, or keep media for fewer days")
	}
	return failed("room", err)
}

func (s *Store) servePut(w http.ResponseWriter, r *http.Request) error {
	o, err := s.signed(r, http.MethodPut)
	if err != nil {
		return err
	}
	if r.Header.Get("Content-Type") != o.kind {
		return errNotSigned
	}
	if r.ContentLength != o.size {
		return errNotExact
	}
	if _, err := os.Lstat(s.path(o.key)); !errors.Is(err, fs.ErrNotExist) {
		return failed("PUT", errors.Join(err, fs.ErrExist))
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr) // where it is none, nobody is known
	end, err := s.begin(o.key, netaddr.Subscriber(host), o.size)
	if err != nil {
		return err
	}
	defer end()
	body, err := s.paced(w, r.Body)
	if err != nil {
		return failed("PUT", err)
	}
	defer body.end()
	return failed("PUT", s.write(o.key, o.kind, o.size, body))
}

// pacedBody is the body of an upload: it may take longer than any other call, but it has
// to go on.
type pacedBody struct {
	body  io.Reader
	timer *time.Timer
	stall time.Duration
	since int // bytes since the timer was set
}

func (s *Store) paced(w http.ResponseWriter, body io.Reader) (*pacedBody, error) {
	conn := http.NewResponseController(w)
	if err := conn.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	// The connection's clock is the machine's, whatever ours is: what is long past ends it.
	breakOff := func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) } // where it has none, its server ends it
	return &pacedBody{body: body, timer: time.AfterFunc(s.stall, breakOff), stall: s.stall}, nil
}

func (p *pacedBody) Read(b []byte) (int, error) {
	n, err := p.body.Read(b)
	if p.since += n; p.since >= pace {
		p.timer.Reset(p.stall)
		p.since = 0
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault.Wrap(err, fault.BadRequest, "dirblob.PUT", "the upload broke off: make it again")
	}
	return n, err
}

func (p *pacedBody) end() { p.timer.Stop() }
