package scenario

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"

	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
)

// The company's numbers: of one AWS answers STOP and HELP, of the other we do.
const (
	managedNumber = "+12065550100"
	ownNumber     = "+12065550101"
)

// smsPlace is where AWS tells of messages: what a template makes on AWS, and zhida.yaml names elsewhere.
type smsPlace struct{ topic, set string }

// smsSide is AWS's SMS service beside a host, with the carriers and customers' phones. It lives by
// the host's clock.
type smsSide struct {
	*platform.Platform
	t    testing.TB
	host Host
	url  string // of the API
	smsPlace
	inFile bool // zhida.yaml names the place

	private func(text string) // no log may hold it

	mu  sync.Mutex
	put func(ctx context.Context, body []byte) error // into the host's queue
}

// objects read S3, with the media type.
type objects func(ctx context.Context, bucket, key string) (data []byte, kind string, err error)

// startSMS plays AWS; open tells it where the host is.
func startSMS(t testing.TB, clock queue.Clock, place smsPlace, stored objects) *smsSide {
	t.Helper()
	s := &smsSide{t: t, smsPlace: place}
	played, err := platform.New(platform.Options{
		Clock: clock, Rand: rand.Reader, Publish: s.publish, Topic: place.topic, ConfigurationSet: place.set, EventTopic: place.topic, Objects: stored,
		Numbers: []platform.Number{
			{Number: managedNumber, MMS: true, PartsPerSecond: 100, Keywords: []platform.Keyword{{Word: "START", Action: platform.OptIn, Reply: "You are back."}}},
			{Number: ownNumber, SelfManaged: true, PartsPerSecond: 100},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Platform = played
	server := httptest.NewServer(played)
	t.Cleanup(func() {
		played.Close()
		server.Close()
	})
	s.url = server.URL
	return s
}

var errNoHost = errors.New("nobody is there")

// publish is SNS's way into the host's queue.
func (s *smsSide) publish(ctx context.Context, body []byte) error {
	s.mu.Lock()
	put := s.put
	s.mu.Unlock()
	if put == nil {
		return errNoHost
	}
	return put(ctx, body)
}

// client is AWS's, for a program that calls the API by itself.
func (s *smsSide) client() *pinpointsmsvoicev2.Client {
	return pinpointsmsvoicev2.New(pinpointsmsvoicev2.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// withSMS adds the channel to a zhida.yaml.
func withSMS(text []byte, s *smsSide) []byte {
	if s == nil {
		return text
	}
	block := fmt.Sprintf("channels:\n  sms:\n    numbers: [{ number: %q, mms: true }, { number: %q, opt_out: self }]\n"+
		"    price_per_part: 0.00883\n    currency: USD\n", managedNumber, ownNumber)
	if s.inFile {
		block += fmt.Sprintf("    topics: [%q]\n    configuration_set: %s\n", s.topic, s.set)
	}
	return bytes.Replace(text, []byte("channels:\n"), []byte(block), 1)
}

// open says where the host is.
func (s *smsSide) open(host Host, put func(context.Context, []byte) error, private func(string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.host, s.put, s.private = host, put, private
}

// rest waits until AWS has brought all that it has to bring now.
func (s *smsSide) rest() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Rests(ctx); err != nil {
		s.t.Fatalf("AWS's notifications do not come to an end: %v", err)
	}
}

// arrives waits until what is under way has arrived, with all that follows from it.
func (s *smsSide) arrives() {
	s.t.Helper()
	for range 2 { // our answers have receipts
		s.rest()
		s.host.Still()
	}
}

// phone is a customer's, above one of the company's numbers.
type phone struct {
	*platform.Phone
	at     *smsSide
	number string
	seen   int // the newest message that was looked at
}

// phone returns the n-th.
func (s *smsSide) phone(n int, number string) *phone {
	p := &phone{Phone: s.Phone(fmt.Sprintf("+142555501%02d", n)), at: s, number: number}
	s.private(p.Number)
	return p
}

// writes sends a text a second later, and waits until it has arrived, with all that follows from it.
func (p *phone) writes(text string) {
	p.at.t.Helper()
	p.at.passes(time.Second)
	sent, err := p.Write(p.number, text)
	if err != nil {
		p.at.t.Fatal(err)
	}
	p.at.arrives()
	p.at.Acked(sent.InboundMessageID)
}

// news returns what came that was not looked at yet.
func (p *phone) news() (all []platform.Entry) {
	for _, e := range p.Inbox() {
		if e.N > p.seen {
			all, p.seen = append(all, e), e.N
		}
	}
	return all
}

// hears expects one message of the company's, and no more; … is any text.
func (p *phone) hears(pattern string) platform.Entry {
	p.at.t.Helper()
	return p.hearsOf(platform.Company, pattern)
}

func (p *phone) hearsOf(who platform.Who, pattern string) platform.Entry {
	p.at.t.Helper()
	p.at.arrives()
	said := p.news()
	if len(said) != 1 || said[0].Who != who || !matches(pattern, said[0].Text) {
		p.at.t.Fatalf("the phone shows %+v, want %q of %s", said, pattern, who)
	}
	return said[0]
}

// hearsNothing expects no message, also after a while.
func (p *phone) hearsNothing() {
	p.at.t.Helper()
	p.at.passes(10 * time.Second)
	if said := p.news(); len(said) > 0 {
		p.at.t.Errorf("the phone shows %+v, want nothing", said)
	}
}

// passes lets time pass, and what it brings arrive.
func (s *smsSide) passes(d time.Duration) {
	s.t.Helper()
	s.arrives()
	s.host.Advance(d)
	s.arrives()
}

// says has the agent reply, and waits until it went out or is kept.
func (s *smsSide) says(a Agent, id conversation.ID, text string) conversation.Key {
	s.t.Helper()
	m, code := a.Reply(id, "", text)
	if code != "" {
		s.t.Fatalf("the reply is refused: %s", code)
	}
	s.arrives()
	return m.Key
}

// onSMS runs a story on every host that has AWS's SMS service beside it.
func onSMS(t *testing.T, setup Setup, story func(t *testing.T, s *smsSide, lin Agent)) {
	t.Helper()
	setup.SMS = true
	for name, start := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := start(t, setup)
			lin := host.Agent("lin")
			lin.SignIn()
			s := host.(interface{ sms() *smsSide }).sms()
			story(t, s, lin)
			for _, v := range s.Violations() {
				t.Errorf("a call that no program need have made: %+v", v)
			}
		})
	}
}

// onEachNumber is onSMS once for each of the company's numbers.
func onEachNumber(t *testing.T, story func(t *testing.T, s *smsSide, lin Agent, number string)) {
	t.Helper()
	for name, number := range map[string]string{"managed": managedNumber, "self-managed": ownNumber} {
		t.Run(name, func(t *testing.T) {
			onSMS(t, Setup{}, func(t *testing.T, s *smsSide, lin Agent) { story(t, s, lin, number) })
		})
	}
}

func (b *binary) sms() *smsSide { return b.texts }
func (l *lambda) sms() *smsSide { return l.texts }

// inbound is the queue in which AWS's notifications come.
const inboundSMS = "inbound-sms"

// putter puts a notification into the binary's queue.
func (b *binary) putter(ctx context.Context, body []byte) error {
	r := b.life()
	if r == nil {
		return errNoHost
	}
	return r.inbound.Publish(ctx, queue.Message{Body: body})
}

// putter puts a notification into the stack's queue.
func (l *lambda) putter(ctx context.Context, body []byte) error {
	return l.cloud.Put(ctx, inboundSMS, body)
}

// lastWords are the customer's newest, as an agent sees them.
func lastWords(t *testing.T, a Agent, id conversation.ID) (all []string) {
	t.Helper()
	history, code := a.History(id)
	if code != "" {
		t.Fatalf("the history is refused: %s", code)
	}
	for _, m := range history {
		if m.Author == conversation.Customer {
			all = append(all, cmp.Or(m.Text, "…"))
		}
	}
	return all
}
