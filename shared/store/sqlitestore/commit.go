package sqlitestore

import (
	"context"
	"encoding/json"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

const (
	insertCause = `INSERT INTO causes (conversation, cause, messages) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`

	// last_in and the peer are Receive's to write.
	transit = `UPDATE conversations SET status = ?3, epoch = ?4, episode = ?5, last_out = max(last_out, ?6),
	language = ?7, offered = ?8, ticket = ?9, ticket_status = ?10, lane = ?11, class = ?12, asked_at = ?13,
	assignee = ?14, assignee_name = ?15, claim_id = ?16, returns = ?17, closed_at = ?18, rank = ?19
	WHERE id = ?1 AND epoch = ?2 RETURNING ` + peerColumns + `, ` + stateColumns

	insertOutbound = `INSERT INTO messages
	(conversation, key, author, agent, name, purpose, parts, way, ask, client_id, received, late,
	delivery, attempts, code, hint, outcome_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

	deleteMark = `DELETE FROM work WHERE kind = 'decide' AND conversation = ? AND key = ? AND agent = ''`
)

// decision is a change, ready to be written.
type decision struct {
	store.Change
	messages []encoded
	keys     string // of the messages, as the cause keeps them
}

// Commit is part of store.Store.
func (s *Store) Commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	d, err := prepare(ch)
	if err != nil {
		return store.Committed{}, failed("Commit", err)
	}
	var done store.Committed
	err = s.write(ctx, "Commit", func(conn *sqlite.Conn) (err error) {
		done, err = commit(conn, d)
		return err
	})
	if err != nil {
		return store.Committed{}, err
	}
	return done, nil
}

func prepare(ch store.Change) (*decision, error) {
	d := &decision{Change: ch, messages: make([]encoded, len(ch.Messages))}
	keys := make([]conversation.Key, len(ch.Messages))
	for i, m := range ch.Messages {
		m.Conversation = ch.Next.ID
		var err error
		if d.messages[i], err = encode(m); err != nil {
			return nil, err
		}
		keys[i] = m.Key
	}
	text, err := json.Marshal(keys)
	d.keys = string(text)
	return d, err
}

func commit(conn *sqlite.Conn, d *decision) (done store.Committed, err error) {
	b := bind(conn, insertCause)
	b.text(string(d.Next.ID))
	b.text(d.Cause)
	b.text(d.keys)
	if err := b.run(); err != nil {
		return done, err
	}
	if conn.Changes() == 0 {
		return recall(conn, d)
	}
	if done.Conversation, err = enter(conn, d); err != nil {
		return done, err
	}
	if done.Messages, err = say(conn, d.messages); err != nil {
		return done, err
	}
	if err := putRecords(conn, d.Records); err != nil {
		return done, err
	}
	if d.Settles != "" {
		b := bind(conn, deleteMark)
		b.text(string(d.Next.ID))
		b.text(string(d.Settles))
		if err := b.run(); err != nil {
			return done, err
		}
	}
	return done, putWork(conn, d.Work)
}

// enter moves the conversation to its next state.
func enter(conn *sqlite.Conn, d *decision) (conversation.Conversation, error) {
	c, t := &d.Next, &d.Next.Ticket
	b := bind(conn, transit)
	b.text(string(c.ID))
	b.int(d.Epoch)
	b.text(string(c.Status))
	b.int(c.Epoch)
	b.int(int64(c.Episode))
	b.text(string(c.LastOut))
	b.optional(string(c.Language))
	b.flag(c.Offered)
	b.optional(string(t.ID))
	b.optional(string(t.Status))
	b.optional(string(t.Lane))
	b.int(int64(t.Class))
	b.time(t.AskedAt)
	b.optional(string(t.Assignee))
	b.optional(t.Name)
	b.optional(t.ClaimID)
	b.int(int64(t.Returns))
	b.time(t.ClosedAt)
	if t.ID != "" {
		b.text(t.Rank())
	}
	next, err := oneConversation(b, c.ID)
	if err != errUnknownConversation {
		return next, err
	}
	if _, err := loadConversation(conn, c.ID); err != nil {
		return next, err
	}
	return next, errMovedOn
}

// say stores messages of ours, unless their keys are there already, and returns
// them as they are stored.
func say(conn *sqlite.Conn, messages []encoded) ([]conversation.Message, error) {
	var said []conversation.Message
	for i := range messages {
		m := &messages[i]
		b := bind(conn, insertOutbound)
		bindMessage(&b, m)
		b.flag(m.Late)
		bindOutcome(&b, m.Outcome)
		if err := b.run(); err != nil {
			return nil, err
		}
		stored := m.Message
		if conn.Changes() == 0 {
			var err error
			if stored, err = loadMessage(conn, m.Conversation, m.Key); err != nil {
				return nil, err
			}
		}
		said = append(said, stored)
	}
	return said, nil
}

// recall answers a cause that was committed before.
func recall(conn *sqlite.Conn, d *decision) (store.Committed, error) {
	c, err := loadConversation(conn, d.Next.ID)
	if err != nil {
		return store.Committed{}, err
	}
	done := store.Committed{Conversation: c, Repeat: true}
	b := bind(conn, `SELECT messages FROM causes WHERE conversation = ? AND cause = ?`)
	b.text(string(d.Next.ID))
	b.text(d.Cause)
	if _, err := b.stmt.Step(); err != nil {
		return done, err
	}
	var keys []conversation.Key
	if err := json.Unmarshal([]byte(b.stmt.ColumnText(0)), &keys); err != nil {
		return done, err
	}
	for _, key := range keys {
		m, err := loadMessage(conn, d.Next.ID, key)
		if err != nil {
			return done, err
		}
		done.Messages = append(done.Messages, m)
	}
	return done, nil
}
