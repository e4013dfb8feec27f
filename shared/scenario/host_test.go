package scenario

import (
	"slices"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Host is a running Zhida that stories are played on. What cannot be done fails
// the test that started it.
type Host interface {
	// Customer returns the customer's side, not yet connected.
	Customer(name string) Customer
	// Agent returns an agent's side, not yet signed in.
	Agent(name string) Agent

	// Now is the host's time. It stands still between two calls of Advance.
	Now() time.Time
	// Advance moves the time on and does what falls due by then.
	Advance(d time.Duration)
	// Still returns once every message of ours that was committed is delivered.
	Still()
	// Restart stops the program and starts it again on the same data, after a
	// while. Every connection ends.
	Restart(away time.Duration)

	// Permits returns what lies in the transfer queue, oldest first.
	Permits() [][]byte
	// BotSays lets the slow bot answer the turn it has had longest, waiting for
	// one where it has none. Only with Setup.Bot.
	BotSays(a bot.Answer)
	// BotFails lets it fail at that turn.
	BotFails()
	// BotThinks waits until the slow bot has a turn to answer: who asks for a person
	// before it has begun spares it the trouble.
	BotThinks()
}

// Setup is what a host is started with.
type Setup struct {
	// Bot is what a bot speaks that is asked what the FAQ cannot answer, and takes as
	// long as the story wants; "" for no bot.
	Bot   config.BotKind
	Proxy bool   // the binary is behind a proxy on this machine
	InApp string // the block channels.inapp of zhida.yaml, in one line; "" for the shop's own
	Calls bool   // customers come by calls

	WeChat   bool    // WeChat is beside the host
	Webhooks string  // the secret of its webhooks; "" for the right one
	wechat   *weChat // as the host started it

	Slack bool       // Slack is beside the host
	slack *slackSide // as the host started it

	SMS bool     // AWS's SMS service is beside the host
	sms *smsSide // as the host started it
}

// Customer is one customer's client. It keeps what a real one keeps: what it
// has seen, and where it stands.
type Customer interface {
	ByCalls(calls bool) Customer // with HTTP calls in place of a WebSocket, from the next Connect on
	Connect()                    // or connects again; what was missed is heard then
	Drop()                       // the connection breaks off
	Connected() bool
	Write(text string) fault.Code // "" once it is acknowledged
	Submit(s Submission) Submitted
	Send(kind, name string) fault.Code // a picture, a sound, a file, or a page that calls itself a picture
	Opens(name string) []byte          // what the link to a file leads to; nil if there is none
	Type()
	Tell(read bool)                               // that it has all it has heard, and has shown it or not
	Typing(who string) bool                       // waits until the client is told that somebody types
	Next(want func(Message) bool) (Message, bool) // the next message unheard; false if none comes
	Unheard() []Message                           // after everything on its way has arrived
	Heard() []Message                             // everything ever received, as received
	Stands() Stand                                // asked afresh
	Shown(want func(Stand) bool) (Stand, bool)    // waits until the client shows what is wanted
	History() []Message                           // asked afresh, oldest first
	Conversation() conversation.ID
}

// Submission is one message on its way in.
type Submission struct {
	ID    string
	At    time.Time
	Text  string
	Media []string
}

// Submitted is what became of it.
type Submitted struct {
	Code fault.Code
	Key  conversation.Key
}

// Stand is where a customer stands.
type Stand struct {
	Status   conversation.Status   `json:"status"`
	Epoch    int64                 `json:"epoch"`
	Position int                   `json:"position"`
	Wait     int64                 `json:"wait_seconds"` // 0: no estimate is known
	Agent    string                `json:"agent"`
	Ticket   conversation.TicketID `json:"ticket"`
}

// Message is a message as somebody sees it.
type Message struct {
	Key      conversation.Key     `json:"key"`
	Author   conversation.Author  `json:"author"`
	Name     string               `json:"name"`
	Purpose  conversation.Purpose `json:"purpose"`
	Text     string               `json:"text"`
	Link     linkSeen             `json:"parts"` // the one among its parts, if there is any
	At       int64                `json:"at"`
	ID       string               `json:"id"`
	Way      bool                 `json:"way"`
	Late     bool                 `json:"late"`
	Private  bool                 `json:"private"` // withheld from the customer; only agents see it
	Delivery conversation.Delivery
	Code     fault.Code `json:"-"` // why it was not delivered, for agents
	Hint     string     `json:"-"`
}

// Agent is one agent with a desk page.
type Agent interface {
	SignIn()             // and opens the desk page; a page that was open is reloaded
	SignOut() fault.Code // and closes the page
	Vanish()             // the connection breaks off, without a goodbye
	Connected() bool
	Renew() // what an open page does every few seconds
	Claim() (conversation.ID, fault.Code)
	Take(t conversation.TicketID) fault.Code
	Type(c conversation.ID) fault.Code
	Reply(c conversation.ID, id, text string) (Message, fault.Code)
	Send(c conversation.ID, kind, name string) (Message, fault.Code)
	Shows(c conversation.ID, text string, card conversation.Card) (Message, fault.Code) // a link, below a text or ""
	Opens(name string) []byte
	Resolve(c conversation.ID) fault.Code
	ToBot(c conversation.ID) fault.Code
	ToLine(c conversation.ID) fault.Code
	Line() []conversation.TicketID
	History(c conversation.ID) ([]Message, fault.Code) // asked afresh, oldest first
	Sees(c conversation.ID, want func(seen []Message) bool) bool
	Reached(c conversation.ID, read bool) bool // waits until a person's newest message is shown as delivered, and read or not
}

// hosts are all there are. Short tests build no programs.
func hosts() map[string]func(testing.TB, Setup) Host {
	all := map[string]func(testing.TB, Setup) Host{
		"binary": func(t testing.TB, s Setup) Host { return startBinary(t, s) },
		"lambda": func(t testing.TB, s Setup) Host { return startLambda(t, s) },
	}
	if testing.Short() {
		delete(all, "lambda")
	}
	return all
}

// onAll runs a test on every host.
func onAll(t *testing.T, s Setup, test func(*testing.T, *Cast)) {
	t.Helper()
	for name, start := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cast := NewCast(t, start(t, s))
			test(t, cast)
			cast.Curtain()
		})
	}
}

// byKey puts messages in the order in which they are read.
func byKey(messages []Message) []Message {
	sorted := slices.Clone(messages)
	slices.SortFunc(sorted, func(a, b Message) int { return compareKeys(a.Key, b.Key) })
	return sorted
}

func compareKeys(a, b conversation.Key) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
