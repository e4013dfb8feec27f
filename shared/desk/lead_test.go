package desk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
)

var (
	zhao = desk.Agent{ID: "zhao", Role: desk.RoleLead}
	root = desk.Agent{ID: "root", Role: desk.RoleAdmin}
)

// TestWhoMayRead goes through every status with everybody.
func TestWhoMayRead(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	check := func(when string, want map[string]bool) {
		t.Helper()
		agent := desk.Agent{ID: "lin", Role: desk.RoleAgent}
		other := desk.Agent{ID: "wang", Role: desk.RoleAgent}
		for name, who := range map[string]desk.Agent{"holder": agent, "another": other, "lead": zhao, "admin": root} {
			_, err := f.History(t.Context(), who, id, "")
			if want[name] && err != nil || !want[name] && !fault.Is(err, fault.NotYours) {
				t.Errorf("%s, %s reads: %v", when, name, err)
			}
		}
	}
	check("waiting", map[string]bool{"lead": true, "admin": true})
	f.claims(lin, "c1")
	check("with a person", map[string]bool{"holder": true, "lead": true, "admin": true})
	_, err := f.Resolve(t.Context(), lin, id, time.Time{})
	f.must(err)
	check("ended", map[string]bool{"holder": true, "lead": true, "admin": true})
	c, key := f.writes("ann", "again")
	next, err := c.Apply(conversation.Event{Kind: conversation.Reopened, At: f.clock.Now(), Ask: key})
	f.must(err)
	f.commits(c, next)
	check("with the bot", map[string]bool{})
}

func TestALeadTakesATicketOutOfAnothersHands(t *testing.T) {
	f := setUp(t)
	first, second := f.asks("ann"), f.asks("bob")
	held := f.claims(lin, "c1")
	for _, who := range []desk.Agent{wang, {ID: "wang", Role: desk.RoleAgent}} {
		_, err := f.ReturnToLine(t.Context(), who, first)
		f.want(err, fault.NotYours)
	}
	c, err := f.ReturnToLine(t.Context(), zhao, first)
	f.must(err)
	if c.Status != conversation.Waiting || c.Ticket.Assignee != "" || !c.Ticket.AskedAt.Equal(held.Ticket.AskedAt) {
		t.Errorf("the ticket is %+v", c.Ticket)
	}
	line, err := f.Line(t.Context(), conversation.Front)
	f.must(err)
	if len(line.Tickets) != 2 || line.Tickets[0].Ticket.Conversation() != first || line.Tickets[1].Ticket.Conversation() != second {
		t.Errorf("the line is %+v", line.Tickets)
	}
	records, err := f.store.Ledger(t.Context(), held.Ticket.ID)
	f.must(err)
	var told bool
	for _, r := range records {
		if r.Event == conversation.RecordBackInLine {
			told = r.Agent == "zhao" && r.Why == "returned_by_lead"
		}
	}
	if !told {
		t.Errorf("the ledger does not tell whose word it was: %+v", records)
	}
	_, err = f.Reply(t.Context(), lin, first, "r1", "still here")
	f.want(err, fault.NotPossible)
	_, err = f.ReturnToLine(t.Context(), zhao, first)
	f.want(err, fault.NotPossible)
}

func TestALeadsOwnTicketIsTheirOwn(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	c := f.claims(zhao, "c1")
	_, err := f.ReturnToLine(t.Context(), zhao, id)
	f.must(err)
	records, err := f.store.Ledger(t.Context(), c.Ticket.ID)
	f.must(err)
	for _, r := range records {
		if r.Event == conversation.RecordBackInLine && r.Why != "returned_by_agent" {
			t.Errorf("the ledger says %q", r.Why)
		}
	}
}

// TestALeadOnlyReads: what a lead may see is not theirs to answer or to end.
func TestALeadOnlyReads(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	f.claims(lin, "c1")
	for _, who := range []desk.Agent{zhao, root} {
		_, err := f.Reply(t.Context(), who, id, "r1", "hello")
		f.want(err, fault.NotYours)
		_, err = f.Resolve(t.Context(), who, id, time.Time{})
		f.want(err, fault.NotYours)
		_, err = f.ReturnToBot(t.Context(), who, id, time.Time{})
		f.want(err, fault.NotYours)
	}
}

func TestALeadSeesWhatAnotherHolds(t *testing.T) {
	d := openDoor(t)
	id := d.asks("ann")
	d.claims(wang, "c1")
	a := d.call("GET /desk/v1/agents/wang/held", d.token("zhao"), nil)
	if a.status != http.StatusOK || !strings.Contains(a.text, string(id)) {
		t.Errorf("got %d %s", a.status, a.text)
	}
	if a := d.call("GET /desk/v1/agents/nobody/held", d.token("zhao"), nil); strings.TrimSpace(a.text) != `{"held":[]}` {
		t.Errorf("nobody holds %s", a.text)
	}
}

func TestAnAgentWithoutAName(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	f.claims(desk.Agent{ID: "24f8a2c0-7d1e"}, "c1")
	messages, err := f.store.Messages(t.Context(), id, "", 100)
	f.must(err)
	said := messages[len(messages)-1].Words()
	if strings.Contains(said, "24f8") || !strings.HasPrefix(said, "人工客服已接入") {
		t.Errorf("the customer is told %q", said)
	}
}
