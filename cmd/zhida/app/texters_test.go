package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/simulation"
	"github.com/zhida-project/zhida/shared/store"
)

// The texters write by SMS to three of the company's numbers, two of which AWS answers STOP for, while all
// goes wrong that goes wrong there. `make crowd` has 500 of them; other tests a few.
var textersSize = flag.Int("sms-crowd", few, "how many customers TestTexters has")

// texters is the customers, AWS, and the company.
type texters struct {
	*company
	aws    *platform.Platform
	people []*texter
	unsure atomic.Int64 // calls of which we cannot know whether AWS took them

	mu   sync.Mutex
	acts int
	all  map[conversation.ID]*thread
}

// texter is one customer.
type texter struct {
	*platform.Phone
	number string    // of the company's, that they write to
	next   time.Time // when they do something again
}

// thread is one conversation, as we led it.
type thread struct {
	peer conversation.Peer
	said map[string]*saying // by its mark
}

// lostCalls counts what the simulator tells of calls whose answer we do not know.
type lostCalls struct{ n *atomic.Int64 }

func (lostCalls) Enabled(context.Context, slog.Level) bool { return true }
func (l lostCalls) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l lostCalls) WithGroup(string) slog.Handler          { return l }
func (l lostCalls) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "fault" {
			switch platform.CallFault(a.Value.Int64()) {
			case platform.Reset, platform.Swallow, platform.ServerError, platform.ServerErrorTaken:
				l.n.Add(1)
			case platform.NoCallFault, platform.Limited:
			}
		}
		return true
	})
	return nil
}

// The company's numbers: of the last it answers STOP itself.
var companyNumbers = []string{"+12065550101", "+12065550102", "+12065550103"}

const (
	textsTopic = "arn:aws:sns:us-east-1:123456789012:zhida-sms"
	textsSet   = "zhida-sms"
)

func openTexters(t *testing.T, plan platform.Plan) *texters {
	t.Helper()
	w := &texters{company: newCompany(t), all: map[conversation.ID]*thread{}}
	o := platform.Options{
		Clock: w.clock, Rand: rand.Reader, Faults: plan, Log: slog.New(lostCalls{&w.unsure}), Topic: textsTopic, EventTopic: textsTopic, ConfigurationSet: textsSet,
		Publish: func(ctx context.Context, body []byte) error {
			return w.app.engines.Inbound[sms.Name].Publish(ctx, queue.Message{Body: body})
		},
	}
	c := crashConfig()
	c.Desk.Lease = 1000 * time.Hour
	c.Channels.SMS = &config.SMS{Topics: []string{textsTopic}, ConfigurationSet: textsSet}
	for i, n := range companyNumbers {
		self := i == len(companyNumbers)-1
		o.Numbers = append(o.Numbers, platform.Number{Number: n, SelfManaged: self, PartsPerSecond: 100, Keywords: []platform.Keyword{{Word: "START", Action: platform.OptIn, Reply: "You are back."}}})
		c.Channels.SMS.Numbers = append(c.Channels.SMS.Numbers, config.SMSNumber{Number: n, SelfManaged: self})
	}
	var err error
	w.aws, err = platform.New(o)
	w.must(err)
	t.Cleanup(w.aws.Close)
	api := httptest.NewServer(w.aws)
	t.Cleanup(api.Close)
	w.texts = pinpointsmsvoicev2.New(pinpointsmsvoicev2.Options{
		BaseEndpoint: &api.URL, Region: "us-east-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "made up"}, nil
		}), HTTPClient: api.Client(),
	})
	w.open(c, w.wanted, w.ended, nil)
	return w
}

func (w *texters) wanted(c conversation.Conversation, m conversation.Message, mark string) {
	if !m.Outcome.Open() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all[c.ID] == nil {
		w.all[c.ID] = &thread{c.Peer, map[string]*saying{}}
	}
	w.all[c.ID].said[mark] = &saying{key: m.Key, at: w.clock.Now()}
}

func (w *texters) ended(o store.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.all[o.Conversation].said {
		if s.key == o.Key {
			s.outcome = o.Outcome
		}
	}
}

// TestTexters: nothing is lost and nothing doubled, what nobody knows of is not repeated, nobody who forbade
// messages gets one, and whatever can be delivered is.
func TestTexters(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return crowdStart.Add(time.Duration(minutes) * time.Minute) }
	w := openTexters(t, platform.Plan{
		Seed: 7, Reset: 0.01, Swallow: 0.01, ServerError: 0.01, ServerErrorTaken: 0.01, Limited: 0.05,
		Twice: 0.05, Again: 0.03, Anew: 0.03, Late: 0.05, Down: []simulation.Span{{From: at(40), To: at(100)}},
		Fates: []platform.Odds{
			{Chance: 0.2, What: platform.Accepted}, {Chance: 0.05, What: platform.Silent}, {Chance: 0.03, What: platform.Unreachable},
			{Chance: 0.02, What: platform.CarrierBlocked}, {Chance: 0.02, What: platform.Vanished},
		},
	})
	for n := range *textersSize {
		w.people = append(w.people, &texter{
			Phone: w.aws.Phone(fmt.Sprintf("+1425%07d", 5550000+n)), number: companyNumbers[n%len(companyNumbers)],
			next: crowdStart.Add(time.Duration(n) * 30 * time.Minute / time.Duration(*textersSize)),
		})
	}
	w.until(at(120), true)
	w.until(at(200), false) // what comes again after an hour has come
	w.clock.Advance(73 * time.Hour)
	w.until(w.clock.Now().Add(time.Minute), false)
	w.keeps()
	w.shows()
}

// tread is how far the clock moves at a time.
const tread = 3 * time.Second

// until lets time pass, with everybody at it or nobody.
func (w *texters) until(end time.Time, busy bool) {
	w.Helper()
	for n := 0; w.clock.Now().Before(end); n++ {
		if busy {
			for _, p := range w.people {
				if !w.clock.Now().Before(p.next) {
					w.act(p)
				}
			}
			if n%20 == 0 {
				w.claim()
			}
			if n%4 == 0 {
				w.talk(0.02)
			}
		}
		step := tread
		if delivered := w.settle(); !delivered && !busy {
			step = 5 * tread
		}
		if n%5 == 0 {
			w.app.showNotes(w.Context(), conversation.Front)
		}
		w.clock.Advance(step)
	}
}

// settle does all that is to be done now.
func (w *texters) settle() (delivered bool) {
	w.Helper()
	for ; ; delivered = true {
		ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
		w.must(w.aws.Rests(ctx))
		cancel()
		taken := w.take()
		w.must(w.app.Tick(w.Context()))
		if !w.deliver(sms.Name) && !taken {
			return delivered
		}
	}
}

// take reads what SNS put into the queue, and reports whether there was any.
func (w *texters) take() (any bool) {
	w.Helper()
	handle := w.app.inbound.NewQueue(w.app.platforms[0])
	return w.drain(w.app.engines.Inbound[sms.Name], func(body []byte) error {
		err := handle(context.Background(), body)
		if err != nil {
			w.Error(err)
		}
		w.aws.Acked(written(body))
		return err
	})
}

// written is the id of what a customer wrote, in a notification; "" in one of an event.
func written(body []byte) string {
	var n struct{ Message string }
	var m struct {
		ID string `json:"inboundMessageId"`
	}
	if json.Unmarshal(body, &n) != nil || json.Unmarshal([]byte(n.Message), &m) != nil {
		return ""
	}
	return m.ID
}

// act has a customer do the next thing.
func (w *texters) act(p *texter) {
	w.Helper()
	p.next = w.clock.Now().Add(time.Duration(w.chance.ExpFloat64() * float64(10*time.Minute)))
	w.acts++
	text := "退款多久到账"
	switch luck := w.chance.IntN(100); {
	case luck < 20:
	case luck < 40:
		text = "我要转人工"
	case luck < 55:
		text = "0"
	case luck < 70:
		text = "还要多久"
	case luck < 85:
		text = fmt.Sprint("我的订单", w.acts, "还没到")
	case luck < 90:
		text = "STOP"
	case luck < 97:
		text = "START"
	default:
		text = "HELP"
	}
	_, err := p.Write(p.number, text)
	w.must(err)
}
