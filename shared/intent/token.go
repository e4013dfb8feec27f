package intent

import (
	"bytes"
	"unicode/utf8"
)

// tokens appends the class of each word of a folded text to dst, with brk between clauses.
// It looks ahead by at most the longest phrase of the lexicon, so it is linear.
func tokens(dst []class, buf []byte) []class {
	for i := 0; i < len(buf); {
		switch c := buf[i]; {
		case c == '\n':
			dst = append(dst, brk)
			i++
		case c == ' ':
			i++
		case c >= utf8.RuneSelf:
			var k class
			k, i = words().chinese(buf, i)
			dst = append(dst, k)
		default:
			var k class
			k, i = words().latin(buf, i)
			dst = append(dst, k)
		}
	}
	return append(dst, brk)
}

// chinese returns the class and the end of the longest phrase at buf[i:], or of one unknown character.
func (l lexicon) chinese(buf []byte, i int) (class, int) {
	_, n := utf8.DecodeRune(buf[i:])
	return l.longest(buf, i, i+n)
}

// longest looks for phrases that begin at buf[i] with at least buf[i:j].
func (l lexicon) longest(buf []byte, i, j int) (class, int) {
	best, end := han, j
	short, shortEnd := best, end // the longest phrase before best
	for {
		e, ok := l[string(buf[i:j])]
		if e.word {
			short, shortEnd = best, end
			best, end = e.class, j
		}
		if !ok || !e.more || j >= len(buf) || buf[j] <= ' ' {
			break
		}
		_, n := utf8.DecodeRune(buf[j:])
		j += n
	}
	if k, e := slipAt(buf, i, end); e > end {
		short, shortEnd, best, end = best, end, k, e
	}
	if bytes.HasPrefix(buf[end:], []byte("们")) && end-i > 3 { // 请你 + 们
		return best, end + len("们")
	}
	if end-i > 3 && shortEnd < end && bytes.HasSuffix(buf[i:end], []byte("人")) && bytes.HasPrefix(buf[end:], []byte("工")) {
		return short, shortEnd // 联系人 + 工 is 联系 + 人工
	}
	return best, end
}

// latin returns the class and the end of the longest phrase of words at buf[i:].
// Unknown words get a second chance as letters spelt out and as pinyin.
func (l lexicon) latin(buf []byte, i int) (class, int) {
	stop := wordEnd(buf, i)
	e := l[string(buf[i:stop])]
	best, end, found := e.class, stop, e.word
	for j := stop; e.more && j < len(buf) && buf[j] == ' '; {
		j = wordEnd(buf, j+1)
		if e = l[string(buf[i:j])]; e.word {
			best, end, found = e.class, j, true
		}
	}
	if e = l[string(buf[i:stop])]; e.more && stop < len(buf) && buf[stop] >= utf8.RuneSelf { // 12315平台, ren工
		if k, j := l.longest(buf, i, stop); j > end {
			return k, j
		}
	}
	if end == i+1 {
		if k, j := l.spelt(buf, i); j > i {
			return k, j
		}
	}
	if !found {
		best = pinyin(buf[i:stop])
	}
	return best, end
}

// wordEnd returns where the run of letters and digits that starts at buf[i] ends.
func wordEnd(buf []byte, i int) int {
	for i < len(buf) && buf[i] != ' ' && buf[i] != '\n' && buf[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// spelt reads letters that stand alone, "h u m a n", as one word if the lexicon knows it.
// It returns end 0 if there is none.
func (l lexicon) spelt(buf []byte, i int) (class, int) {
	var word [16]byte
	n, best, end := 0, class(0), 0
	for n < len(word) && i < len(buf) && wordEnd(buf, i) == i+1 {
		word[n] = buf[i]
		n++
		i++
		if n >= 3 {
			if e := l[string(word[:n])]; e.word {
				best, end = e.class, i
			}
		}
		if i >= len(buf) || buf[i] != ' ' && buf[i] != '\n' {
			break
		}
		i++
	}
	return best, end
}
