package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

const (
	putNote = `UPDATE conversations SET note_key = ?2, note_id = ?3, note_place = ?4
	WHERE id = ?1 AND coalesce(note_key, '') <= ?2`

	putConsent = `UPDATE conversations SET consent_key = ?2, opted_out = ?3, consent_told = ?4
	WHERE id = ?1 AND coalesce(consent_key, '') <= ?2`
)

// PutNote is part of store.Store.
func (s *Store) PutNote(ctx context.Context, id conversation.ID, n conversation.Note) error {
	return s.write(ctx, "PutNote", func(conn *sqlite.Conn) error {
		b := bind(conn, putNote)
		b.text(string(id))
		b.text(string(n.Key))
		b.optional(n.ProviderID)
		b.optional(n.Place)
		return b.runOn(conn, id)
	})
}

// PutConsent is part of store.Store.
func (s *Store) PutConsent(ctx context.Context, id conversation.ID, said conversation.Consent) error {
	return s.write(ctx, "PutConsent", func(conn *sqlite.Conn) error {
		b := bind(conn, putConsent)
		b.text(string(id))
		b.text(string(said.Key))
		b.flag(said.Out)
		b.flag(said.Told)
		return b.runOn(conn, id)
	})
}

// runOn runs what may change nothing in a conversation, which is to be there all the same.
func (b *binding) runOn(conn *sqlite.Conn, id conversation.ID) error {
	if err := b.run(); err != nil || conn.Changes() > 0 {
		return err
	}
	_, err := loadConversation(conn, id)
	return err
}

func scanNote(r *row) conversation.Note {
	return conversation.Note{Key: conversation.Key(r.text()), ProviderID: r.text(), Place: r.text()}
}
