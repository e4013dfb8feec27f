package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// frames keeps what is pushed to a desk, as JSON.
type frames []string

func (f *frames) Push(_ context.Context, _ string, frame any) error {
	text, err := json.Marshal(frame)
	*f = append(*f, string(text))
	return err
}

// TestAgentsSeeWhatMayBeSent: where the channel counts, the agent knows how much is left,
// and what became of a message that was too much.
func TestAgentsSeeWhatMayBeSent(t *testing.T) {
	f := setUp(t)
	f.asks("uncounted")
	if shown, err := json.Marshal(f.claims(lin, "1")); err != nil || strings.Contains(string(shown), "limits") {
		t.Errorf("a channel that does not count: %s, %v", shown, err)
	}
	id := f.asks("ann")
	f.claims(lin, "2")
	f.clock.Advance(time.Second)
	key := conversation.InboundKey(f.clock.Now(), "grants")
	_, err := f.store.Receive(t.Context(), store.Incoming{
		Peer:    conversation.Peer{Channel: "x", User: "ann"},
		Message: conversation.Message{Conversation: id, Key: key, Author: conversation.Customer, Parts: conversation.TextParts("y"), Received: f.clock.Now()},
		Grant:   conversation.Grant{Messages: 5, Lasts: 48 * time.Hour},
	})
	f.must(err)
	_, err = f.store.Spend(t.Context(), id, key, 2)
	f.must(err)
	said, err := f.Reply(t.Context(), lin, id, "r", "hello")
	f.must(err)
	_, err = f.store.Outcome(t.Context(), store.Outcome{Conversation: id, Key: said.Key, Outcome: conversation.Outcome{
		Delivery: conversation.Held, Code: "allowance_spent", Hint: "wait", Gone: 2, At: f.clock.Now(),
	}})
	f.must(err)

	limits := fmt.Sprintf(`"limits":{"messages_left":3,"until":%d}`, f.clock.Now().Add(48*time.Hour).UnixMilli())
	outcome := `"outcome":{"delivery":"held","code":"allowance_spent","hint":"wait","gone":2}`
	history, err := f.History(t.Context(), lin, id, "")
	f.must(err)
	shown, err := json.Marshal(history)
	if err != nil || !strings.Contains(string(shown), limits) || !strings.Contains(string(shown), outcome) {
		t.Errorf("the history is %s, %v", shown, err)
	}
	var pushed frames
	audience, err := desk.NewAudience(f.store, &pushed, desk.Channels{}, nil, f.clock.Now, slog.New(slog.DiscardHandler))
	f.must(err)
	f.must(audience.Tell(t.Context(), outbox.News{Conversation: id, Keys: []conversation.Key{said.Key}, Moved: true}))
	if len(pushed) != 2 || !strings.Contains(pushed[0], limits) || !strings.Contains(pushed[1], outcome+"},"+limits) {
		t.Errorf("pushed are %q", pushed)
	}
}
