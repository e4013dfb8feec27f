package inbound_test

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// follows is a message of others' talk, which counts where there is a conversation.
func (w *world) follows(id, text string) channel.Inbound {
	in := w.says(id, text)
	in.Follows = true
	return in
}

func TestWhatFollowsNothingIsNotKept(t *testing.T) {
	w := newWorld(t)
	if status, answer := w.call(w.follows("1", "转人工")); status != 200 || answer != "success" {
		t.Fatalf("%d %q", status, answer)
	}
	if _, err := w.store.Store.Conversation(t.Context(), w.id); err == nil {
		t.Error("it is kept")
	}
	w.now = w.now.Add(time.Second)
	w.call(w.says("2", "你好"))
	w.now = w.now.Add(time.Second)
	w.call(w.follows("3", "转人工"))
	if w.state().Status != conversation.Waiting {
		t.Errorf("what follows asks for nobody: %+v", w.state())
	}
}

// TestAThreadOfItsOwnOrTheMainOne: a word belongs to the conversation of its thread where there is
// one, and else to another.
func TestAThreadOfItsOwnOrTheMainOne(t *testing.T) {
	w := newWorld(t)
	w.call(w.says("1", "转人工"))
	main := w.peer
	answers := func(id, thread string) conversation.ID {
		w.now = w.now.Add(time.Second)
		in := w.says(id, "我在消息列里回答")
		in.Peer.Thread, in.Else = thread, main
		w.call(in)
		if w.state().LastIn == in.Key {
			return w.id
		}
		return ""
	}
	if answers("2", "below what the agent said") != w.id {
		t.Error("it is no word to whoever is waited for")
	}
	assistant := w.says("3", "你好")
	assistant.Peer.Thread = "an assistant's"
	w.call(assistant)
	if answers("4", "an assistant's") == w.id {
		t.Error("it is no word in the thread that is a conversation")
	}
}

// TestWhatGoesWithTheFirst comes once: what was said before a conversation began.
func TestWhatGoesWithTheFirst(t *testing.T) {
	w := newWorld(t)
	said := func(id string) int {
		w.now = w.now.Add(time.Second)
		in := w.says(id, "转人工")
		in.First = []conversation.Part{{Kind: conversation.Unsupported, Text: "[之前的话]"}}
		w.call(in)
		m, err := w.store.Store.Message(t.Context(), w.id, in.Key)
		if err != nil {
			t.Fatal(err)
		}
		return len(m.Parts)
	}
	if first, second := said("1"), said("2"); first != 2 || second != 1 {
		t.Errorf("the first has %d parts, the second %d", first, second)
	}
}

// TestWhatSomebodyDidIsForPeople: nobody is greeted for having deleted a message.
func TestWhatSomebodyDidIsForPeople(t *testing.T) {
	w := newWorld(t)
	w.call(w.says("1", "你好"))
	deleted := func(id string) channel.Inbound {
		in := w.follows(id, "")
		in.Parts = []conversation.Part{{Kind: conversation.Act, Text: "删了一条消息"}}
		return in
	}
	w.now = w.now.Add(2 * time.Hour)
	before := w.state()
	w.call(deleted("2"))
	if w.state() != before {
		t.Errorf("before an ask: %+v", w.state())
	}
	w.call(w.says("3", "转人工"))
	w.now = w.now.Add(time.Second)
	in := deleted("4")
	w.call(in)
	if w.state().LastIn != in.Key {
		t.Error("whoever waits has deleted a message, and no agent sees it")
	}
}

// TestRevokedAccountsAreForgotten, or it is told again.
func TestRevokedAccountsAreForgotten(t *testing.T) {
	w := newWorld(t)
	if status, _ := w.call(channel.Inbound{}); status != 200 || len(w.platform.forgot) > 0 {
		t.Errorf("nobody took anything back: %d, %v", status, w.platform.forgot)
	}
	w.platform.revoked = "T1"
	if status, _ := w.call(channel.Inbound{}); status != 200 || len(w.platform.forgot) != 1 || w.platform.forgot[0] != "T1 at 09:30:00" {
		t.Errorf("%d, forgotten %v", status, w.platform.forgot)
	}
	w.platform.fault = fault.New(fault.Unavailable, "test", "")
	if status, _ := w.call(channel.Inbound{}); status != 503 {
		t.Errorf("it could not be forgotten: %d", status)
	}
}
