package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Cast is everybody who takes part in a story. It knows what must be true of
// every story: see Curtain.
type Cast struct {
	t         testing.TB
	host      Host
	customers map[string]Customer
	agents    map[string]Agent
	away      map[string]bool             // customers whose connection is off for now
	gone      map[string]bool             // agents who vanished
	read      map[string]conversation.Key // how far an agent has read a customer's conversation
	typed     map[conversation.Key]string // what people really wrote, by the replies' keys
}

// NewCast gathers nobody yet.
func NewCast(t testing.TB, host Host) *Cast {
	return &Cast{
		t: t, host: host, customers: map[string]Customer{}, agents: map[string]Agent{},
		away: map[string]bool{}, gone: map[string]bool{},
		read: map[string]conversation.Key{}, typed: map[conversation.Key]string{},
	}
}

// Customer returns a customer, who is connected unless the story says otherwise.
func (c *Cast) Customer(name string) Customer {
	who := c.customers[name]
	if who == nil {
		who = c.host.Customer(name)
		c.customers[name] = who
	}
	if !c.away[name] && !who.Connected() {
		who.Connect()
	}
	return who
}

// Agent returns an agent, who is at the desk unless the story says otherwise.
func (c *Cast) Agent(name string) Agent {
	who := c.agents[name]
	if who == nil {
		who = c.host.Agent(name)
		c.agents[name] = who
		who.SignIn()
	}
	return who
}

func (c *Cast) anyAgent() Agent {
	for _, who := range c.agents {
		return who
	}
	return c.Agent("lin")
}

// Reply lets an agent reply, and remembers that a person typed it.
func (c *Cast) Reply(agent string, to conversation.ID, id, text string) fault.Code {
	m, code := c.Agent(agent).Reply(to, id, text)
	if code == "" {
		c.typed[m.Key] = text
	}
	return code
}

// Send lets an agent send a file, and remembers that a person did.
func (c *Cast) Send(agent string, to conversation.ID, kind, name string) fault.Code {
	m, code := c.Agent(agent).Send(to, kind, name)
	if code == "" {
		c.typed[m.Key] = m.Text
	}
	return code
}

// The longest steps in which time passes: with somebody at a desk, well inside
// the lease, since open desks renew it all the time.
const (
	strideAlone = 5 * time.Minute
	strideDesks = 10 * time.Second
)

// Pass lets time pass. What is on its way arrives first: nothing here takes hours.
func (c *Cast) Pass(d time.Duration) {
	for d > 0 {
		stride := strideAlone
		for name, who := range c.agents {
			if c.gone[name] {
				continue
			}
			if !who.Connected() { // the gateway keeps no connection for ever
				who.SignIn()
			}
			who.Renew()
			stride = strideDesks
		}
		stride = min(stride, d)
		c.host.Still()
		c.host.Advance(stride)
		d -= stride
	}
}

// Restart restarts the host; clients come back as real ones do.
func (c *Cast) Restart(away time.Duration) {
	c.host.Restart(away)
	for name, who := range c.customers {
		if !c.away[name] {
			who.Drop()
			who.Connect()
		}
	}
	for name, who := range c.agents {
		if !c.gone[name] {
			who.SignIn()
		}
	}
}

// Curtain checks what every story must leave behind: nobody heard a program
// speak as a person (P11), every answer and offer showed the way (P2), and what
// customers heard live is what they find when they come back (P13).
func (c *Cast) Curtain() {
	c.t.Helper()
	c.host.Still()
	for name, who := range c.customers {
		if !who.Connected() {
			who.Connect()
		}
		who.Unheard()
		live := map[conversation.Key]Message{}
		for _, m := range who.Heard() {
			if why := c.honest(m); why != "" {
				c.t.Errorf("%s heard %s: %s", name, shown(m), why)
			}
			if before, twice := live[m.Key]; twice && before != m {
				c.t.Errorf("%s heard %s, and once as %s", name, shown(m), shown(before))
			}
			live[m.Key] = m
		}
		for _, m := range who.History() {
			if live[m.Key] != m {
				c.t.Errorf("%s finds %s and never heard it", name, shown(m))
			}
			delete(live, m.Key)
		}
		for _, m := range live {
			c.t.Errorf("%s heard %s and does not find it again", name, shown(m))
		}
	}
}

// honest says what is wrong with a message, if anything is.
func (c *Cast) honest(m Message) string {
	_, typed := c.typed[m.Key]
	switch m.Author {
	case conversation.Customer:
		return ""
	case conversation.Person:
		switch {
		case !typed:
			return "no person typed it"
		case m.Name == "":
			return "the person has no name"
		case m.Purpose != "":
			return "a person's words have no purpose of ours"
		}
		return ""
	case conversation.Bot:
		switch {
		case typed:
			return "a person typed it"
		case m.Name != "":
			return "a program has a person's name"
		case !m.Way && (m.Purpose == conversation.Answer || m.Purpose == conversation.Offer):
			return "the way to a person is not in sight"
		}
		return ""
	}
	return "nobody knows whether a program or a person says it"
}

// is reports whether a customer's message is what the story says.
func (s Speech) is(m Message) bool {
	return m.Author == s.Author && m.Name == s.Name && m.Way == s.Way && matches(s.Text, m.Text)
}

// isSeen reports it of what an agent sees; the way is the customer's to see.
func (s Speech) isSeen(m Message) bool {
	return m.Author == s.Author && m.Name == s.Name && matches(s.Text, m.Text) &&
		(m.Private || m.Delivery == conversation.NotSent) == s.NotSent
}

// matches compares a text with a pattern in which … is any text.
func matches(want, text string) bool {
	parts := strings.Split(want, "…")
	if len(parts) == 1 {
		return want == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	for _, part := range parts[1 : len(parts)-1] {
		var found bool
		_, text, found = strings.Cut(text, part)
		ok = ok && found
	}
	return ok && strings.HasSuffix(text, parts[len(parts)-1])
}

func shown(m Message) string {
	way := ""
	if m.Way {
		way = wayMark
	}
	return fmt.Sprintf("<%s %s: %s%s", m.Author, m.Name, m.Text, way)
}

// unless returns the complaint, unless everything is as it should be.
func unless(ok bool, complaint string, args ...any) string {
	if ok {
		return ""
	}
	return fmt.Sprintf(complaint, args...)
}

func refusal(code fault.Code, want string) string {
	return unless(string(code) == want, "refused with %q, and not %q", code, want)
}
