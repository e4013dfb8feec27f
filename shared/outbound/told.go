package outbound

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// tellLine tells the channel's customers in a line where they stand now, each only if it matters
// to them.
func (d *Drain) tellLine(ctx context.Context, line []store.Waiting, every store.Place) error {
	for i, w := range line {
		now := store.Place{Ahead: i, Exact: true, Every: every.Every}
		if w.Channel != d.info.Name || !routing.Matters(w.Note, d.o.Now(), now) {
			continue
		}
		if d.late(ctx) {
			return nil
		}
		if err := d.tellPlace(ctx, w, now); err != nil {
			return err
		}
	}
	return nil
}

// tellPlace says where somebody stands, once after each time that they were told.
func (d *Drain) tellPlace(ctx context.Context, w store.Waiting, now store.Place) error {
	c, err := d.o.Store.Conversation(ctx, w.Conversation)
	if err != nil || c.Status != conversation.Waiting || c.Epoch != w.Epoch || c.OptedOut() {
		return err
	}
	before, err := d.lastTold(ctx, c, w)
	if err != nil || before == "" {
		return err
	}
	mark, cause, at := routing.PlaceMark(now), "place:"+before, d.o.Now()
	done, err := d.o.Outbox.Commit(ctx, c, store.Change{Cause: cause, Next: c, Messages: []conversation.Message{{
		Conversation: c.ID, Key: conversation.OwnKey(c.NextTime(at), cause, 0), Author: conversation.Bot, Purpose: conversation.Notice,
		Parts: conversation.TextParts(routing.NoteText(c.Language, conversation.Notice, now)), Ask: w.Ticket,
		Received: at, Outcome: conversation.Outcome{Delivery: conversation.Pending, At: at},
	}}})
	if fault.Is(err, fault.Conflict) {
		return nil // something happens to them: it is looked at again
	}
	if err != nil || len(done.Messages) == 0 {
		return err
	}
	return d.o.Store.PutNote(ctx, c.ID, conversation.Note{Key: done.Messages[0].Key, Place: mark})
}

// onItsWay is how long what tells somebody of their place at first may take.
const onItsWay = time.Minute

// lastTold names what told somebody their place last: the message; the ask, where that was not told, or
// nobody knows; "" where it is on its way.
func (d *Drain) lastTold(ctx context.Context, c conversation.Conversation, w store.Waiting) (string, error) {
	if w.Note.Key != "" {
		m, err := d.o.Store.Message(ctx, c.ID, w.Note.Key)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return "", err
		}
		if err == nil && tellsPlace(m, w.Ticket) {
			return string(w.Note.Key), nil
		}
	}
	if c.Undelivered || d.o.Now().Sub(w.AskedAt) < onItsWay {
		return "", nil
	}
	return string(w.Ticket), nil
}
