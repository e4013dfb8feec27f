package conversation_test

import (
	"testing"
	"time"

	. "github.com/zhida-project/zhida/shared/conversation"
)

func TestAnAllowanceIsOpenWhileSomethingIsLeftOfIt(t *testing.T) {
	a := Grant{Messages: 2, Lasts: time.Minute}.Allows(InboundKey(noon, "m1"))
	if want := (Allowance{Granted: InboundKey(noon, "m1"), Left: 2, Until: noon.Add(time.Minute)}); a != want {
		t.Fatalf("got %+v, want %+v", a, want)
	}
	for _, tc := range []struct {
		name string
		left int
		at   time.Duration
		open bool
	}{
		{"at once", 2, 0, true},
		{"the last message", 1, 0, true},
		{"none left", 0, 0, false},
		{"more spent than granted", -1, 0, false},
		{"just in time", 1, time.Minute - time.Millisecond, true},
		{"too late", 1, time.Minute, false},
	} {
		a.Left = tc.left
		if got := a.Open(noon.Add(tc.at)); got != tc.open {
			t.Errorf("%s: open is %t", tc.name, got)
		}
	}
	if (Allowance{}).Open(noon) {
		t.Error("nothing was granted, and something may be sent")
	}
}

func TestAMessageIsAwaitedWhileAPartIsElsewhere(t *testing.T) {
	here, elsewhere := Part{Kind: Image, Media: Media{Key: "k"}}, Part{Kind: Image, Media: Media{Remote: "id"}}
	if (Message{Parts: []Part{here}}).Awaited() {
		t.Error("what is here is awaited")
	}
	if !(Message{Parts: []Part{here, elsewhere}}).Awaited() {
		t.Error("what is elsewhere is not awaited")
	}
}
