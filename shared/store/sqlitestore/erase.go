package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

const (
	// What the work of these messages would find is not there any more.
	eraseWork = `DELETE FROM work WHERE kind IN ('decide', 'fetch') AND conversation = ?1 AND key <= ?2`

	eraseMessages = `DELETE FROM messages WHERE conversation = ?1 AND key IN
	(SELECT key FROM messages WHERE conversation = ?1 AND key <= ?2 ORDER BY key LIMIT ?3)`

	erasePerson = `UPDATE conversations SET user = NULL, thread = NULL, name = NULL, note_key = NULL, note_id = NULL, note_place = NULL, erased = 1 WHERE id = ?1 AND last_in <= ?2`

	eraseSeen = `DELETE FROM seen WHERE conversation = ?1`
)

// eraseAtOnce is how many messages one write erases: others wait for no longer than that takes.
const eraseAtOnce = 500

// Erase is part of store.Store. A crash leaves the older messages erased; whoever erases
// again goes on from there.
func (s *Store) Erase(ctx context.Context, id conversation.ID, upTo conversation.Key) error {
	for more := true; more; {
		err := s.write(ctx, "Erase", func(conn *sqlite.Conn) error {
			b := bind(conn, eraseMessages)
			b.text(string(id))
			b.text(string(upTo))
			b.int(eraseAtOnce)
			if err := b.run(); err != nil {
				return err
			}
			if more = conn.Changes() == eraseAtOnce; more {
				return nil
			}
			return eraseRest(conn, id, upTo)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eraseRest erases what there is besides messages. Where the customer has written
// since, the person stays.
func eraseRest(conn *sqlite.Conn, id conversation.ID, upTo conversation.Key) error {
	if _, err := loadConversation(conn, id); err != nil {
		return err
	}
	b := bind(conn, eraseWork)
	b.text(string(id))
	b.text(string(upTo))
	if err := b.run(); err != nil {
		return err
	}
	if err := dropDelivered(conn, id); err != nil {
		return err
	}
	b = bind(conn, erasePerson)
	b.text(string(id))
	b.text(string(upTo))
	if err := b.run(); err != nil || conn.Changes() == 0 {
		return err
	}
	b = bind(conn, eraseSeen)
	b.text(string(id))
	return b.run()
}
