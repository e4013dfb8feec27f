package dynamostore_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/channel"
	ticking "github.com/zhida-project/zhida/shared/clock"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/store/dynamostore/dynamotest"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// stormWorld is all use cases on a table that is reached through bad weather, with
// queues that lose what is published as often. Its people know only what they were
// told.
type stormWorld struct {
	*testing.T
	weather *dynamotest.Weather
	bad     *dynamostore.Store // through the weather
	good    *dynamostore.Store // the same table, on a fine day
	ms      atomic.Int64       // the time, which goes on with every look at it
	ids     conversation.IDs
	inbound *inbound.Service
	desk    *desk.Service
	drain   *outbound.Drain
	clock   *ticking.Clock
	bells   *stormQueue
	permits *stormQueue

	mu       sync.Mutex
	reached  map[conversation.ID][]conversation.Key // what customers' clients were sent
	told     map[conversation.ID][]string           // replies that agents know to be taken
	acked    map[conversation.ID]map[conversation.Key]string
	attempts int // deliveries of messages
	refused  int // and how many of them failed
}

const stormChannel = "test"

func newStorm(t *testing.T, w *dynamotest.Weather) *stormWorld {
	t.Helper()
	ids, err := conversation.NewIDs([]byte("dynamostore dynamostore 32 bytes"))
	ok(t, err)
	s := &stormWorld{
		T: t, weather: w, ids: ids, bells: newStormQueue(stormDrains, 1), permits: newStormQueue(1, 2),
		reached: map[conversation.ID][]conversation.Key{}, told: map[conversation.ID][]string{},
		acked: map[conversation.ID]map[conversation.Key]string{},
	}
	s.ms.Store(began.UnixMilli())
	table := emulated(t).table(t)
	s.good = open(t, emulated(t).client, table, s.now)
	w.Next = &http.Transport{MaxIdleConnsPerHost: 128}
	client := dynamotest.Client(emulator.DynamoDB(t), w, func(o *dynamodb.Options) {
		// As the SDK does by itself, but that it does not wait as long.
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxBackoff, o.RateLimiter = time.Millisecond, ratelimit.None
		})
	})
	s.bad = open(t, client, table, s.now)
	s.wire(s.bad)
	return s
}

func (s *stormWorld) now() time.Time { return time.UnixMilli(s.ms.Add(1)).UTC() }

func (s *stormWorld) wire(bad *dynamostore.Store) {
	log := slog.New(slog.DiscardHandler)
	box, err := outbox.New(outbox.Options{
		Store: bad, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: s.permits},
		Outbound: map[string]queue.Queue{stormChannel: s.bells}, MaxText: map[string]int{stormChannel: 4000},
		Audience: nobodyLooks{}, Now: s.now, Log: log,
	})
	ok(s.T, err)
	answers := faq.New([]config.Entry{{ID: "refund", Match: []string{"退款"}, Answer: config.Text{conversation.Chinese: "三天内退款。"}}})
	router, err := routing.New(routing.Options{Language: conversation.Chinese, Answers: answers, Line: bad})
	ok(s.T, err)
	s.inbound, err = inbound.New(inbound.Options{IDs: s.ids, Store: bad, Outbox: box, Decider: router, Now: s.now, Log: log})
	ok(s.T, err)
	s.drain, err = outbound.New(outbound.Options{Store: bad, Outbox: box, Connector: stormProvider{s}, Now: s.now, Log: log})
	ok(s.T, err)
	s.desk, err = desk.New(desk.Options{
		Store: bad, Outbox: box, Auth: nobodyAsks{}, Tools: noKeys{}, Rand: noChance{},
		Channels: desk.Channels{stormChannel: {MaxText: 4000}}, Lease: time.Hour, Now: s.now, Log: log,
	})
	ok(s.T, err)
	s.clock, err = ticking.New(bad, ticking.Duties{
		Decide: s.inbound.Redecide, Ring: box.Permit, Lapse: s.desk.Lapse, Spare: s.desk.Spare, Show: box.Show, Deliver: box.Redeliver,
		Fetch: s.inbound.Refetch, Erase: s.inbound.Erase,
	}, s.now, log)
	ok(s.T, err)
}

// What nobody needs here.
type (
	nobodyLooks struct{}
	nobodyAsks  struct{ desk.Authenticator }
	noKeys      struct{ toolkey.Store }
	noChance    struct{}
)

func (nobodyLooks) Tell(context.Context, outbox.News) error { return nil }
func (noChance) Read([]byte) (int, error)                   { return 0, fmt.Errorf("no chance") }

// stormProvider is a platform that sends what it is given, mostly.
type stormProvider struct{ s *stormWorld }

func (stormProvider) Info() channel.Info {
	return channel.Info{Name: stormChannel, AckWithin: 5 * time.Second, MaxText: 4000, Retries: true, Repeatable: true}
}

func (stormProvider) Receive(context.Context, channel.Request) (channel.Receipt, error) {
	return channel.Receipt{}, fault.New(fault.Internal, "storm", "not used")
}

func (p stormProvider) Send(_ context.Context, out channel.Outbound) (channel.Sent, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	id := out.Message.Conversation
	p.s.reached[id] = append(p.s.reached[id], out.Message.Key)
	if len(p.s.reached[id])%7 == 0 {
		return channel.Sent{}, fault.New(fault.Uncertain, "storm", "it may have arrived")
	}
	return channel.Sent{}, nil
}

// stormQueue is a queue in memory that loses messages, and answers. Each of its
// consumers has the groups of its own.
type stormQueue struct {
	queue.Queue

	mu     sync.Mutex
	random *rand.Rand
	sent   []chan queue.Message
}

func newStormQueue(consumers int, seed uint64) *stormQueue {
	q := &stormQueue{random: rand.New(rand.NewPCG(seed, 2))}
	for range consumers {
		q.sent = append(q.sent, make(chan queue.Message, 1<<16))
	}
	return q
}

func (q *stormQueue) put(m queue.Message) {
	h := fnv.New32a()
	h.Write([]byte(m.Group))
	q.sent[int(h.Sum32())%len(q.sent)] <- m
}

func (q *stormQueue) left() (n int) {
	for _, c := range q.sent {
		n += len(c)
	}
	return n
}

func (q *stormQueue) chance() float64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.random.Float64()
}

func (q *stormQueue) Publish(_ context.Context, m queue.Message) error {
	const bad = 0.15
	luck := q.chance()
	if luck >= bad { // else it does not arrive
		q.put(m)
	}
	if luck < 2*bad { // or nobody hears that it did
		return fault.New(fault.Unavailable, "storm", "the queue does not answer")
	}
	return nil
}
