package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var messageTests = []test{
	{name: "every field is kept", run: messageRoundTrip},
	{name: "links are kept", run: linkRoundTrip},
	{name: "media are kept", run: mediaRoundTrip},
	{name: "times are kept to the millisecond", run: messageTimes},
	{name: "pages go back from the newest", run: messagePages},
	{name: "empty pages", run: emptyPages},
	{name: "undelivered are ours, in key order", run: undeliveredOrder},
	{name: "what was delivered when it was committed is not undelivered", run: deliveredAtOnce},
	{name: "a private message is kept, and never to be delivered", run: privateMessage},
	{name: "one message", run: oneMessage},
	{name: "a message of ours is the same before, during and after its delivery", run: messageUnderWay},
}

func messageRoundTrip(f *fixture) {
	in := incoming("ann", after(0), "m1", "one")
	in.Message.Parts = append(in.Message.Parts, conversation.Part{Kind: conversation.Unsupported, Text: "voice"})
	in.Message.ClientID = "client-1"
	in.Message.Ask = conversation.NewTicketID(idOf("ann"), in.Message.Key)
	f.same("received", f.receive(in).Message, in.Message)

	reply := conversation.Message{
		Conversation: idOf("ann"), Key: conversation.OwnKey(after(3), "reply", 0), Author: conversation.Person,
		Agent: "kim", Name: "小金", Purpose: conversation.Notice, Way: true, Ask: in.Message.Ask, ClientID: "tool-7",
		Parts: []conversation.Part{{Kind: conversation.Text, Text: "a"}, {Kind: conversation.Text, Text: ""}}, Received: after(4),
		Outcome: conversation.Outcome{Delivery: conversation.Pending},
	}
	done := f.say("ann", "reply", reply)
	want := []conversation.Message{in.Message, reply}
	f.same("committed", done.Messages, want[1:])
	f.same("page", f.messages("ann"), want)
	f.same("undelivered", f.undelivered("ann"), want[1:])
}

// linkRoundTrip is of a link alone, and of one with a text before it.
func linkRoundTrip(f *fixture) {
	whole := conversation.Part{Kind: conversation.Link, Card: conversation.Card{
		Title: "指南 👍🏽 \"'<&>", Description: "一\n二", URL: "https://shop.example/a?b=1&c=%20#d", Picture: "https://shop.example/p.png",
	}}
	least := conversation.Part{Kind: conversation.Link, Card: conversation.Card{Title: "a", URL: "https://a.example/"}}
	alone := incoming("ann", after(0), "m1", "")
	alone.Message.Parts = []conversation.Part{least}
	f.same("received", f.receive(alone).Message, alone.Message)
	reply := outgoing("ann", after(2), "r", "y")
	reply.Parts = append(reply.Parts, whole)
	f.say("ann", "r", reply)
	f.same("page", f.messages("ann"), []conversation.Message{alone.Message, reply})
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{reply})
}

// mediaRoundTrip is of media alone, of media with a text, and of one of each kind.
func mediaRoundTrip(f *fixture) {
	var all []conversation.Part
	for i, kind := range conversation.MediaKinds() {
		all = append(all, conversation.Part{Kind: kind, Media: conversation.Media{
			Key: fmt.Sprint(idOf("ann"), "/", i), Name: "发票 👍🏽 \"'<&>.png", Type: "image/png", Size: 25 << 20, Width: 4000, Height: 3, Seconds: 120,
		}})
	}
	alone := incoming("ann", after(0), "m1", "")
	alone.Message.Parts = all[:1]
	mixed := incoming("ann", after(1), "m2", "text")
	mixed.Message.Parts = append(mixed.Message.Parts, all...)
	f.same("received", f.receive(alone).Message, alone.Message)
	f.same("received", f.receive(mixed).Message, mixed.Message)
	reply := outgoing("ann", after(2), "r", "y")
	reply.Parts = all
	f.say("ann", "r", reply)
	f.same("page", f.messages("ann"), []conversation.Message{alone.Message, mixed.Message, reply})
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{reply})
}

// A customer's message has no outcome.
func messageTimes(f *fixture) {
	in := incoming("ann", after(0), "m1", "x")
	in.Message.Received = after(5).Add(999_999).In(start.Local().Location())
	in.Message.Outcome = conversation.Outcome{Delivery: conversation.Sent, Attempts: 3}
	want := in.Message
	want.Received, want.Outcome = after(5), conversation.Outcome{}
	f.same("received", f.receive(in).Message, want)
	f.same("stored", f.messages("ann"), []conversation.Message{want})

	reply := outgoing("ann", after(6), "r", "y")
	reply.Received = after(7).Add(1)
	reply.Outcome.At = after(8).Add(1)
	f.say("ann", "r", reply)
	reply.Received, reply.Outcome.At = after(7), after(8)
	f.same("ours", f.undelivered("ann"), []conversation.Message{reply})
}

func messagePages(f *fixture) {
	var want []conversation.Message
	for i := range 10 {
		if i%3 == 2 {
			cause := fmt.Sprint("cause ", i)
			m := outgoing("ann", after(i), cause, fmt.Sprint(i))
			f.say("ann", cause, m)
			if i == 5 {
				m.Outcome = sent("ann", m.Key).Outcome
				f.outcome(sent("ann", m.Key))
			}
			want = append(want, m)
			continue
		}
		in := incoming("ann", after(i), "m", fmt.Sprint(i))
		f.receive(in)
		want = append(want, in.Message)
	}
	for _, page := range []struct {
		before   conversation.Key
		limit    int
		from, to int // of want
	}{
		{"", 3, 7, 10},
		{"", 10, 0, 10},
		{"", 11, 0, 10},
		{"", 1, 9, 10},
		{want[7].Key, 3, 4, 7},
		{want[7].Key, 1, 6, 7},
		{want[1].Key, 3, 0, 1},
		{conversation.InboundKey(after(7), "~"), 2, 6, 8}, // between two keys
		{conversation.InboundKey(after(999), ""), 2, 8, 10},
	} {
		got, err := f.store.Messages(f.ctx, idOf("ann"), page.before, page.limit)
		f.ok(err)
		f.same(fmt.Sprintf("%d before %q", page.limit, page.before), got, want[page.from:page.to])
	}
}

func emptyPages(f *fixture) {
	none := []conversation.Message(nil)
	f.same("of an unknown conversation", f.messages("nobody"), none)
	_, _, err := f.store.Undelivered(f.ctx, idOf("nobody"), 5)
	f.refused(err, fault.NotFound)
	in := incoming("ann", after(0), "m", "x")
	f.receive(in)
	f.say("ann", "cause", outgoing("ann", after(5), "r", "y"))
	got, err := f.store.Messages(f.ctx, idOf("ann"), in.Message.Key, 5)
	f.ok(err)
	f.same("before the first", got, none)
	for _, limit := range []int{0, -1} {
		got, err = f.store.Messages(f.ctx, idOf("ann"), "", limit)
		f.ok(err)
		f.same(fmt.Sprint("limit ", limit), got, none)
		c, got, err := f.store.Undelivered(f.ctx, idOf("ann"), limit)
		f.ok(err)
		f.same(fmt.Sprint("undelivered, limit ", limit), got, none)
		f.same("with the state", c, f.conversation("ann"))
	}
}

func undeliveredOrder(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	f.receive(incoming("bob", after(0), "m", "x"))
	var want []conversation.Message
	for i := range 5 {
		m := outgoing("ann", after(i), fmt.Sprint("cause ", i), fmt.Sprint(i))
		want = append(want, m)
	}
	for _, i := range []int{3, 0, 4, 2, 1} { // committed in another order than their keys'
		f.say("ann", fmt.Sprint("cause ", i), want[i])
	}
	f.say("bob", "cause", outgoing("bob", after(0), "r", "bob's"))
	f.same("all", f.undelivered("ann"), want)
	_, got, err := f.store.Undelivered(f.ctx, idOf("ann"), 2)
	f.ok(err)
	f.same("two", got, want[:2])
}

// An answer that goes back with the webhook's own reply is sent when it is stored.
func deliveredAtOnce(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	inline, later := outgoing("ann", after(1), "a", "inline"), outgoing("ann", after(2), "b", "later")
	inline.Outcome = conversation.Outcome{Delivery: conversation.Sent, Attempts: 1, Code: "c", Hint: "h", At: after(3)}
	done := f.say("ann", "cause", inline, later)
	f.same("committed", done.Messages, []conversation.Message{inline, later})
	f.same("stored", f.messages("ann")[1:], []conversation.Message{inline, later})
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{later})
	f.outcome(attempting("ann", inline.Key, 2))
	f.same("final from the first", f.messages("ann")[1], inline)
}

func privateMessage(f *fixture) {
	in := incoming("ann", after(0), "m", "x")
	f.receive(in)
	note := outgoing("ann", after(1), "note", "ask the boss")
	note.Author, note.Agent = conversation.Person, "kim"
	note.Private, note.Outcome = true, conversation.Outcome{}
	done := f.say("ann", "note", note)
	f.same("committed", done.Messages, []conversation.Message{note})
	f.same("stored", f.messages("ann"), []conversation.Message{in.Message, note})
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	f.noOutcome(sent("ann", note.Key), fault.NotFound)
	f.same("stored", f.messages("ann"), []conversation.Message{in.Message, note})
	f.ok(f.store.Defer(f.ctx, store.Work{Kind: store.Deliver, Conversation: idOf("ann")}, after(5)))
	f.same("work", f.due(100), []store.Work(nil))
}

func oneMessage(f *fixture) {
	in := incoming("ann", after(0), "m", "x")
	f.receive(in)
	got, err := f.store.Message(f.ctx, idOf("ann"), in.Message.Key)
	f.ok(err)
	f.same("message", got, in.Message)
	_, err = f.store.Message(f.ctx, idOf("ann"), conversation.InboundKey(after(1), "m"))
	f.refused(err, fault.NotFound)
	_, err = f.store.Message(f.ctx, idOf("bob"), in.Message.Key)
	f.refused(err, fault.NotFound)
}

// messageUnderWay looks at messages of ours from all sides, at every stage of their
// delivery: of a cause of their conversation, of one of the whole store, of one that
// their keys do not name, and where several are of one cause, in either order.
func messageUnderWay(f *fixture) {
	one := func(ch store.Change, m conversation.Message) store.Change {
		ch.Messages = []conversation.Message{m}
		return ch
	}
	beside := func(ms, nth int) func(store.Change, conversation.Message) store.Change {
		return func(ch store.Change, m conversation.Message) store.Change {
			other := m
			other.Key = conversation.OwnKey(after(ms), ch.Cause, nth)
			ch.Messages = []conversation.Message{m, other}
			return ch
		}
	}
	for user, variant := range map[string]func(store.Change, conversation.Message) store.Change{
		"named": one,
		"once": func(ch store.Change, m conversation.Message) store.Change {
			ch.Once = true
			return one(ch, m)
		},
		"unnamed": func(ch store.Change, m conversation.Message) store.Change {
			m.Key = conversation.OwnKey(after(3), "another cause", 0)
			return one(ch, m)
		},
		"before another": beside(4, 1),
		"behind another": beside(2, 1),
	} {
		in, later := incoming(user, after(1), "m", "x"), incoming(user, after(5), "m", "y")
		c := f.receive(in).Conversation
		ch := stay(c, "cause of "+user)
		m := outgoing(user, after(3), ch.Cause, "您好，我是小金")
		m.Ask, m.ClientID, m.Name = conversation.NewTicketID(c.ID, in.Message.Key), "reply-1", "小金"
		ch = variant(ch, m)
		ch.Records = []conversation.Record{{Ask: m.Ask, Event: conversation.RecordClaimed, Lane: conversation.Front, At: after(3), Agent: "kim"}}
		f.commit(ch)
		f.receive(later)
		f.sameUnderWay(user, ch, in.Message, later.Message)
		f.underWay(user, &ch, func(what string) { f.sameUnderWay(what, ch, in.Message, later.Message) })
	}
	_, err := f.store.Message(f.ctx, idOf("named"), conversation.OwnKey(after(3), "cause of once", 0))
	f.refused(err, fault.NotFound)
}

// underWay delivers the messages of a change, attempt by attempt, and has a look after each.
func (f *fixture) underWay(user string, ch *store.Change, look func(what string)) {
	f.Helper()
	for n := range ch.Messages {
		key := ch.Messages[n].Key
		for i, o := range []store.Outcome{attempting(user, key, 1), attempting(user, key, 2), sent(user, key)} {
			r := ch.Records[0]
			r.Event, r.Nth, r.At, r.Agent = conversation.RecordFirstWord, 3*n+i, after(60+3*n+i), ""
			o.Record = &r
			f.outcome(o)
			ch.Messages[n].Outcome = o.Outcome
			ch.Records = append(ch.Records, r)
			look(fmt.Sprint(user, ", message ", n, ", outcome ", i))
		}
	}
}

// sameUnderWay checks that everything tells of the messages and the records of a
// change as it has them, between what the customer wrote before and after it.
func (f *fixture) sameUnderWay(what string, ch store.Change, before, after conversation.Message) {
	f.Helper()
	id := ch.Next.ID
	all := slices.Concat([]conversation.Message{before}, ch.Messages, []conversation.Message{after})
	slices.SortFunc(all, func(a, b conversation.Message) int { return strings.Compare(string(a.Key), string(b.Key)) })
	for limit := range len(all) + 2 {
		got, err := f.store.Messages(f.ctx, id, "", limit)
		f.ok(err)
		f.same(fmt.Sprintf("%s: the newest %d", what, limit), got, slices.Clone(all[max(len(all)-limit, 0):]))
	}
	for n, m := range all {
		page, err := f.store.Messages(f.ctx, id, m.Key, 10)
		f.ok(err)
		f.same(what+": what comes before", page, slices.Clone(all[:n]))
		one, err := f.store.Message(f.ctx, id, m.Key)
		f.ok(err)
		f.same(what+": one message", one, m)
	}
	_, open, err := f.store.Undelivered(f.ctx, id, 10)
	f.ok(err)
	f.same(what+": undelivered", open, slices.DeleteFunc(all[1:len(all)-1], func(m conversation.Message) bool { return m.Outcome.Final() }))
	of := id
	if ch.Once {
		of = ""
	}
	caused, err := f.store.Caused(f.ctx, of, ch.Cause)
	f.ok(err)
	f.same(what+": caused", caused.Messages, ch.Messages)
	f.same(what+": repeated", f.commit(ch).Messages, ch.Messages)
	f.same(what+": ledger", f.ledger(ch.Records[0].Ask), ch.Records)
	day, err := f.store.Records(f.ctx, ch.Records[0].At)
	f.ok(err)
	day = slices.DeleteFunc(day, func(r conversation.Record) bool { return r.Ask != ch.Records[0].Ask })
	f.same(what+": the day", day, ch.Records)
}
