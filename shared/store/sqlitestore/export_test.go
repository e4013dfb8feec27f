package sqlitestore

import (
	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/store"
)

// RawReceive executes Receive's two statements and reads nothing of their results.
func RawReceive(conn *sqlite.Conn, in store.Incoming) error {
	m, err := encode(in.Message)
	if err != nil {
		return err
	}
	b := bind(conn, insertInbound)
	bindMessage(&b, &m)
	if err := b.run(); err != nil {
		return err
	}
	b.stmt.Reset()
	_, err = advanceTo(conn, m.Conversation, in.Peer, m.Key)
	conn.Prep(advance)
	return err
}
