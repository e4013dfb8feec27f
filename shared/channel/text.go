package channel

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
)

// CleanText makes what a customer or an agent typed fit to be stored, queued and
// shown anywhere. It changes nothing a person can see:
//
//   - line ends of any kind become \n;
//   - control characters other than \n and \t, noncharacters (U+FFFE and
//     U+FFFF, which SQS refuses, among them) and byte order marks are dropped;
//   - tag characters stay in emoji flags only, since elsewhere they carry text
//     that programs read and people do not see;
//   - bidirectional embeddings, overrides and isolates end on the line they
//     started on: what was left open is closed there, and what closes nothing is
//     dropped, so that no text reorders what stands around it. Balanced ones, the
//     marks LRM, RLM and ALM, and joiners in emoji and scripts stay.
//
// Cleaning twice gives what cleaning once does. Errors: BadText where s is not
// valid UTF-8 or has nothing visible in it.
func CleanText(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fault.New(fault.BadText, "channel.CleanText", "send the text as valid UTF-8")
	}
	text := balanceBidi(dropUnseen(unifyLines(s)))
	if !strings.ContainsFunc(text, visible) {
		return "", fault.New(fault.BadText, "channel.CleanText", "write something: nothing in this text can be seen")
	}
	return text, nil
}

// CheckLength counts s in Unicode code points. Errors: TextTooLong, with the
// limit in the hint.
func CheckLength(s string, limit int) error {
	if n := utf8.RuneCountInString(s); n > limit {
		return fault.New(fault.TextTooLong, "channel.CheckLength",
			fmt.Sprintf("the text has %d characters and the limit is %d: send it in parts", n, limit))
	}
	return nil
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n",
	"\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

func unifyLines(s string) string { return lineEnds.Replace(s) }

const (
	blackFlag = '\U0001F3F4' // starts the flags of England, Scotland, Wales …
	tagFirst  = '\U000E0000'
	tagLast   = '\U000E007F' // ends a flag's tags
	maxTags   = 7            // of one flag: a region code and the end
	byteOrder = '\uFEFF'
)

func dropUnseen(s string) string {
	tags := 0 // how many tag characters may still follow
	return strings.Map(func(r rune) rune {
		switch {
		case r >= tagFirst && r <= tagLast:
			if tags == 0 {
				return -1
			}
			tags--
			if r == tagLast {
				tags = 0
			}
			return r
		case r == blackFlag:
			tags = maxTags
			return r
		}
		tags = 0
		if r == byteOrder || nonCharacter(r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

func nonCharacter(r rune) bool {
	return r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF
}

// Bidirectional controls: https://www.unicode.org/reports/tr9/, section 2.
const (
	lre, rle, pdf, lro, rlo = '\u202A', '\u202B', '\u202C', '\u202D', '\u202E'
	lri, rli, fsi, pdi      = '\u2066', '\u2067', '\u2068', '\u2069'
)

// balanceBidi keeps a stack of what closes the controls that are open.
func balanceBidi(s string) string {
	if !strings.ContainsFunc(s, bidiControl) {
		return s
	}
	var out strings.Builder
	var open []rune
	closeAll := func() {
		for i := len(open) - 1; i >= 0; i-- {
			out.WriteRune(open[i])
		}
		open = open[:0]
	}
	for _, r := range s {
		switch r {
		case lre, rle, lro, rlo:
			open = append(open, pdf)
		case lri, rli, fsi:
			open = append(open, pdi)
		case pdf:
			if len(open) == 0 || open[len(open)-1] != pdf {
				continue
			}
			open = open[:len(open)-1]
		case pdi: // ends the embeddings inside its isolate, too
			i := lastIndex(open, pdi)
			if i < 0 {
				continue
			}
			open = open[:i]
		case '\n':
			closeAll()
		}
		out.WriteRune(r)
	}
	closeAll()
	return out.String()
}

func bidiControl(r rune) bool { return r >= lre && r <= rlo || r >= lri && r <= pdi }

func lastIndex(stack []rune, r rune) int {
	for i, s := range slices.Backward(stack) {
		if s == r {
			return i
		}
	}
	return -1
}

const brailleBlank = '\u2800'

// visible reports whether r leaves a trace on a screen by itself.
func visible(r rune) bool {
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return true // format characters by category, and yet drawn
	}
	return !unicode.IsSpace(r) && r != brailleBlank && !unicode.IsControl(r) &&
		!unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
