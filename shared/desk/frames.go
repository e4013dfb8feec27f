package desk

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/transfer"
)

// The published shapes of the desk API; HTTP and live connections share them.
type (
	conversationView struct {
		ID       conversation.ID       `json:"id"`
		Status   conversation.Status   `json:"status"`
		Channel  string                `json:"channel"`
		Language conversation.Language `json:"language,omitempty"`
		Episode  int                   `json:"episode"`
		Ticket   *ticketView           `json:"ticket,omitempty"`
		Customer customerView          `json:"customer"`
		Limits   *limitsView           `json:"limits,omitempty"`    // of channels that count what may be sent
		OptedOut bool                  `json:"opted_out,omitempty"` // the customer does not want to be written to here

		TemplateOnly bool      `json:"template_only,omitempty"` // the channel carries nothing that an agent types
		Counting     *Counting `json:"counting,omitempty"`      // of channels that count the parts of a message
	}
	// limitsView is what the channel still lets us send, until the customer does
	// something again.
	limitsView struct {
		MessagesLeft int   `json:"messages_left"`
		Until        int64 `json:"until"` // none from then on, in Unix milliseconds
	}
	customerView struct {
		Name string `json:"name"` // "" where the channel tells none
	}
	ticketView struct {
		ID       conversation.TicketID     `json:"id"`
		Status   conversation.TicketStatus `json:"status"`
		Lane     conversation.Lane         `json:"lane"`
		Class    string                    `json:"class"`
		AskedAt  int64                     `json:"asked_at"`
		Assignee conversation.AgentID      `json:"assignee,omitempty"`
		Returns  int                       `json:"returns"`
	}
	messageView struct {
		Key      conversation.Key      `json:"key"`
		Author   conversation.Author   `json:"author"`
		Name     string                `json:"name,omitempty"`
		Agent    conversation.AgentID  `json:"agent,omitempty"`
		Purpose  conversation.Purpose  `json:"purpose,omitempty"`
		Text     string                `json:"text"`            // all of it, media in words
		Parts    []channel.ShownPart   `json:"parts,omitempty"` // where text is not all of it
		At       int64                 `json:"at"`
		Received int64                 `json:"received"`          // when it came, or was said; in Unix milliseconds, as all times
		Late     bool                  `json:"late"`              // it came after what the customer wrote later
		Private  bool                  `json:"private,omitempty"` // the customer does not see it
		Ask      conversation.TicketID `json:"ask,omitempty"`
		ID       string                `json:"id,omitempty"`
		Outcome  *outcomeView          `json:"outcome,omitempty"`
	}
	outcomeView struct {
		Delivery conversation.Delivery `json:"delivery"`
		Code     string                `json:"code,omitempty"`
		Hint     string                `json:"hint,omitempty"`
		Gone     int                   `json:"gone,omitempty"` // pieces of it that the customer has, where it goes in several
	}
	lineView struct {
		Lane    conversation.Lane `json:"lane"`
		Waiting int               `json:"waiting"`
		Exact   bool              `json:"exact"`           // else more wait than Waiting says,
		About   bool              `json:"about,omitempty"` // or about so many
		Tickets []placeView       `json:"tickets"`
		Now     int64             `json:"now"`
	}
	placeView struct {
		Ticket   conversation.TicketID `json:"ticket"`
		Position int                   `json:"position"`
		AskedAt  int64                 `json:"asked_at"`
		Class    string                `json:"class"`
	}
	// history is a conversation with a page of its messages.
	history struct {
		Conversation conversationView `json:"conversation"`
		Messages     []messageView    `json:"messages"`
		More         bool             `json:"more"`
		Seen         *seenView        `json:"seen,omitempty"` // with the newest page
	}
	// seenView is how far the customer's client says it has come with what people
	// wrote: the newest message it has, and the newest it has shown.
	seenView struct {
		Received conversation.Key `json:"received"`
		Read     conversation.Key `json:"read"`
	}
)

// view shows a conversation as it is on its channel.
func (cs Channels) view(c conversation.Conversation) conversationView {
	of := cs[c.Peer.Channel]
	v := conversationView{
		ID: c.ID, Status: c.Status, Channel: c.Peer.Channel, Language: c.Language, Episode: c.Episode,
		Customer: customerView{c.Name}, Limits: limitsOf(c), OptedOut: c.OptedOut(),
		TemplateOnly: of.Template, Counting: of.Counting,
	}
	if t := c.Ticket; t.ID != "" {
		v.Ticket = &ticketView{
			ID: t.ID, Status: t.Status, Lane: t.Lane, Class: transfer.ClassName(t.Class),
			AskedAt: t.AskedAt.UnixMilli(), Assignee: t.Assignee, Returns: t.Returns,
		}
	}
	return v
}

// limitsOf is nil where the channel never granted anything: it sets no limit.
func limitsOf(c conversation.Conversation) *limitsView {
	if c.Allowance.Granted == "" {
		return nil
	}
	return &limitsView{c.Allowance.Left, c.Allowance.Until.UnixMilli()}
}

func messageOf(m conversation.Message, view channel.View) messageView {
	v := messageView{
		Key: m.Key, Author: m.Author, Name: m.Name, Agent: m.Agent, Purpose: m.Purpose, Text: m.Body(view.Language), Parts: view.Parts(m),
		At: m.Key.Time().UnixMilli(), Received: m.Received.UnixMilli(), Private: m.Private, Ask: m.Ask, ID: m.ClientID,
	}
	if m.Author != conversation.Customer && !m.Private {
		v.Outcome = &outcomeView{m.Outcome.Delivery, m.Outcome.Code, m.Outcome.Hint, m.Outcome.Gone}
	}
	return v
}

// lineShown is how many waiting tickets a line shows one by one.
const lineShown = 50

// endOfLine ranks behind every ticket.
const endOfLine = "~"

// line returns the head of a lane and how many wait in it.
func (s *Service) line(ctx context.Context, lane conversation.Lane) (lineView, error) {
	return lineOf(ctx, s.o.Store, lane, s.o.Now())
}

func lineOf(ctx context.Context, s store.Store, lane conversation.Lane, now time.Time) (lineView, error) {
	waiting, err := s.Line(ctx, lane, lineShown)
	if err != nil {
		return lineView{}, err
	}
	v := lineView{Lane: lane, Waiting: len(waiting), Exact: true, Tickets: []placeView{}, Now: now.UnixMilli()}
	if len(waiting) == lineShown {
		end, err := s.Position(ctx, lane, endOfLine)
		if err != nil {
			return lineView{}, err
		}
		v.Waiting, v.Exact, v.About = end.Ahead, end.Exact, end.About
	}
	for i, w := range waiting {
		v.Tickets = append(v.Tickets, placeOf(i, w))
	}
	return v, nil
}

func placeOf(i int, w store.Waiting) placeView {
	return placeView{Ticket: w.Ticket, Position: i + 1, AskedAt: w.AskedAt.UnixMilli(), Class: transfer.ClassName(w.Class)}
}

// leaseSeconds is the lease as agents' tools are told it.
func (s *Service) leaseSeconds() int64 { return int64(s.o.Lease / time.Second) }

// pingSeconds is the rhythm of a desk page: two of its pings may be lost before the
// lease ends, and a dead line is noticed within a minute.
func (s *Service) pingSeconds() int64 {
	return int64(min(max(s.o.Lease/3, time.Second), time.Minute) / time.Second)
}
