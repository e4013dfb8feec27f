// Package cut cuts a message that one call does not carry. It knows where characters,
// lines and sentences end in every script, by tables of 450 KB: so only the programs of
// channels that bound their calls have it.
package cut

import (
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// Message returns the parts of each call that a message takes, at least of one call. It
// is pure, so that after a crash the second piece is the second piece again.
func Message(packer channel.Packer, peer conversation.Peer, m conversation.Message) [][]conversation.Part {
	return cutter{packer, peer, m}.cut(m.Parts)
}

// cutter cuts one message into what single calls carry. It is asked again after every
// refusal and crash, and gives the same pieces whatever happened meanwhile: it looks at
// nothing but the message and its peer.
type cutter struct {
	packer  channel.Packer
	peer    conversation.Peer
	message conversation.Message
}

// fits reports whether one call carries these parts of the message. The way to a person
// goes with the last text alone. The connector's own words may be in either language,
// as customers change theirs.
func (k cutter) fits(parts []conversation.Part, last bool) bool {
	out := channel.Outbound{Peer: k.peer, Message: k.message}
	out.Message.Parts, out.Message.Way = parts, k.message.Way && last
	for _, out.Language = range []conversation.Language{conversation.Chinese, conversation.English} {
		if !k.packer.Fits(out) {
			return false
		}
	}
	return true
}

// cut returns the parts of each call, at least of one.
func (k cutter) cut(parts []conversation.Part) [][]conversation.Part {
	var calls [][]conversation.Part
	for {
		first, rest := k.first(parts)
		calls = append(calls, first)
		if len(rest) == 0 {
			return calls
		}
		parts = rest
	}
}

// first returns what the next call carries, and what is left. A part that no call
// carries goes alone: it is for the provider to refuse. Only texts are cut.
func (k cutter) first(parts []conversation.Part) (first, rest []conversation.Part) {
	if k.fits(parts, true) {
		return parts, nil
	}
	n := len(parts) - 1
	for n > 0 && !k.fits(parts[:n], !hasText(parts[n:])) {
		n--
	}
	if n > 0 {
		return parts[:n], parts[n:]
	}
	if len(parts) == 0 || parts[0].Kind.Whole() {
		return parts[:min(1, len(parts))], parts[min(1, len(parts)):]
	}
	text, left := k.text(parts[0], !hasText(parts[1:]))
	rest = parts[1:]
	if left != "" {
		rest = slices.Concat(with(parts[0], left), rest)
	}
	return with(parts[0], text), rest
}

func hasText(parts []conversation.Part) bool {
	return slices.ContainsFunc(parts, func(p conversation.Part) bool { return p.Kind == conversation.Text })
}

// with is a part with another text.
func with(p conversation.Part, text string) []conversation.Part {
	p.Text = text
	return []conversation.Part{p}
}

// text cuts a text that is too long for one call: at the end of a line, else of a
// sentence, else where a line may break, else between two characters as people see them;
// never so early that it takes a call more. rest is "" where it cannot be cut. last says
// that no other text of the message follows.
func (k cutter) text(p conversation.Part, last bool) (first, rest string) {
	text := strings.TrimSpace(p.Text)
	edges := edgesOf(text)
	furthest := k.furthest(p, text, edges)
	if furthest < 0 {
		edges = runesOf(text)
		furthest = k.furthest(p, text, edges)
	}
	if furthest < 0 {
		return text, ""
	}
	first, rest = edges[furthest].split(text)
	fewest := k.calls(p, rest, last)
	for want := lineEnd; want > anywhere; want-- {
		i := furthest
		for i >= 0 && edges[i].kind < want {
			i--
		}
		if i < 0 {
			continue
		}
		if head, tail := edges[i].split(text); k.calls(p, tail, last) <= fewest {
			return head, tail
		}
	}
	return first, rest
}

// furthest is the last edge up to which one call carries the text; -1 for none.
func (k cutter) furthest(p conversation.Part, text string, edges []edge) int {
	return sort.Search(len(edges), func(i int) bool {
		first, _ := edges[i].split(text)
		return !k.fits(with(p, first), false)
	}) - 1
}

// calls is how many calls carry a text, at least.
func (k cutter) calls(p conversation.Part, text string, last bool) int {
	n := 1
	for ; !k.fits(with(p, text), last); n++ {
		edges := edgesOf(text)
		furthest := k.furthest(p, text, edges)
		if furthest < 0 {
			return n
		}
		_, text = edges[furthest].split(text)
	}
	return n
}

// edge is where a text may be cut.
type edge struct {
	at   int // bytes before it
	kind edgeKind
}

type edgeKind int

const (
	anywhere    edgeKind = iota // between two characters
	lineBreak                   // where a line may break: at a space, between Chinese characters
	sentenceEnd                 // behind a sentence
	lineEnd                     // where its author began a new line
)

// split cuts without the space around the edge.
func (e edge) split(text string) (first, rest string) {
	return strings.TrimRightFunc(text[:e.at], unicode.IsSpace), strings.TrimLeftFunc(text[e.at:], unicode.IsSpace)
}

// edgesOf returns the edges inside a text between characters as people see them, such
// as an emoji of several (Unicode Standard Annexes 14 and 29).
func edgesOf(text string) []edge {
	var edges []edge
	state, at := -1, 0
	for rest := text; rest != ""; {
		var cluster string
		var found int
		cluster, rest, found, state = uniseg.StepString(rest, state)
		if at += len(cluster); at == len(text) {
			break
		}
		kind := anywhere
		switch {
		case found&uniseg.MaskLine == uniseg.LineMustBreak:
			kind = lineEnd
		case found&uniseg.MaskSentence != 0:
			kind = sentenceEnd
		case found&uniseg.MaskLine == uniseg.LineCanBreak:
			kind = lineBreak
		}
		edges = append(edges, edge{at, kind})
	}
	return edges
}

// runesOf returns the edges inside a text of one character that no call carries, such as
// a letter under a thousand accents.
func runesOf(text string) []edge {
	var edges []edge
	for at := range text {
		if at > 0 {
			edges = append(edges, edge{at, anywhere})
		}
	}
	return edges
}
