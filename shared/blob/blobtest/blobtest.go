// Package blobtest is what every blob engine must do: its tests are the contract of
// package blob, executed.
package blobtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Keep is how long the stores under test keep content.
const Keep = 30 * 24 * time.Hour

// Harness makes the engine under test.
type Harness struct {
	// New makes an empty store that keeps content for Keep and tells the time by now,
	// which starts at the real time, and cleans up after t. Its links can be followed
	// as long as the test runs.
	New func(t *testing.T, now func() time.Time) blob.Store
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for _, group := range [][]test{storeTests, uploadTests, downloadTests} {
		for _, tc := range group {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel()
				tc.run(newBench(t, h))
			})
		}
	}
}

type test struct {
	name string
	run  func(*bench)
}

// Two conversations that tests talk about.
const (
	ours   = conversation.ID("abcdefghijklmnopqrstuvwxyz")
	theirs = conversation.ID("abcdefghijklmnopqrstuvwxy2")
)

// png is content that is what it claims to be, as far as it goes.
var png = []byte("\x89PNG\r\n\x1a\n and so on")

// bench is a store on which one test works. Its methods fail the test.
type bench struct {
	*testing.T
	blob.Store
	ctx    context.Context
	client *http.Client

	mu     sync.Mutex
	passed time.Duration
}

// hung is how long a test may take by the wall clock. It only ends tests that fail.
const hung = time.Minute

func newBench(t *testing.T, h Harness) *bench {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	t.Cleanup(cancel)
	b := &bench{T: t, ctx: ctx, client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(b.client.CloseIdleConnections)
	b.Store = h.New(t, b.now)
	return b
}

// now is the real time, because some engines do not tell the time themselves, and what
// passed since by the test's word.
func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.passed)
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.passed += d
}

// put stores content of a conversation under a new key.
func (b *bench) put(id conversation.ID, mediaType string, content []byte) blob.Key {
	b.Helper()
	key := blob.NewKey(id)
	if err := b.Put(b.ctx, key, mediaType, content); err != nil {
		b.Fatalf("put %d bytes: %v", len(content), err)
	}
	return key
}

// holds wants exactly that stored.
func (b *bench) holds(key blob.Key, mediaType string, content []byte) {
	b.Helper()
	info, body, err := b.Get(b.ctx, key)
	if err != nil {
		b.Fatalf("get: %v", err)
	}
	got, err := io.ReadAll(body)
	if err != nil {
		b.Fatalf("read: %v", err)
	}
	if err := body.Close(); err != nil {
		b.Fatalf("close: %v", err)
	}
	if !bytes.Equal(got, content) {
		b.Errorf("%d bytes are stored, not the %d put", len(got), len(content))
	}
	if info.Type != mediaType || info.Size != int64(len(content)) {
		b.Errorf("got the type %q and %d bytes, want %q and %d", info.Type, info.Size, mediaType, len(content))
	}
	stat, err := b.Stat(b.ctx, key)
	if err != nil || stat != info {
		b.Errorf("stat says %+v, %v; get says %+v", stat, err, info)
	}
}

func (b *bench) tag(key blob.Key) blob.Tag {
	b.Helper()
	info, err := b.Stat(b.ctx, key)
	if err != nil {
		b.Fatalf("stat: %v", err)
	}
	return info.Tag
}

func (b *bench) missing(key blob.Key) {
	b.Helper()
	_, _, err := b.Get(b.ctx, key)
	b.refused(fault.NotFound, err)
	_, err = b.Stat(b.ctx, key)
	b.refused(fault.NotFound, err)
	link, err := b.Download(b.ctx, key, "tag", "name")
	b.refused(fault.NotFound, err)
	if link.URL != "" {
		b.Error("there is a link to nothing")
	}
}

func (b *bench) refused(code fault.Code, err error) {
	b.Helper()
	if !fault.Is(err, code) {
		b.Errorf("got %v, want %s", err, code)
	}
}

// answer is what following a link gave.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// follow makes the request of a link, with a body if it is not nil.
func (b *bench) follow(link blob.Link, body []byte) answer {
	b.Helper()
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(b.ctx, link.Method, link.URL, content)
	if err != nil {
		b.Fatal(err)
	}
	for name, value := range link.Header {
		request.Header.Set(name, value)
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // what is of use has been read
	got, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, got}
}

// refuses wants the request of a link refused, as the client's mistake.
func (b *bench) refuses(what string, link blob.Link, body []byte) {
	b.Helper()
	if a := b.follow(link, body); a.status < 400 || a.status > 499 {
		b.Errorf("%s is answered %d: %.200s", what, a.status, a.body)
	}
}
