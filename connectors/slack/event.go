package slack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// outer is what every call of the Events API has around its event:
// https://docs.slack.dev/apis/events-api/ (Callback field overview).
type outer struct {
	Type           string          `json:"type"`
	Challenge      string          `json:"challenge"`
	Team           string          `json:"team_id"`
	Enterprise     string          `json:"enterprise_id"`
	Org            bool            `json:"is_enterprise_install"`
	Time           int64           `json:"event_time"` // seconds
	Event          json.RawMessage `json:"event"`
	Authorizations []installation  `json:"authorizations"` // one at most, of those that see the event
}

// installed is the installation that sees the event. Those of its end have no authorizations.
func (o outer) installed() installation {
	if len(o.Authorizations) > 0 && o.Authorizations[0].account() != "" {
		return o.Authorizations[0]
	}
	return installation{Team: o.Team, Enterprise: o.Enterprise, Org: o.Org}
}

// inner is an event, as much of it as is read: message and app_mention have the same fields.
// https://docs.slack.dev/reference/events/message
type inner struct {
	Type        string `json:"type"`
	Subtype     string `json:"subtype"`
	Channel     string `json:"channel"`
	ChannelType string `json:"channel_type"`
	said
	EventTS   string `json:"event_ts"`
	Changed   *said  `json:"message"`          // of message_changed
	Previous  *said  `json:"previous_message"` // of message_changed and message_deleted
	Assistant struct {
		User    string `json:"user_id"`
		Channel string `json:"channel_id"`
		TS      string `json:"thread_ts"`
	} `json:"assistant_thread"` // of assistant_thread_started
	Tokens struct {
		Bot []string `json:"bot"`
	} `json:"tokens"` // of tokens_revoked
}

// said is what somebody said.
type said struct {
	User    string `json:"user"`
	Bot     string `json:"bot_id"`
	Subtype string `json:"subtype"`
	Text    string `json:"text"`
	TS      string `json:"ts"`
	Thread  string `json:"thread_ts"`
	Parent  string `json:"parent_user_id"` // who began the thread
	Files   []file `json:"files"`
	Shared  []struct {
		Text     string `json:"text"`
		Fallback string `json:"fallback"`
	} `json:"attachments"` // what was forwarded, and what links lead to
	Edited struct {
		TS string `json:"ts"`
	} `json:"edited"`
}

// event takes a call of the Events API.
func (c *Connector) event(r channel.Request) (channel.Receipt, error) {
	var o outer
	if err := decode(r.Body, &o); err != nil {
		return channel.Receipt{}, err
	}
	switch o.Type {
	case "url_verification":
		if o.Challenge == "" {
			return channel.Receipt{}, badRequest("the verification of an address carries a challenge")
		}
		return channel.Receipt{Answer: &channel.Answer{
			Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(o.Challenge),
		}}, nil
	case "event_callback":
	case "app_rate_limited": // https://docs.slack.dev/reference/events/app_rate_limited
		return channel.Receipt{Dropping: true, Ignored: "rate_limited"}, nil
	case "":
		return channel.Receipt{}, badRequest("the call has no type")
	default:
		return ignored("unknown_type")
	}
	var e inner
	if err := decode(o.Event, &e); err != nil {
		return channel.Receipt{}, err
	}
	i := o.installed()
	if !goodID(i.account()) {
		return ignored("no_account")
	}
	w := wordsIn(c.o.Language)
	switch e.Type {
	case "message", "app_mention":
		return w.spoken(e, i)
	case "assistant_thread_started":
		return w.opened(e, i)
	case "app_uninstalled": // https://docs.slack.dev/reference/events/app_uninstalled
		return o.revoked(i, "uninstalled")
	case "tokens_revoked": // https://docs.slack.dev/reference/events/tokens_revoked
		if len(e.Tokens.Bot) == 0 {
			return ignored("a_persons_token")
		}
		return o.revoked(i, "token_revoked")
	default:
		return ignored("unknown_event")
	}
}

func (o outer) revoked(i installation, why string) (channel.Receipt, error) {
	return channel.Receipt{Revoked: i.account(), RevokedAt: time.Unix(o.Time, 0).UTC(), Ignored: why}, nil
}

// passedOver are the subtypes that no customer wrote.
// https://docs.slack.dev/reference/events/message (Message subtypes)
func passedOver(subtype string) bool {
	switch subtype {
	case "", "file_share", "thread_broadcast", "me_message":
		return false
	}
	return true
}

// spoken takes a message. Of one that mentions the app in a channel whose messages it gets Slack tells
// twice: both are the same message, by its timestamp.
func (w words) spoken(e inner, i installation) (channel.Receipt, error) {
	switch {
	case e.Subtype == "message_changed" || e.Subtype == "message_deleted":
		return w.changed(e, i)
	case e.Bot != "" || e.User == "" || e.User == i.own():
		return ignored("own_or_bot")
	case passedOver(e.Subtype):
		return ignored("subtype")
	}
	at, good := timeOf(e.TS)
	if !good || !goodID(e.Channel) || !goodID(e.User) || e.Thread != "" && !goodID(e.Thread) {
		return ignored("no_place")
	}
	p, own := e.place(e.said), i.own()
	mentioned := e.Type == "app_mention" || mentions(e.Text, own)
	if e.Type == "app_mention" && !mentions(e.Text, own) {
		own = leading(e.Text) // the installation does not say who the app is
	}
	if !p.direct && !mentioned && p.thread == "" {
		return ignored("not_addressed")
	}
	in := channel.Inbound{
		Peer: p.peer(i.account(), e.User), Key: conversation.InboundKey(at, e.Channel+"."+e.TS),
		Parts: w.written(e.said, own), Follows: !p.direct && !mentioned, Else: p.main(i.account(), e.User),
	}
	if !p.direct && mentioned && e.Thread != "" && e.Thread != e.TS {
		in.First = []conversation.Part{w.before(e.Channel, e.Thread, e.TS)}
	}
	if in.Follows && e.Parent != "" && e.Parent != e.User && e.Parent != own {
		in.Parts = append([]conversation.Part{{Kind: conversation.Act, Text: fmt.Sprintf(w.another, e.User)}}, in.Parts...)
	}
	return channel.Receipt{Messages: []channel.Inbound{in}}, nil
}

func (e inner) place(s said) place {
	p := place{channel: e.Channel, direct: e.ChannelType == "im" || e.ChannelType == "app_home" || e.ChannelType == "" && e.Channel[:1] == directPrefix, ts: s.TS}
	if s.Thread != s.TS { // a thread's first message names itself
		p.thread = s.Thread
	}
	if !p.direct && s.Thread != "" {
		p.thread = s.Thread
	}
	return p
}

// changed takes the word that a customer changed or deleted a message: agents see it as such.
// https://docs.slack.dev/reference/events/message/message_changed,
// https://docs.slack.dev/reference/events/message/message_deleted
func (w words) changed(e inner, i installation) (channel.Receipt, error) {
	// Of a thread's first message a tombstone stays.
	deleted, m := e.Subtype == "message_deleted" || e.Changed != nil && e.Changed.Subtype == "tombstone", e.Changed
	if deleted {
		m = e.Previous
	}
	switch {
	case m == nil || m.Bot != "" || m.User == "" || m.User == i.own() || passedOver(m.Subtype):
		return ignored("own_or_bot")
	case !deleted && (m.Edited.TS == "" || e.Previous != nil && e.Previous.Text == m.Text):
		return ignored("unfurled") // Slack itself changed it, such as by what a link leads to
	}
	when := cmp.Or(e.EventTS, e.TS)
	at, good := timeOf(when)
	if !good || !goodID(when) || !goodID(e.Channel) || !goodID(m.User) || !goodID(m.TS) || m.Thread != "" && !goodID(m.Thread) {
		return ignored("no_place")
	}
	p := e.place(*m)
	in := channel.Inbound{
		Peer: p.peer(i.account(), m.User), Follows: true, Else: p.main(i.account(), m.User), Key: conversation.InboundKey(at, e.Channel+"."+m.TS+"."+when),
		Parts: []conversation.Part{{Kind: conversation.Act, Text: w.deleted}},
	}
	if !deleted {
		in.Parts = append([]conversation.Part{{Kind: conversation.Act, Text: w.changedIt}}, w.written(said{Text: m.Text}, i.own())...)
	}
	return channel.Receipt{Messages: []channel.Inbound{in}}, nil
}

// opened takes the word that somebody opened the app as an assistant.
// https://docs.slack.dev/reference/events/assistant_thread_started
func (w words) opened(e inner, i installation) (channel.Receipt, error) {
	at, good := timeOf(e.EventTS)
	if !good || !goodID(e.Assistant.User) || !goodID(e.Assistant.TS) || !goodID(e.Assistant.Channel) {
		return ignored("no_place")
	}
	p := place{channel: e.Assistant.Channel, direct: true, thread: e.Assistant.TS, ts: e.Assistant.TS}
	return channel.Receipt{Messages: []channel.Inbound{{
		Peer: p.peer(i.account(), e.Assistant.User), Key: conversation.InboundKey(at, e.Assistant.Channel+"."+e.Assistant.TS+".opened"),
		Parts: []conversation.Part{{Kind: conversation.Act, Text: w.openedIt}},
	}}}, nil
}
