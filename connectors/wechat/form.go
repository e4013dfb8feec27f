package wechat

import (
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// ways are the words of what can be tapped for a person.
type ways struct {
	item string // of a menu: tapping it sends it, and is an ask
	tap  string // what a link sends: an ask without a space, since nothing says how one is escaped
	menu string // the name in the account's own menu: at most 16 bytes
}

var allWays = map[conversation.Language]ways{
	conversation.Chinese: {"转人工", "转人工", "转人工"},
	conversation.English: {"Talk to a person", "human", "Get a person"},
}

func waysIn(lang conversation.Language) ways {
	if lang == conversation.English {
		return allWays[conversation.English]
	}
	return allWays[conversation.Chinese]
}

// formOf returns how a call's text is sent, and the way to a person with it: as a menu, as a link
// where the account turned out to have no menus, else as a line to read.
func (c *Connector) formOf(account Account, out channel.Outbound) func(channel.Outbound) custom {
	_, refused := c.noMenus.Load(account.ID)
	switch {
	case !wayWanted(out):
		return asWritten
	case account.Menus && refused:
		return asLink
	case account.Menus && len(spoken(out)) <= maxHead:
		return asMenu
	default:
		return asWritten
	}
}

func asWritten(out channel.Outbound) custom { return textOf(out, written(out)) }

// asLink shows the way as a link that sends a text when it is tapped, as an item of a menu
// does. WeChat does not document it; the line below it works where the link does not.
// Source: https://blog.csdn.net/ccyj1024/article/details/105559956
func asLink(out channel.Outbound) custom { return textOf(out, withLink(out)) }

func asMenu(out channel.Outbound) custom {
	return custom{To: out.Peer.User, Type: "msgmenu", Menu: &menuBody{
		Head: spoken(out), List: []menuItem{{ID: wayID, Content: waysIn(out.Language).item}}, Tail: wordsIn(out.Language).way,
	}}
}

func textOf(out channel.Outbound, content string) custom {
	return custom{To: out.Peer.User, Type: "text", Text: &textBody{Content: content}}
}

// spoken is what the messages of a call say, each with its label, and without the way to a person.
func spoken(out channel.Outbound) string {
	all := make([]string, 0, 1+len(out.More))
	for _, m := range messagesOf(out) {
		all = append(all, said(m, out.Language))
	}
	return printable(strings.Join(all, "\n\n"))
}

// written is what a call says where nothing can be tapped: the way to a person, if it is wanted,
// is a line to read.
func written(out channel.Outbound) string {
	if wayWanted(out) {
		return withLine(out)
	}
	return spoken(out)
}

func withLine(out channel.Outbound) string { return spoken(out) + "\n" + wordsIn(out.Language).way }

func withLink(out channel.Outbound) string {
	w := waysIn(out.Language)
	link := `<a href="weixin://bizmsgmenu?msgmenucontent=` + w.tap + `&msgmenuid=` + wayID + `">` + w.item + `</a>`
	return spoken(out) + "\n" + link + "\n" + wordsIn(out.Language).way
}

func messagesOf(out channel.Outbound) []conversation.Message {
	return append([]conversation.Message{out.Message}, out.More...)
}

// wayWanted reports whether a message of the call wants the way to a person shown (promise P2).
func wayWanted(out channel.Outbound) bool {
	for _, m := range messagesOf(out) {
		if m.Way {
			return true
		}
	}
	return false
}

// printable drops or replaces what JSON has to escape with \u, which WeChat does not read.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u2028' || r == '\u2029':
			return '\n'
		case r < ' ' && r != '\n' && r != '\t':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
