package lambdahost

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/queue"
)

// record is one message of an SQS batch.
type record struct {
	ID     string `json:"messageId"`
	Body   string `json:"body"`
	Source string `json:"eventSource"`
	Queue  string `json:"eventSourceARN"`
	About  struct {
		Group   string `json:"MessageGroupId"`
		Attempt string `json:"ApproximateReceiveCount"`
	} `json:"attributes"`
}

// name is the queue's name.
func (r *record) name() string { return r.Queue[strings.LastIndexByte(r.Queue, ':')+1:] }

// ordered reports whether the queue keeps the order of groups. On other queues
// groups only share out fairly.
func (r *record) ordered() bool { return strings.HasSuffix(r.Queue, ".fifo") }

// atOnce is how many messages of a batch are handled at a time.
const atOnce = 16

// lane is messages of a batch that are handled one after the other.
type lane struct {
	keeps   bool // what cannot be done is kept
	do      func(context.Context, []byte) error
	records []int
}

type batchAnswer struct {
	Failures []failure `json:"batchItemFailures"`
}

type failure struct {
	ID string `json:"itemIdentifier"`
}

// consume hands a batch to its handlers and says which messages must come again.
func (h *Host) consume(ctx context.Context, records []record) ([]byte, error) {
	lanes, err := h.lanes(records)
	if err != nil {
		return nil, err
	}
	failed := make([]bool, len(records)) // each lane writes its own
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for _, l := range lanes {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			h.travel(ctx, l, records, failed)
		})
	}
	running.Wait()
	a := batchAnswer{Failures: []failure{}} // never null
	for i := range records {
		if failed[i] {
			a.Failures = append(a.Failures, failure{records[i].ID})
		}
	}
	return live.Encode(a)
}

// lanes shares out a batch, and finds before anything is done whether all of it can be.
func (h *Host) lanes(records []record) ([]*lane, error) {
	type place struct{ queue, group string }
	var lanes []*lane
	ordered := map[place]*lane{}
	for i := range records {
		r := &records[i]
		if r.Source != "aws:sqs" {
			return nil, unknown("its records are not of SQS; topics reach a function through a queue")
		}
		if r.ID == "" {
			return nil, unknown("a record has no id, so its failure could not be told")
		}
		at := place{r.Queue, r.About.Group}
		l := ordered[at]
		if l == nil {
			l = h.handler(r)
			lanes = append(lanes, l)
		}
		if l.do == nil {
			return nil, unknown("this function does not serve the queue " + r.name())
		}
		if r.ordered() {
			ordered[at] = l
		}
		l.records = append(l.records, i)
	}
	return lanes, nil
}

// handler finds who serves a queue; a lane of nobody's where none does.
func (h *Host) handler(r *record) *lane {
	found, longest := &lane{}, ""
	for keeps, queues := range map[bool]map[string]func(context.Context, []byte) error{false: h.o.Queues, true: h.o.Calls} {
		for key, f := range queues {
			if r.fits(key) && (len(key) > len(longest) || len(key) == len(longest) && key > longest) {
				found, longest = &lane{do: f, keeps: keeps}, key
			}
		}
	}
	return found
}

func (r *record) fits(key string) bool {
	full := r.name()
	for _, name := range []string{full, strings.TrimSuffix(full, ".fifo")} {
		if name == key || strings.HasSuffix(name, "-"+key) {
			return true
		}
	}
	return r.Queue == key
}

// travel handles the messages of a lane up to the first that must come again: the
// rest comes again behind it.
func (h *Host) travel(ctx context.Context, l *lane, records []record, failed []bool) {
	stopped := false
	for _, i := range l.records {
		stopped = stopped || !h.handle(ctx, l, &records[i])
		failed[i] = stopped
	}
}

// handle reports whether a message is done with. A bell that the handler can never answer is
// dropped with an error in the log.
func (h *Host) handle(ctx context.Context, l *lane, r *record) bool {
	err := ctx.Err() // what cannot be finished is not begun
	if err == nil {
		err = h.contain(ctx, "queue", func() error { return l.do(ctx, queue.Unwrap(r.Body)) })
	}
	if err == nil {
		return true
	}
	level, text, done := slog.LevelWarn, "a message must come again", false
	if fault.RetryOf(err) == fault.Never && !l.keeps {
		level, text, done = slog.LevelError, "a bell that means nothing is dropped", true
	}
	h.log(ctx, level, text, slog.String("op", "queue"), slog.String("queue", r.name()), slog.String("message", r.ID),
		slog.String("attempt", r.About.Attempt), slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	return done
}
