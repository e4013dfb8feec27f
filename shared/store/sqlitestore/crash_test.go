package sqlitestore_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
)

// crashFile is the variable that makes this test binary the process to be killed.
const crashFile = "SQLITESTORE_CRASH_FILE"

const (
	crashWriters = 8
	crashAnswers = 400 // the process is killed once so many operations were answered
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		if err := crashWrite(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// crashWrite writes until it is killed, and prints the name of each operation once
// it was answered.
func crashWrite(path string) error {
	file, err := sqlitefile.Open(context.Background(), sqlitefile.Options{Path: path})
	if err != nil {
		return err
	}
	s, err := sqlitestore.New(context.Background(), file, time.Now)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for w := range crashWriters {
		go func() {
			for i := 0; ; i++ {
				if err := crashStep(s, w, i); err != nil {
					failed <- err
					return
				}
				// One write: lines do not run together.
				fmt.Printf("%d %d\n", w, i)
			}
		}()
	}
	return <-failed
}

// crashStep receives one message and commits the answer to it.
func crashStep(s store.Store, w, i int) error {
	ctx := context.Background()
	in := message(fmt.Sprint("user ", w), i)
	got, err := s.Receive(ctx, in)
	if err != nil {
		return err
	}
	_, err = s.Commit(ctx, answer(got))
	return err
}

func message(user string, i int) store.Incoming {
	at := time.UnixMilli(1_800_000_000_000 + int64(i)).UTC()
	peer := conversation.Peer{Channel: "test", User: user}
	return store.Incoming{Peer: peer, Mark: at.Add(time.Minute), Message: conversation.Message{
		Conversation: ids.Of(peer), Key: conversation.InboundKey(at, "m"), Author: conversation.Customer,
		Parts: conversation.TextParts("我要找人工客服"), Received: at,
	}}
}

// answer is a decision on a message that was received.
func answer(got store.Received) store.Change {
	key, c := got.Message.Key, got.Conversation
	own := conversation.OwnKey(key.Time().Add(time.Microsecond), string(key), 0)
	return store.Change{
		Cause: string(key), Epoch: c.Epoch, Next: c, Settles: key,
		Messages: []conversation.Message{{
			Key: own, Author: conversation.Bot, Purpose: conversation.Answer, Parts: conversation.TextParts("好的"),
			Received: got.Message.Received, Outcome: conversation.Outcome{Delivery: conversation.Pending},
		}},
		Records: []conversation.Record{{
			Ask: conversation.NewTicketID(c.ID, key), Event: conversation.RecordAsked, At: got.Message.Received,
		}},
	}
}

var ids = func() conversation.IDs {
	made, err := conversation.NewIDs([]byte("a deployment key of thirty-two b"))
	if err != nil {
		panic(err)
	}
	return made
}()

// What was answered survives the end of the process at any moment, and what was
// half done does not show.
func TestAnsweredSurvivesKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zhida.db")
	for round := range 3 {
		answered := crash(t, path)
		s, file := open(t, path, time.Now)
		for w := range crashWriters {
			checkCrashed(t, s, fmt.Sprint("user ", w), answered[w])
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("round %d: answered by writer: %v", round, answered)
	}
}

// crash runs the writing process, kills it, and returns how many operations each
// of its writers was answered.
func crash(t *testing.T, path string) [crashWriters]int {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var answered [crashWriters]int
	lines := bufio.NewReader(out)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a last half line was not answered
		}
		var w, i int
		if _, err := fmt.Sscan(line, &w, &i); err != nil {
			t.Fatalf("line %q: %v", strings.TrimSpace(line), err)
		}
		answered[w] = i + 1
		if n == crashAnswers {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the process ended by itself")
	}
	return answered
}

// checkCrashed checks that a user's first answered messages are whole.
func checkCrashed(t *testing.T, s store.Store, user string, answered int) {
	t.Helper()
	ctx := t.Context()
	id := message(user, 0).Message.Conversation
	all, err := s.Messages(ctx, id, "", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	records, err := s.Records(ctx, message(user, 0).Message.Received)
	if err != nil {
		t.Fatal(err)
	}
	there := map[conversation.Key]bool{}
	for _, m := range all {
		there[m.Key] = true
	}
	for i := range max(answered, len(all)) {
		in := message(user, i)
		own := answer(store.Received{Message: in.Message}).Messages[0].Key
		if i < answered && (!there[in.Message.Key] || !there[own]) {
			t.Errorf("%s: message %d was answered; stored %t, its answer %t", user, i, there[in.Message.Key], there[own])
		}
		recorded := slices.ContainsFunc(records, func(r conversation.Record) bool {
			return r.Ask == conversation.NewTicketID(id, in.Message.Key)
		})
		if there[own] != recorded {
			t.Errorf("%s: message %d: half a commit", user, i)
		}
	}
}
