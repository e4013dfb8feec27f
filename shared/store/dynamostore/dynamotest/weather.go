package dynamotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// Weather is a network on a bad day, and a table that is busy. Each call meets it on
// its own: the client's repeats do, too.
type Weather struct {
	Next      http.RoundTripper
	Lost      float64 // how often a call does not arrive
	Unheard   float64 // how often a call arrives, and its answer does not
	Throttled float64
	Conflicts float64 // how often a write meets a transaction
	Random    *rand.Rand

	mu  sync.Mutex
	hit map[string]int
}

var errLost = errors.New("connection reset by peer")

// Hit says how often something happened, by what.
func (w *Weather) Hit() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]int{}
	for what, n := range w.hit {
		all[what] = n
	}
	return all
}

func (w *Weather) chance(what string, of float64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Random.Float64() >= of {
		return false
	}
	if w.hit == nil {
		w.hit = map[string]int{}
	}
	w.hit[what]++
	return true
}

// RoundTrip is part of http.RoundTripper.
func (w *Weather) RoundTrip(r *http.Request) (*http.Response, error) {
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close() // it is read
	if err != nil {
		return nil, err
	}
	switch {
	case w.chance("lost", w.Lost):
		return nil, errLost
	case w.chance("throttled", w.Throttled):
		return refusal(r, map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "Throughput exceeds"}), nil
	case conflict(op, body) != nil && w.chance("conflicts", w.Conflicts):
		return refusal(r, conflict(op, body)), nil
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	out, err := w.Next.RoundTrip(again)
	if err == nil && w.chance("unheard", w.Unheard) {
		_, _ = io.Copy(io.Discard, out.Body) // nobody hears it
		_ = out.Body.Close()
		return nil, errLost
	}
	return out, err
}

// conflict is how DynamoDB refuses a write that met a transaction; nil for reads.
func conflict(op string, body []byte) map[string]any {
	const of = "com.amazonaws.dynamodb.v20120810#"
	switch op {
	case "PutItem", "UpdateItem", "DeleteItem":
		return map[string]any{"__type": of + "TransactionConflictException", "message": "Transaction is ongoing for the item"}
	case "TransactWriteItems":
		var in struct{ TransactItems []json.RawMessage }
		if json.Unmarshal(body, &in) != nil || len(in.TransactItems) == 0 {
			return nil
		}
		reasons := make([]map[string]string, len(in.TransactItems))
		for n := range reasons {
			reasons[n] = map[string]string{"Code": "None"}
		}
		reasons[len(reasons)-1]["Code"] = "TransactionConflict"
		return map[string]any{
			"__type": of + "TransactionCanceledException", "Message": "Transaction cancelled", "CancellationReasons": reasons,
		}
	default:
		return nil
	}
}

func refusal(r *http.Request, answer map[string]any) *http.Response {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // of texts
	}
	return &http.Response{
		Status: "400 Bad Request", StatusCode: http.StatusBadRequest, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}
