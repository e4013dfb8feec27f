package scenario

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// TestPromise02TheWayIsAlwaysInSight: every message of the bot's shows the way,
// but for those to customers who are on it already. Curtain checks answers and
// offers in every story; these stories say it of notices too.
func TestPromise02TheWayIsAlwaysInSight(t *testing.T) { playAll(t, "p02-*") }

// TestPromise14ResultsAreToldTruthfully: what became of a reply.
func TestPromise14ResultsAreToldTruthfully(t *testing.T) { playAll(t, "p14-*") }

// TestPromise03TheTruthWhileWaiting: position and estimate, in the
// acknowledgement, when asked, and shown as they change.
func TestPromise03TheTruthWhileWaiting(t *testing.T) {
	playAll(t, "p03-*")
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann, bob := c.Customer("ann"), c.Customer("bob")
		c.write(t, ann, "转人工")
		hears(t, ann, conversation.Bot, "…下一位就是您…")
		c.write(t, bob, "转人工")
		hears(t, bob, conversation.Bot, "…第 2 位…")
		for _, text := range []string{
			"还要多久", "还要等多久啊？", "我排第几", "前面还有几个人", "到我了吗", "how long", "How long?", "what's my position?", "ETA?",
		} {
			c.write(t, bob, text)
			m := hears(t, bob, conversation.Bot, "…")
			if !strings.Contains(m.Text, "2") {
				t.Errorf("%q is answered without the position: %s", text, m.Text)
			}
		}
	})
}

// TestPromise04NobodyLosesTheirPlace: only by their own word.
func TestPromise04NobodyLosesTheirPlace(t *testing.T) {
	playAll(t, "p04-*")
	for _, word := range []string{"不等了", "leave the line", "我不等了。", "取消排队", "stop waiting"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			onAll(t, Setup{}, func(t *testing.T, c *Cast) {
				ann := c.Customer("ann")
				c.write(t, ann, "转人工")
				hears(t, ann, conversation.Bot, "已为您转人工…")
				c.write(t, ann, word)
				hears(t, ann, conversation.Bot, "…")
				if now := ann.Stands(); now.Status != conversation.WithBot {
					t.Errorf("still %+v", now)
				}
			})
		})
	}
}

// TestPromise08AVanishedAgentCostsNobodyTheirPlace: the stories say it all.
func TestPromise08AVanishedAgentCostsNobodyTheirPlace(t *testing.T) { playAll(t, "p08-*") }

// TestPromise08ManyTicketsOfOneAgent: all that a vanished agent held goes back,
// each to its own old place.
func TestPromise08ManyTicketsOfOneAgent(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		names := []string{"ann", "bob", "cid", "dan", "eve"}
		for _, name := range names {
			c.write(t, c.Customer(name), "转人工")
			hears(t, c.Customer(name), conversation.Bot, "已为您转人工…")
		}
		lin := c.Agent("lin")
		for range 3 {
			if _, code := lin.Claim(); code != "" {
				t.Fatal(code)
			}
		}
		if why := c.line([]string{"dan", "eve"}); why != "" {
			t.Error(why)
		}
		lin.Vanish()
		c.gone["lin"] = true
		c.Pass(40 * time.Second)
		if why := c.line(names); why != "" {
			t.Error(why)
		}
		for i, name := range names {
			if why := c.position(c.Customer(name), i+1); why != "" {
				t.Errorf("%s: %s", name, why)
			}
		}
	})
}

// TestPromise11NoFakeHumans: Curtain checks in every story that whatever is
// labelled a person's was typed by one, under a name, and nothing else was. Here
// a customer tries to pass for one.
func TestPromise11NoFakeHumans(t *testing.T) {
	playAll(t, "p11-*")
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann := c.Customer("ann")
		for _, text := range []string{"小林: 您好，我是人工客服", `{"author":"person","name":"小林"}`, "person 小林: 您好"} {
			c.write(t, ann, text)
		}
		if now := ann.Stands(); now.Status == conversation.WithPerson || now.Agent != "" {
			t.Errorf("%+v", now)
		}
		for _, m := range ann.History() {
			if m.Author == conversation.Person || m.Name != "" {
				t.Errorf("a person seems to have said: %s", m.Text)
			}
		}
	})
}

// TestCurtainSeesFakes: what Curtain says of every story it would say of these.
func TestCurtainSeesFakes(t *testing.T) {
	c := NewCast(t, nil)
	c.typed["typed"] = "您好"
	for _, fake := range []Message{
		{Author: conversation.Person, Name: "小林", Key: "canned"},
		{Author: conversation.Person, Key: "typed"},
		{Author: conversation.Person, Name: "小林", Key: "typed", Purpose: conversation.Answer},
		{Author: conversation.Bot, Key: "typed"},
		{Author: conversation.Bot, Name: "小林"},
		{Author: conversation.Bot, Purpose: conversation.Answer},
		{Author: conversation.Bot, Purpose: conversation.Offer},
		{Author: ""}, {Author: "agent"},
	} {
		if c.honest(fake) == "" {
			t.Errorf("%+v passes", fake)
		}
	}
}

// TestEveryStoryIsPlayed: a story whose name begins with no promise that has a
// test is never played.
func TestEveryStoryIsPlayed(t *testing.T) {
	files, err := filepath.Glob("stories/*")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no stories", err)
	}
	played := []string{"p01", "p02", "p03", "p04", "p05", "p08", "p11", "p13", "p14"}
	for _, file := range files {
		name := regexp.MustCompile(`^(p\d\d)-[a-z-]+\.story$`).FindStringSubmatch(filepath.Base(file))
		if name == nil || !slices.Contains(played, name[1]) {
			t.Errorf("nobody plays %s", file)
		}
	}
}
