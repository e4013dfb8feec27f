package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"
)

// dump is every row of every table: two dumps are equal where nothing changed.
func (b *binary) dump() string {
	b.t.Helper()
	var text strings.Builder
	err := b.life().file.Read(context.Background(), func(conn *sqlite.Conn) error {
		tables, err := rows(conn, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			all, err := rows(conn, `SELECT * FROM "`+table+`"`)
			if err != nil {
				return err
			}
			slices.Sort(all)
			fmt.Fprintf(&text, "%s\n\t%s\n", table, strings.Join(all, "\n\t"))
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return text.String()
}

func rows(conn *sqlite.Conn, query string) (all []string, err error) {
	stmt, _, err := conn.PrepareTransient(query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stmt.Finalize() }() // it only reads
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return all, err
		}
		var row []string
		for i := range stmt.ColumnCount() {
			row = append(row, stmt.ColumnText(i))
		}
		all = append(all, strings.Join(row, "|"))
	}
}
