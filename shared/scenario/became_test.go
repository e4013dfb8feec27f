package scenario

import (
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// visitorAsks has a visitor ask for a person, and returns their token and their window.
func visitorAsks(t *testing.T, h wide) (token string, guest *client) {
	t.Helper()
	token, _ = visitorAt(t, h, "")
	guest = newClient(t, &door{wide: h, tokens: func(string) string { return token }}, "")
	guest.Connect()
	if code := guest.Write("转人工"); code != "" {
		t.Fatal(code)
	}
	hears(t, guest, conversation.Bot, "已为您转人工…")
	return token, guest
}

// tab opens a window of a customer at the browser of a visitor.
func tab(t *testing.T, h wide, name, visitor string, byCalls bool) *client {
	t.Helper()
	w := newClient(t, h.(place), h.user(name))
	w.was, w.calls = visitor, byCalls
	w.Connect()
	return w
}

// onBothWays runs a test on every host that takes visitors, with connections and by calls.
func onBothWays(t *testing.T, test func(t *testing.T, c *Cast, h wide, byCalls bool)) {
	t.Helper()
	for name, byCalls := range map[string]bool{"connections": false, "calls": true} {
		t.Run(name, func(t *testing.T) {
			onVisited(t, func(t *testing.T, c *Cast, h wide) { test(t, c, h, byCalls) })
		})
	}
}

func (c *client) has(text string) bool {
	for _, m := range c.Heard() {
		if strings.Contains(m.Text, text) {
			return true
		}
	}
	return false
}

// writes submits what must be taken.
func (c *client) writes(id, text string) {
	c.t.Helper()
	if code := c.Submit(Submission{ID: id, At: c.at.Now(), Text: text}).Code; code != "" {
		c.t.Fatalf("%q is refused: %s", text, code)
	}
}

// TestTheNextOneAtTheSameBrowser: ann began as a visitor of a shared browser, and signed in
// while she waited. Bob signs in next, and the browser still shows the visitor's token: he
// is in his own conversation, and hers keeps her name.
func TestTheNextOneAtTheSameBrowser(t *testing.T) {
	onBothWays(t, func(t *testing.T, c *Cast, h wide, byCalls bool) {
		token, guest := visitorAsks(t, h)
		ann := tab(t, h, "ann", token, byCalls)
		if ann.Conversation() != guest.Conversation() {
			t.Fatal("ann has lost her place")
		}
		ann.writes("card", "我的卡号是 6222 0000")
		bob := tab(t, h, "bob", token, byCalls)
		if bob.has("6222") || bob.Conversation() == ann.Conversation() {
			t.Errorf("bob, who has proven that he is bob, is in ann's conversation, and reads %v", bob.Heard())
		}
		bob.writes("other", "我的订单呢")
		if ann.Unheard(); ann.has("我的订单呢") {
			t.Error("bob writes in ann's conversation")
		}
		claims(t, c, h, guest, "顾客")
		if bob = tab(t, h, "bob", token, byCalls); bob.has("6222") || bob.Conversation() == ann.Conversation() {
			t.Error("once she is with a person, he is in her conversation")
		}
		if again := tab(t, h, "ann", token, byCalls); again.Conversation() != ann.Conversation() || !again.has("6222") {
			t.Error("ann, who comes back, is not in hers")
		}
	})
}

// TestTwoTabsAfterTheEnd: one was open while ann became known and waited, one is opened
// after the agent had ended that. Both are in her own conversation then, and what she had
// written in the first, whether or not that heard of it, is said once.
func TestTwoTabsAfterTheEnd(t *testing.T) {
	onBothWays(t, func(t *testing.T, c *Cast, h wide, byCalls bool) {
		token, guest := visitorAsks(t, h)
		guest.Drop()
		first := tab(t, h, "ann", token, byCalls)
		idle := tab(t, h, "ann", token, byCalls)
		there := first.Conversation()
		if id, code := c.Agent("lin").Claim(); code != "" || id != there {
			t.Fatal(id, code)
		}
		first.writes("before", "我的卡号是 6222 0000")
		if code := c.Reply("lin", there, "r-1", "已经办好了"); code != "" {
			t.Fatal(code)
		}
		if code := c.Agent("lin").Resolve(there); code != "" {
			t.Fatal(code)
		}
		h.Still()
		second := tab(t, h, "ann", token, byCalls)
		if second.Conversation() == there {
			t.Error("what is over goes on")
		}
		hears(t, first, conversation.Bot, "已为您转人工…")
		hears(t, first, conversation.Bot, "人工客服小林…")
		hears(t, first, conversation.Person, "已经办好了")
		more := Submission{ID: "more", At: h.Now(), Text: "还有一个问题"}
		if code := first.Submit(more).Code; code != fault.Unauthenticated && (code != "" || first.Conversation() == there) {
			t.Errorf("in what is over: %q", code)
		}
		first.Drop() // as clients do who are told that they are unknown
		first.Connect()
		first.resubmit(more)
		first.resubmit(more)
		first.resubmit(Submission{ID: "before", At: h.Now(), Text: "我的卡号是 6222 0000"})
		if first.Conversation() != second.Conversation() {
			t.Errorf("one tab is in %s, the other in %s", first.Conversation(), second.Conversation())
		}
		if byCalls && !idle.await(func() bool { return !idle.Connected() }) {
			t.Error("whoever only polls goes on in what is over")
		}
		idle.ping() // which finds out, and comes back
		if idle.Conversation() != second.Conversation() {
			t.Errorf("whoever says nothing is in %s", idle.Conversation())
		}
		h.Still()
		second.ping()
		if !second.has("还有一个问题") {
			t.Error("the tabs do not hear each other")
		}
		var said []string
		for _, m := range second.History() {
			if m.Author == conversation.Customer {
				said = append(said, m.Text)
			}
		}
		if len(said) != 1 || said[0] != "还有一个问题" {
			t.Errorf("in her own she said %q", said)
		}
		if bob := tab(t, h, "bob", token, byCalls); bob.Conversation() == there || bob.has("6222") {
			t.Error("after the end, bob reads it")
		}
	})
}

// resubmit submits what was written in the other conversation: again, until it is taken.
func (c *client) resubmit(s Submission) {
	c.t.Helper()
	frame := map[string]any{"type": "message", "id": s.ID, "at": s.At.UnixMilli(), "text": s.Text}
	for range 3 {
		c.change(func() { delete(c.results, s.ID) })
		var done Submitted
		c.say("acknowledgement", map[string]any{"type": "again", "id": s.ID, "frame": frame}, func() (ok bool) {
			done, ok = c.results[s.ID]
			return ok
		})
		switch done.Code {
		case "":
			return
		case fault.Unauthenticated:
			c.Drop()
			c.Connect()
		default:
			c.t.Fatalf("%q is refused: %s", s.Text, done.Code)
		}
	}
	c.t.Fatalf("%q is never taken", s.Text)
}

// TestALineThatIsElsewhere: a call from a conversation that is not the caller's is told to
// say hello, whatever it says.
func TestALineThatIsElsewhere(t *testing.T) {
	onVisited(t, func(t *testing.T, c *Cast, h wide) {
		token, guest := visitorAsks(t, h)
		ann := tab(t, h, "ann", token, true)
		ann.Drop()
		bob := tab(t, h, "bob", token, true)
		bob.Drop()
		for _, frame := range []map[string]any{
			{"type": "poll"}, {"type": "history"}, {"type": "message", "id": "m", "at": h.Now().UnixMilli(), "text": "6222"},
		} {
			status, answer := h.Call("POST", "/channels/inapp/live", h.Token(h.user("bob")), map[string]any{
				"type": "as", "visitor": token, "conversation": guest.Conversation(), "frame": frame,
			})
			if refusalIn(t, status, answer).Code != fault.Unauthenticated {
				t.Errorf("%v: %d %s", frame, status, answer)
			}
		}
	})
}
