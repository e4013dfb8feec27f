package intent

// A target is a word worth recognising when it is misspelt.
type target struct {
	word  string
	class class
}

// targets by first letter. A slip keeps the first letter, is one edit away (two for words of
// ten letters and more), and is not itself an English word: those are listed in notSlips.
func targets(letter byte) []target {
	switch letter {
	case 'a':
		return []target{{"agent", person}, {"agents", person}, {"advisor", person}, {"assistant", helper}, {"anyone", anyone}, {"anybody", anyone}}
	case 'c':
		return []target{{"connect", route}, {"contact", strong}, {"complaint", complaint}, {"chatting", strong}, {"customer", filler}}
	case 'h':
		return []target{{"human", person}, {"humans", person}}
	case 'm':
		return []target{{"manager", boss}}
	case 'o':
		return []target{{"operator", person}}
	case 'p':
		return []target{{"person", anyone}, {"people", anyone}}
	case 'r':
		return []target{{"representative", person}, {"robot", bot}}
	case 's':
		return []target{{"speak", strong}, {"speaking", strong}, {"someone", anyone}, {"somebody", anyone}, {"supervisor", boss}, {"support", support}, {"specialist", helper}}
	case 't':
		return []target{{"talking", strong}, {"transfer", route}, {"talk", strong}}
	case 'w':
		return []target{{"want", wish}, {"wanna", wish}}
	}
	return nil
}

// slip returns the class of the target that word misspells, or 0.
func slip(word []byte) class {
	if len(word) < 4 || notSlip(word) {
		return 0
	}
	for _, t := range targets(word[0]) {
		allowed := 1
		if len(t.word) >= 10 && len(word) >= 8 {
			allowed = 3
		}
		if abs(len(word)-len(t.word)) > allowed {
			continue
		}
		if len(t.word) <= 4 {
			if swapped(word, t.word) || len(word) == 5 && distance(word, t.word) == 1 {
				return t.class
			}
			continue
		}
		if distance(word, t.word) <= allowed {
			return t.class
		}
	}
	return 0
}

func notSlip(word []byte) bool {
	switch string(word) {
	case "speaker", "speaks", "talks", "taking", "walking", "wants", "wand", "customers", "custom", "sneak", "manage", "managed", "manages", "humane", "persona", "persons", "parson", "operate",
		"contract", "contracts", "contact", "contacts", "connects", "connected", "compliant", "supports", "transfers", "transfered",
		"assistance", "peoples", "agency", "robots", "robust", "contactless", "supported", "supporter", "representing", "specialists", "speck", "steak", "spear":
		return true
	}
	return false
}

func abs(n int) int {
	return max(n, -n)
}

// swapped reports whether word is w with two neighbours exchanged.
func swapped(word []byte, w string) bool {
	if len(word) != len(w) {
		return false
	}
	return distance(word, w) <= 1 && sameLetters(word, w)
}

func sameLetters(word []byte, w string) bool {
	var n [256]int8
	for i := range word {
		n[word[i]]++
		n[w[i]]--
	}
	return n == [256]int8{}
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
