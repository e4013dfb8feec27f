package platform

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"time"
)

// How SNS's faults take their time.
const (
	lateBy  = 90 * time.Second
	againBy = time.Hour
)

// notification is what SNS puts into a queue:
// https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html. The signature is none: who reads a
// queue has its policy to go by.
type notification struct {
	Type             string
	MessageID        string `json:"MessageId"`
	TopicArn         string
	Message          string
	Timestamp        string
	SignatureVersion string
	Signature        string
	SigningCertURL   string
	UnsubscribeURL   string
}

// notification makes the body of one; p.mu is held.
func (p *Platform) notification(topic, message string) []byte {
	host := "https://sns." + p.region + ".amazonaws.com/"
	return marshal(notification{
		Type: "Notification", MessageID: p.id(), TopicArn: topic, Message: message,
		Timestamp:        p.o.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		SignatureVersion: "1", Signature: base64.StdEncoding.EncodeToString(p.bytes(256)),
		SigningCertURL: host + "SimpleNotificationService-0000000000000000000000000000dead.pem",
		UnsubscribeURL: host + "?Action=Unsubscribe&SubscriptionArn=" + topic + ":" + p.id(),
	})
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("platform: a value is no JSON: " + err.Error())
	}
	return b
}

// Delivery is one notification on its way.
type Delivery struct {
	InboundMessageID string // "" of an event
	attempts         int
	taken            bool
	done             chan struct{}
}

// Wait returns once Publish took it, or gave no error; or with the error of ctx. attempts is how often
// Publish was called, and taken is false where SNS gave up or the platform was closed. Copies that faults
// make do not count.
func (d *Delivery) Wait(ctx context.Context) (attempts int, taken bool, err error) {
	select {
	case <-d.done:
		return d.attempts, d.taken, nil
	case <-ctx.Done():
		return 0, false, ctx.Err()
	}
}

// notify has SNS deliver a message, about a phone. What is of one phone and meets no fault is first tried in
// its order. p.mu is held.
func (p *Platform) notify(kind, topic, phone, message string) *Delivery {
	f := p.pushFault(kind)
	d := &Delivery{done: make(chan struct{})}
	body := p.notification(topic, message)
	before, tried := p.tails[phone], make(chan struct{})
	p.tails[phone] = tried
	p.activity.Go(func() {
		defer close(d.done)
		if f == Late {
			close(tried)
			if !p.activity.Sleep(lateBy) {
				return
			}
			p.deliver(d, kind, body, func() {})
			return
		}
		if before != nil {
			<-before
		}
		p.deliver(d, kind, body, func() { close(tried) })
	})
	switch f {
	case Twice:
		p.activity.Go(func() { p.deliver(&Delivery{}, kind, body, func() {}) })
	case Again:
		p.activity.Go(func() {
			if p.activity.Sleep(againBy) {
				p.deliver(&Delivery{}, kind, body, func() {})
			}
		})
	case Anew:
		p.activity.Go(func() {
			if !p.activity.Sleep(againBy) {
				return
			}
			p.mu.Lock()
			second := p.notification(topic, message)
			p.mu.Unlock()
			p.deliver(&Delivery{}, kind, second, func() {})
		})
	case NoPushFault, Late:
	}
	return d
}

// deliver calls Publish until it takes the body; tried is called after the first time.
func (p *Platform) deliver(d *Delivery, kind string, body []byte, tried func()) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-p.activity.Closed():
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		err := p.o.Publish(ctx, body)
		if d.attempts++; d.attempts == 1 {
			tried()
		}
		p.o.Log.Info("notify", "kind", kind, "attempt", d.attempts, "taken", err == nil)
		if d.taken = err == nil; d.taken {
			return
		}
		wait, more := backoff(d.attempts)
		if !more || ctx.Err() != nil || wait > 0 && !p.activity.Sleep(wait) {
			return
		}
	}
}

// backoff is how long SNS waits after so many attempts at a queue, and whether it makes another:
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html (AWS managed endpoints; its
// jitter is left out).
func backoff(attempts int) (wait time.Duration, more bool) {
	const immediate, pre, growing, total = 3, 2, 10, 100_015
	switch {
	case attempts >= total:
		return 0, false
	case attempts <= immediate:
		return 0, true
	case attempts <= immediate+pre:
		return time.Second, true
	case attempts <= immediate+pre+growing:
		step := float64(attempts-immediate-pre-1) / (growing - 1)
		return time.Duration(math.Pow(20, step) * float64(time.Second)).Round(time.Millisecond), true
	}
	return 20 * time.Second, true
}
