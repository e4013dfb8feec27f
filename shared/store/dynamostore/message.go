package dynamostore

import (
	"context"
	"encoding/json"
	"sort"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/zhida-project/zhida/shared/conversation"
)

// The attributes of a message; its author's name and the ask are called as in a
// conversation's state.
const (
	author   = "author" // every message has it
	agent    = "agent"
	purpose  = "purpose"
	only     = "text"  // of a message that is one text: that, as words
	parts    = "parts" // JSON, of any other
	way      = "way"
	ask      = "ask"
	clientID = "client_id"
	received = "received"
	private  = "private"
	keyword  = "keyword"
	answered = "answered"
	delivery = "delivery" // our messages have it, unless they are private
	attempts = "attempts"
	code     = "code"
	hint     = "hint"
	gone     = "gone"
	inline   = "inline"
	changed  = "outcome_at"
	called   = "called" // the customer's name that came with a marked message; its peer is there, too
	grants   = "grants" // of a marked message, what it grants: messages
	lasts    = "lasts"  // and for how long: ms
)

// messageAttributes are all that utter and judge write.
var messageAttributes = []string{
	author, name, agent, purpose, only, parts, way, ask, clientID, received, private, keyword, answered, delivery, attempts, code, hint, gone, inline, changed,
}

// Message is part of store.Store.
func (s *Store) Message(ctx context.Context, id conversation.ID, k conversation.Key) (conversation.Message, error) {
	found, err := s.whereabouts(ctx, id, []conversation.Key{k})
	m, there := found[k]
	if err == nil && !there {
		err = errUnknownMessage
	}
	if err != nil {
		return conversation.Message{}, failed("Message", err)
	}
	return messageOf(m), nil
}

// Messages is part of store.Store.
func (s *Store) Messages(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error) {
	riding, err := s.riding(ctx, id, before, limit)
	if err != nil {
		return nil, failed("Messages", err)
	}
	newest, err := s.placedBefore(ctx, id, before, limit)
	if err != nil {
		return nil, failed("Messages", err)
	}
	there := make(map[conversation.Key]bool, len(newest))
	for _, m := range newest {
		there[m.Key] = true
	}
	for _, i := range riding {
		if m := messageOf(i); !there[m.Key] {
			newest = append(newest, m)
		}
	}
	// Not slices.SortFunc: that is 11 KB of code for these alone, and functions have a limit.
	sort.Slice(newest, func(i, j int) bool { return newest[i].Key < newest[j].Key })
	return newest[max(len(newest)-max(limit, 0), 0):], nil
}

// placedBefore is Messages of those that are in their place, in no order.
func (s *Store) placedBefore(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error) {
	last := afterMessages
	if before != "" {
		last = cut(message + string(before))
	}
	q := within("", partition, ofConversation+string(id), order, text(message), text(last))
	q.ScanIndexForward = aws.Bool(false)
	var newest []conversation.Message
	for more := true; more && len(newest) < limit; {
		q.Limit = aws.Int32(int32(min(limit-len(newest)+1, 1<<20))) // one more: before itself may be there
		p, err := s.query(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, i := range p.items {
			if i.has(author) && (before == "" || i.key().sk < message+string(before)) {
				newest = append(newest, messageOf(i))
			}
		}
		q.ExclusiveStartKey, more = p.next, p.next != nil
	}
	return newest[:min(len(newest), max(limit, 0))], nil
}

// Undelivered is part of store.Store. The conversation knows their keys. A key whose
// message is delivered is what an Outcome left that was cut off: it is taken off.
func (s *Store) Undelivered(ctx context.Context, id conversation.ID, limit int) (conversation.Conversation, []conversation.Message, error) {
	found, err := s.get(ctx, stateKey(id))
	if err == nil && !said(found) {
		err = errUnknownConversation
	}
	if err != nil {
		return conversation.Conversation{}, nil, failed("Undelivered", err)
	}
	keys := keysOf(found)
	var first []conversation.Message
	for len(keys) > 0 && len(first) < limit {
		some := keys[:min(len(keys), limit-len(first))]
		keys = keys[len(some):]
		open, err := s.open(ctx, id, some)
		if err != nil {
			return conversation.Conversation{}, nil, failed("Undelivered", err)
		}
		first = append(first, open...)
	}
	return stateOf(found), first, nil
}

// open returns those of a conversation's messages that are not delivered yet, in
// the order of their keys as given.
func (s *Store) open(ctx context.Context, id conversation.ID, keys []conversation.Key) ([]conversation.Message, error) {
	found, err := s.whereabouts(ctx, id, keys)
	if err != nil {
		return nil, err
	}
	var open []conversation.Message
	for _, k := range keys {
		if m := found[k]; undecided(m) {
			open = append(open, messageOf(m))
			continue
		}
		if _, err := s.takeOff(ctx, id, k); err != nil {
			return nil, err
		}
	}
	return open, nil
}

// undecided reports whether an item is a message that is to be delivered.
func undecided(i item) bool {
	return conversation.Outcome{Delivery: conversation.Delivery(i.text(delivery))}.Open()
}

// messageOf is the message that an item is, or bears.
func messageOf(i item) conversation.Message {
	id, k := nameOf(i)
	m := conversation.Message{
		Conversation: id,
		Key:          k,
		Author:       conversation.Author(i.text(author)),
		Agent:        conversation.AgentID(i.text(agent)),
		Name:         i.text(name),
		Purpose:      conversation.Purpose(i.text(purpose)),
		Way:          i.flag(way),
		Ask:          i.ticket(ask),
		ClientID:     i.text(clientID),
		Received:     i.time(received),
		Private:      i.flag(private),
		Keyword:      conversation.Keyword(i.text(keyword)),
		Answered:     i.flag(answered),
		Outcome: conversation.Outcome{
			Delivery: conversation.Delivery(i.text(delivery)),
			Attempts: int(i.int(attempts)),
			Code:     i.text(code),
			Hint:     i.text(hint),
			Gone:     int(i.int(gone)),
			Inline:   i.flag(inline),
			At:       i.time(changed),
		},
	}
	if i.has(only) {
		m.Parts = conversation.TextParts(i.words(only))
	} else if json.Unmarshal([]byte(i.text(parts)), &m.Parts) != nil {
		m.Parts = nil // nobody but this package writes them
	}
	return m
}

// kept is a message as it is stored.
func kept(m conversation.Message) conversation.Message {
	m.Received, m.Outcome.At = exact(m.Received), exact(m.Outcome.At)
	return m
}

// say is the edit that stores a message in its place, unless its key is there.
func (at moment) say(m conversation.Message) (*edit, error) {
	if len(m.Key) > maxKey {
		return nil, errTooLarge
	}
	e := change(messageKey(m.Conversation, m.Key))
	at.absent(e, author)
	at.stamp(e)
	e.remove(recorded, dayShard, dayAt)
	if err := e.utter(m); err != nil {
		return nil, err
	}
	return e, e.fits()
}

// utter makes an edit's item be, or bear, a message. It sets or removes every
// attribute of one, since the item may have been another that is forgotten.
func (e *edit) utter(m conversation.Message) error {
	if err := e.content(m.Parts); err != nil {
		return err
	}
	e.put(author, text(string(m.Author)))
	e.text(agent, string(m.Agent))
	e.text(name, m.Name)
	e.text(purpose, string(m.Purpose))
	e.flag(way, m.Way)
	e.ticket(ask, m.Ask)
	e.text(clientID, m.ClientID)
	e.time(received, m.Received)
	e.flag(private, m.Private)
	e.text(keyword, string(m.Keyword))
	e.flag(answered, m.Answered)
	judge(e, m.Outcome)
	return nil
}

// content writes what a message says and shows.
func (e *edit) content(of []conversation.Part) error {
	if len(of) == 1 && of[0].Kind == conversation.Text {
		e.put(only, words(of[0].Text))
		e.remove(parts)
		return nil
	}
	encoded, err := json.Marshal(of)
	if err != nil {
		return err
	}
	e.put(parts, text(string(encoded)))
	e.remove(only)
	return nil
}

// judge writes how far delivering a message came.
func judge(e *edit, o conversation.Outcome) {
	e.text(delivery, string(o.Delivery))
	e.int(attempts, int64(o.Attempts))
	e.text(code, o.Code)
	e.text(hint, o.Hint)
	e.int(gone, int64(o.Gone))
	e.flag(inline, o.Inline)
	e.time(changed, o.At)
}
