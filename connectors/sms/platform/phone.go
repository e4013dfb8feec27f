package platform

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
)

// Phone is a customer's. It shows no media of its own: two-way MMS is not supported
// (https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms.html).
type Phone struct {
	p       *Platform
	Number  string
	entries []Entry // that it shows; p.mu guards it
	lost    []Entry // of the company's, that never arrived; likewise
}

// Who wrote a message.
type Who string

// The writers.
const (
	Customer Who = "customer"
	Company  Who = "company"
	AWS      Who = "aws" // in the company's name: what answers a keyword
)

// Entry is one message on a phone.
type Entry struct {
	N      int // grows; unique for the platform
	Who    Who
	ID     string   // the MessageId or inboundMessageId; "" of AWS's own
	Number string   // the company's, that it came from or went to
	Text   string   // as the phone shows it: joined
	Parts  []string // that it was sent in; none of MMS
	Media  *Medium  // of MMS; nil: it has none
	At     time.Time

	Delivered bool    // AWS told that it is on the phone
	USD       float64 // what the company pays for it, carriers' fees included; 0 of AWS's own, of which no page says
}

// Medium is a file that came by MMS.
type Medium struct {
	ID   string
	Kind string // its media type
	Data []byte
}

// Phone returns the one with a number, made if need be.
func (p *Platform) Phone(number string) *Phone {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phone(number)
}

// phone is Phone; p.mu is held.
func (p *Platform) phone(number string) *Phone {
	if p.phones[number] == nil {
		p.phones[number] = &Phone{p: p, Number: number}
	}
	return p.phones[number]
}

// Messages returns all that a phone shows, oldest first.
func (u *Phone) Messages() []Entry {
	u.p.mu.Lock()
	defer u.p.mu.Unlock()
	return append([]Entry(nil), u.entries...)
}

// Inbox returns what a phone got, of the company and of AWS in its name, oldest first.
func (u *Phone) Inbox() []Entry {
	var got []Entry
	for _, e := range u.Messages() {
		if e.Who != Customer {
			got = append(got, e)
		}
	}
	return got
}

// OptedOut reports whether a phone wants no messages from a number of the company's: it is on AWS's list,
// or told a self-managed number to stop.
func (u *Phone) OptedOut(number string) bool {
	u.p.mu.Lock()
	defer u.p.mu.Unlock()
	n := u.p.number(number)
	return n != nil && u.p.optedOut(n, u.Number)
}

// show puts a message on a phone; p.mu is held.
func (u *Phone) show(e Entry) { u.entries = append(u.entries, u.p.numbered(e)) }

// numbered is an Entry of now; p.mu is held.
func (p *Platform) numbered(e Entry) Entry {
	p.entries++
	e.N, e.At = p.entries, p.o.Clock.Now()
	return e
}

// get has what the company sent meet its fate; p.mu is held.
func (u *Phone) get(e Entry, m sent, fate Fate) {
	e.Who, e.ID, e.Number, e.USD = Company, m.id, m.from.Number.Number, priceOf(m.parts).dollars()
	if fate.arrives() {
		u.show(e)
		return
	}
	u.lost = append(u.lost, u.p.numbered(e))
}

// delivered notes that AWS told so of a message; p.mu is held.
func (u *Phone) delivered(id string) {
	for i := range u.entries {
		u.entries[i].Delivered = u.entries[i].Delivered || u.entries[i].ID == id
	}
}

// inbound is what a phone wrote: https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html.
// Whether the last is there where nothing was sent before is told by no page: it is left out.
type inbound struct {
	From     string `json:"originationNumber"`
	To       string `json:"destinationNumber"`
	Keyword  string `json:"messageKeyword"`
	Body     string `json:"messageBody"`
	ID       string `json:"inboundMessageId"`
	Previous string `json:"previousPublishedMessageId,omitempty"`
}

// Write sends a text to one of the company's numbers. It returns at once; the Delivery is nil where AWS
// publishes nothing of it (Plan.KeepKeywords). Errors: NotFound where the company has no such number, BadText
// where there is nothing to send.
func (u *Phone) Write(number, text string) (*Delivery, error) {
	const op = "platform.Write"
	p := u.p
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.number(number)
	if n == nil {
		return nil, fault.New(fault.NotFound, op, "the company has no such number")
	}
	if strings.TrimSpace(text) == "" || !utf8.ValidString(text) {
		return nil, fault.New(fault.BadText, op, "write something, in UTF-8")
	}
	m := inbound{From: u.Number, To: number, Keyword: p.unspecified(), Body: text, ID: p.id(), Previous: u.last(number)}
	k, there := n.keyword(text)
	if there && (!n.SelfManaged || !k.required()) { // whether it is named where AWS does nothing about it, no page says
		m.Keyword = strings.ToUpper(k.Word)
	}
	u.show(Entry{Who: Customer, ID: m.ID, Number: number, Text: text, Parts: Parts(text)})
	p.inbound[m.ID] = p.heed(n, u, text)
	if p.o.Faults.KeepKeywords && there && k.required() && !n.SelfManaged {
		return nil, nil
	}
	d := p.notify(writing, p.o.Topic, u.Number, string(marshal(m)))
	d.InboundMessageID = m.ID
	return d, nil
}

// last is the MessageId of the company's last message from a number; p.mu is held.
func (u *Phone) last(number string) string {
	for i := len(u.entries) - 1; i >= 0; i-- {
		if e := u.entries[i]; e.Who == Company && e.Number == number {
			return e.ID
		}
	}
	return ""
}

// Acked says that the program knows of a message: whatever it sends from now on, it sends in that knowledge.
// A test calls it when the program has let go of the queue's message, not when Publish returns; of an id
// that is none it is no harm.
func (p *Platform) Acked(inboundMessageID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.inbound[inboundMessageID]; s != nil {
		s.acked = true
	}
}
