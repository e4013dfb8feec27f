package sms

import (
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// Why a call is ignored.
const (
	ignoredNumber = "other_number" // it was written to a number that is not configured
	ignoredSender = "no_sender"    // nobody can be answered where it came from
	ignoredOwn    = "own_number"   // one number of ours wrote to another: two programs would talk for ever
)

// receipt is what a text of somebody's means.
func (c *Connector) receipt(w written) channel.Receipt {
	number, known := c.numbers[normal(w.to)]
	from := normal(w.from)
	_, ours := c.numbers[from]
	switch {
	case !known:
		return channel.Receipt{Ignored: ignoredNumber}
	case ours:
		return channel.Receipt{Ignored: ignoredOwn}
	case !isE164(from): // short codes and sender IDs are programs'
		return channel.Receipt{Ignored: ignoredSender}
	}
	in := channel.Inbound{
		Peer:   conversation.Peer{Channel: Name, Account: number.Number, User: from},
		Key:    conversation.InboundKey(w.at, w.id),
		Origin: w.id,
		Parts:  wordsIn(c.language).parts(w.text),
	}
	in.Keyword, in.Answered = number.keyword(w.text, c.words)
	return channel.Receipt{Messages: []channel.Inbound{in}}
}

// maxWritten is how much of a text is kept, in Unicode code points: phones send far less.
const maxWritten = 8_000

// parts are a text's. Where nothing in it can be seen, the part says so: whoever sent it is not
// refused, but offered a person.
func (w words) parts(text string) []conversation.Part {
	runes := []rune(text)
	clean, err := channel.CleanText(string(runes[:min(len(runes), maxWritten)]))
	if err != nil {
		return []conversation.Part{{Kind: conversation.Unsupported, Text: w.empty}}
	}
	parts := conversation.TextParts(clean)
	if len(runes) > maxWritten {
		parts = append(parts, conversation.Part{Kind: conversation.Unsupported, Text: w.tooLong})
	}
	return parts
}
