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

// Slack waits three seconds, and calls again almost at once, after a minute and after five:
// https://docs.slack.dev/apis/events-api/ (Error handling). Interactions and commands are not called again.
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

// call is what the app is called with.
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
		reason := ""
		for n := 0; ; n++ {
			d.Attempts++
			if reason = p.attempt(c, d, n, reason); reason == "" {
				d.Taken = true
				if then != nil {
					then(d.Answer)
				}
				return
			}
			if c.once || n == len(retriesAfter) || !p.activity.Sleep(retriesAfter[n]) {
				return
			}
		}
	})
	return d
}

// attempt makes one call, and returns why it is to be made again; "" where it was taken.
func (p *Platform) attempt(c callOut, d *Delivery, n int, before string) string {
	f := p.pushFault()
	if f == LoseRequest {
		if !p.activity.Sleep(patience) {
			return "connection_failed"
		}
		return "http_timeout"
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	type result struct {
		status int
		body   []byte
		err    error
	}
	results := make(chan result, 1)
	fired, stop := p.o.Clock.Timer(patience)
	defer stop()
	go func() {
		status, body, err := p.post(ctx, c, n, before)
		results <- result{status, body, err}
	}()
	select {
	case r := <-results:
		switch {
		case f == LoseAnswer:
			p.activity.Sleep(patience)
			return "http_timeout"
		case r.err != nil:
			return "connection_failed"
		case r.status < 200 || r.status > 299:
			return "http_error"
		}
		d.Answer = r.body
		return ""
	case <-fired:
		return "http_timeout"
	case <-p.activity.Closed():
		return "connection_failed"
	}
}

func (p *Platform) post(ctx context.Context, c callOut, n int, reason string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.o.App.Address, bytes.NewReader(c.body))
	if err != nil {
		return 0, nil, err
	}
	stamp := strconv.FormatInt(p.o.Clock.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(p.o.App.SigningSecret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(c.body)
	r.Header.Set("Content-Type", c.kind)
	r.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	if n > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(n))
		r.Header.Set("X-Slack-Retry-Reason", reason)
	}
	answer, err := p.o.Client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // all of it was read
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return answer.StatusCode, body, err
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
