package lambdahost_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/queue"
)

const tickEvent = `{"detail-type":"Scheduled Event","source":"aws.scheduler","detail":"{}"}`

// message is one of a batch. Its id is m and its place.
type message struct{ group, body, id, source string }

// batch is an event of SQS.
func batch(t testing.TB, queue string, messages ...message) []byte {
	t.Helper()
	records := make([]map[string]any, len(messages))
	for i, m := range messages {
		if m.id == "" {
			m.id = fmt.Sprint("m", i)
		}
		if m.source == "" {
			m.source = "aws:sqs"
		}
		if !strings.HasPrefix(queue, "arn:") {
			queue = "arn:aws:sqs:eu-west-1:123456789012:" + queue
		}
		attributes := map[string]string{"ApproximateReceiveCount": "3"}
		if m.group != "" {
			attributes["MessageGroupId"] = m.group
		}
		records[i] = map[string]any{"messageId": strings.TrimPrefix(m.id, "-"), "body": m.body,
			"eventSource": m.source, "eventSourceARN": queue, "attributes": attributes}
	}
	data, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// failures are the ids that must come again.
func failures(t testing.TB, data []byte) string {
	t.Helper()
	var a struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(data, &a); err != nil || a.Failures == nil {
		t.Fatalf("got %s, %v", data, err)
	}
	ids := make([]string, len(a.Failures))
	for i, f := range a.Failures {
		ids[i] = f.ID
	}
	return strings.Join(ids, " ")
}

// bells handles messages by what they say, and remembers which it got.
type bells struct {
	mu  sync.Mutex
	got []string
}

func (b *bells) handle(_ context.Context, body []byte) error {
	b.mu.Lock()
	b.got = append(b.got, string(body))
	b.mu.Unlock()
	what, _, _ := strings.Cut(string(body), " ")
	switch what {
	case "fail":
		return fault.New(fault.Unavailable, "test", "later")
	case "plain":
		return errors.New("no fault")
	case "uncertain":
		return fault.New(fault.Uncertain, "test", "")
	case "never":
		return fault.New(fault.BadRequest, "test", "it means nothing")
	case "panic":
		panic("a defect")
	}
	return nil
}

func TestOnlyWhatFailedComesAgain(t *testing.T) {
	for name, c := range map[string]struct {
		queue string
		say   []string // "group:what"
		want  string   // the ids
		got   string   // the bodies handled, sorted
	}{
		"all is well":                            {"bells", []string{":ok 0", ":ok 1"}, "", "ok 0,ok 1"},
		"some fail":                              {"bells", []string{":ok", ":fail", ":ok", ":plain", ":uncertain"}, "m1 m3 m4", "fail,ok,ok,plain,uncertain"},
		"never is never":                         {"bells", []string{":never", ":fail"}, "m1", "fail,never"},
		"a panic":                                {"bells", []string{":panic", ":ok"}, "m0", "ok,panic"},
		"groups of a standard queue do not wait": {"bells", []string{"a:fail", "a:ok", "b:ok"}, "m0", "fail,ok,ok"},

		"a group stops at its first failure": {"bells.fifo",
			[]string{"a:ok 0", "a:fail 1", "b:ok 2", "a:ok 3", "b:ok 4", "a:ok 5"}, "m1 m3 m5", "fail 1,ok 0,ok 2,ok 4"},
		"a panic stops its group":  {"bells.fifo", []string{"a:panic", "a:ok", "b:ok"}, "m0 m1", "ok,panic"},
		"never does not":           {"bells.fifo", []string{"a:never", "a:ok"}, "", "never,ok"},
		"two groups fail":          {"bells.fifo", []string{"a:fail", "b:fail", "a:ok", "b:ok", "c:ok"}, "m0 m1 m2 m3", "fail,fail,ok"},
		"a group without its name": {"bells.fifo", []string{":fail", ":ok"}, "m0 m1", "fail"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bells
			h, log := host(t, lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"bells": b.handle}})
			messages := make([]message, len(c.say))
			for i, say := range c.say {
				messages[i].group, messages[i].body, _ = strings.Cut(say, ":")
			}
			data, err := h.Invoke(t.Context(), batch(t, c.queue, messages...))
			if err != nil {
				t.Fatal(err)
			}
			if got := failures(t, data); got != c.want {
				t.Errorf("%q come again, want %q", got, c.want)
			}
			slices.Sort(b.got)
			if got := strings.Join(b.got, ","); got != c.got {
				t.Errorf("%q were handled, want %q", got, c.got)
			}
			if dropped := strings.Contains(log.String(), "dropped"); dropped != strings.Contains(name, "never") {
				t.Errorf("the log: %s", log)
			}
			if log.String() != "" && !strings.Contains(log.String(), `"queue":"`+c.queue+`"`) {
				t.Errorf("the log does not say which queue: %s", log)
			}
		})
	}
}

// TestCallsAreNeverDropped: nobody says them again, and the queue puts aside what cannot be done.
func TestCallsAreNeverDropped(t *testing.T) {
	var b bells
	h, log := host(t, lambdahost.Options{
		Calls:  map[string]func(context.Context, []byte) error{"inbound-sms": b.handle},
		Queues: map[string]func(context.Context, []byte) error{"sms": b.handle},
	})
	for queue, want := range map[string]string{"zhida-inbound-sms": "m0 m2", "zhida-outbound-sms": "m2"} {
		data, err := h.Invoke(t.Context(), batch(t, queue, message{body: "never"}, message{body: "ok"}, message{body: "fail"}))
		if err != nil || failures(t, data) != want {
			t.Errorf("%s: %s, %v, want %s", queue, data, err, want)
		}
	}
	if said := log.String(); strings.Count(said, "is dropped") != 1 {
		t.Errorf("the log says %s", said)
	}
}

func TestNoFailuresAreAnEmptyList(t *testing.T) {
	var b bells
	h, _ := host(t, lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"bells": b.handle}})
	data, err := h.Invoke(t.Context(), batch(t, "bells", message{body: "转人工 <&> \u2028"}))
	if err != nil || string(data) != `{"batchItemFailures":[]}` {
		t.Errorf("got %s, %v", data, err)
	}
	if !slices.Equal(b.got, []string{"转人工 <&> \u2028"}) {
		t.Errorf("got %q", b.got)
	}
}

// TestBodiesAreWhatWasPublished: what SQS does not carry travels as another text.
func TestBodiesAreWhatWasPublished(t *testing.T) {
	var b bells
	h, _ := host(t, lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"bells": b.handle}})
	bodies := []string{"", "\x00\uFFFE", `{"a":1}`, "base64:", "base64:AA==", "转人工"}
	var messages []message
	for _, body := range bodies {
		messages = append(messages, message{group: "a", body: queue.Wrap([]byte(body))})
	}
	if _, err := h.Invoke(t.Context(), batch(t, "bells.fifo", messages...)); err != nil || !slices.Equal(b.got, bodies) {
		t.Errorf("got %q, %v, want %q", b.got, err, bodies)
	}
}

// TestAtTheSameTime lets each message wait for the others it may run beside.
func TestAtTheSameTime(t *testing.T) {
	for name, c := range map[string]struct {
		queue string
		count int
		group func(int) string
		most  int64
	}{
		"a standard queue":    {"bells", 100, func(int) string { return "one" }, 16},
		"groups of a FIFO":    {"bells.fifo", 9, func(i int) string { return fmt.Sprint("g", i%3) }, 3},
		"one group of a FIFO": {"bells.fifo", 5, func(int) string { return "one" }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var running, most atomic.Int64
				h, _ := host(t, lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"bells": func(context.Context, []byte) error {
					now := running.Add(1)
					for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
					}
					time.Sleep(time.Second) // of a clock that nobody waits for
					running.Add(-1)
					return nil
				}}})
				messages := make([]message, c.count)
				for i := range messages {
					messages[i].group = c.group(i)
				}
				if _, err := h.Invoke(t.Context(), batch(t, c.queue, messages...)); err != nil || most.Load() != c.most {
					t.Errorf("%d at once, want %d; %v", most.Load(), c.most, err)
				}
			})
		})
	}
}

func TestAGroupKeepsItsOrder(t *testing.T) {
	var b bells
	h, _ := host(t, lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"bells": b.handle}})
	var messages []message
	for i := range 10 {
		messages = append(messages, message{group: "a", body: fmt.Sprint(i)})
	}
	if _, err := h.Invoke(t.Context(), batch(t, "bells.fifo", messages...)); err != nil || !slices.IsSorted(b.got) || len(b.got) != 10 {
		t.Errorf("got %q, %v", b.got, err)
	}
}

// TestWhatCannotBeFinishedIsNotBegun: a message that waited for its turn past the
// deadline comes again untouched.
func TestWhatCannotBeFinishedIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		h, _ := host(t, lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"bells": func(context.Context, []byte) error {
			begun.Add(1)
			time.Sleep(2 * time.Second)
			return nil
		}}})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		data, err := h.Invoke(ctx, batch(t, "bells.fifo", message{}, message{}, message{}, message{}, message{}))
		if err != nil {
			t.Fatal(err)
		}
		if got := failures(t, data); got != "m3 m4" || begun.Load() != 3 {
			t.Errorf("%d were begun, %q come again", begun.Load(), got)
		}
	})
}

func TestUnservedBatchesAreLeftAlone(t *testing.T) {
	for name, payload := range map[string][]byte{
		"another queue":                   batch(t, "others", message{}),
		"one of them of another service":  batch(t, "bells", message{}, message{source: "aws:sns"}),
		"one without an id":               batch(t, "bells", message{}, message{id: "-"}),
		"a name that only ends like ours": batch(t, "doorbells", message{}),
		"no queue":                        []byte(`{"Records":[{"eventSource":"aws:sqs","messageId":"1"}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			var b bells
			h, _ := host(t, lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"bells": b.handle}})
			data, err := h.Invoke(t.Context(), payload)
			if !fault.Is(err, fault.BadRequest) || data != nil || len(b.got) > 0 {
				t.Errorf("got %s, %v; %q were handled", data, err, b.got)
			}
		})
	}
}

func TestTheLongestNameFits(t *testing.T) {
	var took string
	queues := map[string]func(context.Context, []byte) error{}
	for _, key := range []string{"front", "transfers-front", "outbound-x", "arn:aws-cn:sqs:cn-north-1:1:stack-front"} {
		queues[key] = func(context.Context, []byte) error { took = key; return nil }
	}
	h, _ := host(t, lambdahost.Options{Queues: queues})
	for queue, want := range map[string]string{
		"front":                 "front",
		"zhida-front":           "front",
		"zhida-transfers-front": "transfers-front",
		"transfers-front":       "transfers-front",
		"zhida-outbound-x.fifo": "outbound-x",
		"outbound-x.fifo":       "outbound-x",
		"arn:aws-cn:sqs:cn-north-1:1:stack-front": "arn:aws-cn:sqs:cn-north-1:1:stack-front",
	} {
		took = ""
		if _, err := h.Invoke(t.Context(), batch(t, queue, message{})); err != nil || took != want {
			t.Errorf("%s went to %q (%v), want %q", queue, took, err, want)
		}
	}
}

func TestSchedules(t *testing.T) {
	result := errors.New("stopped early")
	h, log := host(t, lambdahost.Options{Schedule: func(context.Context) error {
		if result == nil {
			panic("a defect")
		}
		return result
	}})
	if _, err := h.Invoke(t.Context(), []byte(tickEvent)); !errors.Is(err, result) {
		t.Errorf("got %v", err)
	}
	result = nil
	if _, err := h.Invoke(t.Context(), []byte(tickEvent)); !fault.Is(err, fault.Internal) || !strings.Contains(log.String(), "a defect") {
		t.Errorf("got %v; the log has %s", err, log)
	}
	for name, payload := range map[string]string{
		"nothing":           ``,
		"null":              `null`,
		"an empty object":   `{}`,
		"a text":            `"tick"`,
		"no records":        `{"Records":[]}`,
		"another event":     `{"detail-type":"EC2 Instance State-change Notification","source":"aws.ec2"}`,
		"somebody's own":    `{"detail-type":"Scheduled Event","source":"com.example"}`,
		"HTTP without HTTP": string(request(t, nil)),
	} {
		if data, err := h.Invoke(t.Context(), []byte(payload)); !fault.Is(err, fault.BadRequest) || data != nil {
			t.Errorf("%s: got %s, %v", name, data, err)
		}
	}
}

func TestNewWantsAllItNeeds(t *testing.T) {
	tick := func(context.Context) error { return nil }
	bell := func(context.Context, []byte) error { return nil }
	for name, o := range map[string]lambdahost.Options{
		"no clock":           {Schedule: tick},
		"nothing to serve":   {Now: clock},
		"live, no sessions":  {Now: clock, Live: &echo{}, Poster: &poster{}},
		"live, no poster":    {Now: clock, Live: &echo{}, Sessions: &sessions{}},
		"a negative margin":  {Now: clock, Schedule: tick, Margin: -1},
		"a queue of no name": {Now: clock, Queues: map[string]func(context.Context, []byte) error{"": bell}},
		"a queue of nobody":  {Now: clock, Queues: map[string]func(context.Context, []byte) error{"bells": nil}},
	} {
		if _, err := lambdahost.New(o); !fault.Is(err, fault.Config) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := lambdahost.New(lambdahost.Options{Now: clock, Schedule: tick}); err != nil {
		t.Error(err)
	}
}
