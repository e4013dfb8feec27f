package sqlitestore

import (
	"context"
	"errors"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// None of these can fail: a key that is there is left alone, and a conversation
// that is there only advances. RETURNING would make each several times slower: SQLite
// opens a table for its rows at every call.
const (
	insertInbound = `INSERT INTO messages
	(conversation, key, author, agent, name, purpose, parts, way, ask, client_id, received, private, keyword, answered)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

	insertConversation = `INSERT INTO conversations
	(id, channel, account, user, thread, name, status, epoch, episode, last_in, last_heard)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	advance = `UPDATE conversations SET last_in = ?2, name = ?3, last_heard = ?4 WHERE id = ?1`

	// What few messages change.
	allow   = `UPDATE conversations SET granted = ?2, allowance_total = ?3, allowance = ?4, allowed_until = ?5 WHERE id = ?1`
	restore = `UPDATE conversations SET user = ?2, thread = ?3, erased = 0 WHERE id = ?1`

	insertMark = `INSERT INTO work (kind, conversation, key, agent, due, attempts)
	VALUES ('decide', ?, ?, '', ?, 0)
	ON CONFLICT DO UPDATE SET due = excluded.due, attempts = 0`
)

// Receive is part of store.Store.
func (s *Store) Receive(ctx context.Context, in store.Incoming) (store.Received, error) {
	in.Message.Outcome = conversation.Outcome{}
	m, err := encode(in.Message)
	if err != nil {
		return store.Received{}, failed("Receive", err)
	}
	var got store.Received
	err = s.add(ctx, "Receive", func(conn *sqlite.Conn) (err error) {
		got, err = receive(conn, &in, &m)
		return err
	})
	if err != nil {
		return store.Received{}, err
	}
	return got, nil
}

func receive(conn *sqlite.Conn, in *store.Incoming, m *encoded) (got store.Received, err error) {
	got.Conversation, err = loadState(conn, m.Conversation, in.Peer)
	first := errors.Is(err, errUnknownConversation)
	if first {
		got.Conversation = conversation.New(m.Conversation, in.Peer)
	} else if err != nil {
		return got, err
	}
	got.Message = m.Message
	if got.Repeat, err = putInbound(conn, m); err != nil {
		return got, err
	}
	if !got.Repeat || m.Key > got.Conversation.LastIn || in.Name != "" && in.Name != got.Conversation.Name {
		newest := m.Key > got.Conversation.LastIn
		advanced(&got.Conversation, in.Name, m.Message, got.Repeat)
		if err := putNewest(conn, &got.Conversation, first); err != nil {
			return got, err
		}
		if newest && got.Conversation.Peer != in.Peer {
			if err := bringBack(conn, &got.Conversation, in.Peer); err != nil {
				return got, err
			}
		}
		if newest || !got.Repeat {
			if err := allowMore(conn, &got.Conversation, in.Grant, m.Key); err != nil {
				return got, err
			}
		}
	}
	if got.Repeat {
		got.Message, err = loadMessage(conn, m.Conversation, m.Key)
		return got, err
	}
	return got, putMark(conn, m, in.Mark)
}

// advanced takes an arrival into a conversation.
func advanced(c *conversation.Conversation, name string, m conversation.Message, repeat bool) {
	if name != "" {
		c.Name = name
	}
	c.LastIn = max(c.LastIn, m.Key)
	if !repeat && m.Received.After(c.LastHeard) {
		c.LastHeard = m.Received
	}
}

// allowMore takes what a message grants that is stored for the first time.
func allowMore(conn *sqlite.Conn, c *conversation.Conversation, g conversation.Grant, k conversation.Key) error {
	now := c.Allowance.After(k, g)
	now.Until = exact(now.Until)
	if now == c.Allowance {
		return nil
	}
	c.Allowance = now
	b := bind(conn, allow)
	b.text(string(c.ID))
	b.text(string(now.Granted))
	b.int(int64(now.Total))
	b.int(int64(now.Left))
	b.time(now.Until)
	return b.run()
}

// bringBack takes who wrote the newest message, if that was erased.
func bringBack(conn *sqlite.Conn, c *conversation.Conversation, p conversation.Peer) error {
	c.Peer = p
	b := bind(conn, restore)
	b.text(string(c.ID))
	b.optional(p.User)
	b.optional(p.Thread)
	return b.run()
}

// putInbound stores a message, unless its key is there.
func putInbound(conn *sqlite.Conn, m *encoded) (repeat bool, err error) {
	b := bind(conn, insertInbound)
	bindMessage(&b, m)
	err = b.run()
	return conn.Changes() == 0, err
}

// putNewest stores a new conversation, or what arrivals change of one that is
// there.
func putNewest(conn *sqlite.Conn, c *conversation.Conversation, first bool) error {
	if !first {
		b := bind(conn, advance)
		b.text(string(c.ID))
		b.text(string(c.LastIn))
		b.optional(c.Name)
		b.int(c.LastHeard.UnixMilli())
		return b.run()
	}
	b := bind(conn, insertConversation)
	b.text(string(c.ID))
	b.optional(c.Peer.Channel)
	b.optional(c.Peer.Account)
	b.optional(c.Peer.User)
	b.optional(c.Peer.Thread)
	b.optional(c.Name)
	b.text(string(c.Status))
	b.int(c.Epoch)
	b.int(int64(c.Episode))
	b.text(string(c.LastIn))
	b.int(c.LastHeard.UnixMilli())
	return b.run()
}

// putMark makes a message due work at a time, if there is one.
func putMark(conn *sqlite.Conn, m *encoded, due time.Time) error {
	if due.IsZero() {
		return nil
	}
	b := bind(conn, insertMark)
	b.text(string(m.Conversation))
	b.text(string(m.Key))
	b.int(due.UnixMilli())
	return b.run()
}
