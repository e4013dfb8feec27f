package platform

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// WeChat waits five seconds for an answer, then drops the connection and pushes again, three
// times in all. A connection that breaks and a status other than 200 are no answers either;
// the next attempt is at its five seconds all the same.
// https://developers.weixin.qq.com/doc/subscription/guide/product/message/Passive_user_reply_message.html
const (
	patience = 5 * time.Second
	attempts = 3
	maxReply = 1 << 20 // bytes
)

// Outcome is how an attempt went.
type Outcome string

// The outcomes.
const (
	Answered Outcome = "answered" // in time, and understood
	Nonsense Outcome = "nonsense" // in time; the user is told that the service has a fault
	Silent   Outcome = "silent"   // no answer in time
	Lost     Outcome = "lost"     // by a fault that was asked for
	Ended    Outcome = "ended"    // the platform was closed
)

// Attempt is one attempt to deliver a push.
type Attempt struct {
	At      time.Time
	Outcome Outcome
}

// Wait returns the attempts once no other will be made, or the error of ctx.
func (d *Delivery) Wait(ctx context.Context) ([]Attempt, error) {
	select {
	case <-d.done:
		return d.attempts, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// deliver makes the attempts, one after the other.
func (p *Platform) deliver(d *Delivery) {
	defer close(d.done)
	for n := 1; n <= attempts; n++ {
		at := p.o.Clock.Now()
		outcome := p.attempt(d, n)
		d.attempts = append(d.attempts, Attempt{At: at, Outcome: outcome})
		p.o.Log.Info("push", "kind", d.push.fields[3].value, "attempt", n, "outcome", string(outcome))
		if outcome == Answered || outcome == Nonsense || outcome == Ended {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	u := d.push.user
	u.show(Entry{Who: System, Kind: "fault", Text: u.account.faultText()})
}

// attempt makes one, and returns when it is answered or its five seconds are over.
func (p *Platform) attempt(d *Delivery, n int) Outcome {
	f := p.pushFault(n)
	deadline, stop := p.o.Clock.Timer(patience)
	defer stop()
	began := p.o.Clock.Now()
	over := began.Add(patience)
	switch f.Kind {
	case LoseRequest:
		return p.pause(deadline, over, Lost)
	case Slow:
		defer p.activity.Rest(began.Add(min(f.By, patience)))()
	case NoPushFault, LoseAnswer:
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	answers := make(chan answer, 1)
	p.activity.Go(func() { answers <- p.carry(ctx, d, f) })
	select {
	case a := <-answers:
		switch {
		case a.err != nil:
			return p.pause(deadline, over, Silent)
		case f.Kind == LoseAnswer:
			p.unheard(d.push.user, a)
			return p.pause(deadline, over, Lost)
		}
		return p.answered(d.push.user, a)
	case <-deadline:
		if f.Kind == LoseAnswer {
			return Lost
		}
		return Silent
	case <-p.activity.Closed():
		return Ended
	}
}

// pause waits for the end of the five seconds, over.
func (p *Platform) pause(deadline <-chan time.Time, over time.Time, then Outcome) Outcome {
	if p.activity.Await(deadline, over) {
		return then
	}
	return Ended
}

// answer is what a webhook said, with what it takes to understand it.
type answer struct {
	body []byte
	err  error
}

// carry takes a request to the webhook, late if the network is slow: what was sent arrives,
// though WeChat may have given up on it meanwhile.
func (p *Platform) carry(ctx context.Context, d *Delivery, f PushFault) answer {
	p.mu.Lock()
	req, err := p.request(d.push.user.account, d.push)
	p.mu.Unlock()
	if err != nil {
		return answer{err: err}
	}
	if f.Kind == Slow {
		if !p.activity.Sleep(f.By) {
			return answer{err: context.Canceled}
		}
	}
	if ctx.Err() != nil {
		late, cancel := context.WithCancel(context.Background())
		defer cancel()
		go p.hangUp(late, cancel)
		ctx = late
	}
	reply, err := p.call(ctx, http.MethodPost, req)
	if err == nil {
		p.reached(d)
	}
	return answer{reply, err}
}

// hangUp ends a call that nobody waits for after five seconds.
func (p *Platform) hangUp(ctx context.Context, cancel func()) {
	fired, stop := p.o.Clock.Timer(patience)
	defer stop()
	select {
	case <-fired:
		cancel()
	case <-p.activity.Closed():
		cancel()
	case <-ctx.Done():
	}
}

// reached notes that the company knows of an act.
func (p *Platform) reached(d *Delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.grant != nil && d.grant.known.IsZero() {
		d.grant.known = p.o.Clock.Now()
	}
}

var errNoAnswer = errors.New("the webhook did not answer 200")

// call makes one call to a webhook and returns the answer's body.
func (p *Platform) call(ctx context.Context, method string, req request) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, req.address, bytes.NewReader(req.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "Mozilla/4.0")
	if req.contentType != "" {
		r.Header.Set("Content-Type", req.contentType)
	}
	answer, err := p.o.Client.Do(r)
	if err != nil {
		return nil, err
	}
	reply, err := io.ReadAll(io.LimitReader(answer.Body, maxReply))
	if closing := answer.Body.Close(); err == nil {
		err = closing
	}
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errNoAnswer
	}
	return reply, err
}

// Verify calls an account's webhook as the console does when its address is saved: by GET,
// with an echostr that must come back as it is. Errors: NotFound, Unauthenticated where the
// answer is another one, Unavailable where there is none in five seconds.
func (p *Platform) Verify(appID string) error {
	const op = "platform.Verify"
	p.mu.Lock()
	a := p.accounts[appID]
	if a == nil {
		p.mu.Unlock()
		return fault.New(fault.NotFound, op, "no account has this AppID: AddAccount first")
	}
	timestamp := strconv.FormatInt(p.o.Clock.Now().Unix(), 10)
	nonce, echo := strconv.FormatUint(uint64(p.nonce()), 10), strconv.FormatUint(uint64(p.nonce()), 10)
	query := url.Values{"signature": {signature(a.Token, timestamp, nonce)}, "timestamp": {timestamp}, "nonce": {nonce}, "echostr": {echo}}
	address, err := withQuery(a.Webhook, query)
	p.mu.Unlock()
	if err != nil {
		return fault.New(fault.Config, op, "the webhook is no address")
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go p.hangUp(ctx, cancel)
	reply, err := p.call(ctx, http.MethodGet, request{address: address})
	switch {
	case err != nil:
		return fault.New(fault.Unavailable, op, "the webhook did not answer 200 within five seconds")
	case string(reply) != echo:
		return fault.New(fault.Unauthenticated, op, "the answer is not the echostr as it is: look at the Token")
	}
	return nil
}
