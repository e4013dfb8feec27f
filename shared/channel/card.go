package channel

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// The limits of a card. The platforms' own are met with a label before the description:
// WeChat documents none for accounts (it has errcodes for each, 45003 to 45006) and for
// 微信客服 a title of 128 bytes, a description of 512 and addresses of 2,048.
// Source: https://developer.work.weixin.qq.com/document/path/96427 (图文链接消息).
const (
	MaxCardTitle       = 64    // characters (Unicode code points)
	MaxCardDescription = 160   // characters
	MaxCardAddress     = 2_048 // bytes, of either address
)

// CleanCard makes a card that a bot, an agent's tool or a customer made fit to be stored
// and shown anywhere. Title and description are cleaned as by CleanText; the title becomes
// one line. Addresses stay as they are, or are refused:
//
//   - https only. Of http nobody knows who answers it, and whoever taps a title does not
//     see the difference. (A connector keeps a customer's link with http as text.)
//   - the host is a name in plain letters, with no user before it: what is shown as the host
//     is where the title leads. A name in other letters is given as xn--….
//   - of printable ASCII, with everything else %-encoded.
//
// The picture's address is for providers that fetch it. No page of ours does: its host
// would learn the address of whoever looks at the message.
//
// Cleaning twice gives what cleaning once does. Errors: BadLink, with the limit in the
// hint, and none of the card.
func CleanCard(c conversation.Card) (conversation.Card, error) {
	title, err := CleanText(c.Title)
	if err != nil {
		return conversation.Card{}, badLink("give the link a title that can be seen, in valid UTF-8")
	}
	c.Title = strings.Join(strings.Fields(title), " ")
	if c.Description, err = cleanDescription(c.Description); err != nil {
		return conversation.Card{}, err
	}
	for _, part := range []struct {
		name, text string
		most       int
	}{{"title", c.Title, MaxCardTitle}, {"description", c.Description, MaxCardDescription}} {
		if n := utf8.RuneCountInString(part.text); n > part.most {
			return conversation.Card{}, badLink(fmt.Sprintf("the link's %s has %d characters and the limit is %d: shorten it", part.name, n, part.most))
		}
	}
	if err := checkAddress("address (url)", c.URL); err != nil {
		return conversation.Card{}, err
	}
	if c.Picture == "" {
		return c, nil
	}
	if err := checkAddress("picture", c.Picture); err != nil {
		return conversation.Card{}, err
	}
	return c, nil
}

// cleanDescription takes a description in which nothing can be seen for none.
func cleanDescription(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", badLink("send the link's description as valid UTF-8")
	}
	text, err := CleanText(s)
	if err != nil {
		return "", nil
	}
	return strings.TrimSpace(text), nil
}

func checkAddress(name, address string) error {
	if n := len(address); n > MaxCardAddress {
		return badLink(fmt.Sprintf("the link's %s has %d bytes and the limit is %d: shorten it", name, n, MaxCardAddress))
	}
	if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>\"`{}|\\^", r) }) {
		return badLink("the link's " + name + " has characters that no address has: %-encode them")
	}
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "https" || at.User != nil || !plainHost(at.Hostname()) || !goodPort(at.Port()) {
		return badLink("the link's " + name + " is one of https, at a host that has a name: https://shop.example/guide")
	}
	return nil
}

// plainHost reports whether a host is a name of letters, digits and hyphens, with a dot
// in it and no number for its last part, which would be an IP address.
func plainHost(host string) bool {
	labels := strings.Split(strings.ToLower(host), ".")
	for _, label := range labels {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && last[0] >= 'a' && last[0] <= 'z'
}

// goodPort takes none, and what browsers take.
func goodPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

func badLink(hint string) error { return fault.New(fault.BadLink, "channel.CleanCard", hint) }
