package inbound

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/store"
)

// turn is the body of a message in the bot queue: no text, only where to look.
type turn struct {
	Conversation conversation.ID  `json:"conversation"`
	Key          conversation.Key `json:"key"`
}

// transcriptForBot is how many messages before the question a bot is told.
const transcriptForBot = 20

func (s *Service) giveTurn(ctx context.Context, c conversation.Conversation, m conversation.Message) error {
	if s.o.Turns == nil {
		return fault.New(fault.Config, "inbound.giveTurn", "a bot has turns but no queue")
	}
	body, err := json.Marshal(turn{c.ID, m.Key})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "inbound.giveTurn", "")
	}
	// The key as id: where the queue can tell, a message submitted twice is one turn.
	err = s.o.Turns.Publish(ctx, queue.Message{ID: string(m.Key), Group: string(c.ID), Body: body})
	return fault.Wrap(err, fault.Unavailable, "inbound.giveTurn", "the bot queue does not answer")
}

// Turns handles the bot queue.
type Turns struct {
	inbound *Service
	bot     bot.Bot
	patient time.Duration
	breaker *breaker
}

// NewTurns makes the bot queue's handler. A bot that takes longer than patient
// has no answer, and the customer is offered a person; so is, at once, whoever asks
// a bot that failed again and again just now.
func (s *Service) NewTurns(b bot.Bot, patient time.Duration) *Turns {
	return &Turns{s, b, patient, &breaker{now: s.o.Now, log: s.o.Log}}
}

// Handle takes one turn. Where the customer asked for a person while the bot
// thought, the commit is a Conflict: the late answer then goes to the ticket,
// never to the customer. Where something else happened, such as the answer to
// another question, this one is still owed.
func (t *Turns) Handle(ctx context.Context, body []byte) error {
	var tn turn
	if err := json.Unmarshal(body, &tn); err != nil {
		return fault.New(fault.BadRequest, "inbound.Turns", "the body is not a turn")
	}
	m, err := t.inbound.o.Store.Message(ctx, tn.Conversation, tn.Key)
	if fault.Is(err, fault.NotFound) {
		return nil // erased meanwhile: there is nobody to answer
	}
	if err != nil {
		return err
	}
	c, err := t.inbound.o.Store.Conversation(ctx, tn.Conversation)
	if err != nil || personCame(c, m) {
		return err // before the bot began: nothing to say
	}
	// Where the queue cannot tell, the bot is not asked again for what it has answered.
	if _, err := t.inbound.o.Store.Caused(ctx, c.ID, causeOf(m.Key)); !fault.Is(err, fault.NotFound) {
		return err
	}
	answer := t.ask(ctx, c, m)
	for range maxConflicts {
		d, err := t.inbound.o.Decider.Answered(ctx, c, m, answer)
		if err != nil {
			return err
		}
		if _, err = t.inbound.commit(ctx, c, m, d, m.Key, nil); !fault.Is(err, fault.Conflict) {
			return err
		}
		if c, err = t.inbound.o.Store.Conversation(ctx, c.ID); err != nil {
			return err
		}
		if personCame(c, m) {
			return t.tooLate(ctx, m, answer)
		}
	}
	return fault.New(fault.Conflict, "inbound.Turns", "the conversation keeps changing; try again")
}

// personCame reports whether the question is in a person's hands, or was.
func personCame(c conversation.Conversation, m conversation.Message) bool {
	return c.Status == conversation.Waiting || c.Status == conversation.WithPerson || overtaken(c, m)
}

func (t *Turns) ask(ctx context.Context, c conversation.Conversation, m conversation.Message) bot.Answer {
	answer, err := t.breaker.do(ctx, func() (bot.Answer, error) {
		before, err := t.inbound.o.Store.Messages(ctx, c.ID, m.Key, transcriptForBot)
		if err != nil {
			before = nil // a bot without memory is better than none
		}
		limited, cancel := context.WithTimeout(ctx, t.patient)
		defer cancel()
		return t.bot.Answer(limited, bot.Turn{Conversation: c.ID, Language: c.Language, Text: m.Body(c.Language), Transcript: before})
	})
	if err == nil {
		answer, err = clean(answer)
	} else {
		answer = bot.Answer{}
	}
	if err != nil {
		t.inbound.o.Log.LogAttrs(ctx, slog.LevelWarn, "the bot has no answer, or no card", slog.String("conversation", string(c.ID)),
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
	return answer
}

// clean makes an answer fit to be stored and shown. A card that cannot be shown costs itself, and not
// the words beside it. Errors: BadText, of which nothing is left; BadLink, of the card alone.
func clean(a bot.Answer) (bot.Answer, error) {
	if a.Text != "" {
		text, err := channel.CleanText(a.Text)
		if err != nil {
			return bot.Answer{}, err
		}
		a.Text = text
	}
	if a.Card == (conversation.Card{}) {
		return a, nil
	}
	card, err := channel.CleanCard(a.Card)
	a.Card = card
	return a, err
}

// tooLate files a bot's answer with the ticket that came first, where the agent
// sees what the bot would have said. It is never sent.
func (t *Turns) tooLate(ctx context.Context, m conversation.Message, a bot.Answer) error {
	if a.Text == "" {
		return nil
	}
	s := t.inbound
	for range maxConflicts {
		c, err := s.o.Store.Conversation(ctx, m.Conversation)
		if err != nil {
			return err
		}
		now := s.o.Now()
		cause := "late:" + string(m.Key)
		_, err = s.o.Outbox.Commit(ctx, c, store.Change{Cause: cause, Next: c, Messages: []conversation.Message{{
			Conversation: c.ID, Key: conversation.OwnKey(c.NextTime(now), cause, 0), Author: conversation.Bot,
			Purpose: conversation.Answer, Parts: conversation.Parts(a.Text, a.Card), Ask: c.Ticket.ID, Private: true, Received: now,
		}}})
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return fault.New(fault.Conflict, "inbound.tooLate", "the conversation keeps changing; try again")
}
