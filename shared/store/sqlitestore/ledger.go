package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
)

const (
	recordColumns = `ask, event, nth, lane, at, agent, why`

	insertRecord = `INSERT INTO records (` + recordColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?)`

	selectLedger = `SELECT ` + recordColumns + ` FROM records WHERE ask = ? ORDER BY at, seq`

	selectRecords = `SELECT ` + recordColumns + ` FROM records WHERE at >= ? AND at < ? ORDER BY at, seq`
)

// Ledger is part of store.Store. Records of one time come in the order in which
// they were stored.
func (s *Store) Ledger(ctx context.Context, ask conversation.TicketID) ([]conversation.Record, error) {
	var records []conversation.Record
	err := s.read(ctx, "Ledger", func(conn *sqlite.Conn) (err error) {
		b := bind(conn, selectLedger)
		b.text(string(ask))
		records, err = collect(b, scanRecord)
		return err
	})
	return conversation.Ledger(records), err
}

// Records is part of store.Store. Records of one time come in the order in which
// they were stored.
func (s *Store) Records(ctx context.Context, day time.Time) ([]conversation.Record, error) {
	year, month, date := day.UTC().Date()
	start := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	var records []conversation.Record
	err := s.read(ctx, "Records", func(conn *sqlite.Conn) (err error) {
		b := bind(conn, selectRecords)
		b.int(start.UnixMilli())
		b.int(start.AddDate(0, 0, 1).UnixMilli())
		records, err = collect(b, scanRecord)
		return err
	})
	return conversation.Ledger(records), err
}

func scanRecord(r *row) (conversation.Record, error) {
	return conversation.Record{
		Ask:   conversation.TicketID(r.text()),
		Event: conversation.RecordEvent(r.text()),
		Nth:   int(r.int()),
		Lane:  conversation.Lane(r.text()),
		At:    r.time(),
		Agent: conversation.AgentID(r.text()),
		Why:   r.text(),
	}, nil
}

func putRecords(conn *sqlite.Conn, records []conversation.Record) error {
	for i := range records {
		if err := putRecord(conn, &records[i]); err != nil {
			return err
		}
	}
	return nil
}

func putRecord(conn *sqlite.Conn, r *conversation.Record) error {
	b := bind(conn, insertRecord)
	b.text(string(r.Ask))
	b.text(string(r.Event))
	b.int(int64(r.Nth))
	b.optional(string(r.Lane))
	b.int(r.At.UnixMilli())
	b.optional(string(r.Agent))
	b.optional(r.Why)
	return b.run()
}
