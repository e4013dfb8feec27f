package platform_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"

	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	topic      = "arn:aws:sns:us-west-2:123456789012:inbound"
	eventTopic = "arn:aws:sns:us-west-2:123456789012:events"
	managed    = "+12065550100" // with MMS
	own        = "+12065550101" // self-managed
	tollFree   = "+18445550102"
	phone      = "+14255550150"
	spoken     = "where is my order 417?"
	secretKey  = "the-secret-access-key"
)

// world is a platform, its API over HTTP, and the queue that SNS delivers to.
type world struct {
	t     *testing.T
	clock queuetest.Clock
	p     *platform.Platform
	api   *httptest.Server
	sdk   *pinpointsmsvoicev2.Client

	mu      sync.Mutex
	queue   [][]byte
	refuses int // how many bodies more the queue does not take
	log     bytes.Buffer
}

// newWorld makes one; change may alter it.
func newWorld(t *testing.T, change func(*platform.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: queuetest.NewClock(start)}
	o := platform.Options{
		Clock: w.clock, Rand: rand.Reader, Log: slog.New(slog.NewJSONHandler(w, nil)), Publish: w.publish, Topic: topic,
		ConfigurationSet: "zhida", EventTopic: eventTopic,
		Numbers: []platform.Number{
			{Number: managed, ID: "phone-1", MMS: true, PartsPerSecond: 100},
			{Number: own, SelfManaged: true, PartsPerSecond: 100},
			{Number: tollFree, PartsPerSecond: 100, Keywords: []platform.Keyword{
				{Word: "Start", Action: platform.OptIn, Reply: "Welcome back."}, {Word: "UNSTOP", Action: platform.OptIn},
				{Word: "help", Action: platform.Respond, Reply: "Call us."},
			}},
		},
	}
	if change != nil {
		change(&o)
	}
	var err error
	w.p, err = platform.New(o)
	w.must(err)
	w.api = httptest.NewServer(w.p)
	w.sdk = pinpointsmsvoicev2.New(pinpointsmsvoicev2.Options{
		Region: "us-west-2", BaseEndpoint: aws.String(w.api.URL), HTTPClient: w.api.Client(), RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secretKey}, nil
		}),
	})
	t.Cleanup(func() { w.p.Close(); w.must(w.p.Settled(w.patience())); w.api.Close(); w.keepsQuiet() })
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) patience() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

// Write is the log's.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

// logged is the log.
func (w *world) logged() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.log.Bytes())
}

// keepsQuiet fails a test whose log says what no log may.
func (w *world) keepsQuiet() {
	log := string(w.logged())
	for _, never := range []string{secretKey, spoken, strings.TrimPrefix(phone, "+"), "AKIDEXAMPLE"} {
		if strings.Contains(log, never) {
			w.t.Errorf("the log has %q", never)
		}
	}
}

var errQueue = errors.New("the queue does not take it")

func (w *world) publish(_ context.Context, body []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuses > 0 {
		w.refuses--
		return errQueue
	}
	w.queue = append(w.queue, body)
	return nil
}

// told is a notification, read.
type told struct {
	Type, TopicArn, Message, Timestamp, SigningCertURL, UnsubscribeURL string

	MessageID string `json:"MessageId"`
	raw       []byte
	inbound   inbound
	event     event
}

type inbound struct {
	From     string `json:"originationNumber"`
	To       string `json:"destinationNumber"`
	Keyword  string `json:"messageKeyword"`
	Body     string `json:"messageBody"`
	ID       string `json:"inboundMessageId"`
	Previous string `json:"previousPublishedMessageId"`
}

type event struct {
	Type        string            `json:"eventType"`
	At          int64             `json:"eventTimestamp"`
	Final       bool              `json:"isFinal"`
	ID          string            `json:"messageId"`
	Status      string            `json:"messageStatus"`
	Encoding    string            `json:"messageEncoding"`
	MessageType string            `json:"messageType"`
	Context     map[string]string `json:"context"`
	Parts       int               `json:"totalMessageParts"`
	Price       float64           `json:"totalMessagePrice"`
	Description string            `json:"messageStatusDescription"`
}

// hears waits until nothing moves without the clock, and returns what came to the queue of a topic since.
func (w *world) hears(of string) (all []told) {
	w.t.Helper()
	w.must(w.p.Rests(w.patience()))
	w.mu.Lock()
	defer w.mu.Unlock()
	var rest [][]byte
	for _, body := range w.queue {
		var n told
		w.must(json.Unmarshal(body, &n))
		n.raw = body
		if n.TopicArn != of {
			rest = append(rest, body)
			continue
		}
		w.must(json.Unmarshal([]byte(n.Message), &n.inbound))
		w.must(json.Unmarshal([]byte(n.Message), &n.event))
		all = append(all, n)
	}
	w.queue = rest
	return all
}

// passes lets time go by, step by step, so that what wakes in between has its turn.
func (w *world) passes(steps ...time.Duration) {
	w.t.Helper()
	for _, step := range steps {
		w.must(w.p.Rests(w.patience()))
		w.clock.Advance(step)
	}
	w.must(w.p.Rests(w.patience()))
}

// writes sends a text from the phone.
func (w *world) writes(to, text string) *platform.Delivery {
	w.t.Helper()
	d, err := w.p.Phone(phone).Write(to, text)
	w.must(err)
	return d
}

// sends sends a text to the phone; change may alter it.
func (w *world) sends(from, text string, change func(*pinpointsmsvoicev2.SendTextMessageInput)) (string, error) {
	in := &pinpointsmsvoicev2.SendTextMessageInput{DestinationPhoneNumber: aws.String(phone), OriginationIdentity: aws.String(from), MessageBody: aws.String(text)}
	if change != nil {
		change(in)
	}
	out, err := w.sdk.SendTextMessage(w.patience(), in)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.MessageId), nil
}

// inbox is the texts that the phone got.
func (w *world) inbox() (texts []string) {
	for _, e := range w.p.Phone(phone).Inbox() {
		texts = append(texts, e.Text)
	}
	return texts
}
