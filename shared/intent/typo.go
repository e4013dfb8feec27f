package intent

import (
	"math/bits"
	"strings"
)

// A target is an English word worth recognising when it is misspelt.
type target struct {
	word    string
	letters uint32 // the set of its letters, to dismiss most words without measuring them
}

// enTargets are the words that asks are made of. A slip of one is not itself an English word:
// those that are stand in enNotSlips.
const enTargets = `
	actual advisor agent agents anybody anyone assistant chatbot chatting complain complaint connect contact customer
	employee escalate human humans immediately lawyer live manager need operator people person please real
	representative representatives robot service somebody someone speak speaking specialist supervisor support
	talk talking technician transfer want`

// enNotSlips are words of their own one letter away from a target.
const enNotSlips = `
	achieve agency agenda assistance assistants assisting compliant complains complained complaints
	connected connecting connects contacted contactless contacts contract contracts costume costumes
	custom customers customs employees employer employers escalated escalates escalator
	humane humanity humanly humour layer layers level lives manage managed management managers manages
	operate operated operates operators opera parson persona personal persons peoples pleased pleasure prison
	realm really represent representing resort robots robust roots served server services serviced sever severe
	sneak speaker speakers speaks specialists specially speck spear steak supported supporter supports supplied
	taking talks tanking technical technicians transfers transfered transferred walking wand wants wanted
	needs needed neat seed weed deed feed persistent chatting chasing factual mutual actually`

func newTargets() []target {
	var out []target
	for w := range strings.FieldsSeq(enTargets) {
		out = append(out, target{w, letterSet([]byte(w))})
	}
	return out
}

// letterSet returns the set of letters in word.
func letterSet(word []byte) uint32 {
	var s uint32
	for _, c := range word {
		s |= 1 << (c & 31)
	}
	return s
}

// slip returns the target that word misspells, or "".
func slip(word []byte) string {
	if len(word) < 4 || len(word) > 20 || notSlips()[string(word)] {
		return ""
	}
	letters := letterSet(word)
	for _, t := range targets() {
		allowed := 1
		if len(t.word) >= 10 {
			allowed = 3
		} else if len(t.word) >= 8 {
			allowed = 2
		}
		if abs(len(word)-len(t.word)) > allowed || bits.OnesCount32(letters^t.letters) > 2*allowed {
			continue
		}
		if isSlip(word, t.word, allowed) {
			return t.word
		}
	}
	return ""
}

// isSlip reports whether word is at most allowed edits from the target w. Short words are
// close to many others, so less is forgiven: they keep their first letter, and words of
// four letters have only neighbours exchanged or a letter doubled.
func isSlip(word []byte, w string, allowed int) bool {
	first := word[0] == w[0]
	switch {
	case len(w) <= 4:
		return swapped(word, w) || first && len(word) == 5 && letterSet(word) == letterSet([]byte(w)) && distance(word, w) == 1
	case len(word) <= 4:
		return first && len(w) == 5 && word[3] == w[4] && distance(word, w) == 1
	case !first && len(w) < 6 && !swapped(word, w):
		return false
	}
	return distance(word, w) <= allowed
}

func abs(n int) int {
	return max(n, -n)
}

// swapped reports whether word is w with two neighbours exchanged.
func swapped(word []byte, w string) bool {
	return len(word) == len(w) && letterSet(word) == letterSet([]byte(w)) && distance(word, w) == 1
}

// distance counts inserted, lost, changed and exchanged letters. Both words are at most 20 letters long.
func distance(a []byte, b string) int {
	var rows [3][24]int8
	for j := range len(b) + 1 {
		rows[1][j] = int8(j)
	}
	for i := 1; i <= len(a); i++ {
		now, above, above2 := &rows[(i+1)%3], &rows[i%3], &rows[(i+2)%3]
		now[0] = int8(i)
		for j := 1; j <= len(b); j++ {
			cost := int8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(now[j-1]+1, above[j]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, above2[j-2]+1)
			}
			now[j] = d
		}
	}
	return int(rows[(len(a)+1)%3][len(b)])
}
