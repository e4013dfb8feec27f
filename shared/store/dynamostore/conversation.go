package dynamostore

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
)

// The attributes of a conversation's state.
const (
	peer         = "peer" // JSON
	name         = "name"
	became       = "became"
	status       = "status"
	epoch        = "epoch"
	episode      = "episode"
	lastIn       = "last_in"
	lastOut      = "last_out"
	lastHeard    = "last_heard"
	language     = "language"
	offered      = "offered"
	ticket       = "ticket"
	ticketStatus = "ticket_status"
	lane         = "lane"
	class        = "class"
	askedAt      = "asked_at"
	assignee     = "assignee"
	assigneeName = "assignee_name"
	claimID      = "claim_id"
	returns      = "returns"
	answeredAt   = "answered"
	closedAt     = "closed_at"

	// What the channel lets us send; none of them where nothing ever was granted.
	granted = "granted"
	total   = "total"
	left    = "left"
	until   = "until"

	// The message that shows a waiting customer their place.
	noteKey   = "note"
	noteID    = "note_id"
	notePlace = "note_place"

	// Whether the customer lets us write to them.
	consentKey  = "consent"
	optedOut    = "opted_out"
	consentTold = "consent_told"

	// undelivered is the set of the keys of our messages without a final outcome.
	// A key gets in together with its message, and is taken out right after the
	// outcome is known: see Outcome.
	undelivered = "undelivered"
)

// Conversation is part of store.Store.
func (s *Store) Conversation(ctx context.Context, id conversation.ID) (conversation.Conversation, error) {
	found, err := s.get(ctx, stateKey(id))
	if err == nil && !said(found) {
		err = errUnknownConversation
	}
	if err != nil {
		return conversation.Conversation{}, failed("Conversation", err)
	}
	return stateOf(found), nil
}

// Become is part of store.Store: one write, which its condition refuses to all but the first.
func (s *Store) Become(ctx context.Context, id, own conversation.ID, called string) (conversation.Conversation, error) {
	e := change(stateKey(id))
	e.only(status, "attribute_exists(@)")
	e.only(became, "attribute_not_exists(@) OR @ = ?", text(string(own)))
	e.put(became, text(string(own)))
	if called != "" {
		e.put(name, text(called))
	}
	now, err := s.update(ctx, e, types.ReturnValueAllNew)
	if there, was := refused(err); was {
		now, err = there, nil
	}
	if err == nil && !said(now) {
		err = errUnknownConversation
	}
	if err != nil {
		return conversation.Conversation{}, failed("Become", err)
	}
	return stateOf(now), nil
}

// said reports whether an item is a conversation's state, and not only work for
// a conversation in which nothing was ever said.
func said(i item) bool { return i.has(status) }

func stateOf(i item) conversation.Conversation {
	return conversation.Conversation{
		ID:        conversation.ID(i.key().pk[len(ofConversation):]),
		Peer:      peerOf(i),
		Name:      i.text(name),
		Became:    conversation.ID(i.text(became)),
		Status:    conversation.Status(i.text(status)),
		Epoch:     i.int(epoch),
		Episode:   int(i.int(episode)),
		LastIn:    conversation.Key(i.text(lastIn)),
		LastOut:   conversation.Key(i.text(lastOut)),
		LastHeard: i.time(lastHeard),
		Language:  conversation.Language(i.text(language)),
		Offered:   i.flag(offered),
		Ticket:    ticketOf(i),

		Allowance:   allowanceOf(i),
		Undelivered: i.has(undelivered),
		Note:        noteOf(i),
		Consent:     conversation.Consent{Key: conversation.Key(i.text(consentKey)), Out: i.flag(optedOut), Told: i.flag(consentTold)},
	}
}

func allowanceOf(i item) conversation.Allowance {
	return conversation.Allowance{Granted: conversation.Key(i.text(granted)), Total: int(i.int(total)), Left: int(i.int(left)), Until: i.time(until)}
}

func ticketOf(i item) conversation.Ticket {
	return conversation.Ticket{
		ID:       i.ticket(ticket),
		Status:   conversation.TicketStatus(i.text(ticketStatus)),
		Lane:     conversation.Lane(i.text(lane)),
		Class:    conversation.Class(i.int(class)),
		AskedAt:  i.time(askedAt),
		Assignee: conversation.AgentID(i.text(assignee)),
		Name:     i.text(assigneeName),
		ClaimID:  i.text(claimID),
		Returns:  int(i.int(returns)),
		Answered: i.time(answeredAt),
		ClosedAt: i.time(closedAt),
	}
}

func peerOf(i item) (p conversation.Peer) {
	if json.Unmarshal([]byte(i.text(peer)), &p) != nil {
		return conversation.Peer{}
	}
	return p
}

// peerText is a peer as it is stored. Peers are texts: encoding them cannot fail.
func peerText(p conversation.Peer) string {
	encoded, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return string(encoded)
}

// transit makes an edit lead a conversation to its next state, and to its places
// in the indexes. The peer, the names, what came in last and the allowance are others' to write.
func transit(e *edit, c conversation.Conversation) {
	t := c.Ticket
	e.put(status, text(string(c.Status)))
	e.put(epoch, number(c.Epoch))
	e.put(episode, number(int64(c.Episode)))
	e.put(lastOut, text(string(c.LastOut)))
	e.text(language, string(c.Language))
	e.flag(offered, c.Offered)
	e.ticket(ticket, t.ID)
	e.text(ticketStatus, string(t.Status))
	e.text(lane, string(t.Lane))
	e.int(class, int64(t.Class))
	e.time(askedAt, t.AskedAt)
	e.text(assignee, string(t.Assignee))
	e.text(assigneeName, t.Name)
	e.text(claimID, t.ClaimID)
	e.int(returns, int64(t.Returns))
	e.time(answeredAt, t.Answered)
	e.time(closedAt, t.ClosedAt)
	e.remove(lineLane, lineRank, agentID, agentAsked)
	switch t.Status {
	case conversation.TicketWaiting:
		e.put(lineLane, text(waitingIn(t.Lane)))
		e.put(lineRank, text(place(t.Rank())))
	case conversation.TicketClaimed:
		e.put(agentID, text(ofAgent+short(string(t.Assignee))))
		e.put(agentAsked, text(heldSince(t)))
	case conversation.TicketResolved, conversation.TicketReturned, conversation.TicketAbandoned, conversation.TicketUnfollowed:
	}
}
