package app

import (
	"context"
	"slices"
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/transfer"
)

func (w *world) expect(what string, got, want conversation.ID) {
	w.t.Helper()
	if got != want {
		w.errorf("%s: got %q", what, got)
	}
}

// expectLine checks who waits, in which order, each with the place that the ask
// had from the start.
func (w *world) expectLine(when string, want ...*customer) {
	w.t.Helper()
	line, err := w.file.bare.Store.Line(context.Background(), conversation.Front, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var got, wanted []conversation.ID
	for _, e := range line {
		got = append(got, e.Conversation)
		if ask := e.Ticket.AskKey().Time(); !e.AskedAt.Equal(ask) {
			w.errorf("%s: the place counts from %v, not from the ask at %v", when, e.AskedAt, ask)
		}
	}
	for _, c := range want {
		wanted = append(wanted, c.id)
	}
	if !slices.Equal(got, wanted) {
		w.errorf("%s: the line is %v, not %v", when, got, wanted)
	}
}

// check checks the invariants once nothing is left to do.
func (w *world) check() {
	w.t.Helper()
	permits := w.permits()
	for _, c := range w.customers {
		messages, err := w.file.bare.Store.Messages(context.Background(), c.id, "", 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		w.checkSaid(c, messages)
		w.checkHeard(c, messages)
		w.checkAnswers(c, messages)
		for _, m := range c.said {
			if m.asks {
				w.checkAsk(m, permits)
			}
		}
	}
}

// checkSaid: what the customer wrote is stored once, in order.
func (w *world) checkSaid(c *customer, messages []conversation.Message) {
	w.t.Helper()
	var stored, wrote []string
	for _, m := range messages {
		if m.Author == conversation.Customer {
			stored = append(stored, string(m.Key)+" "+m.Words())
		}
	}
	for _, m := range c.said {
		wrote = append(wrote, string(m.key())+" "+m.text)
		if !m.acked {
			w.errorf("%q was never acknowledged", m.text)
		}
	}
	if !slices.Equal(stored, wrote) {
		w.errorf("stored is %q, written was %q", stored, wrote)
	}
}

// checkHeard: what we said reached the customer, each once and in order.
func (w *world) checkHeard(c *customer, messages []conversation.Message) {
	w.t.Helper()
	var ours []conversation.Key
	causes := map[string]bool{}
	for _, m := range messages {
		if m.Author == conversation.Customer {
			continue
		}
		ours = append(ours, m.Key)
		if m.Outcome.Delivery != conversation.Sent {
			w.errorf("%q is %s", m.Words(), m.Outcome.Delivery)
		}
		_, cause, _ := strings.Cut(string(m.Key), "-")
		if causes[cause] {
			w.errorf("%q was said twice for one reason", m.Words())
		}
		causes[cause] = true
	}
	if heard := w.delivered(c.id); !slices.Equal(heard, ours) {
		w.errorf("the customer heard %q, we said %q", heard, ours)
	}
}

// checkAnswers: each question has one answer, each ask one acknowledgement, and
// each reply that an agent knows to be taken is there once.
func (w *world) checkAnswers(c *customer, messages []conversation.Message) {
	w.t.Helper()
	answers, acknowledged, told := 0, map[conversation.TicketID]int{}, w.texts(c.id)
	for _, m := range messages {
		switch {
		case m.Author == conversation.Person:
			told[m.Words()]++
		case m.Purpose == conversation.Answer:
			answers++
		case m.Purpose == conversation.Acknowledgement:
			acknowledged[m.Ask]++
		}
	}
	for text, times := range told {
		if times != 1 {
			w.errorf("the reply %q is there %d times", text, times)
		}
	}
	for _, m := range c.said {
		if m.faq {
			answers--
		}
		ask := conversation.NewTicketID(c.id, m.key())
		if m.asks && acknowledged[ask] != 1 {
			w.errorf("%q was acknowledged %d times", m.text, acknowledged[ask])
		}
	}
	if answers != 0 {
		w.errorf("%+d answers of the bot's too many", answers)
	}
}

// checkAsk: a stored ask is a ticket, with its whole ledger.
func (w *world) checkAsk(m *said, permits map[conversation.TicketID]int) {
	w.t.Helper()
	ctx := context.Background()
	id := conversation.NewTicketID(m.by.id, m.key())
	records, err := w.file.bare.Store.Ledger(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	n := map[conversation.RecordEvent]int{}
	for _, r := range records {
		n[r.Event]++
	}
	if n[conversation.RecordAsked] != 1 || n[conversation.RecordAcknowledged] != 1 || n[conversation.RecordQueued] != 1+n[conversation.RecordBackInLine] {
		w.errorf("the ledger of %q is %v", m.text, n)
	}
	ends := n[conversation.RecordResolved] + n[conversation.RecordReturned] + n[conversation.RecordAbandoned]
	state, err := w.file.bare.Store.Conversation(ctx, m.by.id)
	if err != nil {
		w.t.Fatal(err)
	}
	open := state.Ticket.ID == id && state.Ticket.Open()
	if open && ends != 0 || !open && ends != 1 {
		w.errorf("%q: open is %v, and the ledger is %v", m.text, open, n)
	}
	if open && state.Ticket.Status == conversation.TicketWaiting && permits[id] == 0 {
		w.errorf("%q waits without a permit", m.text)
	}
}

// permits counts what lies in the transfer queue, by ticket.
func (w *world) permits() map[conversation.TicketID]int {
	w.t.Helper()
	entries, err := w.file.bare.Permits.Peek(context.Background(), 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	n := map[conversation.TicketID]int{}
	for _, e := range entries {
		event, err := transfer.Decode(e.Body)
		if err != nil {
			w.errorf("a permit that cannot be read: %v", err)
			continue
		}
		n[event.Data.Ticket]++
	}
	return n
}
