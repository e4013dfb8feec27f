package routing

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// PlaceText says a place in line and an honest estimate, or that none is known
// (promise P3).
func PlaceText(lang conversation.Language, p store.Place) string {
	if t := textsOf(lang); t != nil {
		return t.where(p)
	}
	return zh.where(p)
}

// NoteText is what a message with that purpose, which told a waiting customer their place,
// says of the place that they have now.
func NoteText(lang conversation.Language, purpose conversation.Purpose, p store.Place) string {
	t := textsOf(lang)
	if t == nil {
		t = &zh
	}
	if purpose == conversation.Acknowledgement {
		return t.taken + t.where(p) + t.placeIsKept
	}
	return t.still + t.where(p)
}

// PlaceMark says in no language what PlaceText says: where the marks of two places are the
// same, so are the texts.
func PlaceMark(p store.Place) string {
	mark := fmt.Sprint(p.Ahead)
	switch {
	case p.About:
		mark = "~" + mark
	case !p.Exact:
		mark = ">" + mark
	}
	if wait, known := Estimate(p); known {
		mark += fmt.Sprintf(" %dm", minutes(wait))
	}
	return mark
}

// MarkIn is the mark of what a text says of a place: of all of it, or of the place without the
// estimate, or "" where it says another.
func MarkIn(text string, lang conversation.Language, p store.Place) string {
	t := textsOf(lang)
	if t == nil {
		t = &zh
	}
	bare := p
	bare.Every = 0
	switch {
	case strings.Contains(text, t.where(p)):
		return PlaceMark(p)
	case strings.Contains(text, strings.TrimSuffix(t.where(bare), t.noEstimate)):
		return PlaceMark(bare)
	}
	return ""
}

// Matters reports whether somebody who was told their place by a message is to hear of the one
// that they have now, where each message costs: they are next and do not know it, or they have
// waited more than twice as long as they were told, and five minutes.
func Matters(told conversation.Note, now time.Time, p store.Place) bool {
	ahead, wait, known := marked(told.Place)
	if p.Exact && p.Ahead == 0 && ahead != 0 {
		return true
	}
	return known && now.Sub(told.Key.Time()) > 2*max(wait, time.Minute)+5*time.Minute
}

// marked is what a mark says: how many are ahead, -1 where that is not known, and how long it takes.
func marked(mark string) (ahead int, wait time.Duration, known bool) {
	place, estimate, known := strings.Cut(mark, " ")
	ahead, err := strconv.Atoi(place)
	if err != nil {
		ahead = -1
	}
	n, err := strconv.Atoi(strings.TrimSuffix(estimate, "m"))
	return ahead, time.Duration(n) * time.Minute, known && err == nil
}

// minutes is a wait as it is told: 0 is less than one.
func minutes(wait time.Duration) int {
	if wait < time.Minute {
		return 0
	}
	return int((wait + time.Minute - 1) / time.Minute)
}

func (t *texts) where(p store.Place) string {
	text := fmt.Sprintf(t.position, p.Ahead+1)
	switch {
	case p.About:
		text = fmt.Sprintf(t.about, p.Ahead)
	case !p.Exact:
		text = fmt.Sprintf(t.more, p.Ahead)
	case p.Ahead == 0:
		text = t.next
	}
	wait, known := Estimate(p)
	switch n := minutes(wait); {
	case !known:
		return text + t.noEstimate
	case n == 0:
		return text + t.soon
	default:
		return text + fmt.Sprintf(t.minutes, n)
	}
}
