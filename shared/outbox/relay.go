package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

// Relay is an Audience in another process, told through a queue. Errors:
// Unavailable.
type Relay struct {
	Queue    queue.Queue
	Concerns func(News) bool // what the audience has to hear of; lines are not among it
}

// Tell publishes news that concerns the audience. Changes of lines are left out:
// they go by Lines.
func (r Relay) Tell(ctx context.Context, n News) error {
	if n.Lane = ""; !r.Concerns(n) {
		return nil
	}
	return publish(ctx, r.Queue, "", "", n)
}

// Listen is the queue handler at the other end of a Relay. Errors: BadRequest for
// what is no news, and the audience's.
func Listen(a Audience) func(context.Context, []byte) error {
	return func(ctx context.Context, body []byte) error {
		var n News
		if err := json.Unmarshal(body, &n); err != nil || !n.Conversation.Valid() {
			return fault.New(fault.BadRequest, "outbox.Listen", "the body is no news")
		}
		return a.Tell(ctx, n)
	}
}

// Lines is an Audience in another process that shows lines. Its queue is ordered,
// drops what has the ID of an earlier message, and holds every message back for a
// second or more: so a line that moves all the time is shown once a second, and
// its last change always is. Errors: Unavailable.
type Lines struct {
	Queue queue.Queue
	Now   func() time.Time // the wall clock, by which the queue counts its second
}

// lineBody is the body of a message in a queue of lines.
type lineBody struct {
	Lane conversation.Lane `json:"lane"`
}

// Tell publishes the change of a line, once in a second.
func (l Lines) Tell(ctx context.Context, n News) error {
	if n.Lane == "" {
		return nil
	}
	id := fmt.Sprintf("%s@%d", n.Lane, l.Now().Unix())
	return publish(ctx, l.Queue, id, string(n.Lane), lineBody{n.Lane})
}

// Watch is the queue handler at the other end of Lines. Errors: BadRequest for
// what names no line, and show's.
func Watch(show func(context.Context, conversation.Lane) error) func(context.Context, []byte) error {
	return func(ctx context.Context, body []byte) error {
		var b lineBody
		if err := json.Unmarshal(body, &b); err != nil || b.Lane == "" {
			return fault.New(fault.BadRequest, "outbox.Watch", "the body names no line")
		}
		return show(ctx, b.Lane)
	}
}

func publish(ctx context.Context, q queue.Queue, id, group string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "outbox.publish", "")
	}
	err = q.Publish(ctx, queue.Message{ID: id, Group: group, Body: body})
	return fault.Wrap(err, fault.Unavailable, "outbox.publish", "the audience's queue does not answer")
}
