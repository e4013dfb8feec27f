// Package transfer is the published wire format of a transfer request: what lies
// in the queue when a customer has asked for a person. It is a CloudEvents 1.0
// event in JSON whose data is Request; the schema is
// docs/schema/transfer.requested.v1.json. Fields are only ever added.
//
// A request is a permit: whoever takes it claims the head of the line through
// the desk API. It is not an order to serve this very customer.
package transfer

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// What every request says of itself.
const (
	Type   = "io.zhida.transfer.requested.v1"
	Schema = "https://github.com/zhida-project/zhida/blob/main/docs/schema/transfer.requested.v1.json"
	Source = "/zhida"
)

// Bounds of the transcript that travels along; the rest is read at the desk API.
const (
	MaxTranscript = 20    // messages
	MaxText       = 2_000 // characters of each
)

// Event is the CloudEvents envelope.
type Event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"` // one per occasion on which the ticket entered the line
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject"` // the ticket
	Time            time.Time `json:"time"`    // when the customer asked
	DataContentType string    `json:"datacontenttype"`
	DataSchema      string    `json:"dataschema"`
	Data            Request   `json:"data"`
}

// Request is what an agent's tool needs to know before it claims.
type Request struct {
	Ticket       conversation.TicketID `json:"ticket"`
	Conversation conversation.ID       `json:"conversation"`
	Lane         conversation.Lane     `json:"lane"`
	Class        string                `json:"class"` // distress, priority, normal
	AskedAt      time.Time             `json:"asked_at"`
	Returns      int                   `json:"returns"` // how often it went back in line
	Ask          Ask                   `json:"ask"`
	Customer     Customer              `json:"customer"`
	Limits       Limits                `json:"limits"`
	Transcript   []Line                `json:"transcript"`  // the newest messages, oldest first
	BotAnswers   int                   `json:"bot_answers"` // in the transcript, that the customer was told
}

// Ask is the message that asked.
type Ask struct {
	Key  conversation.Key `json:"key"`
	Text string           `json:"text"`
}

// Customer is what may be known of the customer before the claim: no user id.
type Customer struct {
	Channel  string                `json:"channel"`
	Account  string                `json:"account"`
	Language conversation.Language `json:"language,omitempty"`
}

// Limits is what the channel lets an agent send.
type Limits struct {
	MaxText int `json:"max_text"` // characters of one message

	// Of channels that count messages, as it was when the request was made.
	MessagesLeft *int      `json:"messages_left,omitempty"` // until the customer writes again
	Until        time.Time `json:"until,omitzero"`          // none from then on, unless they do

	OptedOut bool `json:"opted_out,omitempty"` // nothing may be sent: the customer said so, and had not taken it back when the request was made
}

func limitsOf(c conversation.Conversation, maxText int) Limits {
	l := Limits{MaxText: maxText, OptedOut: c.OptedOut()}
	if a := c.Allowance; a.Granted != "" {
		l.MessagesLeft, l.Until = &a.Left, a.Until.UTC()
	}
	return l
}

// Line is one message of the transcript.
type Line struct {
	Key      conversation.Key      `json:"key"`
	Author   conversation.Author   `json:"author"`
	Name     string                `json:"name,omitempty"`
	Purpose  conversation.Purpose  `json:"purpose,omitempty"`
	Text     string                `json:"text"`               // media are told in words, links in lines
	Links    []Link                `json:"links,omitempty"`    // in their order
	Media    []Media               `json:"media,omitempty"`    // in their order
	Cut      bool                  `json:"cut,omitempty"`      // the text went on
	Delivery conversation.Delivery `json:"delivery,omitempty"` // of our messages: whether the customer has it
	Private  bool                  `json:"private,omitempty"`  // the customer was not told
	At       time.Time             `json:"at"`
}

// Link is a card in the transcript: a title that leads somewhere. What a customer sent
// leads where they say: whoever follows it shows them their address.
type Link struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url"` // https
}

// Media is a picture, a voice note or a file in the transcript. Links to it are made
// when the conversation is read at the desk API: they do not last.
type Media struct {
	Kind    conversation.PartKind `json:"kind"` // image, audio, video, file
	Name    string                `json:"name"`
	Type    string                `json:"type"` // media type
	Size    int64                 `json:"size"` // bytes
	Width   int                   `json:"width,omitempty"`
	Height  int                   `json:"height,omitempty"`
	Seconds int                   `json:"seconds,omitempty"`
}

// New makes the request for an open ticket from its conversation, the message
// that asked, and the newest messages, oldest first.
func New(c conversation.Conversation, ask conversation.Message, messages []conversation.Message, maxText int) Event {
	r := Request{
		Ticket: c.Ticket.ID, Conversation: c.ID, Lane: c.Ticket.Lane, Class: ClassName(c.Ticket.Class),
		AskedAt: c.Ticket.AskedAt.UTC(), Returns: c.Ticket.Returns,
		Ask:      Ask{Key: ask.Key, Text: lineOf(ask, c.Language).Text},
		Customer: Customer{Channel: c.Peer.Channel, Account: c.Peer.Account, Language: c.Language},
		Limits:   limitsOf(c, maxText), Transcript: []Line{},
	}
	if len(messages) > MaxTranscript {
		messages = messages[len(messages)-MaxTranscript:]
	}
	for _, m := range messages {
		if m.Purpose == conversation.Answer && !m.Private {
			r.BotAnswers++
		}
		r.Transcript = append(r.Transcript, lineOf(m, c.Language))
	}
	return Event{
		SpecVersion: "1.0", ID: occasion(c.Ticket), Source: Source, Type: Type, Subject: string(c.Ticket.ID),
		Time: c.Ticket.AskedAt.UTC(), DataContentType: "application/json", DataSchema: Schema, Data: r,
	}
}

func occasion(t conversation.Ticket) string {
	return string(t.ID) + "/" + strconv.Itoa(t.Returns)
}

func lineOf(m conversation.Message, lang conversation.Language) Line {
	text, cut := m.Body(lang), false
	if runes := []rune(text); len(runes) > MaxText {
		text, cut = string(runes[:MaxText]), true
	}
	var links []Link
	for _, p := range m.Parts {
		if p.Kind == conversation.Link {
			links = append(links, Link{p.Card.Title, p.Card.Description, p.Card.URL})
		}
	}
	var media []Media
	for _, p := range m.MediaParts() {
		if p.Media.Remote != "" {
			continue // the text names it; there is nothing to know of it yet
		}
		media = append(media, Media{
			Kind: p.Kind, Name: p.Media.Name, Type: p.Media.Type, Size: p.Media.Size,
			Width: p.Media.Width, Height: p.Media.Height, Seconds: p.Media.Seconds,
		})
	}
	return Line{
		Links: links, Media: media, Key: m.Key, Author: m.Author, Name: m.Name, Purpose: m.Purpose, Text: text, Cut: cut,
		Delivery: m.Outcome.Delivery, Private: m.Private, At: m.Key.Time(),
	}
}

// ClassName is the published word for a class.
func ClassName(c conversation.Class) string {
	switch c {
	case conversation.Distress:
		return "distress"
	case conversation.Priority:
		return "priority"
	case conversation.Normal:
		return "normal"
	}
	return "normal"
}

// Encode writes the event as it lies in a queue: JSON of the characters of XML 1.0
// only, since SQS carries no others.
func Encode(e Event) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "transfer.Encode", "")
	}
	// These two JSON need not escape. They stand in strings only.
	body = bytes.ReplaceAll(body, []byte("\uFFFE"), []byte(`\ufffe`))
	return bytes.ReplaceAll(body, []byte("\uFFFF"), []byte(`\uffff`)), nil
}

// Decode reads an event from a queue. Unknown fields are ignored, as they may
// come from a newer version; another type or version is BadRequest.
func Decode(body []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		return Event{}, fault.New(fault.BadRequest, "transfer.Decode", "the body is not a CloudEvents JSON object")
	}
	if e.SpecVersion != "1.0" || e.Type != Type {
		return Event{}, fault.New(fault.BadRequest, "transfer.Decode", "this is not a transfer request of version 1")
	}
	if e.Data.Ticket.Conversation() == "" {
		return Event{}, fault.New(fault.BadRequest, "transfer.Decode", "the request names no ticket")
	}
	return e, nil
}
