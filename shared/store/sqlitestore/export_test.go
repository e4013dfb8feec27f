package sqlitestore

import (
	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/store"
)

// RawReceive executes Receive's statements, and nothing else.
func RawReceive(conn *sqlite.Conn, in store.Incoming) error {
	m, err := encode(in.Message)
	if err != nil {
		return err
	}
	_, err = receive(conn, &in, &m)
	conn.Prep(selectState) // reset: nothing may be left open at COMMIT
	return err
}
