package conversation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "github.com/zhida-project/zhida/shared/conversation"
)

func TestLedgerKeepsTheEarliestOfEachOccasion(t *testing.T) {
	at := func(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }
	first := Record{Ask: "a", Event: RecordFirstWord, At: at(5), Agent: "lin"}
	later := Record{Ask: "a", Event: RecordFirstWord, At: at(6), Agent: "kim"}
	tied := Record{Ask: "a", Event: RecordFirstWord, At: at(5), Agent: "zoe"}
	again := Record{Ask: "a", Event: RecordClaimed, Nth: 1, At: at(3)}
	once := Record{Ask: "a", Event: RecordClaimed, At: at(3)}
	other := Record{Ask: "b", Event: RecordFirstWord, At: at(9)}
	want := []Record{again, once, first, other}
	for _, given := range [][]Record{
		{other, later, first, again, once, tied},
		{tied, first, again, later, once, other},
		{again, first, tied, once, later, other},
	} {
		if diff := cmp.Diff(want, Ledger(given)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if got := Ledger(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
