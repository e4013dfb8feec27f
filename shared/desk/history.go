package desk

import (
	"context"
	"math"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/store"
)

// page is how many messages an answer carries.
const page = 50

// leaf is a page of a conversation as it is stored.
type leaf struct {
	conversation conversation.Conversation
	messages     []conversation.Message // oldest first
	more         bool
	seen         *store.Seen // with the newest page
}

// read returns a page of a conversation that the agent holds, or that ended
// in their hands. Once the customer goes on with the bot it is no longer theirs.
// A lead reads whatever is or was a person's to answer.
func (s *Service) read(ctx context.Context, agent Agent, id conversation.ID, before conversation.Key) (history, error) {
	l, err := s.leaf(ctx, agent, id, before)
	if err != nil {
		return history{}, err
	}
	return s.show(ctx, math.MaxInt, l)[0], nil
}

func mayRead(agent Agent, c conversation.Conversation) bool {
	switch c.Status {
	case conversation.WithPerson, conversation.Ended:
		return c.Ticket.Assignee == agent.ID || agent.Role.covers(RoleLead)
	case conversation.Waiting:
		return agent.Role.covers(RoleLead)
	case conversation.WithBot:
	}
	return false
}

// newest returns the newest page of a conversation, whoever holds it.
func (s *Service) newest(ctx context.Context, c conversation.Conversation) (history, error) {
	l, err := s.leafOf(ctx, c, "")
	if err != nil {
		return history{}, err
	}
	return s.show(ctx, math.MaxInt, l)[0], nil
}

func (s *Service) leaf(ctx context.Context, agent Agent, id conversation.ID, before conversation.Key) (leaf, error) {
	c, err := s.o.Store.Conversation(ctx, id)
	if err != nil {
		return leaf{}, err
	}
	if !mayRead(agent, c) {
		return leaf{}, fault.New(fault.NotYours, "desk.read", "claim the ticket first")
	}
	return s.leafOf(ctx, c, before)
}

func (s *Service) leafOf(ctx context.Context, c conversation.Conversation, before conversation.Key) (leaf, error) {
	messages, err := s.o.Store.Messages(ctx, c.ID, before, page+1)
	if err != nil {
		return leaf{}, err
	}
	l := leaf{conversation: c, messages: messages, more: len(messages) > page}
	if l.more {
		l.messages = messages[1:]
	}
	if before == "" {
		seen, err := s.o.Store.Seen(ctx, c.ID)
		if err != nil {
			return leaf{}, err
		}
		l.seen = &seen
	}
	return l, nil
}

// show renders pages, each with as many of its newest messages as fit so many bytes. All
// their links are made in one go, so that nobody waits for each in turn. Links may be all
// that is too long of the newest: then it is shown as if there were none now.
func (s *Service) show(ctx context.Context, most int, leaves ...leaf) []history {
	var shown []conversation.Message
	all := make([]history, len(leaves))
	for i, l := range leaves {
		all[i] = s.history(l, nil, most)
		shown = append(shown, l.messages[len(l.messages)-len(all[i].Messages):]...)
	}
	links := s.o.Media.Links(ctx, shown...)
	if len(links) == 0 {
		return all
	}
	later := make(channel.Links, len(links))
	for of := range links {
		later[of] = channel.Link{}
	}
	for i, l := range leaves {
		if all[i] = s.history(l, links, most); len(all[i].Messages) == 0 {
			all[i] = s.history(l, later, most)
		}
	}
	return all
}

// history renders a page with as many of its newest messages as fit so many bytes.
func (s *Service) history(l leaf, links channel.Links, most int) history {
	h := history{Conversation: s.o.Channels.view(l.conversation), Messages: []messageView{}, Seen: (*seenView)(l.seen)}
	view := channel.View{Language: l.conversation.Language, Links: links}
	for _, m := range l.messages {
		h.Messages = append(h.Messages, messageOf(m, view))
	}
	markLate(l.messages, h.Messages)
	cut := false
	h.Messages, cut = live.Fitting(h.Messages, most)
	h.More = l.more || cut
	return h
}

// markLate marks what came after messages that the customer wrote later.
func markLate(messages []conversation.Message, views []messageView) {
	var earliest time.Time // arrival of anything the customer wrote after this one
	for i := len(messages) - 1; i >= 0; i-- {
		m := messages[i]
		if m.Author != conversation.Customer {
			continue
		}
		views[i].Late = !earliest.IsZero() && m.Received.After(earliest)
		if earliest.IsZero() || m.Received.Before(earliest) {
			earliest = m.Received
		}
	}
}
