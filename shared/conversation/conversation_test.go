package conversation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	. "github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	id   = ID("abcdefghijklmnopqrstuvwxyz")
	key  = InboundKey(noon, "m1")
)

// in returns a conversation brought to a status by real events.
func in(t *testing.T, s Status) Conversation {
	t.Helper()
	c := New(id, Peer{Channel: "x", User: "u"})
	steps := map[Status][]Event{
		WithBot:    nil,
		Waiting:    {asked},
		WithPerson: {asked, claimed},
		Ended:      {asked, claimed, {Kind: Resolved, At: noon, Agent: "lin"}},
	}
	for _, e := range steps[s] {
		var err error
		if c, err = c.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if c.Status != s {
		t.Fatalf("got to %s instead of %s", c.Status, s)
	}
	return c
}

var (
	asked   = Event{Kind: Asked, At: noon, Ask: key, Class: Normal}
	claimed = Event{Kind: Claimed, At: noon, Agent: "lin", Name: "小林", ClaimID: "c1"}
)

// table is the whole machine: status × event, by lin who holds what is held.
var table = map[Status]map[EventKind]any{
	WithBot: {
		Asked: Waiting, Left: fault.NotPossible, Claimed: fault.NotPossible, Released: fault.NotPossible,
		Resolved: fault.NotPossible, ReturnedToBot: fault.NotPossible, Reopened: fault.NotPossible,
		Unfollowed: Ended,
	},
	Waiting: {
		Asked: fault.NotPossible, Left: WithBot, Claimed: WithPerson, Released: fault.NotPossible,
		Resolved: fault.NotPossible, ReturnedToBot: fault.NotPossible, Reopened: fault.NotPossible,
		Unfollowed: Ended,
	},
	WithPerson: {
		Asked: fault.NotPossible, Left: fault.NotPossible, Claimed: fault.AlreadyClaimed, Released: Waiting,
		Resolved: Ended, ReturnedToBot: WithBot, Reopened: fault.NotPossible, Unfollowed: Ended,
	},
	Ended: {
		Asked: Waiting, Left: fault.NotPossible, Claimed: fault.NotPossible, Released: fault.Closed,
		Resolved: fault.Closed, ReturnedToBot: fault.Closed, Reopened: WithBot, Unfollowed: fault.NotPossible,
	},
}

func TestApplyIsTotal(t *testing.T) {
	for _, s := range Statuses() {
		for _, k := range EventKinds() {
			t.Run(string(s)+" "+string(k), func(t *testing.T) {
				before := in(t, s)
				after, err := before.Apply(Event{Kind: k, At: noon, Ask: key, Class: Normal, Agent: "lin"})
				switch want := table[s][k].(type) {
				case Status:
					if err != nil || after.Status != want {
						t.Fatalf("got %s, %v; want %s", after.Status, err, want)
					}
					if after.Epoch != before.Epoch+1 {
						t.Errorf("epoch went from %d to %d", before.Epoch, after.Epoch)
					}
				case fault.Code:
					if !fault.Is(err, want) {
						t.Fatalf("got %v; want %s", err, want)
					}
					if diff := cmp.Diff(before, after); diff != "" {
						t.Errorf("a refused event changed something:\n%s", diff)
					}
				default:
					t.Fatal("the table has a hole")
				}
			})
		}
	}
}

func TestOnlyTheHolderActs(t *testing.T) {
	c := in(t, WithPerson)
	for _, k := range []EventKind{Released, Resolved, ReturnedToBot} {
		if _, err := c.Apply(Event{Kind: k, At: noon, Agent: "wang"}); !fault.Is(err, fault.NotYours) {
			t.Errorf("%s by another agent: %v", k, err)
		}
	}
	if _, err := in(t, Waiting).Apply(Event{Kind: Claimed}); !fault.Is(err, fault.NotPossible) {
		t.Errorf("a claim by nobody: %v", err)
	}
	if _, err := c.Apply(Event{Kind: "nonsense"}); !fault.Is(err, fault.NotPossible) {
		t.Errorf("an unknown event: %v", err)
	}
}

func TestAReturnKeepsThePlace(t *testing.T) {
	waiting := in(t, Waiting)
	held, err := waiting.Apply(claimed)
	if err != nil {
		t.Fatal(err)
	}
	back, err := held.Apply(Event{Kind: Released, At: noon.Add(time.Hour), Agent: "lin"})
	if err != nil {
		t.Fatal(err)
	}
	if back.Ticket.Rank() != waiting.Ticket.Rank() {
		t.Errorf("rank went from %s to %s", waiting.Ticket.Rank(), back.Ticket.Rank())
	}
	if back.Ticket.Assignee != "" || back.Ticket.Name != "" || back.Ticket.ClaimID != "" || back.Ticket.Returns != 1 {
		t.Errorf("something of the agent stayed: %+v", back.Ticket)
	}
}

func TestEpisodes(t *testing.T) {
	ended := in(t, Ended)
	for _, e := range []Event{{Kind: Reopened, At: noon}, {Kind: Asked, At: noon, Ask: InboundKey(noon, "m2")}} {
		c, err := ended.Apply(e)
		if err != nil || c.Episode != 2 {
			t.Errorf("%s: episode %d, %v", e.Kind, c.Episode, err)
		}
	}
}

// Who leaves the channel is in nobody's line and in nobody's hands, and can come back.
func TestWhoUnfollowsIsWaitedForByNobody(t *testing.T) {
	left := noon.Add(time.Hour)
	for status, ticket := range map[Status]TicketStatus{WithBot: "", Waiting: TicketUnfollowed, WithPerson: TicketUnfollowed} {
		c, err := in(t, status).Apply(Event{Kind: Unfollowed, At: left})
		if err != nil || c.Status != Ended || c.Ticket.Status != ticket {
			t.Errorf("%s: %s, ticket %q, %v", status, c.Status, c.Ticket.Status, err)
		}
		if ended := ticket == TicketUnfollowed; ended != c.Ticket.ClosedAt.Equal(left) {
			t.Errorf("%s: the ticket ended at %s", status, c.Ticket.ClosedAt)
		}
		if c, err = c.Apply(Event{Kind: Reopened, At: left}); err != nil || c.Status != WithBot || c.Episode != 2 {
			t.Errorf("%s, then back: %s, episode %d, %v", status, c.Status, c.Episode, err)
		}
	}
}

// Whatever happens in whatever order: the epoch counts transitions, a waiting
// conversation has a waiting ticket without an agent, a claimed one has both.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New(id, Peer{})
		for i := range rapid.IntRange(0, 40).Draw(t, "events") {
			e := Event{
				Kind: rapid.SampledFrom(EventKinds()).Draw(t, "kind"), At: noon,
				Ask:   InboundKey(noon.Add(time.Duration(i)*time.Second), "m"),
				Agent: rapid.SampledFrom([]AgentID{"", "lin", "wang"}).Draw(t, "agent"),
			}
			next, err := c.Apply(e)
			if err != nil {
				continue
			}
			if next.Epoch != c.Epoch+1 || next.Episode < c.Episode {
				t.Fatalf("%s: epoch %d→%d, episode %d→%d", e.Kind, c.Epoch, next.Epoch, c.Episode, next.Episode)
			}
			c = next
			check(t, c)
		}
	})
}

func check(t *rapid.T, c Conversation) {
	held := c.Ticket.Status == TicketClaimed
	switch {
	case (c.Status == Waiting) != (c.Ticket.Status == TicketWaiting):
		t.Fatalf("%s with a ticket %s", c.Status, c.Ticket.Status)
	case (c.Status == WithPerson) != held:
		t.Fatalf("%s with a ticket %s", c.Status, c.Ticket.Status)
	case held && c.Ticket.Assignee == "", c.Status == Waiting && c.Ticket.Assignee != "":
		t.Fatalf("%s, assignee %q", c.Ticket.Status, c.Ticket.Assignee)
	case c.Ticket.ID != "" && c.Ticket.ID.Conversation() != c.ID:
		t.Fatalf("ticket %s in conversation %s", c.Ticket.ID, c.ID)
	}
}
