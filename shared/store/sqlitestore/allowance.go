package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Where nothing was ever granted, granted is NULL and equals no key.
const spend = `UPDATE conversations SET allowance = allowance - ?3 WHERE id = ?1 AND granted = ?2 AND allowance >= ?3`

// Spend is part of store.Store.
func (s *Store) Spend(ctx context.Context, id conversation.ID, granted conversation.Key, n int) (conversation.Allowance, error) {
	var left conversation.Allowance
	err := s.write(ctx, "Spend", func(conn *sqlite.Conn) error {
		b := bind(conn, spend)
		b.text(string(id))
		b.text(string(granted))
		b.int(int64(n))
		if err := b.run(); err != nil {
			return err
		}
		spent := conn.Changes() > 0
		c, err := loadConversation(conn, id)
		if err == nil && !spent {
			err = errNotGranted
		}
		left = c.Allowance
		return err
	})
	if err != nil {
		return conversation.Allowance{}, err
	}
	return left, nil
}
