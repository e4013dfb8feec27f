package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

const (
	stateColumns = `name, became, status, epoch, episode, last_in, last_heard, last_out, language, offered,
	granted, allowance_total, allowance, allowed_until, ` + anyOpen + `, erased, ` + noteColumns + `, consent_key, opted_out, consent_told, ticket, ` + ticketColumns
	// After ticket: most conversations have none, and then these are not read.
	ticketColumns = `ticket_status, lane, class, asked_at, assignee, assignee_name, claim_id, returns, answered, closed_at`
	noteColumns   = `note_key, note_id, note_place`
	// anyOpen is Conversation.Undelivered.
	anyOpen     = `EXISTS (SELECT 1 FROM messages INDEXED BY messages_undelivered WHERE conversation = conversations.id AND ` + open + `)`
	peerColumns = `channel, account, user, thread`

	selectState = `SELECT ` + stateColumns + ` FROM conversations WHERE id = ?`
	// The first who comes counts.
	become = `UPDATE conversations SET became = ?2, name = coalesce(?3, name) WHERE id = ?1 AND coalesce(became, ?2) = ?2`

	selectConversation = `SELECT ` + peerColumns + `, ` + stateColumns + ` FROM conversations WHERE id = ?`
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
	b := bind(conn, selectConversation)
	b.text(string(id))
	if err := found(b); err != nil {
		return conversation.Conversation{}, err
	}
	r := row{stmt: b.stmt}
	peer := conversation.Peer{Channel: r.text(), Account: r.text(), User: r.text(), Thread: r.text()}
	return scanState(&r, id, peer), nil
}

// Become is part of store.Store.
func (s *Store) Become(ctx context.Context, id, own conversation.ID, called string) (c conversation.Conversation, err error) {
	err = s.write(ctx, "Become", func(conn *sqlite.Conn) (err error) {
		b := bind(conn, become)
		b.text(string(id))
		b.text(string(own))
		b.optional(called)
		if err := b.run(); err != nil {
			return err
		}
		c, err = loadConversation(conn, id)
		return err
	})
	return c, err
}

// loadState is loadConversation for who knows the peer.
func loadState(conn *sqlite.Conn, id conversation.ID, peer conversation.Peer) (conversation.Conversation, error) {
	b := bind(conn, selectState)
	b.text(string(id))
	if err := found(b); err != nil {
		return conversation.Conversation{}, err
	}
	return scanState(&row{stmt: b.stmt}, id, peer), nil
}

// found steps to a conversation's row.
func found(b binding) error {
	there, err := b.stmt.Step()
	if err == nil && !there {
		err = errUnknownConversation
	}
	return err
}

func scanState(r *row, id conversation.ID, peer conversation.Peer) conversation.Conversation {
	c := conversation.Conversation{
		ID:        id,
		Peer:      peer,
		Name:      r.text(),
		Became:    conversation.ID(r.text()),
		Status:    conversation.Status(r.text()),
		Epoch:     r.int(),
		Episode:   int(r.int()),
		LastIn:    conversation.Key(r.text()),
		LastHeard: r.time(),
		LastOut:   conversation.Key(r.text()),
		Language:  conversation.Language(r.text()),
		Offered:   r.flag(),
		Allowance: conversation.Allowance{
			Granted: conversation.Key(r.text()),
			Total:   int(r.int()),
			Left:    int(r.int()),
			Until:   r.time(),
		},
		Undelivered: r.flag(),
	}
	if erased := r.flag(); erased {
		c.Peer.User, c.Peer.Thread = "", ""
	}
	c.Note = scanNote(r)
	c.Consent = conversation.Consent{Key: conversation.Key(r.text()), Out: r.flag(), Told: r.flag()}
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
		Answered: r.time(),
		ClosedAt: r.time(),
	}
}
