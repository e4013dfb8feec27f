package sqlitestore

import (
	"context"
	"encoding/json"
	"errors"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

const (
	insertCause = `INSERT INTO causes (conversation, cause, messages) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`

	insertOnceCause = `INSERT INTO once_causes (conversation, cause, messages) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`

	selectCause     = `SELECT conversation, messages FROM causes WHERE conversation = ? AND cause = ?`
	selectOnceCause = `SELECT conversation, messages FROM once_causes WHERE cause = ?`

	// last_in, last_heard, the peer, the names, the allowance and the consent are others' to write.
	transit = `UPDATE conversations SET status = ?2, epoch = ?3, episode = ?4, last_out = ?5,
	language = ?6, offered = ?7, ticket = ?8, ticket_status = ?9, lane = ?10, class = ?11, asked_at = ?12,
	assignee = ?13, assignee_name = ?14, claim_id = ?15, returns = ?16, answered = ?17, closed_at = ?18, rank = ?19
	WHERE id = ?1`

	insertOutbound = `INSERT INTO messages
	(conversation, key, author, agent, name, purpose, parts, way, ask, client_id, received, private, keyword, answered,
	delivery, attempts, code, hint, gone, inline, outcome_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

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
	insert := insertCause
	if d.Once {
		insert = insertOnceCause
	}
	b := bind(conn, insert)
	b.text(string(d.Next.ID))
	b.text(d.Cause)
	b.text(d.keys)
	if err := b.run(); err != nil {
		return done, err
	}
	if conn.Changes() == 0 {
		return repeated(conn, d)
	}
	if done.Conversation, err = enter(conn, d); err != nil {
		return done, err
	}
	if done.Messages, err = say(conn, d.messages); err != nil {
		return done, err
	}
	if done.Conversation.Undelivered, err = undelivered(conn, d.Next.ID); err != nil {
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

// repeated answers a decision whose cause is spent.
func repeated(conn *sqlite.Conn, d *decision) (store.Committed, error) {
	if !d.Once {
		return recall(conn, d.Next.ID, d.Cause)
	}
	before, err := recall(conn, "", d.Cause)
	if err == nil && before.Conversation.ID != d.Next.ID {
		err = errOnce
	}
	return before, err
}

// enter moves the conversation to its next state, if it is where the decision saw it.
func enter(conn *sqlite.Conn, d *decision) (conversation.Conversation, error) {
	before, err := loadConversation(conn, d.Next.ID)
	if err != nil {
		return before, err
	}
	if before.Epoch != d.Epoch || !d.Seen.IsZero() && before.LastHeard.After(exact(d.Seen)) {
		return before, errMovedOn
	}
	c := d.Next
	c.Peer, c.Name, c.Became, c.LastIn, c.LastHeard = before.Peer, before.Name, before.Became, before.LastIn, before.LastHeard
	c.Allowance, c.Note, c.Consent = before.Allowance, before.Note, before.Consent
	c.LastOut = max(before.LastOut, c.LastOut)
	t := &c.Ticket
	t.AskedAt, t.Answered, t.ClosedAt = exact(t.AskedAt), exact(t.Answered), exact(t.ClosedAt)
	b := bind(conn, transit)
	b.text(string(c.ID))
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
	b.time(t.Answered)
	b.time(t.ClosedAt)
	if t.ID != "" {
		b.text(t.Rank())
	}
	return c, b.run()
}

// say stores messages of ours, unless their keys are there already, and returns
// them as they are stored.
func say(conn *sqlite.Conn, messages []encoded) ([]conversation.Message, error) {
	var said []conversation.Message
	for i := range messages {
		m := &messages[i]
		b := bind(conn, insertOutbound)
		bindMessage(&b, m)
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

// Caused is part of store.Store.
func (s *Store) Caused(ctx context.Context, id conversation.ID, cause string) (store.Committed, error) {
	var done store.Committed
	err := s.read(ctx, "Caused", func(conn *sqlite.Conn) (err error) {
		done, err = recall(conn, id, cause)
		return err
	})
	return done, err
}

// recall answers a cause that was committed before; an id of "" is for the whole store.
func recall(conn *sqlite.Conn, id conversation.ID, cause string) (store.Committed, error) {
	b := bind(conn, selectOnceCause)
	if id != "" {
		b = bind(conn, selectCause)
		b.text(string(id))
	}
	b.text(cause)
	known, err := b.stmt.Step()
	if err == nil && !known {
		err = errUnknownCause
	}
	if err != nil {
		return store.Committed{}, err
	}
	id = conversation.ID(b.stmt.ColumnText(0))
	var keys []conversation.Key
	if err := json.Unmarshal([]byte(b.stmt.ColumnText(1)), &keys); err != nil {
		return store.Committed{}, err
	}
	if id == "" {
		return store.Committed{}, errOnce // of an earlier version, which did not keep whose it was
	}
	done := store.Committed{Repeat: true}
	if done.Conversation, err = loadConversation(conn, id); err != nil {
		return done, err
	}
	for _, key := range keys {
		m, err := loadMessage(conn, id, key)
		if errors.Is(err, errUnknownMessage) {
			continue // it was erased
		}
		if err != nil {
			return done, err
		}
		done.Messages = append(done.Messages, m)
	}
	return done, nil
}
