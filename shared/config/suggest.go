package config

import "strings"

// suggest hints at the known word that was probably meant, or lists them all.
func suggest(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if len(word) > 1 && strings.HasPrefix(k, word) {
			return "did you mean " + k + "?"
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least && d < len(k)-1 {
			best, least = k, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "use " + strings.Join(known, ", ")
}

// distance counts the letters to insert, remove, replace or swap with their
// neighbour (optimal string alignment); words are capped, as keys are short.
func distance(a, b string) int {
	const most = 40
	s, t := clip([]rune(a), most), clip([]rune(b), most)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(s)][len(t)]
}

func clip(runes []rune, most int) []rune { return runes[:min(len(runes), most)] }
