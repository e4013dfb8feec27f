package platform_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/slack/platform"
)

// published is the event of an example of Slack's, with what is around it; the connector's tests have
// the examples, each with its address.
func published(t *testing.T, name string) (outer, event map[string]any) {
	t.Helper()
	raw, err := os.ReadFile("../testdata/inbound/" + name + "/request.json")
	if err != nil {
		t.Fatal(err)
	}
	var request struct{ Body map[string]any }
	if err := json.Unmarshal(raw, &request); err != nil {
		t.Fatal(err)
	}
	event, _ = request.Body["event"].(map[string]any)
	delete(request.Body, "event")
	return request.Body, event
}

// missing are the fields of a published value that ours does not have, or has of another kind.
func missing(at string, theirs, ours any) []string {
	switch theirs := theirs.(type) {
	case map[string]any:
		mine, _ := ours.(map[string]any)
		var all []string
		for _, name := range slices.Sorted(maps.Keys(theirs)) {
			all = append(all, missing(at+"."+name, theirs[name], mine[name])...)
		}
		return all
	case []any:
		mine, _ := ours.([]any)
		if len(mine) == 0 {
			return []string{at}
		}
		return missing(at+"[]", theirs[0], mine[0])
	case nil:
		return nil
	}
	if fmt.Sprintf("%T", theirs) != fmt.Sprintf("%T", ours) {
		return []string{at}
	}
	return nil
}

// TestEventsAreAsPublished: what Slack's examples have, our events have, but for what says how a file
// looks and who may see it.
func TestEventsAreAsPublished(t *testing.T) {
	w, _ := newWorld(t, nil)
	li, help := w.p.Person("T1", "li"), w.p.Channel("T1", "help")
	tell := map[string]func(){
		"direct":  func() { li.Write(spoken, "") },
		"channel": func() { li.Say(help, spoken, "") },
		"mention": func() { li.Say(help, platform.Bot+" "+spoken, "") },
		"file":    func() { li.Attach(spoken, "a.png", "image/png", []byte("the picture")) },
		"changed": func() {
			ts, _ := li.Write(spoken, "")
			w.hears(1)
			_, err := li.Edit(li.Direct(), ts, "8001")
			w.must(err)
		},
		"uninstalled": func() { w.p.Uninstall("T1") },
	}
	played := []string{".event.files[].id", ".event.files[].mimetype", ".event.files[].mode", ".event.files[].name", ".event.files[].size",
		".event.files[].title", ".event.files[].url_private", ".event.files[].url_private_download", ".event.files[].is_external"}
	for _, name := range []string{"direct", "channel", "mention", "file", "changed", "uninstalled"} {
		outer, event := published(t, name)
		tell[name]()
		calls := w.hears(map[bool]int{true: 2, false: 1}[name == "mention"])
		c := calls[0]
		if c.event()["type"] != event["type"] { // of a mention either comes first
			c = calls[len(calls)-1]
		}
		lacks := append(missing("", outer, c.outer), missing(".event", event, c.event())...)
		lacks = slices.DeleteFunc(lacks, func(at string) bool {
			return at == ".event_context" || strings.HasPrefix(at, ".event.files[].") && !slices.Contains(played, at)
		})
		if len(lacks) > 0 {
			t.Errorf("%s: %q are not as Slack's in %s", name, lacks, c.body)
		}
		if c.event()["type"] != event["type"] || c.event()["subtype"] != event["subtype"] {
			t.Errorf("%s is of type %v, %v", name, c.event()["type"], c.event()["subtype"])
		}
	}
}

// TestAMentionIsToldTwice, as two events of one message; what mentions nobody once.
func TestAMentionIsToldTwice(t *testing.T) {
	w, _ := newWorld(t, nil)
	li, help := w.p.Person("T1", "li"), w.p.Channel("T1", "help")
	ts, _ := li.Say(help, platform.Bot+" <A&B>", "")
	twice := w.hears(2)
	slices.SortFunc(twice, func(a, b call) int { return strings.Compare(b.event()["type"].(string), a.event()["type"].(string)) })
	first, second := twice[0], twice[1]
	if first.event()["type"] != "message" || second.event()["type"] != "app_mention" || first.outer["event_id"] == second.outer["event_id"] {
		t.Errorf("told %s and %s", first.body, second.body)
	}
	bot := w.exchange(w.p.Install("T1")).text("bot_user_id")
	for _, c := range twice {
		if e := c.event(); e["ts"] != ts || e["channel"] != help.ID || e["user"] != li.ID || e["text"] != "<@"+bot+"> &lt;A&amp;B&gt;" {
			t.Errorf("told %v", e)
		}
	}
	if _, there := second.event()["channel_type"]; there {
		t.Error("app_mention has a channel_type")
	}
	li.Say(help, spoken, ts)
	if e := w.hears(1)[0].event(); e["thread_ts"] != ts || e["channel_type"] != "channel" {
		t.Errorf("in the thread: %v", e)
	}
	li.Write(platform.Bot, "") // in direct messages a mention is nothing of its own
	if e := w.hears(1)[0].event(); e["type"] != "message" || e["channel_type"] != "im" {
		t.Errorf("directly: %v", e)
	}
}

// TestChanges: of a message by whoever wrote it. The example of a deletion is
// https://docs.slack.dev/reference/events/message/message_deleted.
func TestChanges(t *testing.T) {
	w, _ := newWorld(t, nil)
	li, help := w.p.Person("T1", "li"), w.p.Channel("T1", "help")
	ts, _ := li.Say(help, spoken, "")
	before := w.hears(1)[0].event()
	_, err := li.Edit(help, ts, "8001")
	w.must(err)
	e := w.hears(1)[0].event()
	message, previous := e["message"].(map[string]any), e["previous_message"].(map[string]any)
	if e["ts"] == ts || message["ts"] != ts || message["text"] != "8001" || previous["text"] != spoken || e["hidden"] != true {
		t.Errorf("changed: %v", e)
	}
	if message["client_msg_id"] != before["client_msg_id"] || previous["client_msg_id"] != before["client_msg_id"] || before["client_msg_id"] == "" || message["channel"] != nil {
		t.Errorf("within, the message is %v", message)
	}
	if _, err := w.p.Person("T1", "mei").Edit(help, ts, "x"); err == nil {
		t.Error("somebody else changed it")
	}
	if _, err := w.p.Person("T1", "mei").Delete(help, ts); err == nil {
		t.Error("somebody else deleted it")
	}
	_, err = li.Delete(help, ts)
	w.must(err)
	e = w.hears(1)[0].event()
	example := map[string]any{"type": "message", "subtype": "message_deleted", "hidden": true, "channel": "C123ABC456", "ts": "1358878755.000001", "deleted_ts": "1358878749.000002"}
	if lacks := missing("", example, e); len(lacks) > 0 || e["subtype"] != "message_deleted" || e["deleted_ts"] != ts || e["ts"] == ts {
		t.Errorf("deleted: %v, without %q", e, lacks)
	}
	if posts := w.p.Posts(help, ""); len(posts) > 0 {
		t.Errorf("the channel shows %+v", posts)
	}
	if _, err := li.Delete(help, ts); err == nil {
		t.Error("it is deleted twice")
	}
}

// TestInteractions: what the app is told of a button and of a command.
func TestInteractions(t *testing.T) {
	w, token := newWorld(t, nil)
	li, help := w.p.Person("T1", "li"), w.p.Channel("T1", "help")
	root, _ := li.Say(help, spoken, "")
	w.hears(1)
	w.wants(w.posts(token, help.ID, "x", "thread_ts", root, "blocks",
		`[{"type":"actions","elements":[{"type":"button","action_id":"human","text":{"type":"plain_text","text":"转人工"}}]},{"type":"section","text":{"type":"mrkdwn","text":"x"}}]`), "")
	ts := w.p.Posts(help, root)[1].TS
	_, err := li.Tap(help, ts)
	w.must(err)
	var tapped struct {
		Type      string
		Team      struct{ ID string }
		User      struct{ ID string }
		Container struct {
			TS     string `json:"message_ts"`
			Thread string `json:"thread_ts"`
			ID     string `json:"channel_id"`
		}
		Actions []struct {
			ID string `json:"action_id"`
			TS string `json:"action_ts"`
		}
	}
	w.must(json.Unmarshal([]byte(w.hears(1)[0].form.Get("payload")), &tapped))
	if tapped.Type != "block_actions" || tapped.Team.ID != "T1" || tapped.User.ID != li.ID || tapped.Container.TS != ts || tapped.Container.Thread != root ||
		tapped.Container.ID != help.ID || len(tapped.Actions) != 1 || tapped.Actions[0].ID != "human" || tapped.Actions[0].TS == ts {
		t.Errorf("tapped: %+v", tapped)
	}
	li.Command(help, "/human", "急 <1>")
	form := w.hears(1)[0].form
	for name, want := range map[string]string{"team_id": "T1", "user_id": li.ID, "channel_id": help.ID, "command": "/human", "text": "急 &lt;1&gt;"} {
		if form.Get(name) != want {
			t.Errorf("the command's %s is %q, want %q", name, form.Get(name), want)
		}
	}
}
