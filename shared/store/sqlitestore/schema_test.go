package sqlitestore

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
)

// A file of the first version is brought up to date with all that is in it.
func TestAnOldFileIsBroughtUpToDate(t *testing.T) {
	ctx := t.Context()
	file, err := sqlitefile.Open(ctx, sqlitefile.Options{Path: filepath.Join(t.TempDir(), "zhida.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := file.Migrate(ctx, "store", schema[:1]); err != nil {
		t.Fatal(err)
	}
	const id = conversation.ID("abcdefghijklmnopqrstuvwxyz")
	at := time.UnixMilli(1_772_438_400_000).UTC()
	err = file.Write(ctx, func(conn *sqlite.Conn) error {
		return sqlitex.ExecuteScript(conn, `
			INSERT INTO conversations (id, status, epoch, episode, last_in, last_heard) VALUES ('`+string(id)+`', 'bot', 1, 1, 'k', 1772438400000);
			INSERT INTO messages (conversation, key, author, parts, way, private, delivery, attempts)
				VALUES ('`+string(id)+`', 'z', 'bot', '[]', 0, 0, 'pending', 2), ('`+string(id)+`', 'y', 'bot', '[]', 0, 0, 'sent', 1);
			INSERT INTO onces VALUES ('claim:kim:1');
			INSERT INTO records (ask, event, nth, lane, at) VALUES ('ask', 'queued', 0, 'front', 1772438400000);`, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(ctx, file, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	c, open, err := s.Undelivered(ctx, id, 10)
	if err != nil || c.LastIn != "k" || !c.Undelivered || c.Allowance != (conversation.Allowance{}) {
		t.Errorf("the conversation: %+v, %v", c, err)
	}
	pending := []conversation.Message{{
		Conversation: id, Key: "z", Author: conversation.Bot, Parts: []conversation.Part{},
		Outcome: conversation.Outcome{Delivery: conversation.Pending, Attempts: 2},
	}}
	if diff := cmp.Diff(pending, open); diff != "" {
		t.Errorf("what is undelivered (-want +got):\n%s", diff)
	}
	held := store.Outcome{Conversation: id, Key: "z", Outcome: conversation.Outcome{Delivery: conversation.Held}}
	if more, err := s.Outcome(ctx, held); !more || err != nil {
		t.Errorf("what is held: %t, %v", more, err)
	}
	records, err := s.Ledger(ctx, "ask")
	want := []conversation.Record{{Ask: "ask", Event: conversation.RecordQueued, Lane: conversation.Front, At: at}}
	if diff := cmp.Diff(want, records); diff != "" || err != nil {
		t.Errorf("the ledger: %v (-want +got):\n%s", err, diff)
	}
	if kept, grew, err := s.See(ctx, id, store.Seen{Received: "k"}); kept.Received != "k" || !grew || err != nil {
		t.Errorf("what is seen: %v, %v, %v", kept, grew, err)
	}
	// Whose the old names are is not known: nobody gets them.
	_, err = s.Commit(ctx, store.Change{Cause: "claim:kim:1", Once: true, Epoch: 1, Next: c})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("an old name was given again: %v", err)
	}
}
