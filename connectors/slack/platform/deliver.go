package platform

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Slack waits three seconds, and calls again almost at once, after a minute and after five, unless it
// is told not to: https://docs.slack.dev/apis/events-api (Error handling). Interactions and commands are
// not called again.
const patience = 3 * time.Second

var retriesAfter = []time.Duration{0, time.Minute, 5 * time.Minute}

// Delivery is one call of the app, with its retries.
type Delivery struct {
	Answer   []byte // of the call that was taken
	Attempts int
	Taken    bool
	done     chan struct{}
}

// Wait returns once the call was taken or no other will be made, or with the error of ctx.
func (d *Delivery) Wait(ctx context.Context) error {
	select {
	case <-d.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// heard reports whether the app took the call.
func (d *Delivery) heard() bool {
	select {
	case <-d.done:
		return d.Taken
	default:
		return false
	}
}

// callOut is what the app is called with.
type callOut struct {
	kind string // the media type
	body []byte
	once bool // it is not called again
}

// send calls the app, and again; p.mu is not held.
func (p *Platform) send(c callOut, then func(answer []byte)) *Delivery {
	d := &Delivery{done: make(chan struct{})}
	if p.o.App.Address == "" {
		close(d.done)
		return d
	}
	p.activity.Go(func() {
		defer close(d.done)
		for o := (outcome{}); !o.final; {
			o = p.attempt(c, d.Attempts, o.reason)
			if d.Attempts++; o.reason == "" {
				d.Answer, d.Taken = o.answer, true
				break
			}
			if c.once || d.Attempts > len(retriesAfter) || !p.activity.Sleep(retriesAfter[d.Attempts-1]) {
				return
			}
		}
		if d.Taken && then != nil {
			then(d.Answer)
		}
	})
	return d
}

// outcome is how a call of the app went.
type outcome struct {
	answer []byte
	reason string // why it is to be made again, as X-Slack-Retry-Reason says it; "": it was taken
	final  bool   // it is not to be made again all the same
}

// attempt makes one call, the n-th after the first.
func (p *Platform) attempt(c callOut, n int, before string) outcome {
	f, until := p.pushFault(), p.o.Clock.Now().Add(patience)
	fired, stop := p.o.Clock.Timer(patience)
	defer stop()
	late := func() outcome { return outcome{reason: "http_timeout", final: !p.activity.Await(fired, until)} }
	if f == LoseRequest {
		return late()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	outcomes := make(chan outcome, 1)
	go func() { outcomes <- p.post(ctx, c, n, before) }()
	select {
	case o := <-outcomes:
		if f == LoseAnswer {
			return late()
		}
		return o
	case <-fired:
		return outcome{reason: "http_timeout"}
	case <-p.activity.Closed():
		return outcome{reason: "http_timeout", final: true}
	}
}

// signature is a call's X-Slack-Signature, by https://docs.slack.dev/authentication/verifying-requests-from-slack
func signature(secret, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// post calls the app.
func (p *Platform) post(ctx context.Context, c callOut, n int, reason string) outcome {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.o.App.Address, bytes.NewReader(c.body))
	if err != nil {
		return outcome{reason: "connection_failed", final: true}
	}
	stamp := strconv.FormatInt(p.o.Clock.Now().Unix(), 10)
	r.Header.Set("Content-Type", c.kind)
	r.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", signature(p.o.App.SigningSecret, stamp, c.body))
	if n > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(n))
		r.Header.Set("X-Slack-Retry-Reason", reason)
	}
	answer, err := p.o.Client.Do(r)
	if err != nil {
		return outcome{reason: "connection_failed"}
	}
	defer func() { _ = answer.Body.Close() }() // all of it was read
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	switch {
	case err != nil:
		return outcome{reason: "connection_failed"}
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return outcome{reason: "http_error", final: answer.Header.Get("X-Slack-No-Retry") == "1"}
	}
	return outcome{answer: body}
}

// event calls the app with one, as Slack wraps it; p.mu is not held.
func (p *Platform) event(w *workspace, event map[string]any) *Delivery {
	p.mu.Lock()
	if !w.installed {
		p.mu.Unlock()
		d := &Delivery{done: make(chan struct{})}
		close(d.done)
		return d
	}
	outer := map[string]any{
		"token": "deprecated", "team_id": w.id, "api_app_id": p.o.App.ID, "type": "event_callback", "event_id": p.id("Ev"),
		"event_time": p.o.Clock.Now().Unix(), "event": event, "is_ext_shared_channel": false,
		"authorizations": []map[string]any{{"enterprise_id": nil, "team_id": w.id, "user_id": w.bot, "is_bot": true, "is_enterprise_install": false}},
	}
	p.mu.Unlock()
	body, err := json.Marshal(outer)
	if err != nil {
		panic("platform: an event is no JSON: " + err.Error())
	}
	return p.send(callOut{kind: "application/json", body: body}, nil)
}

// Settled returns once nothing is being called, or with the error of ctx.
func (p *Platform) Settled(ctx context.Context) error { return p.activity.Settled(ctx) }

// Rests returns once everything that is being called waits for the clock to move, or with the error of
// ctx.
func (p *Platform) Rests(ctx context.Context) error { return p.activity.Rests(ctx) }
