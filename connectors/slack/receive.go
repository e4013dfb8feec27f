package slack

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Receive takes one call of Slack's, all of which may go to one address: an event (JSON), a
// tapped button or a slash command (forms). See
// https://docs.slack.dev/apis/events-api/, https://docs.slack.dev/interactivity/handling-user-interaction and
// https://docs.slack.dev/interactivity/implementing-slash-commands.
//
// Errors: WrongMethod, TooLarge, Unauthenticated, Unsupported, BadRequest. What is malformed
// in a message costs that field, and what is not known is ignored: nothing that Slack signs
// and that can be read is refused, since it would come again.
func (c *Connector) Receive(_ context.Context, r channel.Request) (channel.Receipt, error) {
	switch {
	case r.Method != http.MethodPost:
		return channel.Receipt{}, fault.New(fault.WrongMethod, op, "Slack calls with POST")
	case len(r.Body) > maxBody:
		return channel.Receipt{}, fault.New(fault.TooLarge, op, "a call has at most 1 MiB")
	}
	if err := c.verify(r); err != nil {
		return channel.Receipt{}, err
	}
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/json":
		return c.event(r)
	case "application/x-www-form-urlencoded":
		return c.form(r)
	default:
		return channel.Receipt{}, fault.New(fault.Unsupported, op, "Slack sends JSON and forms")
	}
}

// form takes what comes as one. What the address carries is not signed and not read.
func (c *Connector) form(r channel.Request) (channel.Receipt, error) {
	form, err := url.ParseQuery(string(r.Body))
	switch {
	case err != nil:
		return channel.Receipt{}, badRequest("the form cannot be read")
	case form.Get("payload") != "":
		return c.interaction(form.Get("payload"))
	case form.Get("command") != "":
		return c.command(r, form)
	default:
		return channel.Receipt{}, badRequest("the form is neither a command's nor an interaction's")
	}
}

// decode reads JSON; a field of another type than it is to have is left out.
func decode(text []byte, into any) error {
	var other *json.UnmarshalTypeError
	if err := json.Unmarshal(text, into); err != nil && !errors.As(err, &other) {
		return badRequest("the body is no JSON")
	}
	return nil
}

func ignored(why string) (channel.Receipt, error) { return channel.Receipt{Ignored: why}, nil }

// installation says whose token reaches a customer: the workspace's that installed the app, or
// the organisation's. In a channel that is shared (Slack Connect) that is not the workspace of
// who wrote.
type installation struct {
	Enterprise string `json:"enterprise_id"`
	Team       string `json:"team_id"`
	User       string `json:"user_id"`
	Bot        bool   `json:"is_bot"` // User is the app's own; else of a person who let it in
	Org        bool   `json:"is_enterprise_install"`
}

// own is the app's user, as far as the installation says.
func (i installation) own() string {
	if i.Bot {
		return i.User
	}
	return ""
}

func (i installation) account() string {
	if i.Org && i.Enterprise != "" {
		return i.Enterprise
	}
	return i.Team
}

// place is where something was said.
type place struct {
	channel string // its id
	direct  bool   // it is a direct message with the app
	thread  string // the timestamp of the thread's first message; "" outside one
	ts      string // of what was said
}

// peer is the customer's side. In direct messages it is the person; elsewhere it is the thread,
// whoever of them writes in it, and what begins none begins one.
func (p place) peer(account, user string) conversation.Peer {
	peer := conversation.Peer{Channel: Name, Account: account, User: user, Thread: p.thread}
	if !p.direct {
		if peer.User = p.channel; peer.Thread == "" {
			peer.Thread = p.ts
		}
	}
	return peer
}

// main is whose a word in a thread of direct messages is where the thread is no conversation of its
// own, as one of an assistant is: who answers in the thread of what an agent said goes on with the
// agent. Elsewhere it is nobody.
func (p place) main(account, user string) conversation.Peer {
	if !p.direct || p.thread == "" {
		return conversation.Peer{}
	}
	p.thread = ""
	return p.peer(account, user)
}

// directPrefix is what ids of direct messages begin with.
const directPrefix = "D"

// timeOf reads a timestamp of Slack's, which is the name of a message in its channel, too:
// seconds with six decimals.
func timeOf(ts string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(ts, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<37 || len(fraction) > 9 {
		return time.Time{}, false
	}
	nanos, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	return time.Unix(seconds, nanos).UTC(), err == nil && nanos >= 0
}

// maxID is more than any of Slack's ids has.
const maxID = 64

func goodID(id string) bool {
	return id != "" && len(id) <= maxID && strings.Trim(id, idCharacters) == ""
}

const idCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
