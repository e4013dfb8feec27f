package live_test

import (
	"slices"
	"testing"

	"github.com/zhida-project/zhida/shared/live"
)

func TestNewest(t *testing.T) {
	texts := []string{"一二三", "four", "5"} // 11, 6 and 3 bytes as JSON
	for most, want := range map[int]int{0: 0, 3: 0, 4: 1, 10: 1, 11: 2, 22: 2, 23: 3, 1000: 3} {
		kept, cut := live.Newest(texts, most)
		if !slices.Equal(kept, texts[3-want:]) || cut != (want < 3) {
			t.Errorf("at most %d: %q, %v", most, kept, cut)
		}
	}
	if kept, cut := live.Newest([]string{}, 0); kept == nil || cut {
		t.Errorf("%v, %v", kept, cut)
	}
}
