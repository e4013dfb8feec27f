package platform

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/simulation"
)

// Clock is the time that AWS and the carriers live by; shared/queue.Clock is one.
type Clock = simulation.Clock

// Options are what a Platform needs; Clock, Rand, Publish, Topic and Numbers are required.
type Options struct {
	Clock Clock
	Rand  io.Reader    // for ids and signatures
	Log   *slog.Logger // what was called and published, without texts, numbers of phones and ids

	// Publish puts what SNS delivers into the queue that is subscribed: a JSON notification, whole, as
	// without raw message delivery. Where it errs SNS tries again. It is called by several at once.
	Publish func(ctx context.Context, body []byte) error
	Topic   string // ARN of the SNS topic of what phones write; it says which partition, region and account are played

	Numbers []Number // the company's, at least one

	ConfigurationSet string // its name; "": there is none
	EventTopic       string // ARN of the SNS topic that the configuration set's events go to; "": they go nowhere

	Sandbox    []string // the verified destinations; nil: the account is in no sandbox
	SpendLimit float64  // in US dollars, for each calendar month (UTC) and for texts and media apart; 0: none

	// Objects reads an object of S3, with its Content-Type; nil: there are none.
	Objects func(ctx context.Context, bucket, key string) (data []byte, kind string, err error)

	Faults Plan
}

// Number is one of the company's.
type Number struct {
	Number         string // E.164
	ID             string // PhoneNumberId; "": phone- and its digits
	MMS            bool   // it is capable of media
	SelfManaged    bool   // self-managed opt-outs: AWS answers no HELP and no STOP, and keeps no list
	PartsPerSecond int    // its MPS; 0: 3, as US toll-free numbers have by sms-limitations-mps.html
	Keywords       []Keyword
}

// Platform plays AWS End User Messaging SMS, the carriers and the phones. It is the API's http.Handler;
// it is safe for concurrent use.
type Platform struct {
	o                          Options
	partition, region, account string
	activity                   *simulation.Activity
	pushLuck                   *simulation.Luck[PushFault]
	callLuck                   *simulation.Luck[CallFault] // by operation
	fateLuck                   *simulation.Luck[Fate]      // by phone

	mu         sync.Mutex
	numbers    []*number
	phones     map[string]*Phone // by number
	tails      map[string]<-chan struct{}
	stops      map[pair]*stop      // of self-managed numbers
	list       map[string]*listing // the opt-out list, by phone
	deleted    map[string]time.Time
	inbound    map[string]*stop // by inboundMessageId: what was said by it
	media      map[string]Medium
	entries    int
	spent      Spending
	month      month
	violations []Violation
}

// pair is one of the company's numbers and a phone.
type pair struct{ number, phone string }

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// New returns a Platform without phones. Errors: Config, with all that is wrong.
func New(o Options) (*Platform, error) {
	p := &Platform{
		o: o, pushLuck: simulation.NewLuck[PushFault](o.Faults.Seed), callLuck: simulation.NewLuck[CallFault](o.Faults.Seed),
		fateLuck: simulation.NewLuck[Fate](o.Faults.Seed), phones: map[string]*Phone{}, tails: map[string]<-chan struct{}{},
		stops: map[pair]*stop{}, list: map[string]*listing{}, deleted: map[string]time.Time{}, inbound: map[string]*stop{}, media: map[string]Medium{},
	}
	if wrong := p.check(); len(wrong) > 0 {
		return nil, fault.New(fault.Config, "platform.New", strings.Join(wrong, "; "))
	}
	if p.o.Log == nil {
		p.o.Log = slog.New(slog.DiscardHandler)
	}
	p.activity = simulation.NewActivity(o.Clock)
	arn := strings.Split(o.Topic, ":")
	p.partition, p.region, p.account = arn[1], arn[3], arn[4]
	for _, n := range o.Numbers {
		p.numbers = append(p.numbers, p.made(n))
	}
	return p, nil
}

var topicARN = regexp.MustCompile(`^arn:[^:]+:sns:[^:]+:[0-9]{12}:[^:]+$`)

func (p *Platform) check() (wrong []string) {
	unless := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	o := p.o
	unless(o.Clock != nil && o.Rand != nil && o.Publish != nil, "Clock, Rand and Publish are required")
	unless(topicARN.MatchString(o.Topic), "Topic is the ARN of an SNS topic")
	unless(o.EventTopic == "" || topicARN.MatchString(o.EventTopic), "EventTopic is the ARN of an SNS topic")
	unless(o.EventTopic == "" || o.ConfigurationSet != "", "events need a ConfigurationSet")
	unless(len(o.Numbers) > 0, "Numbers has at least one")
	seen := map[string]bool{}
	for _, n := range o.Numbers {
		unless(e164.MatchString(n.Number) && !seen[n.Number], "a Number is E.164, and there once")
		unless(n.PartsPerSecond >= 0, "PartsPerSecond is not negative")
		seen[n.Number] = true
		for _, k := range n.Keywords {
			unless(k.good(), "a Keyword's Word has 1 to 30 characters, no space at either end, and its Action is one of AWS's")
		}
	}
	return wrong
}

// Close ends all that is under way. Call it once.
func (p *Platform) Close() { p.activity.Close() }

// Settled returns once nothing is on its way, or with the error of ctx. What a Fate or a fault has yet to
// bring is on its way: it may take 72 hours.
func (p *Platform) Settled(ctx context.Context) error { return p.activity.Settled(ctx) }

// Rests returns once everything that is on its way waits for the clock to move, or with the error of ctx.
func (p *Platform) Rests(ctx context.Context) error { return p.activity.Rests(ctx) }

// bytes returns n random bytes. A source that ends is a defect of whoever made it; p.mu is held.
func (p *Platform) bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.o.Rand, b); err != nil {
		panic("platform: Rand gave an error")
	}
	return b
}

// id makes a UUID; p.mu is held.
func (p *Platform) id() string {
	b := p.bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// arn is the name of a resource of the SMS service.
func (p *Platform) arn(resource string) string {
	return strings.Join([]string{"arn", p.partition, "sms-voice", p.region, p.account, resource}, ":")
}
