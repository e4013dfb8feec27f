package dynamostore

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/zhida-project/zhida/shared/conversation"
)

// The attributes of a message; its author's name and the ask are called as in a
// conversation's state.
const (
	author   = "author"
	agent    = "agent"
	purpose  = "purpose"
	parts    = "parts" // JSON; every message has it
	way      = "way"
	ask      = "ask"
	clientID = "client_id"
	received = "received"
	private  = "private"
	delivery = "delivery" // our messages have it, unless they are private
	attempts = "attempts"
	code     = "code"
	hint     = "hint"
	changed  = "outcome_at"
	called   = "called" // the customer's name that came with a marked message; its peer is there, too
)

// Message is part of store.Store.
func (s *Store) Message(ctx context.Context, id conversation.ID, k conversation.Key) (conversation.Message, error) {
	if len(k) > maxKey {
		return conversation.Message{}, failed("Message", errUnknownMessage)
	}
	found, err := s.get(ctx, messageKey(id, k))
	if err == nil && !found.has(parts) {
		err = errUnknownMessage
	}
	if err != nil {
		return conversation.Message{}, failed("Message", err)
	}
	return messageOf(found), nil
}

// Messages is part of store.Store.
func (s *Store) Messages(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error) {
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
			return nil, failed("Messages", err)
		}
		for _, i := range p.items {
			if i.has(parts) && (before == "" || i.key().sk < message+string(before)) {
				newest = append(newest, messageOf(i))
			}
		}
		q.ExclusiveStartKey, more = p.next, p.next != nil
	}
	newest = newest[:min(len(newest), max(limit, 0))]
	slices.Reverse(newest)
	return newest, nil
}

// Undelivered is part of store.Store. The conversation knows their keys.
func (s *Store) Undelivered(ctx context.Context, id conversation.ID, limit int) ([]conversation.Message, error) {
	found, err := s.get(ctx, stateKey(id))
	if err != nil {
		return nil, failed("Undelivered", err)
	}
	open := found.set(undelivered)
	var first []conversation.Message
	for len(open) > 0 && len(first) < limit {
		some := open[:min(len(open), limit-len(first))]
		open = open[len(some):]
		read, err := s.messages(ctx, id, some)
		if err != nil {
			return nil, failed("Undelivered", err)
		}
		for _, m := range read {
			if m.Outcome.Open() { // it may have been delivered meanwhile
				first = append(first, m)
			}
		}
	}
	return first, nil
}

// messages returns those of a conversation's messages that exist, in the order of
// their keys as given.
func (s *Store) messages(ctx context.Context, id conversation.ID, keys []string) ([]conversation.Message, error) {
	wanted := make([]key, len(keys))
	for i, k := range keys {
		wanted[i] = messageKey(id, conversation.Key(k))
	}
	found, err := s.all(ctx, wanted)
	if err != nil {
		return nil, err
	}
	var all []conversation.Message
	for _, k := range wanted {
		if i := found[k]; i.has(parts) {
			all = append(all, messageOf(i))
		}
	}
	return all, nil
}

func messageOf(i item) conversation.Message {
	k := i.key()
	m := conversation.Message{
		Conversation: conversation.ID(k.pk[len(ofConversation):]),
		Key:          conversation.Key(k.sk[len(message):]),
		Author:       conversation.Author(i.text(author)),
		Agent:        conversation.AgentID(i.text(agent)),
		Name:         i.text(name),
		Purpose:      conversation.Purpose(i.text(purpose)),
		Way:          i.flag(way),
		Ask:          conversation.TicketID(i.text(ask)),
		ClientID:     i.text(clientID),
		Received:     i.time(received),
		Private:      i.flag(private),
		Outcome: conversation.Outcome{
			Delivery: conversation.Delivery(i.text(delivery)),
			Attempts: int(i.int(attempts)),
			Code:     i.text(code),
			Hint:     i.text(hint),
			At:       i.time(changed),
		},
	}
	if json.Unmarshal([]byte(i.text(parts)), &m.Parts) != nil {
		m.Parts = nil // nobody but this package writes them
	}
	return m
}

// kept is a message as it is stored.
func kept(m conversation.Message) conversation.Message {
	m.Received, m.Outcome.At = exact(m.Received), exact(m.Outcome.At)
	return m
}

// say is the edit that stores a message, unless its key is there.
func say(m conversation.Message) (*edit, error) {
	if len(m.Key) > maxKey {
		return nil, errTooLarge
	}
	encoded, err := json.Marshal(m.Parts)
	if err != nil {
		return nil, err
	}
	e := change(messageKey(m.Conversation, m.Key))
	e.only(parts, "attribute_not_exists(@)")
	e.put(parts, text(string(encoded)))
	e.text(author, string(m.Author))
	e.text(agent, string(m.Agent))
	e.text(name, m.Name)
	e.text(purpose, string(m.Purpose))
	e.flag(way, m.Way)
	e.text(ask, string(m.Ask))
	e.text(clientID, m.ClientID)
	e.time(received, m.Received)
	e.flag(private, m.Private)
	judge(e, m.Outcome)
	return e, e.fits()
}

// judge writes how far delivering a message came.
func judge(e *edit, o conversation.Outcome) {
	e.text(delivery, string(o.Delivery))
	e.int(attempts, int64(o.Attempts))
	e.text(code, o.Code)
	e.text(hint, o.Hint)
	e.time(changed, o.At)
}
