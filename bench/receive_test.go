package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// The bare engine's statements: those of sqlitestore's Receive, to be kept alike.
const (
	bareState = `SELECT name, status, epoch, episode, last_in, last_heard, last_out, language, offered, ticket, ticket_status,
	lane, class, asked_at, assignee, assignee_name, claim_id, returns, closed_at FROM conversations WHERE id = ?`
	bareMessage = `INSERT INTO messages
	(conversation, key, author, agent, name, purpose, parts, way, ask, client_id, received, private)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	bareFirst = `INSERT INTO conversations
	(id, channel, account, user, thread, name, status, epoch, episode, last_in, last_heard)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	bareAdvance = `UPDATE conversations SET last_in = ?2, name = ?3, last_heard = ?4 WHERE id = ?1`
)

const (
	bareBatch     = 256 // messages of one transaction of the bare engine
	conversations = 1000
)

// BenchmarkReceive compares store.Receive, called by 1, 8 and 64 writers who each
// wait until their message is durable, with the bare engine: the same SQLite, in
// the same folder, with the same PRAGMAs and statements, from one thread that
// commits 256 messages at a time and answers nobody. An iteration is a round of
// each; share is the ratio of the medians. To be read at 64: half or more.
func BenchmarkReceive(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		round := 128 * writers // messages
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			dir := b.TempDir()
			s, file := openStore(b, filepath.Join(dir, "store.db"))
			defer func() { _ = file.Close() }()
			bare := openBare(b, filepath.Join(dir, "bare.db"))
			defer func() { _ = bare.Close() }()
			made := ids(b)
			var stored, raw []float64
			next := 0
			for b.Loop() {
				stored = append(stored, perSecond(round, func() { receiveAll(b, s, made, writers, next, round) }))
				raw = append(raw, perSecond(8192, func() { receiveBare(b, bare, made, next*100, 8192) }))
				next += round
			}
			ours, theirs := quantile(stored, 0.5), quantile(raw, 0.5)
			b.ReportMetric(ours, "stored/s")
			b.ReportMetric(theirs, "bare/s")
			b.ReportMetric(100*ours/theirs, "%share")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func perSecond(n int, do func()) float64 {
	began := time.Now()
	do()
	return float64(n) / time.Since(began).Seconds()
}

// incoming is the nth message: they go round the conversations.
func incoming(made conversation.IDs, n int) store.Incoming {
	p := peer(n % conversations)
	at := time.UnixMilli(1_772_000_000_000 + int64(n))
	return store.Incoming{Peer: p, Message: conversation.Message{
		Conversation: made.Of(p), Key: conversation.InboundKey(at, fmt.Sprintf("m%d", n)), Author: conversation.Customer,
		Parts: conversation.TextParts("我的订单还没有到，麻烦帮我看一下物流到哪里了，谢谢"), ClientID: fmt.Sprintf("m%d", n), Received: at,
	}}
}

func receiveAll(b *testing.B, s store.Store, made conversation.IDs, writers, from, n int) {
	b.Helper()
	var all sync.WaitGroup
	var next atomic.Int64
	for range writers {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if _, err := s.Receive(context.Background(), incoming(made, from+int(i))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// openBare opens a file that the store made its tables in, without the store.
func openBare(b *testing.B, path string) *sqlite.Conn {
	b.Helper()
	_, file := openStore(b, path)
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range []string{"journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY", "foreign_keys=ON", "wal_autocheckpoint=32000"} {
		if err := sqlitex.ExecuteTransient(conn, "PRAGMA "+p, nil); err != nil {
			b.Fatal(err)
		}
	}
	return conn
}

func receiveBare(b *testing.B, conn *sqlite.Conn, made conversation.IDs, from, n int) {
	b.Helper()
	for done := 0; done < n; done += bareBatch {
		begin(b, conn, "BEGIN IMMEDIATE")
		for i := range bareBatch {
			bareReceive(b, conn, incoming(made, from+done+i))
		}
		begin(b, conn, "COMMIT")
	}
}

func begin(b *testing.B, conn *sqlite.Conn, sql string) {
	b.Helper()
	if _, err := conn.Prep(sql).Step(); err != nil {
		b.Fatal(err)
	}
}

func bareReceive(b *testing.B, conn *sqlite.Conn, in store.Incoming) {
	b.Helper()
	m := in.Message
	parts, err := json.Marshal(m.Parts)
	if err != nil {
		b.Fatal(err)
	}
	state := conn.Prep(bareState)
	state.BindText(1, string(m.Conversation))
	known := run(b, state)
	insert := conn.Prep(bareMessage)
	insert.BindText(1, string(m.Conversation))
	insert.BindText(2, string(m.Key))
	insert.BindText(3, string(m.Author))
	insert.BindText(7, string(parts))
	insert.BindBool(8, m.Way)
	insert.BindText(10, m.ClientID)
	insert.BindInt64(11, m.Received.UnixMilli())
	insert.BindBool(12, false)
	run(b, insert)
	if known {
		advance := conn.Prep(bareAdvance)
		advance.BindText(1, string(m.Conversation))
		advance.BindText(2, string(m.Key))
		advance.BindInt64(4, m.Received.UnixMilli())
		run(b, advance)
		return
	}
	first := conn.Prep(bareFirst)
	for i, text := range []string{string(m.Conversation), in.Peer.Channel, in.Peer.Account, in.Peer.User} {
		first.BindText(i+1, text)
	}
	first.BindText(7, string(conversation.WithBot))
	first.BindInt64(8, 1)
	first.BindInt64(9, 1)
	first.BindText(10, string(m.Key))
	first.BindInt64(11, m.Received.UnixMilli())
	run(b, first)
}

// run executes a statement and reports whether it has a row.
func run(b *testing.B, stmt *sqlite.Stmt) bool {
	b.Helper()
	row, err := stmt.Step()
	if err == nil {
		err = stmt.Reset()
	}
	if err != nil {
		b.Fatal(err)
	}
	return row
}
