package dirblob_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/blob/blobtest"
	"github.com/zhida-project/zhida/shared/blob/dirblob"
	"github.com/zhida-project/zhida/shared/fault"
)

// started is an upload whose first byte has been read.
type started struct {
	answer *httptest.ResponseRecorder
	rest   *io.PipeWriter
	done   chan struct{}
}

// begins starts an upload of two bytes, and returns when the second is waited for or the
// upload is over.
func begins(s *dirblob.Store, link blob.Link, from string) started {
	body, rest := io.Pipe()
	up := started{httptest.NewRecorder(), rest, make(chan struct{})}
	go func() {
		defer close(up.done)
		up.answer.Code = put(s, link, from, body).Code
		_ = body.Close()
	}()
	_, _ = rest.Write([]byte("a")) // until it is read, or nobody reads
	return up
}

func (u started) ends() int {
	_, _ = u.rest.Write([]byte("b"))
	_ = u.rest.Close()
	<-u.done
	return u.answer.Code
}

func put(s *dirblob.Store, link blob.Link, from string, body io.Reader) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPut, link.URL, body)
	request.ContentLength, request.RemoteAddr = 2, from
	request.Header.Set("Content-Type", "image/png")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	return answer
}

func linkTo(t *testing.T, s *dirblob.Store, key blob.Key) blob.Link {
	t.Helper()
	link, err := s.Upload(t.Context(), key, "image/png", 2)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

const phone, other = "203.0.113.7:5000", "[2001:db8::1]:6000"

func TestOneLinkIsOneUpload(t *testing.T) {
	folder := t.TempDir()
	s, _ := open(t, folder, time.Now)
	link := linkTo(t, s, blob.NewKey(ours))
	first := begins(s, link, phone)
	for range 3 {
		if a := put(s, link, phone, strings.NewReader("ab")); a.Code != http.StatusTooManyRequests || strings.TrimSpace(a.Body.String()) != string(fault.FloodLimit) {
			t.Errorf("beside the first it is answered %d %s", a.Code, a.Body)
		}
	}
	if staged, _ := filepath.Glob(filepath.Join(folder, "new", "*")); len(staged) != 1 {
		t.Errorf("it is written %d times", len(staged))
	}
	if code := first.ends(); code != http.StatusOK {
		t.Errorf("the first is answered %d", code)
	}
	unread := &counted{Reader: strings.NewReader("ab")}
	if a := put(s, link, phone, unread); a.Code != http.StatusConflict || unread.n > 0 {
		t.Errorf("after the first it is answered %d, and %d bytes are read", a.Code, unread.n)
	}
}

type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}

func TestAnotherSizeIsNotRead(t *testing.T) {
	s, _ := open(t, t.TempDir(), time.Now)
	link := linkTo(t, s, blob.NewKey(ours))
	for _, size := range []int64{-1, 1, 3} {
		unread := &counted{Reader: strings.NewReader("abc")}
		request := httptest.NewRequest(http.MethodPut, link.URL, unread)
		request.ContentLength = size
		request.Header.Set("Content-Type", "image/png")
		answer := httptest.NewRecorder()
		if s.ServeHTTP(answer, request); answer.Code != http.StatusBadRequest || unread.n > 0 {
			t.Errorf("%d bytes: answered %d, and %d are read", size, answer.Code, unread.n)
		}
	}
}

func TestSoManyUploadsAtATime(t *testing.T) {
	s, _ := open(t, t.TempDir(), time.Now)
	var all []started
	again := func() blob.Link { return linkTo(t, s, blob.NewKey(ours)) }
	for range dirblob.OpenByAddress {
		all = append(all, begins(s, again(), phone))
	}
	if a := put(s, again(), phone, strings.NewReader("ab")); a.Code != http.StatusTooManyRequests {
		t.Errorf("one more of the address is answered %d", a.Code)
	}
	if a := put(s, again(), other, strings.NewReader("ab")); a.Code != http.StatusOK {
		t.Errorf("another address's is answered %d", a.Code)
	}
	for i := len(all); i < dirblob.OpenInAll; i++ {
		all = append(all, begins(s, again(), fmt.Sprintf("198.51.100.%d:1", i)))
	}
	if a := put(s, again(), other, strings.NewReader("ab")); a.Code != http.StatusTooManyRequests {
		t.Errorf("one more in all is answered %d", a.Code)
	}
	for _, up := range all {
		if code := up.ends(); code != http.StatusOK {
			t.Errorf("one of them is answered %d", code)
		}
	}
	for range dirblob.OpenByAddress {
		if a := put(s, again(), phone, strings.NewReader("ab")); a.Code != http.StatusOK {
			t.Errorf("after them all it is answered %d", a.Code)
		}
	}
}

// TestAnUploadThatStandsStillEnds, though it may take longer than other calls.
func TestAnUploadThatStandsStillEnds(t *testing.T) {
	folder := t.TempDir()
	s, base := open(t, folder, time.Now)
	dirblob.SetStall(s, 20*time.Millisecond)
	link := linkTo(t, s, blob.NewKey(ours))
	conn, err := net.Dial("tcp", base.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // nothing is owed
	to, err := url.Parse(link.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 2\r\n\r\na", to.RequestURI())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || answer.StatusCode != http.StatusBadRequest {
		t.Errorf("answered %+v, %v", answer, err)
	}
	if left := files(t, folder); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestTheReserveIsLeft(t *testing.T) {
	whole := dirblob.Options{
		Folder: t.TempDir(), Base: &url.URL{Path: "/media/"}, Key: deploymentKey, Keep: blobtest.Keep, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	s, err := dirblob.Open(whole)
	if err != nil {
		t.Fatal(err)
	}
	link := linkTo(t, s, blob.NewKey(ours))
	whole.Leave = 1 << 60 // no disk has as much
	if s, err = dirblob.Open(whole); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Upload(t.Context(), blob.NewKey(ours), "image/png", 2); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an offer is answered %v", err)
	}
	if a := put(s, link, phone, strings.NewReader("ab")); a.Code != http.StatusServiceUnavailable || strings.TrimSpace(a.Body.String()) != string(fault.Unavailable) {
		t.Errorf("an upload is answered %d %s", a.Code, a.Body)
	}
}
