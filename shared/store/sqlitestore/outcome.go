package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

const (
	updateOutcome = `UPDATE messages SET delivery = ?3, attempts = ?4, code = ?5, hint = ?6, gone = ?7, inline = ?8, outcome_at = ?9
	WHERE conversation = ?1 AND key = ?2 AND ` + open

	// correctOutcome is of a message that may have a final one.
	correctOutcome = `UPDATE messages SET delivery = ?3, attempts = ?4, code = ?5, hint = ?6, gone = ?7, inline = ?8, outcome_at = ?9
	WHERE conversation = ?1 AND key = ?2`

	anyUndelivered = `SELECT 1 FROM messages INDEXED BY messages_undelivered
	WHERE conversation = ? AND ` + open + ` LIMIT 1`

	deleteDelivered = `DELETE FROM work WHERE kind = 'deliver' AND conversation = ?1 AND NOT EXISTS
	(SELECT 1 FROM messages INDEXED BY messages_undelivered WHERE conversation = ?1 AND ` + open + `)`
)

// Outcome is part of store.Store.
func (s *Store) Outcome(ctx context.Context, o store.Outcome) (more bool, err error) {
	err = s.write(ctx, "Outcome", func(conn *sqlite.Conn) error {
		changed, err := changeOutcome(conn, o)
		if err != nil {
			return err
		}
		if changed && o.Record != nil {
			if err := putRecord(conn, o.Record); err != nil {
				return err
			}
		}
		if err := dropDelivered(conn, o.Conversation); err != nil {
			return err
		}
		more, err = undelivered(conn, o.Conversation)
		return err
	})
	return more, err
}

// Report is part of store.Store.
func (s *Store) Report(ctx context.Context, o store.Outcome) (changed bool, err error) {
	err = s.write(ctx, "Report", func(conn *sqlite.Conn) error {
		m, err := loadMessage(conn, o.Conversation, o.Key)
		if err == nil && m.Outcome == (conversation.Outcome{}) {
			err = errUnknownMessage // a customer's message has no outcome
		}
		if err != nil {
			return err
		}
		if m.Outcome, changed = m.Outcome.Reported(o.Outcome); !changed {
			return nil
		}
		b := bind(conn, correctOutcome)
		b.text(string(o.Conversation))
		b.text(string(o.Key))
		bindOutcome(&b, m.Outcome)
		if err := b.run(); err != nil {
			return err
		}
		if o.Record != nil {
			if err := putRecord(conn, o.Record); err != nil {
				return err
			}
		}
		return dropDelivered(conn, o.Conversation)
	})
	return changed && err == nil, err
}

// undelivered reports whether a message of ours has no final outcome.
func undelivered(conn *sqlite.Conn, id conversation.ID) (bool, error) {
	b := bind(conn, anyUndelivered)
	b.text(string(id))
	return b.stmt.Step()
}

// dropDelivered removes the Deliver work of a conversation with nothing undelivered.
func dropDelivered(conn *sqlite.Conn, id conversation.ID) error {
	b := bind(conn, deleteDelivered)
	b.text(string(id))
	return b.run()
}

// changeOutcome reports false where the outcome was final already.
func changeOutcome(conn *sqlite.Conn, o store.Outcome) (bool, error) {
	b := bind(conn, updateOutcome)
	b.text(string(o.Conversation))
	b.text(string(o.Key))
	bindOutcome(&b, o.Outcome)
	if err := b.run(); err != nil {
		return false, err
	}
	if conn.Changes() > 0 {
		return true, nil
	}
	m, err := loadMessage(conn, o.Conversation, o.Key)
	if err == nil && m.Outcome == (conversation.Outcome{}) {
		return false, errUnknownMessage // a customer's message has no outcome
	}
	return false, err
}

// bindOutcome binds delivery, attempts, code, hint, gone, inline and time.
func bindOutcome(b *binding, o conversation.Outcome) {
	b.optional(string(o.Delivery))
	b.int(int64(o.Attempts))
	b.optional(o.Code)
	b.optional(o.Hint)
	b.int(int64(o.Gone))
	b.flag(o.Inline)
	b.time(o.At)
}
