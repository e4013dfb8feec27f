package intent

import (
	"unicode"
	"unicode/utf8"
)

// folder writes text in the one form the lexicon knows: simplified lower-case
// characters, ' ' where words part, '\n' where clauses part. Nothing stands
// between two Chinese characters, so 转.人 - 工 becomes 转人工.
type folder struct {
	buf  []byte
	last rune // last rune written, 0 at the start
	run  int  // how often last was repeated
	gap  byte // separator owed before the next rune: 0, ' ' or '\n'

	runes    int // Chinese characters in this clause; -1 once it holds anything else
	mergeAt  int // index of the '\n' before this clause if the clause before was one character, else -1
	anything bool
}

// fold appends the normal form of text to dst. Work and output are linear in len(text).
func fold(dst []byte, text string) []byte {
	f := folder{buf: dst, mergeAt: -1}
	for i, r := range text {
		if r < utf8.RuneSelf {
			f.ascii(text, i, byte(r))
			continue
		}
		f.wide(r)
	}
	f.endClause()
	return f.buf
}

func (f *folder) ascii(text string, i int, c byte) {
	switch {
	case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		f.write(rune(c))
	case c >= 'A' && c <= 'Z':
		f.write(rune(c) + 'a' - 'A')
	case c == '\'' || c == '`':
		// don't and dont are one word
	case c == ',' || c == '!' || c == '?' || c == ';' || c == ':' || c == '\n':
		f.endClause()
	case c == '.' && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n' || text[i+1] >= utf8.RuneSelf):
		f.endClause()
	default:
		f.space()
	}
}

func (f *folder) wide(r rune) {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF:
		if s, ok := simple()[r]; ok {
			r = s
		}
		f.write(r)
	case r >= 0xFF01 && r <= 0xFF5E: // full-width forms of ASCII
		f.ascii(" ", 0, byte(r-0xFEE0))
	case r == '。' || r == '、' || r == '…' || r == '｡' || r == '؟':
		f.endClause()
	case ignorable(r):
	case r == '’' || r == '‘' || r == 'ʼ':
	default:
		if l := lookalike(r); l != 0 {
			f.write(l)
			return
		}
		f.space()
	}
}

// ignorable runes do not even part two letters: zero-width marks, variation selectors,
// combining marks, tags, and the error rune that invalid UTF-8 decodes to.
func ignorable(r rune) bool {
	switch {
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F,
		r == 0xFEFF, r == 0xAD, r == 0x34F, r == 0x61C, r == 0x180E, r == 0x115F, r == 0x1160, r == 0x3164,
		r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF, r == utf8.RuneError:
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me)
}

// space notes a soft gap. Between Chinese characters it means nothing.
func (f *folder) space() {
	if f.gap == 0 {
		f.gap = ' '
	}
}

func (f *folder) write(r rune) {
	wide := r >= utf8.RuneSelf
	if f.gap != 0 {
		if f.anything && (f.gap == '\n' || !wide || f.last < utf8.RuneSelf) {
			f.buf = append(f.buf, f.gap)
		}
		if !wide || f.gap == '\n' {
			f.run = 0
		}
		f.gap = 0
	}
	if r == f.last && f.run > 0 && (r < '0' || r > '9') {
		f.run++
		if f.run == 3 { // aaa is a shouted a: drop the second, and skip the rest
			f.buf = f.buf[:len(f.buf)-utf8.RuneLen(r)]
		}
		if f.run >= 3 {
			return
		}
	} else {
		f.run = 1
	}
	f.buf = utf8.AppendRune(f.buf, r)
	f.last, f.anything = r, true
	switch {
	case !wide:
		f.runes = -1
	case f.runes >= 0 && f.run == 1:
		f.runes++
	}
}

// endClause parts clauses, unless both neighbours are single characters: 转,人,工 is one word.
func (f *folder) endClause() {
	if f.runes == 0 {
		f.mark()
		return
	}
	single := f.runes == 1
	if single && f.mergeAt >= 0 && f.mergeAt < len(f.buf) && f.buf[f.mergeAt] == '\n' {
		copy(f.buf[f.mergeAt:], f.buf[f.mergeAt+1:])
		f.buf = f.buf[:len(f.buf)-1]
	}
	f.mergeAt = -1
	if single {
		f.mergeAt = len(f.buf)
	}
	f.runes = 0
	f.mark()
}

func (f *folder) mark() {
	if f.anything {
		f.gap = '\n'
	}
}
