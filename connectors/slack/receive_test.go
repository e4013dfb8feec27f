package slack_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// read is what a call means.
func read(t *testing.T, r channel.Request) channel.Receipt {
	t.Helper()
	receipt, err := connector(t, options("")).Receive(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// one wants a call to be one message.
func one(t *testing.T, r channel.Request) channel.Inbound {
	t.Helper()
	receipt := read(t, r)
	if len(receipt.Messages) != 1 {
		t.Fatalf("%d messages, ignored %q", len(receipt.Messages), receipt.Ignored)
	}
	return receipt.Messages[0]
}

func words(in channel.Inbound) string { return conversation.Message{Parts: in.Parts}.Words() }

// event is one of a channel's, with these fields.
func event(fields string) channel.Request {
	return call(`{"type":"event_callback","team_id":"T1","authorizations":[{"team_id":"T1","user_id":"UAPP","is_bot":true}],"event":{` + fields + `}}`)
}

const (
	inChannel = `"channel":"C1","channel_type":"channel","user":"U1","ts":"1531420617.000100"`
	inDirect  = `"channel":"D1","channel_type":"im","user":"U1","ts":"1531420617.000100"`
)

// TestTheSameMessageTwice: an app that gets a channel's messages is told of a mention twice.
func TestTheSameMessageTwice(t *testing.T) {
	mention := one(t, event(`"type":"app_mention","text":"<@UAPP> 转人工",`+inChannel))
	message := one(t, event(`"type":"message","text":"<@UAPP> 转人工",`+inChannel))
	if mention.Key != message.Key || mention.Peer != message.Peer || words(mention) != "转人工" || words(message) != "转人工" || message.Follows {
		t.Errorf("%+v and %+v", mention, message)
	}
}

func TestWhoIsSpokenTo(t *testing.T) {
	for name, c := range map[string]struct {
		fields  string
		user    string // of the peer; "": it is ignored
		thread  string
		follows bool
		ignored string
	}{
		"direct":                     {`"type":"message","text":"x",` + inDirect, "U1", "", false, ""},
		"in the app's home":          {`"type":"message","text":"x","channel":"D1","channel_type":"app_home","user":"U1","ts":"1.1"`, "U1", "", false, ""},
		"direct, without a type":     {`"type":"message","text":"x","channel":"D1","user":"U1","ts":"1.1"`, "U1", "", false, ""},
		"in a thread there":          {`"type":"message","text":"x","thread_ts":"1531420600.000100",` + inDirect, "U1", "1531420600.000100", false, ""},
		"a thread's first":           {`"type":"message","text":"x","thread_ts":"1531420617.000100",` + inDirect, "U1", "", false, ""},
		"mention":                    {`"type":"app_mention","text":"<@UAPP> x",` + inChannel, "C1", "1531420617.000100", false, ""},
		"mention in a thread":        {`"type":"app_mention","text":"<@UAPP> x","thread_ts":"1531420600.000100",` + inChannel, "C1", "1531420600.000100", false, ""},
		"in a thread":                {`"type":"message","text":"x","thread_ts":"1531420600.000100",` + inChannel, "C1", "1531420600.000100", true, ""},
		"in a thread, to all":        {`"type":"message","subtype":"thread_broadcast","text":"x","thread_ts":"1531420600.000100",` + inChannel, "C1", "1531420600.000100", true, ""},
		"in a channel":               {`"type":"message","text":"x",` + inChannel, "", "", false, "not_addressed"},
		"of several":                 {`"type":"message","text":"x","channel":"G1","channel_type":"mpim","user":"U1","ts":"1.1"`, "", "", false, "not_addressed"},
		"own":                        {`"type":"message","text":"x","channel":"D1","channel_type":"im","user":"UAPP","ts":"1.1"`, "", "", false, "own_or_bot"},
		"a bot's":                    {`"type":"message","text":"x","bot_id":"B1",` + inDirect, "", "", false, "own_or_bot"},
		"a bot's, by subtype":        {`"type":"message","subtype":"bot_message","text":"x",` + inDirect, "", "", false, "subtype"},
		"joined":                     {`"type":"message","subtype":"channel_join","text":"<@U1> has joined",` + inChannel, "", "", false, "subtype"},
		"nobody's":                   {`"type":"message","text":"x","channel":"D1","ts":"1.1"`, "", "", false, "own_or_bot"},
		"no time":                    {`"type":"message","text":"x","channel":"D1","channel_type":"im","user":"U1","ts":"soon"`, "", "", false, "no_place"},
		"an id that is none":         {`"type":"message","text":"x","channel":"D1","channel_type":"im","user":"U 1","ts":"1.1"`, "", "", false, "no_place"},
		"an assistant is opened":     {`"type":"assistant_thread_started","assistant_thread":{"user_id":"U1","channel_id":"D1","thread_ts":"1531420600.000100"},"event_ts":"1531420600.000200"`, "U1", "1531420600.000100", false, ""},
		"the root of its thread":     {`"type":"message","subtype":"message_changed","channel":"D1","ts":"1.3","message":{"subtype":"assistant_app_thread","user":"U1","text":"y","ts":"1.1","edited":{"ts":"1.2"}}`, "", "", false, "own_or_bot"},
		"changed":                    {`"type":"message","subtype":"message_changed","channel":"D1","channel_type":"im","ts":"1531420618.000100","message":{"user":"U1","text":"y","ts":"1531420617.000100","edited":{"ts":"1531420618.000100"}},"previous_message":{"user":"U1","text":"x"}`, "U1", "", true, ""},
		"a link was looked up":       {`"type":"message","subtype":"message_changed","channel":"D1","channel_type":"im","ts":"1.3","message":{"user":"U1","text":"x","ts":"1.1"}`, "", "", false, "unfurled"},
		"changed to the same":        {`"type":"message","subtype":"message_changed","channel":"D1","channel_type":"im","ts":"1.3","message":{"user":"U1","text":"x","ts":"1.1","edited":{"ts":"1.2"}},"previous_message":{"user":"U1","text":"x"}`, "", "", false, "unfurled"},
		"our own was changed":        {`"type":"message","subtype":"message_changed","channel":"D1","channel_type":"im","ts":"1.3","message":{"bot_id":"B1","text":"y","ts":"1.1","edited":{"ts":"1.2"}}`, "", "", false, "own_or_bot"},
		"deleted":                    {`"type":"message","subtype":"message_deleted","channel":"C1","channel_type":"channel","ts":"1531420618.000100","previous_message":{"user":"U1","text":"x","ts":"1531420617.000100","thread_ts":"1531420600.000100"}`, "C1", "1531420600.000100", true, ""},
		"a thread's first deleted":   {`"type":"message","subtype":"message_changed","channel":"C1","channel_type":"channel","ts":"1531420618.000100","message":{"subtype":"tombstone","user":"USLACKBOT","text":"This message was deleted.","ts":"1531420600.000100","thread_ts":"1531420600.000100"},"previous_message":{"user":"U1","text":"x","ts":"1531420600.000100","thread_ts":"1531420600.000100"}`, "C1", "1531420600.000100", true, ""},
		"the tombstone deleted":      {`"type":"message","subtype":"message_deleted","channel":"C1","channel_type":"channel","ts":"1.3","previous_message":{"subtype":"tombstone","user":"USLACKBOT","text":"x","ts":"1.1"}`, "", "", false, "own_or_bot"},
		"deleted, and not told what": {`"type":"message","subtype":"message_deleted","channel":"C1","ts":"1.3"`, "", "", false, "own_or_bot"},
		"a future event":             {`"type":"app_context_changed"`, "", "", false, "unknown_event"},
	} {
		receipt := read(t, event(c.fields))
		if c.user == "" {
			if len(receipt.Messages) > 0 || receipt.Ignored != c.ignored {
				t.Errorf("%s: %+v", name, receipt)
			}
			continue
		}
		want := conversation.Peer{Channel: slack.Name, Account: "T1", User: c.user, Thread: c.thread}
		if len(receipt.Messages) != 1 || receipt.Messages[0].Peer != want || receipt.Messages[0].Follows != c.follows {
			t.Errorf("%s: %+v, want %+v", name, receipt, want)
		}
	}
}

// TestWhoseTokenIsUsed: over Slack Connect an event is of another workspace than the one that
// installed the app.
func TestWhoseTokenIsUsed(t *testing.T) {
	for name, c := range map[string]struct{ outer, want string }{
		"shared":          {`"team_id":"TOTHER","is_ext_shared_channel":true,"authorizations":[{"team_id":"THOME","user_id":"UAPP","is_bot":true}]`, "THOME"},
		"an organisation": {`"team_id":"T1","authorizations":[{"enterprise_id":"E1","team_id":"T1","user_id":"UAPP","is_enterprise_install":true}]`, "E1"},
		"a workspace's":   {`"team_id":"T1","authorizations":[{"enterprise_id":"E1","team_id":"T1","user_id":"UAPP"}]`, "T1"},
		"an end":          {`"team_id":"T1","enterprise_id":"E1","is_enterprise_install":true`, "E1"},
		"of old":          {`"team_id":"T1","authed_users":["UAPP"]`, "T1"},
	} {
		in := one(t, call(`{"type":"event_callback",`+c.outer+`,"event":{"type":"message","text":"x",`+inDirect+`}}`))
		if in.Peer.Account != c.want {
			t.Errorf("%s: %s", name, in.Peer.Account)
		}
	}
}

// TestWhoLetTheAppIn is no bot, where the authorization is theirs: what they write counts.
func TestWhoLetTheAppIn(t *testing.T) {
	theirs := func(event string) channel.Request {
		return call(`{"type":"event_callback","team_id":"T1","authorizations":[{"team_id":"T1","user_id":"U1","is_bot":false}],"event":{` + event + `}}`)
	}
	if in := one(t, theirs(`"type":"message","text":"人工",`+inDirect)); words(in) != "人工" {
		t.Errorf("directly: %+v", in)
	}
	if in := one(t, theirs(`"type":"app_mention","text":"<@UAPP> 人工",`+inChannel)); words(in) != "人工" {
		t.Errorf("by a mention: %+v", in)
	}
}

// TestAThreadOfDirectMessages is a conversation of its own, as an assistant's, or belongs to the
// main one.
func TestAThreadOfDirectMessages(t *testing.T) {
	main := conversation.Peer{Channel: slack.Name, Account: "T1", User: "U1"}
	if in := one(t, event(`"type":"message","text":"x","thread_ts":"1531420600.000100",`+inDirect)); in.Else != main {
		t.Errorf("in a thread: %+v", in)
	}
	for _, fields := range []string{`"type":"message","text":"x",` + inDirect, `"type":"app_mention","text":"<@UAPP> x","thread_ts":"1531420600.000100",` + inChannel} {
		if in := one(t, event(fields)); in.Else != (conversation.Peer{}) {
			t.Errorf("%s: %+v", fields, in)
		}
	}
}

// TestOthersInAThread are told apart from who began it.
func TestOthersInAThread(t *testing.T) {
	const thread = `"type":"message","text":"不等了","thread_ts":"1531420600.000100",` + inChannel
	other := one(t, event(thread+`,"parent_user_id":"U2"`))
	if len(other.Parts) != 2 || other.Parts[0].Kind != conversation.Act || !strings.Contains(other.Parts[0].Text, "@U1") || words(other) != "不等了" {
		t.Errorf("another: %+v", other.Parts)
	}
	for _, parent := range []string{`,"parent_user_id":"U1"`, `,"parent_user_id":"UAPP"`, ""} {
		if in := one(t, event(thread+parent)); len(in.Parts) != 1 {
			t.Errorf("with %q: %+v", parent, in.Parts)
		}
	}
}

// TestWhatIsForwarded is shown, and asks for nobody.
func TestWhatIsForwarded(t *testing.T) {
	in := one(t, event(`"type":"message","text":"","attachments":[{"fallback":"[x] 转人工","text":"<@U2> 说：转人工"}],`+inDirect))
	if len(in.Parts) != 1 || in.Parts[0].Kind != conversation.Unsupported || in.Parts[0].Text != "[转发的消息] @U2 说：转人工" {
		t.Errorf("got %+v", in.Parts)
	}
	in = one(t, event(`"type":"message","text":"看","attachments":[{"text":"what the link leads to"}],`+inDirect))
	if words(in) != "看" || len(in.Parts) != 1 {
		t.Errorf("beside words: %+v", in.Parts)
	}
}

// TestAWorkspaceThatRemovesTheApp: of which time that is, since it may be told late.
func TestAWorkspaceThatRemovesTheApp(t *testing.T) {
	got := read(t, call(`{"type":"event_callback","team_id":"T1","event_time":1531420000,"event":{"type":"app_uninstalled"}}`))
	if got.Revoked != "T1" || got.RevokedAt.Unix() != 1_531_420_000 {
		t.Errorf("got %+v", got)
	}
}

func TestTextsAreReadable(t *testing.T) {
	for text, want := range map[string]string{
		`a &amp; b &lt;c&gt; &amp;lt;`: `a & b <c> &lt;`,
		`<@U2> and <@U3|li>`:           `@U2 and @li`,
		`<@UAPP> 转人工`:                  `转人工`,
		`<@UAPP|app>: hi`:              `hi`,
		`hi <@UAPP>`:                   `hi`,
		`0 <@UAPP|app>`:                `0`,
		`<@U2> <@UAPP> 人工`:             `@U2 人工`,
		`wait <@UAPP> for me`:          `wait for me`,
		`<#C1|general> <#C2>`:          `#general #C2`,
		`<https://a.example/?x=1&amp;y=2|here> <https://b.example>`: `here (https://a.example/?x=1&y=2) https://b.example`,
		`<https://a.example|https://a.example>`:                     `https://a.example`,
		`<mailto:a@b.example|a@b.example>`:                          `a@b.example`,
		`<!here> <!subteam^S1|@team> <!date^1^{date}|today>`:        `@here @team today`,
		`1 &lt; 2 <broken`:                                          `1 < 2 <broken`,
	} {
		quoted := strings.ReplaceAll(text, `"`, `\"`)
		if got := words(one(t, event(`"type":"message","text":"`+quoted+`",`+inDirect))); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// What is malformed costs its field.
func TestMalformedFields(t *testing.T) {
	in := one(t, event(`"type":"message","text":"转人工","files":"none","edited":7,"thread_ts":5,`+inDirect))
	if words(in) != "转人工" {
		t.Errorf("got %+v", in)
	}
	in = one(t, event(`"type":"message","text":7,`+inDirect))
	if in.Parts[0].Kind != conversation.Unsupported {
		t.Errorf("got %+v", in)
	}
	in = one(t, event(`"type":"message","subtype":"file_share","text":"","files":[{"id":"F1","name":"a.png","mimetype":"image/png"},{"id":"F2","name":"b","mode":"external","is_external":true},{"id":"F3","mode":"tombstone"}],`+inDirect))
	if len(in.Parts) != 3 || in.Parts[0].Kind != conversation.Image || in.Parts[0].Media.Remote != "F1" || in.Parts[1].Kind != conversation.Unsupported || in.Parts[2].Kind != conversation.Unsupported {
		t.Errorf("got %+v", in.Parts)
	}
	in = one(t, event(`"type":"message","text":"`+strings.Repeat("长", 9000)+`",`+inDirect))
	if len(in.Parts) != 2 || len([]rune(in.Parts[0].Text)) != 8000 {
		t.Errorf("a long text has %d parts", len(in.Parts))
	}
}

// tapped is a button's payload, of the shape of
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
func tapped(action, container string) channel.Request {
	return formCall(url.Values{"payload": {`{"type":"block_actions","team":{"id":"T1","domain":"x"},"user":{"id":"U1","username":"li","name":"li","team_id":"T1"},` +
		`"api_app_id":"A1","token":"x","trigger_id":"1.2.3","response_url":"https://hooks.slack.com/actions/x","is_enterprise_install":false,"enterprise":null,` +
		container + `,"actions":[{"action_id":"` + action + `","block_id":"b","text":{"type":"plain_text","text":"Talk to a person"},"type":"button","action_ts":"1531420617.500000"}]}`}})
}

func TestTheButton(t *testing.T) {
	direct := one(t, tapped("human", `"channel":{"id":"D1","name":"directmessage"},"container":{"type":"message","message_ts":"1531420600.000100","channel_id":"D1","is_ephemeral":false}`))
	thread := one(t, tapped("human", `"channel":{"id":"C1"},"message":{"ts":"1531420600.000200","thread_ts":"1531420600.000100"},"container":{"type":"message","message_ts":"1531420600.000200","channel_id":"C1"}`))
	if words(direct) != "Talk to a person" || direct.Peer.User != "U1" || direct.Peer.Thread != "" || direct.Name != "li" {
		t.Errorf("direct: %+v", direct)
	}
	if thread.Peer.User != "C1" || thread.Peer.Thread != "1531420600.000100" || thread.Follows {
		t.Errorf("in a thread: %+v", thread)
	}
	root := one(t, tapped("human", `"channel":{"id":"D1"},"message":{"ts":"1531420600.000100","thread_ts":"1531420600.000100"},"container":{"message_ts":"1531420600.000100","channel_id":"D1"}`))
	if root.Peer != direct.Peer {
		t.Errorf("below a message that others answered in a thread: %+v", root)
	}
	for name, r := range map[string]channel.Request{
		"another button": tapped("other", `"container":{"message_ts":"1.1","channel_id":"D1"}`),
		"a view":         formCall(url.Values{"payload": {`{"type":"view_submission"}`}}),
		"no place":       tapped("human", `"container":{"type":"view","view_id":"V1"}`),
	} {
		if receipt := read(t, r); len(receipt.Messages) > 0 || receipt.Ignored == "" {
			t.Errorf("%s: %+v", name, receipt)
		}
	}
}

func TestTheCommand(t *testing.T) {
	form := url.Values{"command": {"/human"}, "text": {"订单 &amp; 退款"}, "team_id": {"T1"}, "channel_id": {"C1"}, "user_id": {"U1"}, "user_name": {"li"}, "trigger_id": {"1.2.3"}}
	receipt := read(t, formCall(form))
	in := receipt.Messages[0]
	if words(in) != "转人工\n订单 & 退款" || in.Peer != (conversation.Peer{Channel: slack.Name, Account: "T1", User: "U1"}) || receipt.Answer == nil {
		t.Errorf("%+v", receipt)
	}
	for text, want := range map[string]string{"": "0", " ": "0", "my order is lost": "Talk to a person\nmy order is lost"} {
		form.Set("text", text)
		if got := words(read(t, formCall(form)).Messages[0]); got != want {
			t.Errorf("with %q: %q", text, got)
		}
	}
	for _, missing := range []string{"team_id", "user_id", "trigger_id"} {
		broken := url.Values{}
		for name, values := range form {
			if name != missing {
				broken[name] = values
			}
		}
		if _, err := connector(t, options("")).Receive(t.Context(), formCall(broken)); !fault.Is(err, fault.BadRequest) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

// TestTheAddressIsNotSigned: what stands in it means nothing.
func TestTheAddressIsNotSigned(t *testing.T) {
	r := formCall(url.Values{"x": {"y"}})
	r.Query = url.Values{"payload": {`{"type":"block_actions"}`}, "command": {"/human"}}
	if _, err := connector(t, options("")).Receive(t.Context(), r); !fault.Is(err, fault.BadRequest) {
		t.Errorf("got %v", err)
	}
}
