package slack

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// HumanAction is the id of the button that asks for a person.
const HumanAction = "human"

// asks is what who gives the command says in so many words, in no language (回复 0 转人工): theirs is
// known from elsewhere, or not yet.
const asks = "0"

// interaction is what is read of one: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
type interaction struct {
	Type string `json:"type"`
	Team struct {
		ID string `json:"id"`
	} `json:"team"`
	Enterprise struct {
		ID string `json:"id"`
	} `json:"enterprise"`
	Org  bool `json:"is_enterprise_install"`
	User struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		Channel string `json:"channel_id"`
		TS      string `json:"message_ts"`
		Thread  string `json:"thread_ts"`
	} `json:"container"`
	Message struct {
		Thread string `json:"thread_ts"`
	} `json:"message"`
	Actions []struct {
		ID   string `json:"action_id"`
		TS   string `json:"action_ts"`
		Text struct {
			Text string `json:"text"`
		} `json:"text"` // on the button
	} `json:"actions"`
}

// interaction takes a tapped button. Other interactions are not ours.
func (c *Connector) interaction(payload string) (channel.Receipt, error) {
	var i interaction
	if err := decode([]byte(payload), &i); err != nil {
		return channel.Receipt{}, err
	}
	if i.Type != "block_actions" || len(i.Actions) == 0 || i.Actions[0].ID != HumanAction {
		return ignored("unknown_interaction")
	}
	account := installation{Enterprise: i.Enterprise.ID, Team: i.Team.ID, Org: i.Org}.account()
	p := place{channel: cmp.Or(i.Container.Channel, i.Channel.ID), thread: cmp.Or(i.Container.Thread, i.Message.Thread), ts: i.Container.TS}
	if p.direct = strings.HasPrefix(p.channel, directPrefix); p.direct && p.thread == p.ts {
		p.thread = "" // it began a thread, and stands in none
	}
	at, good := timeOf(i.Actions[0].TS)
	if !good || !goodID(account) || !goodID(p.channel) || !goodID(i.User.ID) || !goodID(p.ts) || p.thread != "" && !goodID(p.thread) {
		return ignored("no_place")
	}
	return channel.Receipt{Messages: []channel.Inbound{{
		Peer: p.peer(account, i.User.ID), Key: conversation.InboundKey(at, p.channel+"."+p.ts+".human"),
		Parts: conversation.TextParts(tapped(i.Actions[0].Text.Text, wordsIn(c.o.Language))), Name: nameOf(i.User.Name),
	}}}, nil
}

// tapped is what tapping a button says: what stands on it, in the language that the customer was
// spoken to in.
func tapped(label string, w words) string {
	if label == chinese.way || label == english.way {
		return label
	}
	return w.way
}

// command takes a slash command: https://docs.slack.dev/interactivity/implementing-slash-commands. It can be
// written anywhere, and where it was Slack shows others nothing of it: who asks is answered in
// direct messages, and told so.
func (c *Connector) command(r channel.Request, form url.Values) (channel.Receipt, error) {
	account := installation{
		Enterprise: form.Get("enterprise_id"), Team: form.Get("team_id"), Org: form.Get("is_enterprise_install") == "true",
	}.account()
	user, trigger := form.Get("user_id"), form.Get("trigger_id")
	if !goodID(account) || !goodID(user) || !goodID(trigger) {
		return channel.Receipt{}, badRequest("the command does not say who gave it, and where")
	}
	seconds, _ := strconv.ParseInt(r.Header.Get("X-Slack-Request-Timestamp"), 10, 64) // verify has read it
	w := wordsIn(c.o.Language)
	parts := []conversation.Part{{Kind: conversation.Act, Text: w.commanded}, {Kind: conversation.Text, Text: asks}}
	taken := chinese.commandTaken + "\n" + english.commandTaken // nobody knows yet who of them reads what
	if about := readable(form.Get("text"), ""); strings.TrimSpace(about) != "" {
		theirs := wordsOf(about)
		parts = append(parts[:1], w.parts(theirs.way+"\n"+about, nil)...)
		taken = theirs.commandTaken
	}
	return channel.Receipt{
		Messages: []channel.Inbound{{
			Peer: place{direct: true}.peer(account, user), Key: conversation.InboundKey(time.Unix(seconds, 0), "command."+trigger),
			Parts: parts, Name: nameOf(form.Get("user_name")),
		}},
		Answer: ephemeral(taken),
	}, nil
}

// wordsOf are those in a text's language.
func wordsOf(text string) words {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return chinese
	}
	return english
}

// ephemeral is an answer that only whoever gave the command sees.
func ephemeral(text string) *channel.Answer {
	body, err := json.Marshal(map[string]string{"response_type": "ephemeral", "text": text})
	if err != nil { // a map of texts has no JSON that fails
		body = nil
	}
	return &channel.Answer{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: body}
}

// maxName is how much of a name is kept, in characters.
const maxName = 80

func nameOf(name string) string {
	clean, err := channel.CleanText(name)
	if err != nil {
		return ""
	}
	return cut(strings.ReplaceAll(clean, "\n", " "), maxName)
}
