package scenario

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Play plays a story on a host. The first step that fails ends it.
func Play(t testing.TB, host Host, story Story) *Cast {
	t.Helper()
	cast := NewCast(t, host)
	for _, step := range story.Steps {
		if why := cast.Do(step); why != "" {
			t.Fatalf("%s:%d: %s\n\t%s", story.Name, step.Line, step.Text, why)
		}
		if t.Failed() {
			t.Fatalf("%s:%d: %s", story.Name, step.Line, step.Text)
		}
	}
	cast.Curtain()
	return cast
}

// playAll plays the stories whose file names match, each on every host of its own.
func playAll(t *testing.T, pattern string) {
	t.Helper()
	playWith(t, pattern, Setup{})
}

// playWith is playAll on hosts that are set up so.
func playWith(t *testing.T, pattern string, with Setup) {
	t.Helper()
	for name, start := range hosts() {
		for _, story := range stories(t, pattern) {
			t.Run(name+"/"+strings.TrimSuffix(story.Name, ".story"), func(t *testing.T) {
				t.Parallel()
				setup := with
				setup.Bot = story.Bot
				Play(t, start(t, setup), story)
			})
		}
	}
}

// Do does one step, and says what is wrong with it, or nothing.
func (c *Cast) Do(s Step) string {
	switch s.Do {
	case "writes", "hears", "nothing", "position", "status", "estimate", "types", "drops", "connects", "seesTyping", "tells", "sendsIn", "opensIn":
		return c.customerStep(c.Customer(s.Who), s)
	case "botSays":
		c.host.BotSays(bot.Answer{Text: s.Says.Text})
	case "botFails":
		c.host.BotFails()
	case "botThinks":
		c.host.BotThinks()
	case "botGivesUp":
		c.host.BotSays(bot.Answer{Person: true})
	case "line":
		return c.line(s.Names)
	case "queue":
		return unless(len(c.host.Permits()) == s.Number, "there are %d permits", len(c.host.Permits()))
	case "wait":
		c.Pass(s.Time)
	case "restart":
		c.Restart(s.Time)
	default:
		return c.agentStep(c.Agent(s.Who), s)
	}
	return ""
}

func (c *Cast) customerStep(who Customer, s Step) string {
	switch s.Do {
	case "writes":
		c.Pass(time.Second)
		return refusal(who.Write(s.Says.Text), s.Refused)
	case "sendsIn":
		c.Pass(time.Second)
		return refusal(who.Send(s.Word, s.Says.Text), s.Refused)
	case "opensIn":
		return c.opened(s, who.Opens(s.Says.Text))
	case "hears":
		m, ok := who.Next(s.Says.is)
		return unless(ok, "heard: %s", shown(m))
	case "nothing":
		return unless(len(who.Unheard()) == 0, "heard: %v", who.Unheard())
	case "position":
		return c.position(who, s.Number)
	case "status":
		now := who.Stands()
		if string(now.Status) != s.Word {
			return unless(false, "the status is %s", now.Status)
		}
		_, ok := who.Shown(func(st Stand) bool { return st.Status == now.Status })
		return unless(ok, "the client does not show it")
	case "estimate":
		known := who.Stands().Wait > 0
		return unless(known == (s.Word == "known"), "it is %s", map[bool]string{true: "known", false: "unknown"}[known])
	case "types":
		who.Type()
	case "drops":
		who.Drop()
		c.away[s.Who] = true
	case "connects":
		delete(c.away, s.Who)
		who.ByCalls(s.Word != "").Connect()
	case "tells":
		who.Tell(s.Word == "read")
	case "seesTyping":
		return unless(who.Typing(s.Word), "nobody of this name types")
	}
	return ""
}

// position is the truth, and what the client shows without asking.
func (c *Cast) position(who Customer, want int) string {
	now := who.Stands()
	if now.Status != conversation.Waiting || now.Position != want {
		return unless(false, "the position is %d, %s", now.Position, now.Status)
	}
	if !who.Connected() {
		return ""
	}
	shown, ok := who.Shown(func(s Stand) bool { return s.Status == conversation.Waiting && s.Position == want })
	return unless(ok, "the client goes on showing %d, %s", shown.Position, shown.Status)
}

func (c *Cast) agentStep(who Agent, s Step) string {
	var id conversation.ID
	if s.Whom != "" {
		id = c.Customer(s.Whom).Conversation()
	}
	switch s.Do {
	case "claims":
		got, code := who.Claim()
		if why := refusal(code, s.Refused); why != "" || s.Refused != "" {
			return why
		}
		return unless(got == id, "somebody else was next")
	case "claimsNobody":
		_, code := who.Claim()
		return refusal(code, string(fault.NobodyWaiting))
	case "takes":
		return refusal(who.Take(c.Customer(s.Whom).Stands().Ticket), s.Refused)
	case "replies":
		c.Pass(time.Second)
		return refusal(c.Reply(s.Who, id, "", s.Says.Text), s.Refused)
	case "sendsOut":
		c.Pass(time.Second)
		return refusal(c.Send(s.Who, id, s.Word, s.Says.Text), s.Refused)
	case "opensOut":
		return c.opened(s, who.Opens(s.Says.Text))
	case "reached":
		return unless(who.Reached(id, s.Word == "read"), "the desk does not show it")
	case "typesTo":
		return refusal(who.Type(id), "")
	case "sees":
		return c.sees(who, s, id)
	case "resolves":
		return refusal(who.Resolve(id), s.Refused)
	case "toBot":
		return refusal(who.ToBot(id), s.Refused)
	case "toLine":
		return refusal(who.ToLine(id), s.Refused)
	case "vanishes":
		who.Vanish()
		c.gone[s.Who] = true
	case "signsOut":
		c.gone[s.Who] = true
		return refusal(who.SignOut(), "")
	case "reloads":
		delete(c.gone, s.Who)
		who.SignIn()
	}
	return ""
}

// sees waits until the agent sees it in the conversation, behind what the agent
// saw there before.
func (c *Cast) sees(who Agent, s Step, id conversation.ID) string {
	place := s.Who + " " + s.Whom
	var all []Message
	ok := who.Sees(id, func(seen []Message) bool {
		all = seen
		for _, m := range seen {
			if m.Key > c.read[place] && s.Says.isSeen(m) {
				c.read[place] = m.Key
				return true
			}
		}
		return false
	})
	return unless(ok, "%s sees: %v", s.Who, all)
}

// opened compares what a link led to with what was sent.
func (c *Cast) opened(s Step, content []byte) string {
	if content == nil {
		return "there is no link to it"
	}
	return unless(bytes.Equal(content, specimenOf(c.t, s.Word).content), "its link leads to %d other bytes", len(content))
}

// line is what agents see of it.
func (c *Cast) line(names []string) string {
	var want []conversation.ID
	for _, name := range names {
		want = append(want, c.Customer(name).Conversation())
	}
	var got []conversation.ID
	for _, ticket := range c.anyAgent().Line() {
		got = append(got, ticket.Conversation())
	}
	return unless(slices.Equal(got, want), "%d wait, and not just these in this order", len(got))
}
