package sqlitestore

import (
	"context"
	"encoding/json"
	"slices"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

const (
	messageColumns = `key, author, agent, name, purpose, parts, way, ask, client_id, received, private, keyword, answered,
	delivery, attempts, code, hint, gone, inline, outcome_at`

	selectMessages = `SELECT ` + messageColumns + ` FROM messages
	WHERE conversation = ? AND key < ? ORDER BY key DESC LIMIT ?`

	// open is what messages_undelivered holds: see Outcome.Open.
	open = `delivery IN ('pending', 'attempting', 'held')`

	// A long history has few undelivered messages: the planner does not know that.
	selectUndelivered = `SELECT ` + messageColumns + ` FROM messages INDEXED BY messages_undelivered
	WHERE conversation = ? AND ` + open + ` ORDER BY key LIMIT ?`
)

// afterAll is greater than every key.
const afterAll = "\U0010FFFF"

// Message is part of store.Store.
func (s *Store) Message(ctx context.Context, id conversation.ID, key conversation.Key) (conversation.Message, error) {
	var m conversation.Message
	err := s.read(ctx, "Message", func(conn *sqlite.Conn) (err error) {
		m, err = loadMessage(conn, id, key)
		return err
	})
	return m, err
}

// Messages is part of store.Store.
func (s *Store) Messages(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error) {
	if before == "" {
		before = afterAll
	}
	var page []conversation.Message
	err := s.read(ctx, "Messages", func(conn *sqlite.Conn) (err error) {
		b := bind(conn, selectMessages)
		b.text(string(id))
		b.text(string(before))
		b.int(limited(limit))
		page, err = collectMessages(b, id)
		return err
	})
	slices.Reverse(page)
	return page, err
}

// Undelivered is part of store.Store.
func (s *Store) Undelivered(ctx context.Context, id conversation.ID, limit int) (c conversation.Conversation, page []conversation.Message, err error) {
	err = s.read(ctx, "Undelivered", func(conn *sqlite.Conn) (err error) {
		if c, err = loadConversation(conn, id); err != nil {
			return err
		}
		b := bind(conn, selectUndelivered)
		b.text(string(id))
		b.int(limited(limit))
		page, err = collectMessages(b, id)
		return err
	})
	return c, page, err
}

func loadMessage(conn *sqlite.Conn, id conversation.ID, key conversation.Key) (conversation.Message, error) {
	b := bind(conn, `SELECT `+messageColumns+` FROM messages WHERE conversation = ? AND key = ?`)
	b.text(string(id))
	b.text(string(key))
	found, err := b.stmt.Step()
	if err != nil {
		return conversation.Message{}, err
	}
	if !found {
		return conversation.Message{}, errUnknownMessage
	}
	return scanMessage(&row{stmt: b.stmt}, id)
}

func collectMessages(b binding, id conversation.ID) ([]conversation.Message, error) {
	return collect(b, func(r *row) (conversation.Message, error) { return scanMessage(r, id) })
}

func scanMessage(r *row, id conversation.ID) (conversation.Message, error) {
	m := conversation.Message{
		Conversation: id,
		Key:          conversation.Key(r.text()),
		Author:       conversation.Author(r.text()),
		Agent:        conversation.AgentID(r.text()),
		Name:         r.text(),
		Purpose:      conversation.Purpose(r.text()),
	}
	parts := r.text()
	m.Way = r.flag()
	m.Ask = conversation.TicketID(r.text())
	m.ClientID = r.text()
	m.Received = r.time()
	m.Private = r.flag()
	m.Keyword = conversation.Keyword(r.text())
	m.Answered = r.flag()
	m.Outcome = conversation.Outcome{
		Delivery: conversation.Delivery(r.text()),
		Attempts: int(r.int()),
		Code:     r.text(),
		Hint:     r.text(),
		Gone:     int(r.int()),
		Inline:   r.flag(),
		At:       r.time(),
	}
	return m, json.Unmarshal([]byte(parts), &m.Parts)
}

// encoded is a message with its parts as they are stored: that is done where the
// caller runs, not where all writes queue.
type encoded struct {
	conversation.Message
	parts string
}

func encode(m conversation.Message) (encoded, error) {
	parts, err := json.Marshal(m.Parts)
	if err != nil {
		return encoded{}, err
	}
	m.Received, m.Outcome.At = exact(m.Received), exact(m.Outcome.At)
	return encoded{Message: m, parts: string(parts)}, nil
}

// bindMessage binds conversation, key, author, agent, name, purpose, parts, way,
// ask, client_id, received, private, keyword and answered.
func bindMessage(b *binding, m *encoded) {
	b.text(string(m.Conversation))
	b.text(string(m.Key))
	b.optional(string(m.Author))
	b.optional(string(m.Agent))
	b.optional(m.Name)
	b.optional(string(m.Purpose))
	b.text(m.parts)
	b.flag(m.Way)
	b.optional(string(m.Ask))
	b.optional(m.ClientID)
	b.time(m.Received)
	b.flag(m.Private)
	b.optional(string(m.Keyword))
	b.flag(m.Answered)
}
