package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// liveAgent is an agent's tool: it claims the next, replies, and ends its part;
// a call without an answer is made again, with the same id.
type liveAgent struct {
	run    *killRun
	id     conversation.AgentID
	token  string
	chance *rand.Rand
	claims int
}

// claimed is a ticket that was handed out.
type claimed struct {
	ticket  conversation.TicketID
	returns int
}

// live serves whoever is in line until the customers are done and the line is empty.
func (a *liveAgent) live(ctx context.Context) error {
	for {
		last := a.run.customersDone()
		a.claims++
		status, answer, _, err := a.call(ctx, "/desk/v1/claim", map[string]any{"id": fmt.Sprintf("claim-%d", a.claims)})
		switch {
		case err != nil:
			return err
		case status == http.StatusNotFound && last:
			return nil
		case status == http.StatusNotFound || status == http.StatusConflict:
			select {
			case <-time.After(20 * time.Millisecond): // a tool that polls
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		case status != http.StatusOK:
			return fmt.Errorf("%s claims: %d %s", a.id, status, answer)
		}
		if err := a.serve(ctx, answer); err != nil {
			return err
		}
	}
}

func (a *liveAgent) serve(ctx context.Context, answer []byte) error {
	var h struct {
		Conversation struct {
			ID     conversation.ID `json:"id"`
			Ticket struct {
				ID      conversation.TicketID `json:"id"`
				Returns int                   `json:"returns"`
			} `json:"ticket"`
		} `json:"conversation"`
	}
	if err := json.Unmarshal(answer, &h); err != nil {
		return err
	}
	id, ticket := h.Conversation.ID, claimed{h.Conversation.Ticket.ID, h.Conversation.Ticket.Returns}
	a.run.handedOut(a, ticket)
	at := "/desk/v1/conversations/" + string(id)
	for i := range 2 {
		text := fmt.Sprintf("%s %d.%d", a.id, a.claims, i)
		status, answer, _, err := a.call(ctx, at+"/replies", map[string]any{"id": fmt.Sprintf("r%d-%d", a.claims, i), "text": text})
		if err != nil || status != http.StatusOK {
			return fmt.Errorf("%s replies: %d %s %w", a.id, status, answer, err)
		}
		a.run.replied(id, text)
	}
	what := "/resolve"
	switch n := a.chance.IntN(10); {
	case n < 2:
		what = "/return-to-bot"
	case n < 4 && ticket.returns == 0:
		what = "/return-to-line"
	}
	return a.hand(ctx, at, what)
}

// hand ends the agent's part. Where the customer wrote meanwhile, the agent reads
// that, and ends it then.
func (a *liveAgent) hand(ctx context.Context, at, what string) error {
	for {
		body := any(struct{}{})
		if what != "/return-to-line" {
			body = map[string]int64{"seen": time.Now().UnixMilli()}
		}
		status, answer, again, err := a.call(ctx, at+what, body)
		switch {
		case err == nil && status == http.StatusConflict && strings.Contains(string(answer), "read it first"):
			continue
		case err != nil || status != http.StatusOK && (status != http.StatusConflict && status != http.StatusForbidden || !again):
			return fmt.Errorf("%s %s: %d %s %w", a.id, what, status, answer, err)
		}
		return nil
	}
}

// call makes a call until it is answered.
func (a *liveAgent) call(ctx context.Context, path string, body any) (status int, answer []byte, again bool, err error) {
	for {
		base, err := a.run.server.address(ctx)
		if err != nil {
			return 0, nil, again, err
		}
		status, answer, err := post(ctx, a.run.client, base+path, a.token, body)
		if err == nil && status < 500 {
			return status, answer, again, nil
		}
		again = true
	}
}

func post(ctx context.Context, client *http.Client, url, token string, body any) (status int, answer []byte, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	got, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = got.Body.Close() }()
	answer, err = io.ReadAll(got.Body)
	return got.StatusCode, answer, err
}
