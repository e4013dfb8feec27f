package cloud

import (
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// TestKeep: a number of days that would forget what comes again is a mistake like
// others, and never rounded.
func TestKeep(t *testing.T) {
	const day = 24 * time.Hour
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "30": dynamostore.MinKeep, "365": 365 * day, "9999": 9999 * day,
		"29": -1, "-1": -1, "1": -1, "30d": -1, "30.5": -1, " 30": -1, "10000": -1, "99999999999999999999": -1,
	} {
		d := &Deployment{environment: map[string]string{keepDays: value}}
		got := d.keep()
		if wrong := d.mistakes(); want < 0 {
			if wrong == nil || !strings.Contains(wrong.Error(), keepDays+": ") {
				t.Errorf("%q: %v", value, wrong)
			}
			continue
		}
		if got != want || len(d.wrong) > 0 {
			t.Errorf("%q is %s, want %s: %v", value, got, want, d.wrong)
		}
	}
}

// TestTheStoreIsToldWhatIsKept: the number reaches the store, whose refusal of it
// could not be seen from outside.
func TestTheStoreIsToldWhatIsKept(t *testing.T) {
	d := &Deployment{
		environment: map[string]string{keepDays: "29", "ZHIDA_TABLE": "a", "AWS_REGION": "xx-test-1"}, now: time.Now, made: map[string]any{},
	}
	if d.Store(); len(d.wrong) != 1 || !strings.Contains(d.wrong[0].Error(), keepDays) {
		t.Errorf("a store that forgets too soon is made: %v", d.wrong)
	}
}
