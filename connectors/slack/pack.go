package slack

import (
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/channel"
)

// maxMessage is how many characters Slack advises for a message, and maxWritten how many
// it is sure to take, escaped: it says msg_blocks_too_long from about 13,200 on.
// https://docs.slack.dev/changelog/2018-truncating-really-long-messages,
// https://github.com/slackapi/bolt-js/issues/2509
const (
	maxMessage = 4_000
	maxWritten = 12_000
)

var _ channel.Packer = (*Connector)(nil)

// Fits reports whether one call carries out: one message of no more than maxMessage characters.
func (c *Connector) Fits(out channel.Outbound) bool {
	body := out.Message.Body(out.Language)
	if len(out.More) > 0 || utf8.RuneCountInString(body) > maxMessage {
		return false
	}
	room := maxWritten
	for _, u := range unitsOf(body) {
		room -= u.size()
	}
	return room >= 0
}
