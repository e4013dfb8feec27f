package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// Both statements cannot fail: a key that is there is left alone, a conversation
// that is there only advances. Late asks for the newest key before this one.
const (
	insertInbound = `INSERT INTO messages
	(conversation, key, author, agent, name, purpose, parts, way, ask, client_id, received, late)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
		coalesce(?2 < (SELECT last_in FROM conversations WHERE id = ?1), 0))
	ON CONFLICT DO NOTHING RETURNING late`

	advance = `INSERT INTO conversations
	(id, last_in, channel, account, user, thread, status, epoch, episode)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET last_in = max(last_in, excluded.last_in)
	RETURNING ` + stateColumns

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
	got.Message = m.Message
	got.Repeat, got.Message.Late, err = putInbound(conn, m)
	if err != nil {
		return got, err
	}
	got.Conversation, err = advanceTo(conn, m.Conversation, in.Peer, m.Key)
	switch {
	case err != nil:
	case got.Repeat:
		got.Message, err = loadMessage(conn, m.Conversation, m.Key)
	case !in.Mark.IsZero():
		b := bind(conn, insertMark)
		b.text(string(m.Conversation))
		b.text(string(m.Key))
		b.int(in.Mark.UnixMilli())
		err = b.run()
	}
	return got, err
}

func putInbound(conn *sqlite.Conn, m *encoded) (repeat, late bool, err error) {
	b := bind(conn, insertInbound)
	bindMessage(&b, m)
	stored, err := b.stmt.Step()
	if err != nil || !stored {
		return true, false, err
	}
	return false, b.stmt.ColumnBool(0), nil
}

func advanceTo(conn *sqlite.Conn, id conversation.ID, peer conversation.Peer, key conversation.Key) (conversation.Conversation, error) {
	first := conversation.New(id, peer)
	b := bind(conn, advance)
	b.text(string(id))
	b.text(string(key))
	b.optional(peer.Channel)
	b.optional(peer.Account)
	b.optional(peer.User)
	b.optional(peer.Thread)
	b.text(string(first.Status))
	b.int(first.Epoch)
	b.int(int64(first.Episode))
	if _, err := b.stmt.Step(); err != nil {
		return conversation.Conversation{}, err
	}
	return scanState(&row{stmt: b.stmt}, id, peer), nil
}
