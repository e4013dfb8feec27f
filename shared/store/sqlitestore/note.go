package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

const putNote = `UPDATE conversations SET note_key = ?2, note_id = ?3, note_place = ?4
	WHERE id = ?1 AND coalesce(note_key, '') <= ?2`

// PutNote is part of store.Store.
func (s *Store) PutNote(ctx context.Context, id conversation.ID, n conversation.Note) error {
	return s.write(ctx, "PutNote", func(conn *sqlite.Conn) error {
		b := bind(conn, putNote)
		b.text(string(id))
		b.text(string(n.Key))
		b.optional(n.ProviderID)
		b.optional(n.Place)
		if err := b.run(); err != nil || conn.Changes() > 0 {
			return err
		}
		_, err := loadConversation(conn, id)
		return err
	})
}

func scanNote(r *row) conversation.Note {
	return conversation.Note{Key: conversation.Key(r.text()), ProviderID: r.text(), Place: r.text()}
}
