package inbound_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

func (w *world) leaves(id string) channel.Inbound {
	in := w.says(id, "")
	in.Parts, in.Gone = []conversation.Part{{Kind: conversation.Act, Text: "[取消了关注]"}}, true
	return in
}

// TestWhoLeavesIsForgotten in every status, though each call of the store fails once.
func TestWhoLeavesIsForgotten(t *testing.T) {
	for _, status := range conversation.Statuses() {
		for nth := 0; ; nth++ {
			w := newWorld(t)
			w.call(w.says("1", map[bool]string{true: "你好", false: "转人工"}[status == conversation.WithBot]))
			for i, e := range map[conversation.Status][]conversation.EventKind{
				conversation.WithPerson: {conversation.Claimed}, conversation.Ended: {conversation.Claimed, conversation.Resolved},
			}[status] {
				c := w.state()
				next, err := c.Apply(conversation.Event{Kind: e, Agent: "lin", At: w.now})
				w.must(err)
				_, err = w.box.Commit(t.Context(), c, store.Change{Cause: fmt.Sprint("agent", i), Next: next})
				w.must(err)
			}
			if got := w.state().Status; got != status {
				t.Fatalf("%s is %s", status, got)
			}
			ticket := w.state().Ticket
			w.must(w.blobs.Put(t.Context(), conversationBlob(w.id), "image/png", []byte("x")))
			w.now, w.told.got = w.now.Add(time.Hour), nil
			w.store.count, w.store.at = 0, nth
			gone := w.leaves("2")
			code, answer := w.call(gone)
			if code >= 500 {
				code, answer = w.call(gone)
			}
			if code != http.StatusOK || answer != "success" || w.state().Status != conversation.Ended {
				t.Fatalf("%s, %d: %d %q, %+v", status, nth, code, answer, w.state())
			}
			w.now = w.now.Add(2 * time.Minute)
			for range 2 {
				for _, work := range w.due(store.Erase) {
					_ = w.service.Erase(t.Context(), work) // the clock comes again
				}
			}
			w.forgotten(status, ticket)
			if w.store.count < nth {
				break
			}
		}
	}
}

func (w *world) forgotten(status conversation.Status, before conversation.Ticket) {
	w.Helper()
	messages, err := w.store.Store.Messages(w.Context(), w.id, "", 10)
	w.must(err)
	c := w.state()
	if len(messages) != 0 || c.Peer.User != "" || c.Name != "" || len(w.due(store.Erase)) != 0 {
		w.Errorf("%s: left are %+v, %+v, %+v", status, messages, c.Peer, w.due(store.Erase))
	}
	if _, err := w.blobs.Stat(w.Context(), conversationBlob(w.id)); !fault.Is(err, fault.NotFound) {
		w.Errorf("%s: the picture: %v", status, err)
	}
	abandoned := 0
	records, err := w.store.Store.Ledger(w.Context(), before.ID)
	w.must(err)
	for _, r := range records {
		if r.Event == conversation.RecordAbandoned && r.Why == "unfollowed" {
			abandoned++
		}
	}
	if want := map[bool]int{true: 1}[before.Open()]; abandoned != want || before.Open() && c.Ticket.Status != conversation.TicketUnfollowed {
		w.Errorf("%s: abandoned %d times; %+v", status, abandoned, c.Ticket)
	}
	left := false
	for _, n := range w.told.got {
		left = left || n.Left == "lin"
	}
	if left != (status == conversation.WithPerson) {
		w.Errorf("%s: the agent is told: %v", status, left)
	}
}

// TestWhoComesBackWithinTheMinute loses what was before, and nothing after.
func TestWhoComesBackWithinTheMinute(t *testing.T) {
	w := newWorld(t)
	w.call(w.says("1", "你好"))
	w.now = w.now.Add(time.Second)
	gone := w.leaves("2")
	w.call(gone)
	w.now = w.now.Add(10 * time.Second)
	w.call(w.says("3", "转人工"))
	w.call(gone) // a late retry
	if w.state().Status != conversation.Waiting {
		t.Fatalf("%+v", w.state())
	}
	w.must(w.blobs.Put(t.Context(), conversationBlob(w.id), "image/png", []byte("x")))
	w.now = w.now.Add(2 * time.Minute)
	w.must(w.service.Erase(t.Context(), w.due(store.Erase)[0]))
	messages, err := w.store.Store.Messages(t.Context(), w.id, "", 10)
	w.must(err)
	if w.state().Status != conversation.Waiting || w.state().Peer.User != "ann" || len(messages) != 2 || messages[0].Words() != "转人工" {
		t.Errorf("%+v, %+v", w.state(), messages)
	}
	if _, err := w.blobs.Stat(t.Context(), conversationBlob(w.id)); err != nil {
		t.Errorf("what was uploaded since: %v", err)
	}
}

// TestFilesFromBeforeGoThoughWhoLeftIsBack: those of messages that are more than a page away, too.
func TestFilesFromBeforeGoThoughWhoLeftIsBack(t *testing.T) {
	w := newWorld(t)
	in := w.shows(conversation.Image)
	w.platform.fetch = map[string]channel.Fetched{"remote0": content(pngOf(3), "image/png")}
	w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
	w.now = w.now.Add(time.Second)
	var said []conversation.Message
	for i := range 100 {
		said = append(said, conversation.Message{
			Conversation: w.id, Key: conversation.OwnKey(w.now, "many", i), Author: conversation.Person, Parts: conversation.TextParts("在"), Private: true,
		})
	}
	c := w.state()
	_, err := w.store.Store.Commit(t.Context(), store.Change{Cause: "many", Epoch: c.Epoch, Next: c, Messages: said})
	w.must(err)
	w.now = w.now.Add(time.Second)
	w.call(w.leaves("2"))
	w.now = w.now.Add(10 * time.Second)
	w.call(w.says("3", "你好"))
	w.now = w.now.Add(2 * time.Minute)
	if _, err := w.blobs.Stat(t.Context(), fetchedBlob(w.id, in.Key, 0)); err != nil {
		t.Fatal(err)
	}
	w.must(w.service.Erase(t.Context(), w.due(store.Erase)[0]))
	if _, err := w.blobs.Stat(t.Context(), fetchedBlob(w.id, in.Key, 0)); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is kept: %v", err)
	}
}

// TestALateWordOfLeaving: whose first call broke, and who is back by the time it comes again,
// keeps their place.
func TestALateWordOfLeaving(t *testing.T) {
	w := newWorld(t)
	gone := w.leaves("1")
	w.store.at = 3 // Defer, Receive, Commit
	if status, _ := w.call(gone); status < 500 {
		t.Fatal(status)
	}
	w.now = w.now.Add(time.Second)
	w.call(w.says("2", "转人工"))
	if status, _ := w.call(gone); status != http.StatusOK || w.state().Status != conversation.Waiting {
		t.Errorf("%d, %+v", status, w.state())
	}
	w.now = w.now.Add(2 * time.Minute)
	w.must(w.service.Erase(t.Context(), w.due(store.Erase)[0]))
	if w.state().Status != conversation.Waiting {
		t.Errorf("%+v", w.state())
	}
}

// TestWhatWasAnsweredMeanwhileIsForgotten: a slow bot may answer who left already.
func TestWhatWasAnsweredMeanwhileIsForgotten(t *testing.T) {
	w := newWorld(t)
	w.call(w.says("1", "你好"))
	w.now = w.now.Add(time.Second)
	w.call(w.leaves("2"))
	w.now = w.now.Add(10 * time.Second)
	c := w.state()
	_, err := w.box.Commit(t.Context(), c, store.Change{Cause: "bot", Next: c, Messages: []conversation.Message{{
		Conversation: w.id, Key: conversation.OwnKey(w.now, "bot", 0), Author: conversation.Bot, Purpose: conversation.Answer,
		Parts: conversation.TextParts("在的"), Private: true, Received: w.now,
	}}})
	w.must(err)
	w.now = w.now.Add(2 * time.Minute)
	w.must(w.service.Erase(t.Context(), w.due(store.Erase)[0]))
	messages, err := w.store.Store.Messages(t.Context(), w.id, "", 10)
	w.must(err)
	if len(messages) != 0 || w.state().Peer.User != "" {
		t.Errorf("left are %+v, %+v", messages, w.state().Peer)
	}
}

// TestWhoLeftIsSentNothing: what they granted before ends with them.
func TestWhoLeftIsSentNothing(t *testing.T) {
	w := newWorld(t)
	in := w.says("1", "你好")
	in.Grant = conversation.Grant{Messages: 5, Lasts: 48 * time.Hour}
	w.call(in)
	if !w.state().Allowance.Open(w.now) {
		t.Fatalf("nothing is granted: %+v", w.state().Allowance)
	}
	w.now = w.now.Add(time.Minute)
	w.call(w.leaves("2"))
	if left := w.state().Allowance; left.Open(w.now) {
		t.Errorf("who left is sent %+v", left)
	}
	w.now = w.now.Add(time.Second)
	back := w.says("3", "我回来了")
	back.Grant = in.Grant
	w.call(back)
	w.call(w.leaves("2")) // once more, late
	if left := w.state().Allowance; left.Left != 5 {
		t.Errorf("who is back is sent %+v", left)
	}
}

// TestALateAskOfWhoLeft: another try of an ask from before comes after the word of leaving. It
// makes a ticket, as every ask does, which ends when that word comes again, or they are forgotten.
func TestALateAskOfWhoLeft(t *testing.T) {
	for name, comesAgain := range map[string]bool{"leaving comes again": true, "the clock comes": false} {
		w := newWorld(t)
		w.call(w.says("1", "你好"))
		w.now = w.now.Add(time.Second)
		ask := w.says("2", "转人工")
		w.now = w.now.Add(time.Second)
		gone := w.leaves("3")
		w.call(gone)
		w.now = w.now.Add(patience)
		if w.call(ask); w.state().Status != conversation.Waiting {
			t.Fatalf("%s: %+v", name, w.state())
		}
		ticket := w.state().Ticket
		if comesAgain {
			w.call(gone)
			if w.state().Status != conversation.Ended {
				t.Errorf("%s: %+v", name, w.state())
			}
		}
		w.now = w.now.Add(2 * time.Minute)
		w.must(w.service.Erase(t.Context(), w.due(store.Erase)[0]))
		w.forgotten(conversation.Waiting, ticket)
		if line, err := w.store.Store.Line(t.Context(), conversation.Front, 10); err != nil || len(line) != 0 {
			t.Errorf("%s: in line are %+v, %v", name, line, err)
		}
	}
}
