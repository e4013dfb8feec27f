package live_test

import (
	"slices"
	"testing"

	"github.com/zhida-project/zhida/shared/live"
)

func TestFitting(t *testing.T) {
	texts := []string{"一二三", "four", "5"} // 11, 6 and 3 bytes as JSON
	for most, want := range map[int]int{0: 0, 3: 0, 4: 1, 10: 1, 11: 2, 22: 2, 23: 3, 1000: 3} {
		kept, cut := live.Fitting(texts, most)
		if !slices.Equal(kept, texts[3-want:]) || cut != (want < 3) {
			t.Errorf("at most %d: %q, %v", most, kept, cut)
		}
	}
	html := []string{"一", "<b>&"} // 5 and 7 bytes: a frame is no HTML
	if kept, cut := live.Fitting(html, 14); len(kept) != 2 || cut {
		t.Errorf("of markup: %q, %v", kept, cut)
	}
	if kept, cut := live.Fitting([]string{}, 0); kept == nil || cut {
		t.Errorf("%v, %v", kept, cut)
	}
}

func TestNewestKeepsTheNewest(t *testing.T) {
	for most, want := range map[int]int{0: 1, 3: 1, 11: 2, 23: 3} {
		texts := []string{"一二三", "four", "5"}
		if kept, cut := live.Newest(texts, most); !slices.Equal(kept, texts[3-want:]) || cut != (want < 3) {
			t.Errorf("at most %d: %q, %v", most, kept, cut)
		}
	}
	if kept, cut := live.Newest([]string{"one that is too long"}, 3); len(kept) != 1 || cut {
		t.Errorf("alone: %q, %v", kept, cut)
	}
	if kept, cut := live.Newest([]string{}, 0); kept == nil || cut {
		t.Errorf("nothing: %v, %v", kept, cut)
	}
}
