package conversation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestIDs(t *testing.T) {
	ids, err := NewIDs([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	again, _ := NewIDs([]byte(strings.Repeat("k", 32)))
	other, _ := NewIDs([]byte(strings.Repeat("o", 32)))
	p := Peer{Channel: "sms", Account: "+1", User: "+8613800000000"}
	switch {
	case !ids.Of(p).Valid():
		t.Error("an id we made is not valid")
	case ids.Of(p) != again.Of(p):
		t.Error("the same peer has two ids")
	case ids.Of(p) == other.Of(p):
		t.Error("the key makes no difference: ids could be guessed")
	case ids.Of(Peer{Account: "ab", User: "c"}) == ids.Of(Peer{Account: "a", User: "bc"}):
		t.Error("two peers run together")
	}
	if _, err := NewIDs([]byte("short")); !fault.Is(err, fault.Config) {
		t.Errorf("a short key: %v", err)
	}
	for _, bad := range []ID{"", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "../../../etc/passwd.......", "abc"} {
		if bad.Valid() {
			t.Errorf("%q is taken for an id", bad)
		}
	}
}

func TestKeysSortByTimeThenOrigin(t *testing.T) {
	early := time.UnixMilli(999)
	keys := []Key{
		InboundKey(early, "z"), InboundKey(noon, "a"), InboundKey(noon, "b"), OwnKey(noon, "cause", 0),
		InboundKey(noon.Add(time.Millisecond), "a"),
	}
	if !slices.IsSorted(keys) {
		t.Errorf("not in order: %q", keys)
	}
	if got := keys[1].Time(); !got.Equal(noon) {
		t.Errorf("time %s", got)
	}
	if InboundKey(noon, "x") == OwnKey(noon, "x", 0) {
		t.Error("a customer can choose one of our keys")
	}
	if !Key("nonsense").Time().IsZero() {
		t.Error("a malformed key has a time")
	}
}

func TestOurKeysTellNothing(t *testing.T) {
	if k := OwnKey(noon, "reply:lin:secret", 0); strings.Contains(string(k), "lin") {
		t.Errorf("the key shows its cause: %s", k)
	}
}

func TestWhoseKey(t *testing.T) {
	for k, ours := range map[Key]bool{
		OwnKey(noon, "x", 0): true, InboundKey(noon, "z.1"): false, InboundKey(noon, "-z.1"): false, "": false, "z.": false,
	} {
		if k.Ours() != ours {
			t.Errorf("%q: ours is %t", k, k.Ours())
		}
	}
}

// A message of ours names its cause, so that it can be found with it.
func TestCauseOfAKey(t *testing.T) {
	for _, cause := range []string{"", "x", "in:1760000000000-c.m1", "claim:小金:1"} {
		for _, nth := range []int{0, 7, 12} {
			if got := OwnKey(noon, cause, nth).CauseDigest(); got != CauseDigest(cause) || len(got) != 16 {
				t.Errorf("%q, %d: %q, want %q", cause, nth, got, CauseDigest(cause))
			}
		}
	}
	for _, k := range []Key{"", "z.", "nonsense", "z.a-0", InboundKey(noon, "z.a-0"), "1760000000000-z.a"} {
		if got := k.CauseDigest(); got != "" {
			t.Errorf("%q names the cause %q", k, got)
		}
	}
}

// TestKeysFromOutside are ours only if they are whole, and nothing more.
func TestKeysFromOutside(t *testing.T) {
	for _, good := range []Key{OwnKey(noon, "cause", 0), OwnKey(time.UnixMilli(0), "", 12), OwnKey(noon, "reply:lin:1", 1)} {
		if !good.Shaped() {
			t.Errorf("%q is not taken for ours", good)
		}
	}
	good := string(OwnKey(noon, "cause", 0))
	for _, bad := range []string{
		"", "-", "0", "z.", good[1:], "0" + good, good + "0x", good[:len(good)-1], good[:len(good)-1] + "01", good[:len(good)-1] + "+1",
		good[:len(good)-2] + "\n-0", good[:16] + "\n" + good[17:], good[:16] + strings.Repeat("\n", 9) + good[16:], good[:16] + "a" + good[16:],
		good[:16] + "<" + good[17:], " " + good, good + "\n", string(InboundKey(noon, "z.cause-0")), "x" + good[1:],
	} {
		if Key(bad).Shaped() {
			t.Errorf("%q is taken for ours", bad)
		}
	}
}

func TestNextTime(t *testing.T) {
	c := Conversation{LastIn: InboundKey(noon.Add(2*time.Minute), "ahead")}
	first := c.NextTime(noon)
	if !first.After(c.LastIn.Time()) {
		t.Errorf("our answer at %s stands before what it answers", first)
	}
	c.LastOut = OwnKey(first, "a", 0)
	if !c.NextTime(noon).After(first) {
		t.Error("two messages of ours in one millisecond")
	}
	if got := (Conversation{}).NextTime(noon); !got.Equal(noon) {
		t.Errorf("the first message is at %s", got)
	}
}

func TestTicketIDs(t *testing.T) {
	ticket := NewTicketID(id, key)
	if ticket.Conversation() != id || ticket.AskKey() != key {
		t.Errorf("%s → %s, %s", ticket, ticket.Conversation(), ticket.AskKey())
	}
	if TicketID("x.y").Conversation() != "" || TicketID("").Conversation() != "" {
		t.Error("a malformed ticket id names a conversation")
	}
}

func TestRankIsClassThenTime(t *testing.T) {
	rank := func(class Class, at time.Time) string {
		return Ticket{ID: "t", Class: class, AskedAt: at}.Rank()
	}
	order := []string{
		rank(Distress, noon.Add(time.Hour)), rank(Priority, noon), rank(Normal, noon), rank(Normal, noon.Add(time.Millisecond)),
	}
	if !slices.IsSorted(order) {
		t.Errorf("not in order: %q", order)
	}
}
