package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

const (
	stateColumns = `status, epoch, episode, last_in, last_out, language, offered, ticket, ` + ticketColumns
	// After ticket: most conversations have none, and then these are not read.
	ticketColumns = `ticket_status, lane, class, asked_at, assignee, assignee_name, claim_id, returns, closed_at`
	peerColumns   = `channel, account, user, thread`
)

// Conversation is part of store.Store.
func (s *Store) Conversation(ctx context.Context, id conversation.ID) (conversation.Conversation, error) {
	var c conversation.Conversation
	err := s.read(ctx, "Conversation", func(conn *sqlite.Conn) (err error) {
		c, err = loadConversation(conn, id)
		return err
	})
	return c, err
}

func loadConversation(conn *sqlite.Conn, id conversation.ID) (conversation.Conversation, error) {
	b := bind(conn, `SELECT `+peerColumns+`, `+stateColumns+` FROM conversations WHERE id = ?`)
	b.text(string(id))
	return oneConversation(b, id)
}

// oneConversation reads the one row of peer and state columns that b returns.
func oneConversation(b binding, id conversation.ID) (conversation.Conversation, error) {
	found, err := b.stmt.Step()
	if err != nil {
		return conversation.Conversation{}, err
	}
	if !found {
		return conversation.Conversation{}, errUnknownConversation
	}
	r := row{stmt: b.stmt}
	peer := conversation.Peer{Channel: r.text(), Account: r.text(), User: r.text(), Thread: r.text()}
	return scanState(&r, id, peer), nil
}

func scanState(r *row, id conversation.ID, peer conversation.Peer) conversation.Conversation {
	c := conversation.Conversation{
		ID:       id,
		Peer:     peer,
		Status:   conversation.Status(r.text()),
		Epoch:    r.int(),
		Episode:  int(r.int()),
		LastIn:   conversation.Key(r.text()),
		LastOut:  conversation.Key(r.text()),
		Language: conversation.Language(r.text()),
		Offered:  r.flag(),
	}
	if ticket := conversation.TicketID(r.text()); ticket != "" {
		c.Ticket = scanTicket(r, ticket)
	}
	return c
}

func scanTicket(r *row, id conversation.TicketID) conversation.Ticket {
	return conversation.Ticket{
		ID:       id,
		Status:   conversation.TicketStatus(r.text()),
		Lane:     conversation.Lane(r.text()),
		Class:    conversation.Class(r.int()),
		AskedAt:  r.time(),
		Assignee: conversation.AgentID(r.text()),
		Name:     r.text(),
		ClaimID:  r.text(),
		Returns:  int(r.int()),
		ClosedAt: r.time(),
	}
}
