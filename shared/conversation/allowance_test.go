package conversation_test

import (
	"testing"
	"time"

	. "github.com/zhida-project/zhida/shared/conversation"
)

func TestAnAllowanceIsOpenWhileSomethingIsLeftOfIt(t *testing.T) {
	a := Allowance{}.After(InboundKey(noon, "m1"), Grant{Messages: 2, Lasts: time.Minute})
	if want := (Allowance{Granted: InboundKey(noon, "m1"), Total: 2, Left: 2, Until: noon.Add(time.Minute)}); a != want {
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

// TestWhatActsGrantTogether: the larger count and the later end, of what is open.
func TestWhatActsGrantTogether(t *testing.T) {
	wrote, tapped, entered := Grant{Messages: 5, Lasts: 48 * time.Hour}, Grant{Messages: 3, Lasts: time.Minute}, Grant{Messages: 2, Lasts: time.Minute}
	key := func(s int) Key { return InboundKey(noon.Add(time.Duration(s)*time.Second), "m") }
	after := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	type step struct {
		at    int // seconds, of the act
		grant Grant
		spent int // before it came
	}
	const days = 48 * 3600
	for name, tc := range map[string]struct {
		steps []step
		want  Allowance
	}{
		"a tap takes nothing away":           {[]step{{0, wrote, 0}, {9, tapped, 0}}, Allowance{key(0), 5, 5, after(days)}},
		"a tap after three of five":          {[]step{{0, wrote, 0}, {9, tapped, 3}}, Allowance{key(9), 3, 3, after(days)}},
		"a tap after two of five":            {[]step{{0, wrote, 0}, {9, tapped, 2}}, Allowance{key(0), 5, 3, after(days)}},
		"a tap when all is used up":          {[]step{{0, wrote, 0}, {9, tapped, 5}}, Allowance{key(9), 3, 3, after(69)}},
		"a tap when all is over":             {[]step{{0, wrote, 0}, {days, tapped, 0}}, Allowance{key(days), 3, 3, after(days + 60)}},
		"words after a tap":                  {[]step{{0, tapped, 0}, {9, wrote, 1}}, Allowance{key(9), 5, 5, after(9 + days)}},
		"words after words":                  {[]step{{0, wrote, 0}, {9, wrote, 1}}, Allowance{key(9), 5, 5, after(9 + days)}},
		"two taps":                           {[]step{{0, tapped, 0}, {9, tapped, 0}}, Allowance{key(9), 3, 3, after(69)}},
		"a session after a tap":              {[]step{{0, tapped, 0}, {9, entered, 0}}, Allowance{key(9), 3, 3, after(69)}},
		"what grants nothing":                {[]step{{0, wrote, 0}, {9, Grant{}, 1}}, Allowance{key(0), 5, 4, after(days)}},
		"the same again":                     {[]step{{0, wrote, 0}, {0, wrote, 2}}, Allowance{key(0), 5, 3, after(days)}},
		"words that come late":               {[]step{{9, tapped, 0}, {0, wrote, 1}}, Allowance{key(9), 5, 4, after(days)}},
		"words that come late to nothing":    {[]step{{9, tapped, 0}, {0, wrote, 3}}, Allowance{key(9), 5, 2, after(days)}},
		"words that come too late":           {[]step{{days, tapped, 0}, {0, wrote, 1}}, Allowance{key(days), 3, 2, after(days + 60)}},
		"a tap that comes late":              {[]step{{9, wrote, 0}, {0, tapped, 3}}, Allowance{key(9), 5, 2, after(9 + days)}},
		"a tap that comes late, to too few":  {[]step{{9, entered, 0}, {0, tapped, 1}}, Allowance{key(9), 3, 2, after(69)}},
		"leaving":                            {[]step{{0, wrote, 0}, {9, Grant{Ends: true}, 1}}, Allowance{key(9), 0, 0, after(9)}},
		"leaving, where nothing was granted": {[]step{{9, Grant{Ends: true}, 0}}, Allowance{key(9), 0, 0, after(9)}},
		"leaving that comes late":            {[]step{{9, wrote, 0}, {0, Grant{Ends: true}, 1}}, Allowance{key(9), 5, 4, after(9 + days)}},
		"words from before leaving":          {[]step{{5, tapped, 0}, {9, Grant{Ends: true}, 0}, {0, wrote, 0}}, Allowance{key(9), 0, 0, after(9)}},
		"back again":                         {[]step{{0, wrote, 0}, {9, Grant{Ends: true}, 0}, {20, tapped, 0}}, Allowance{key(20), 3, 3, after(80)}},
	} {
		var a Allowance
		for _, s := range tc.steps {
			a.Left -= s.spent
			a = a.After(key(s.at), s.grant)
		}
		if a != tc.want {
			t.Errorf("%s: %+v, want %+v", name, a, tc.want)
		}
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
