package conversation

import (
	"strings"
	"time"
)

// Author says who speaks. Customers see it on every message (promise P11).
type Author string

// The authors.
const (
	Customer Author = "customer"
	Bot      Author = "bot"    // everything a program says, notices included
	Person   Author = "person" // what an agent typed
)

// Purpose says why a message of ours was said.
type Purpose string

// The purposes. A customer's and a person's messages have none.
const (
	Answer          Purpose = "answer"          // the bot's answer to a question
	Offer           Purpose = "offer"           // the bot offers a person
	Acknowledgement Purpose = "acknowledgement" // an ask was taken: position and estimate
	Notice          Purpose = "notice"          // something happened: claimed, back in line, ended
	Confirmation    Purpose = "confirmation"    // the answer that a Keyword has to get: it goes out though nothing else may
)

// PartKind is the kind of one part of a message.
type PartKind string

// The part kinds. The last four are media: see Media.
const (
	Text        PartKind = "text"
	Link        PartKind = "link"        // a title that leads somewhere: see Card
	Unsupported PartKind = "unsupported" // what Zhida cannot show, or did not get; Text says so
	Act         PartKind = "act"         // something the customer did instead of writing; Text says what
	Image       PartKind = "image"
	Audio       PartKind = "audio" // voice notes, too
	Video       PartKind = "video"
	File        PartKind = "file" // anything else: it is saved, never shown
)

// Part is one piece of a message.
type Part struct {
	Kind  PartKind `json:"kind"`
	Text  string   `json:"text"`           // "" of media and links
	Card  Card     `json:"card,omitzero"`  // of a link only
	Media Media    `json:"media,omitzero"` // of media only
}

// Message is one thing said in a conversation.
type Message struct {
	Conversation ID
	Key          Key
	Author       Author
	Agent        AgentID // with Person
	Name         string  // display name, with Person
	Purpose      Purpose
	Parts        []Part
	Way          bool      // the connector shows its way to a person with it (promise P2)
	Ask          TicketID  // the ask it acknowledges or tells about; else ""
	ClientID     string    // the id its author's tool gave it; else ""
	Received     time.Time // when we got it (customer) or committed it (ours)
	Keyword      Keyword   // of a customer's message, on channels that have any
	Answered     bool      // the platform answers it itself: nothing of ours does, too
	Private      bool      // for agents only: it is never sent, and no customer sees it
	Outcome      Outcome   // of our messages; zero for a customer's and for private ones
}

// Words returns what was written, a line for each part: nothing stands there for
// media and links, nor for what could not be shown. It is what is read for its meaning.
func (m Message) Words() string {
	return m.lines(func(p Part) (string, bool) { return p.Text, p.Kind == Text })
}

// Body returns the whole message as text, a line for each part. Media are told in
// words: "[图片] 发票.png"; a link in lines: title, description, address. Where lang is
// not known, Chinese is spoken.
func (m Message) Body(lang Language) string {
	return m.lines(func(p Part) (string, bool) { return p.Body(lang), true })
}

// Body returns the part as text, as it stands in its message's.
func (p Part) Body(lang Language) string {
	switch {
	case p.Kind.Media():
		return p.told(lang)
	case p.Kind == Link:
		return p.Card.told()
	}
	return p.Text
}

func (m Message) lines(of func(Part) (line string, there bool)) string {
	lines := make([]string, 0, len(m.Parts))
	for _, p := range m.Parts {
		if line, there := of(p); there {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// TextParts makes the parts of a plain text.
func TextParts(text string) []Part { return []Part{{Kind: Text, Text: text}} }

// Parts makes those of a text with a card below it; the zero Card is none.
func Parts(text string, card Card) []Part {
	if card == (Card{}) {
		return TextParts(text)
	}
	return append(TextParts(text), Part{Kind: Link, Card: card})
}

// Delivery is how far a message of ours has come.
type Delivery string

// The deliveries. The first three are not final; of Sent, some providers tell later what became.
const (
	Pending     Delivery = "pending"    // committed, not yet sent
	Attempting  Delivery = "attempting" // handed to the provider, no answer recorded yet
	Held        Delivery = "held"       // the channel lets us send nothing: it goes out after the customer's next word
	Sent        Delivery = "sent"       // the provider took it
	Delivered   Delivery = "delivered"  // it is on the customer's device, the provider says
	NotSent     Delivery = "not_sent"   // the provider refused it for good, or could not deliver it
	UnknownSent Delivery = "unknown"    // nobody knows: it is never repeated by itself
)

// Outcome is the state of delivering a message of ours, as the agent sees it
// (promise P14).
type Outcome struct {
	Delivery Delivery
	Attempts int       // how often it was handed to the provider
	Code     string    // the fault's code, where there was one
	Hint     string    // what to do next, for the agent
	Gone     int       // pieces of the message that the provider took, where it takes several
	Inline   bool      // it was said, or is being said, in the answer to the customer's own call
	At       time.Time // of the last change
}

// Open reports whether there is something to deliver yet.
func (o Outcome) Open() bool {
	return o.Delivery == Pending || o.Delivery == Attempting || o.Delivery == Held
}

// Final reports whether delivering is over.
func (o Outcome) Final() bool {
	return o.Delivery == Sent || o.Delivery == Delivered || o.Delivery == NotSent || o.Delivery == UnknownSent
}

// Reported returns what an outcome becomes by what a provider tells later, Sent, Delivered or
// NotSent, and whether it becomes anything. Such words come late, twice and in any order: that it
// failed counts more than that it arrived, and this more than a mere yes. Of a message in pieces
// all tell of failing, and only the last of anything else.
func (o Outcome) Reported(r Outcome) (Outcome, bool) {
	before := certainty[o.Delivery]
	if o.Open() && o.Attempts == 0 {
		return o, false // nothing of it went
	}
	if certainty[r.Delivery] <= before {
		return o, false
	}
	r.Attempts, r.Gone, r.Inline = o.Attempts, o.Gone, o.Inline
	return r, true
}

// certainty is which of two words on a message counts. What waits for its next try may have gone with
// the last, for all that the provider said then.
var certainty = map[Delivery]int{Pending: 1, Held: 1, Attempting: 1, UnknownSent: 1, Sent: 2, Delivered: 3, NotSent: 4}
