package dynamostore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// began is when every test's clock stands.
var began = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func clock() time.Time { return began }

func after(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }

func peerOf(user string) conversation.Peer {
	return conversation.Peer{Channel: "test", Account: "acme", User: user}
}

func idOf(tb testing.TB, user string) conversation.ID {
	ids, err := conversation.NewIDs([]byte("dynamostore dynamostore 32 bytes"))
	if err != nil {
		tb.Fatal(err)
	}
	return ids.Of(peerOf(user))
}

// incoming is a customer's message as long as most are, with a provider's id.
func incoming(tb testing.TB, user string, ms int) store.Incoming {
	return store.Incoming{Peer: peerOf(user), Name: "安", Message: conversation.Message{
		Conversation: idOf(tb, user), Key: conversation.InboundKey(after(ms), fmt.Sprintf("%024d", ms)), Author: conversation.Customer,
		Parts: conversation.TextParts("我要找人工客服，别再让机器人回我了"), Received: after(ms),
	}}
}

func outgoing(tb testing.TB, user string, ms int, cause string) conversation.Message {
	return conversation.Message{
		Conversation: idOf(tb, user), Key: conversation.OwnKey(after(ms), cause, 0), Author: conversation.Bot,
		Purpose: conversation.Acknowledgement, Parts: conversation.TextParts("您前面有 3 位，大约 5 分钟"), Way: true, Received: after(ms),
		Outcome: conversation.Outcome{Delivery: conversation.Pending, At: after(ms)},
	}
}

// asking is the change that an ask makes, with all that follows from one.
func asking(tb testing.TB, c conversation.Conversation, ask conversation.Key) store.Change {
	next, err := c.Apply(conversation.Event{Kind: conversation.Asked, At: ask.Time(), Ask: ask, Class: conversation.Normal})
	if err != nil {
		tb.Fatal(err)
	}
	m := outgoing(tb, c.Peer.User, 1, "in:"+string(ask))
	m.Key = conversation.OwnKey(c.NextTime(after(1)), "in:"+string(ask), 0)
	m.Ask, next.LastOut = next.Ticket.ID, m.Key
	return store.Change{
		Cause: "in:" + string(ask), Epoch: c.Epoch, Next: next, Messages: []conversation.Message{m}, Settles: ask,
		Records: []conversation.Record{
			{Ask: next.Ticket.ID, Event: conversation.RecordAsked, Lane: conversation.Front, At: next.Ticket.AskedAt},
			{Ask: next.Ticket.ID, Event: conversation.RecordQueued, Lane: conversation.Front, At: after(1)},
		},
		Work: []store.Work{
			{Kind: store.Deliver, Conversation: c.ID, Due: after(60_000)},
			{Kind: store.Ring, Conversation: c.ID, Key: ask, Due: after(60_000)},
		},
	}
}

// claiming is the change that a claim makes.
func claiming(tb testing.TB, c conversation.Conversation, agent conversation.AgentID, at time.Time) store.Change {
	next, err := c.Apply(conversation.Event{Kind: conversation.Claimed, At: at, Agent: agent, Name: "小金", ClaimID: "claim-1"})
	if err != nil {
		tb.Fatal(err)
	}
	t := next.Ticket
	return store.Change{
		Cause: fmt.Sprint("claim:", agent, t.ID), Once: true, Epoch: c.Epoch, Next: next,
		Records: []conversation.Record{{Ask: t.ID, Event: conversation.RecordClaimed, Nth: t.Returns, Lane: t.Lane, At: at, Agent: agent}},
	}
}

func receive(tb testing.TB, s *dynamostore.Store, in store.Incoming) store.Received {
	tb.Helper()
	got, err := s.Receive(tb.Context(), in)
	ok(tb, err)
	return got
}

func commit(tb testing.TB, s *dynamostore.Store, ch store.Change) store.Committed {
	tb.Helper()
	done, err := s.Commit(tb.Context(), ch)
	ok(tb, err)
	return done
}

// inLine lets a user ask for a person.
func inLine(tb testing.TB, s *dynamostore.Store, user string, ms int) conversation.Conversation {
	tb.Helper()
	in := incoming(tb, user, ms)
	c := receive(tb, s, in).Conversation
	return commit(tb, s, asking(tb, c, in.Message.Key)).Conversation
}

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func refused(tb testing.TB, err error, code fault.Code) {
	tb.Helper()
	if !fault.Is(err, code) {
		tb.Errorf("got %v, want %s", err, code)
	}
}
