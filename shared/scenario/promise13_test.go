package scenario

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// TestPromise13NothingIsLostDoubledOrReordered plays the stories; each of the
// tests below breaks something else.
func TestPromise13NothingIsLostDoubledOrReordered(t *testing.T) { playAll(t, "p13-*") }

// TestPromise13Resubmissions: the same message many times at once, in several
// windows, is one message, one ticket, one answer.
func TestPromise13Resubmissions(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann := c.Customer("ann")
		windows := []Customer{ann}
		for range 5 {
			window := c.host.Customer("ann")
			window.Connect()
			windows = append(windows, window)
		}
		for i, text := range []string{"退款", "转人工", "还要多久"} {
			c.Pass(time.Second)
			s := Submission{ID: fmt.Sprintf("again-%d", i), At: c.host.Now(), Text: text}
			keys := submitAtOnce(windows, s)
			if keys = slices.Compact(keys); len(keys) != 1 || keys[0] != conversation.InboundKey(s.At, s.ID) {
				t.Errorf("%q is acknowledged as %v", text, keys)
			}
			hears(t, ann, conversation.Bot, "…")
		}
		if unheard := ann.Unheard(); len(unheard) > 0 {
			t.Errorf("answered twice: %v", unheard)
		}
		if all := ann.History(); len(all) != 6 {
			t.Errorf("%d messages: %v", len(all), all)
		}
		if n := len(c.host.Permits()); n != 1 {
			t.Errorf("%d permits", n)
		}
	})
}

// submitAtOnce submits the same message twice from each window at the same time.
func submitAtOnce(windows []Customer, s Submission) []conversation.Key {
	var running sync.WaitGroup
	keys := make([]conversation.Key, len(windows))
	for i, window := range windows {
		running.Go(func() {
			for range 2 {
				keys[i] = window.Submit(s).Key
			}
		})
	}
	running.Wait()
	return keys
}

// TestPromise13LateRetries: a retry that arrives after later messages lands where
// the customer wrote it, for the customer and for the agent.
func TestPromise13LateRetries(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann, lin := c.Customer("ann"), c.Agent("lin")
		c.write(t, ann, "转人工")
		hears(t, ann, conversation.Bot, "…")
		if _, code := lin.Claim(); code != "" {
			t.Fatal(code)
		}
		hears(t, ann, conversation.Bot, "…")
		var written []Submission
		for i, text := range []string{"一", "二", "三", "四"} {
			c.Pass(time.Second)
			written = append(written, Submission{ID: fmt.Sprintf("w-%d", i), At: c.host.Now(), Text: text})
		}
		for _, i := range []int{2, 0, 3, 1, 0} { // the last is a repeat
			c.Pass(time.Second)
			if done := ann.Submit(written[i]); done.Code != "" {
				t.Fatal(done.Code)
			}
		}
		seen, _ := lin.History(ann.Conversation())
		for who, all := range map[string][]Message{"ann": ann.History(), "lin": seen} {
			var texts []string
			for _, m := range all {
				if len(m.Text) == len("一") {
					texts = append(texts, m.Text)
				}
			}
			if !slices.Equal(texts, []string{"一", "二", "三", "四"}) {
				t.Errorf("%s reads %v", who, texts)
			}
		}
		for _, m := range seen {
			if late := m.Text == "一" || m.Text == "二"; m.Late != late {
				t.Errorf("%s is marked late: %v", m.Text, m.Late)
			}
		}
	})
}

// TestPromise13RetriesAfterTheEnd: a retry of what was dealt with while a person
// was there changes nothing once the person has gone.
func TestPromise13RetriesAfterTheEnd(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann, lin := c.Customer("ann"), c.Agent("lin")
		c.write(t, ann, "转人工")
		hears(t, ann, conversation.Bot, "…")
		var written []Submission
		say := func(text string) {
			c.Pass(time.Second)
			s := Submission{ID: fmt.Sprintf("s-%d", len(written)), At: c.host.Now(), Text: text}
			written = append(written, s)
			if done := ann.Submit(s); done.Code != "" {
				t.Fatal(done.Code)
			}
		}
		say("退款到底什么时候到")
		if _, code := lin.Claim(); code != "" {
			t.Fatal(code)
		}
		hears(t, ann, conversation.Bot, "…")
		say("转人工")
		say("退款")
		c.Pass(time.Second)
		if code := lin.Resolve(ann.Conversation()); code != "" {
			t.Fatal(code)
		}
		hears(t, ann, conversation.Bot, "…")
		for _, s := range written {
			c.Pass(time.Second)
			if done := ann.Submit(s); done.Code != "" {
				t.Errorf("%q: %s", s.Text, done.Code)
			}
		}
		if unheard := ann.Unheard(); len(unheard) > 0 {
			t.Errorf("the retries are answered: %v", unheard)
		}
		if now := ann.Stands(); now.Status != conversation.Ended {
			t.Errorf("the retries lead to %+v", now)
		}
		if n := len(c.host.Permits()); n != 1 {
			t.Errorf("%d permits", n)
		}
	})
}

// TestPromise13ACustomersClockAhead: replies come after what they reply to, also
// where the customer's clock is almost two minutes ahead.
func TestPromise13ACustomersClockAhead(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann, lin := c.Customer("ann"), c.Agent("lin")
		var spoken []string
		say := func(text string) {
			c.Pass(time.Second)
			at := c.host.Now().Add(2*time.Minute - time.Second)
			if done := ann.Submit(Submission{ID: fmt.Sprintf("a-%d", len(spoken)), At: at, Text: text}); done.Code != "" {
				t.Fatalf("%q: %s", text, done.Code)
			}
			spoken = append(spoken, text)
		}
		reply := func(text string) {
			c.Pass(time.Second)
			if code := c.Reply("lin", ann.Conversation(), "", text); code != "" {
				t.Fatal(code)
			}
			spoken = append(spoken, hears(t, ann, conversation.Person, text).Text)
		}
		say("转人工")
		spoken = append(spoken, hears(t, ann, conversation.Bot, "…").Text)
		if _, code := lin.Claim(); code != "" {
			t.Fatal(code)
		}
		spoken = append(spoken, hears(t, ann, conversation.Bot, "…").Text)
		reply("您好")
		reply("请说")
		say("我的耳机坏了")
		reply("我看一下")
		say("好的")
		reply("可以换新")
		seen, _ := lin.History(ann.Conversation())
		for who, all := range map[string][]Message{"ann": byKey(ann.History()), "lin": seen} {
			var texts []string
			for _, m := range all {
				texts = append(texts, m.Text)
			}
			if !slices.Equal(texts, spoken) {
				t.Errorf("%s reads %q\nspoken: %q", who, texts, spoken)
			}
		}
	})
}

// TestPromise13RepliesOnce: an agent's tool that repeats a reply says it once.
func TestPromise13RepliesOnce(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann, lin := c.Customer("ann"), c.Agent("lin")
		c.write(t, ann, "转人工")
		hears(t, ann, conversation.Bot, "…")
		if _, code := lin.Claim(); code != "" {
			t.Fatal(code)
		}
		hears(t, ann, conversation.Bot, "…")
		for range 3 {
			c.Pass(time.Second)
			m, code := lin.Reply(ann.Conversation(), "once", "您好")
			if code != "" {
				t.Fatal(code)
			}
			c.typed[m.Key] = "您好"
		}
		hears(t, ann, conversation.Person, "您好")
		if unheard := ann.Unheard(); len(unheard) > 0 || len(c.typed) != 1 {
			t.Errorf("said again: %v, %v", unheard, c.typed)
		}
		// The same, where the answer to the tool was lost and the ticket is over.
		if code := lin.Resolve(ann.Conversation()); code != "" {
			t.Fatal(code)
		}
		hears(t, ann, conversation.Bot, "…")
		m, code := lin.Reply(ann.Conversation(), "once", "您好")
		if code != "" || c.typed[m.Key] != "您好" {
			t.Errorf("a repeat of what was said is answered with %q", code)
		}
		if unheard := ann.Unheard(); len(unheard) > 0 {
			t.Errorf("said again: %v", unheard)
		}
	})
}

// TestPromise13LongHistories: whatever was said is found again, page by page.
func TestPromise13LongHistories(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann := c.Customer("ann")
		c.write(t, ann, "转人工")
		hears(t, ann, conversation.Bot, "…")
		for i := range 120 {
			c.host.Advance(time.Second)
			if code := ann.Write(fmt.Sprintf("第 %d 句话", i)); code != "" {
				t.Fatal(code)
			}
		}
		all := ann.History()
		if len(all) != 122 || all[121].Text != "第 119 句话" || all[2].Text != "第 0 句话" {
			t.Errorf("%d messages", len(all))
		}
	})
}

// TestPromise13TwoAgentsClaimAtOnce: every ticket goes to one of them.
func TestPromise13TwoAgentsClaimAtOnce(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		const each = 4
		for i := range 2 * each {
			who := c.Customer(fmt.Sprintf("asker%d", i))
			c.write(t, who, "转人工")
			hears(t, who, conversation.Bot, "…")
		}
		agents := []Agent{c.Agent("lin"), c.Agent("wang")}
		claimed := make([][]conversation.ID, len(agents))
		var running sync.WaitGroup
		for i, agent := range agents {
			running.Go(func() {
				for range each {
					if id, code := agent.Claim(); code == "" {
						claimed[i] = append(claimed[i], id)
					}
				}
			})
		}
		running.Wait()
		all := slices.Concat(claimed...)
		slices.Sort(all)
		if len(slices.Compact(all)) != 2*each {
			t.Errorf("claimed: %v", claimed)
		}
		for i := range 2 * each {
			who := c.Customer(fmt.Sprintf("asker%d", i))
			hears(t, who, conversation.Bot, "人工客服…")
			if unheard := who.Unheard(); len(unheard) > 0 {
				t.Errorf("told twice: %v", unheard)
			}
		}
	})
}
