package sqlitestore

import (
	"context"
	"encoding/json"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

const updateParts = `UPDATE messages SET parts = ?3 WHERE conversation = ?1 AND key = ?2`

// Arrive is part of store.Store.
func (s *Store) Arrive(ctx context.Context, id conversation.ID, key conversation.Key, parts []conversation.Part) (conversation.Message, error) {
	text, err := json.Marshal(parts)
	if err != nil {
		return conversation.Message{}, failed("Arrive", err)
	}
	var m conversation.Message
	err = s.write(ctx, "Arrive", func(conn *sqlite.Conn) (err error) {
		if m, err = loadMessage(conn, id, key); err != nil || !m.Awaited() {
			return err
		}
		m.Parts = parts
		b := bind(conn, updateParts)
		b.text(string(id))
		b.text(string(key))
		b.text(string(text))
		return b.run()
	})
	if err != nil {
		return conversation.Message{}, err
	}
	return m, nil
}
