package main

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/zhida-project/zhida/shared/queue"
)

// transfers is a transfers queue. On one side Zhida publishes permits; on the
// other it speaks the three words of SQS that a consumer needs. What a consumer
// took and did not delete is handed out again when it comes for the next, behind
// all others: as if the visibility timeout had passed.
type transfers struct {
	queue.Queue
	url string

	mu      sync.Mutex
	permits []permit
	taken   []string      // ids, in the order in which they were handed out
	changed chan struct{} // closed at the next change
}

type permit struct {
	id, body string
	inFlight bool
}

func newTransfers(t *testing.T) *transfers {
	q := &transfers{changed: make(chan struct{})}
	s := httptest.NewServer(q)
	t.Cleanup(s.Close)
	q.url = s.URL
	return q
}

// Publish implements queue.Queue, as far as a desk needs it.
func (q *transfers) Publish(_ context.Context, m queue.Message) error {
	q.put(permit{id: newID(), body: string(m.Body)})
	return nil
}

// newID makes an id as SQS does: a UUID.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails: see crypto/rand
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (q *transfers) put(p permit) {
	q.change(func() { q.permits = append(q.permits, p) })
}

// withhold takes back the permit that was published last.
func (q *transfers) withhold() (p permit) {
	q.change(func() {
		p = q.permits[len(q.permits)-1]
		q.permits = q.permits[:len(q.permits)-1]
	})
	return p
}

func (q *transfers) change(do func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	do()
	close(q.changed)
	q.changed = make(chan struct{})
}

// all returns the permits that nobody has deleted.
func (q *transfers) all() []permit {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.permits)
}

// deliveries is how often a permit was handed out.
func (q *transfers) deliveries(id string) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, one := range q.taken {
		if one == id {
			n++
		}
	}
	return n
}

// await waits until a condition holds.
func (q *transfers) await(ctx context.Context, holds func() bool) bool {
	for {
		q.mu.Lock()
		changed := q.changed
		q.mu.Unlock()
		if holds() {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// ServeHTTP is SQS to a consumer.
func (q *transfers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ QueueURL, ReceiptHandle string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.QueueURL != q.url+"/1/transfers-front" {
		http.Error(w, "no such queue", http.StatusBadRequest)
		return
	}
	out := map[string]any{}
	switch r.Header.Get("X-Amz-Target") {
	case "AmazonSQS.ReceiveMessage":
		if p, ok := q.take(r.Context()); ok {
			sum := md5.Sum([]byte(p.body))
			out["Messages"] = []map[string]string{{
				"MessageId": p.id, "ReceiptHandle": "receipt of " + p.id, "Body": p.body, "MD5OfBody": hex.EncodeToString(sum[:]),
			}}
		}
	case "AmazonSQS.DeleteMessage":
		q.change(func() {
			q.permits = slices.DeleteFunc(q.permits, func(p permit) bool { return "receipt of "+p.id == in.ReceiptHandle })
		})
	default:
		http.Error(w, "no such action", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(out)
}

// take waits for a permit, as long as the consumer does.
func (q *transfers) take(ctx context.Context) (got permit, ok bool) {
	q.change(func() {
		left := slices.IndexFunc(q.permits, func(p permit) bool { return p.inFlight })
		if left >= 0 {
			p := q.permits[left]
			p.inFlight = false
			q.permits = append(slices.Delete(q.permits, left, left+1), p)
		}
	})
	q.await(ctx, func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		if len(q.permits) == 0 {
			return false
		}
		q.permits[0].inFlight = true
		q.taken = append(q.taken, q.permits[0].id)
		got, ok = q.permits[0], true
		return true
	})
	return got, ok
}
