package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

const (
	selectSeen = `SELECT received, read FROM seen WHERE conversation = ?`

	putSeen = `INSERT INTO seen (conversation, received, read) VALUES (?, ?, ?)
	ON CONFLICT DO UPDATE SET received = excluded.received, read = excluded.read`
)

// See is part of store.Store.
func (s *Store) See(ctx context.Context, id conversation.ID, now store.Seen) (kept store.Seen, grew bool, err error) {
	if before, err := s.Seen(ctx, id); err != nil || further(before, now) == before {
		return before, false, err // most are repeats: they need no writer
	}
	err = s.add(ctx, "See", func(conn *sqlite.Conn) error {
		before, err := loadSeen(conn, id)
		kept = further(before, now)
		if grew = err == nil && kept != before; !grew {
			return err
		}
		b := bind(conn, putSeen)
		b.text(string(id))
		b.text(string(kept.Received))
		b.text(string(kept.Read))
		return b.run()
	})
	if err != nil {
		return store.Seen{}, false, err
	}
	return kept, grew, nil
}

// further is the greater of each key.
func further(a, b store.Seen) store.Seen {
	return store.Seen{Received: max(a.Received, b.Received), Read: max(a.Read, b.Read)}
}

// Seen is part of store.Store.
func (s *Store) Seen(ctx context.Context, id conversation.ID) (seen store.Seen, err error) {
	err = s.read(ctx, "Seen", func(conn *sqlite.Conn) (err error) {
		seen, err = loadSeen(conn, id)
		return err
	})
	return seen, err
}

func loadSeen(conn *sqlite.Conn, id conversation.ID) (store.Seen, error) {
	b := bind(conn, selectSeen)
	b.text(string(id))
	all, err := collect(b, func(r *row) (store.Seen, error) {
		return store.Seen{Received: conversation.Key(r.text()), Read: conversation.Key(r.text())}, nil
	})
	if err != nil || len(all) == 0 {
		return store.Seen{}, err
	}
	return all[0], nil
}
