package intent

import (
	"bytes"
	"unicode/utf8"
)

// repair returns a folded text with its misspelt Latin words put right, its pinyin in Chinese,
// so that phrases are found with a slip in any of their words. It writes to dst only if there is something to put right.
func repair(dst, buf []byte) []byte {
	copied := 0 // how much of buf is in dst
	var room [128]byte
	for i := 0; i < len(buf); {
		if buf[i] <= ' ' || buf[i] >= utf8.RuneSelf {
			i++
			continue
		}
		stop := wordEnd(buf, i)
		if chinese, end := chineseFor(room[:0], buf, i); end > i {
			dst = append(append(dst, buf[copied:i]...), chinese...)
			copied, i = end, end
			continue
		}
		if fixed := respell(room[:0], buf[i:stop]); len(fixed) > 0 {
			dst = append(append(dst, buf[copied:i]...), fixed...)
			copied = stop
		}
		i = stop
	}
	if copied == 0 {
		return buf
	}
	return append(dst, buf[copied:]...)
}

// respell appends what an unknown word was meant to be, or nothing.
func respell(dst, word []byte) []byte {
	if len(word) < 4 || len(word) > 40 || words()[string(word)].part {
		return dst
	}
	if last := word[len(word)-1]; last >= '1' && last <= '5' && words()[string(word[:len(word)-1])].part {
		return append(dst, word[:len(word)-1]...) // gong1
	}
	if w := slip(word); w != "" {
		return append(dst, w...)
	}
	return unglue(dst, word)
}

// cores are words without which a run of letters is not worth taking apart.
var cores = [][]byte{
	[]byte("agent"), []byte("anyone"), []byte("customer"), []byte("human"), []byte("manager"), []byte("operator"), []byte("person"),
	[]byte("representative"), []byte("somebody"), []byte("someone"), []byte("supervisor"), []byte("support"), []byte("talkto"),
}

// enSmallWords are the words of one or two letters that glued words may hold.
const enSmallWords = `a an at be cs hi i in is me my no of on or to ur us we`

// unglue appends the words of a run of letters, "talktoahuman", if all of it is known words.
func unglue(dst, word []byte) []byte {
	const longest = 14
	if len(word) < 6 || notSlips()[string(word)] || !hasCore(word) {
		return dst
	}
	var from [41]int8 // from[n]: where the last word of word[:n] starts; -1 if word[:n] is no words
	for n := 1; n <= len(word); n++ {
		from[n] = -1
		for s := max(0, n-longest); s < n; s++ {
			if from[s] >= 0 && (n-s > 2 || smallWords()[string(word[s:n])]) && words()[string(word[s:n])].part {
				from[n] = int8(s)
				break
			}
		}
	}
	if from[len(word)] < 0 {
		return dst
	}
	var starts [41]int8
	k := 0
	for n := int8(len(word)); n > 0; n = from[n] {
		starts[k] = from[n]
		k++
	}
	for k--; k >= 0; k-- {
		end := len(word)
		if k > 0 {
			end = int(starts[k-1])
		}
		dst = append(append(dst, word[starts[k]:end]...), ' ')
	}
	return dst[:len(dst)-1]
}

func hasCore(word []byte) bool {
	for _, c := range cores {
		if bytes.Contains(word, c) {
			return true
		}
	}
	return false
}
