package platform_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
)

func (w *world) wantsLimited(s said, wait string) {
	w.t.Helper()
	w.wants(s, "ratelimited")
	if kind := s.header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
		w.t.Errorf("answered as %s", kind)
	}
	if s.status != http.StatusTooManyRequests || s.header.Get("Retry-After") != wait {
		w.t.Errorf("answered %d, Retry-After %q, want %q", s.status, s.header.Get("Retry-After"), wait)
	}
}

// TestOneMessageASecond, in each channel for itself: https://docs.slack.dev/apis/web-api/rate-limits
func TestOneMessageASecond(t *testing.T) {
	w, token := newWorld(t, nil)
	help, other := w.p.Channel("T1", "help"), w.p.Channel("T1", "other")
	li := w.p.Person("T1", "li")
	w.wants(w.posts(token, help.ID, "one"), "")
	w.wants(w.posts(token, other.ID, "one"), "")
	w.wants(w.posts(token, li.ID, "one"), "")
	w.wantsLimited(w.posts(token, help.ID, "two"), "1")
	w.clock.Advance(999 * time.Millisecond)
	w.wantsLimited(w.posts(token, li.Direct().ID, "two"), "1")
	if got := w.p.Violations(); len(got) != 2 || got[0] != (platform.Violation{At: start, Channel: help.ID, Error: "ratelimited"}) || got[1].Channel != li.Direct().ID {
		t.Errorf("violations: %+v", got)
	}
	w.clock.Advance(time.Millisecond)
	w.wants(w.posts(token, help.ID, "two"), "")
	if posts := w.p.Posts(help, ""); len(posts) != 2 || posts[1].Text != "two" {
		t.Errorf("the channel shows %+v", posts)
	}
	if n := len(w.p.Violations()); n != 2 {
		t.Errorf("%d violations", n)
	}
}

// TestTiers: chat.update has the third, for each workspace; other methods go on.
func TestTiers(t *testing.T) {
	w, token := newWorld(t, nil)
	second := w.exchange(w.p.Install("T2")).text("access_token")
	change := func(token, team string) said {
		c := w.p.Channel(team, "help")
		return w.call("chat.update", token, url.Values{"channel": {c.ID}, "ts": {w.p.Posts(c, "")[0].TS}, "text": {"x"}})
	}
	for team, token := range map[string]string{"T1": token, "T2": second} {
		w.wants(w.posts(token, w.p.Channel(team, "help").ID, "one"), "")
	}
	for range 50 {
		w.clock.Advance(200 * time.Millisecond)
		w.wants(change(token, "T1"), "")
	}
	w.wantsLimited(change(token, "T1"), "51") // the first was made 9.8 seconds ago
	w.wants(change(second, "T2"), "")
	w.wants(w.call("conversations.open", token, url.Values{"users": {w.p.Person("T1", "li").ID}}), "")
	w.wants(w.posts(token, w.p.Channel("T1", "help").ID, "two"), "")
	if got := w.p.Violations(); len(got) != 1 || got[0].Method != "chat.update" || got[0].Error != "ratelimited" {
		t.Errorf("violations: %+v", got)
	}
	w.clock.Advance(50*time.Second + 199*time.Millisecond)
	w.wantsLimited(change(token, "T1"), "1")
	w.clock.Advance(time.Millisecond)
	w.wants(change(token, "T1"), "")
	w.wantsLimited(change(token, "T1"), "1")
	w.clock.Advance(time.Minute)
	for method, tier := range map[string]int{"conversations.open": 50, "files.info": 100} {
		for n := range tier + 1 {
			if got := w.call(method, token, url.Values{}).status; (got == http.StatusTooManyRequests) != (n == tier) {
				t.Fatalf("call %d of %s: status %d", n+1, method, got)
			}
		}
	}
}

func TestWhatIsPosted(t *testing.T) {
	w, token := newWorld(t, nil)
	help := w.p.Channel("T1", "help")
	root, _ := w.p.Person("T1", "li").Say(help, spoken, "")
	elsewhere := w.p.Channel("T2", "help")
	for name, c := range map[string]struct {
		to, text string
		more     []string
		want     string
	}{
		"in a channel":          {help.ID, "a &lt;b&gt;", nil, ""},
		"in a thread":           {help.ID, "a", []string{"thread_ts", root}, ""},
		"in no thread":          {help.ID, "a", []string{"thread_ts", "1.000001"}, "thread_not_found"},
		"nothing":               {help.ID, " ", nil, "no_text"},
		"nowhere":               {"C99", "a", nil, "channel_not_found"},
		"by a channel's name":   {"T1#help", "a", nil, "channel_not_found"},
		"in another workspace":  {elsewhere.ID, "a", nil, "channel_not_found"},
		"to nobody":             {"U99", "a", nil, "channel_not_found"},
		"longer than is shown":  {help.ID, strings.Repeat("长", 40_001), nil, ""},
		"blocks that are no":    {help.ID, "a", []string{"blocks", "{"}, "invalid_blocks_format"},
		"blocks and their text": {help.ID, "for notifications", []string{"blocks", section("b")}, ""},
	} {
		before := len(w.p.Posts(help, ""))
		w.clock.Advance(time.Second)
		s := w.posts(token, c.to, c.text, c.more...)
		if s.text("error") != c.want {
			t.Errorf("%s: %s, want %q", name, s.raw, c.want)
		}
		posts := w.p.Posts(help, "")
		if len(posts)-before != map[bool]int{true: 1}[c.want == ""] {
			t.Errorf("%s: %d posts more", name, len(posts)-before)
		}
		last := posts[len(posts)-1]
		if shown := map[string]string{"in a channel": "a <b>", "blocks and their text": "b", "longer than is shown": strings.Repeat("长", 40_000)}[name]; shown != "" && (last.Text != shown || s.text("ts") != last.TS) {
			t.Errorf("%s: shown %.80q", name, last.Text)
		}
	}
}

func section(text string) string {
	return fmt.Sprintf(`[{"type":"section","text":{"type":"mrkdwn","text":%q}}]`, text)
}

// TestMarks: what would call everybody is shown so, that a test sees it; a name or an
// address is shown as people see it.
func TestMarks(t *testing.T) {
	w, token := newWorld(t, nil)
	help := w.p.Channel("T1", "help")
	for text, want := range map[string]string{
		"<!channel> hi": "[calls everybody: !channel] hi", "<!here|here>": "[calls everybody: !here|here]", "&lt;!channel&gt;": "<!channel>",
		"<https://a.example/|here>": "here", "<https://a.example/?b&amp;c>": "https://a.example/?b&c",
	} {
		w.clock.Advance(2 * time.Second)
		w.wants(w.posts(token, help.ID, text), "")
		w.clock.Advance(2 * time.Second)
		w.wants(w.posts(token, help.ID, "x", "blocks", section(text)), "")
		posts := w.p.Posts(help, "")
		for _, got := range posts[len(posts)-2:] {
			if got.Text != want {
				t.Errorf("%q is shown as %q, want %q", text, got.Text, want)
			}
		}
	}
	w.clock.Advance(2 * time.Second)
	w.wants(w.posts(token, help.ID, "x", "blocks", `[{"type":"context","elements":[{"type":"plain_text","text":"<!channel>"}]}]`), "")
	if posts := w.p.Posts(help, ""); posts[len(posts)-1].Text != "<!channel>" {
		t.Errorf("plain text is shown as %q", posts[len(posts)-1].Text)
	}
}

// TestBlocks: their limits stand on https://docs.slack.dev/reference/block-kit/blocks and the pages below.
func TestBlocks(t *testing.T) {
	w, token := newWorld(t, nil)
	help := w.p.Channel("T1", "help")
	repeat := func(one string, n int) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	section := func(length int) string {
		return `{"type":"section","text":{"type":"mrkdwn","text":"` + strings.Repeat("字", length) + `"}}`
	}
	context := func(n int) string {
		return `{"type":"context","elements":[` + repeat(`{"type":"mrkdwn","text":"a"}`, n) + `]}`
	}
	actions := func(n, label, id int) string {
		button := `{"type":"button","action_id":"` + strings.Repeat("i", id) + `","text":{"type":"plain_text","text":"` + strings.Repeat("字", label) + `"}}`
		return section(1) + `,{"type":"actions","elements":[` + repeat(button, n) + `]}`
	}
	for name, c := range map[string]struct{ blocks, want string }{
		"50 blocks":               {repeat(section(1), 50), ""},
		"51 blocks":               {repeat(section(1), 51), "invalid_blocks"},
		"a text of 3,000":         {section(3_000), ""},
		"a text of 3,001":         {section(3_001), "invalid_blocks"},
		"a text of nothing":       {section(0), "invalid_blocks"},
		"a section without text":  {`{"type":"section"}`, "invalid_blocks"},
		"texts of 13,000 in all":  {repeat(section(2_600), 5), ""},
		"texts of 13,005 in all":  {repeat(section(2_601), 5), "msg_blocks_too_long"},
		"10 pieces of context":    {context(10), ""},
		"11 pieces of context":    {context(11), "invalid_blocks"},
		"a context of nothing":    {context(0), "invalid_blocks"},
		"25 buttons":              {actions(25, 75, 255), ""},
		"26 buttons":              {actions(26, 1, 1), "invalid_blocks"},
		"no button":               {actions(0, 1, 1), "invalid_blocks"},
		"a label of 76":           {actions(1, 76, 1), "invalid_blocks"},
		"a label of nothing":      {actions(1, 0, 1), "invalid_blocks"},
		"a button's name of 256":  {actions(1, 1, 256), "invalid_blocks"},
		"a label that is written": {section(1) + `,{"type":"actions","elements":[{"type":"button","text":{"type":"mrkdwn","text":"a"}}]}`, "invalid_blocks"},
		"a kind nobody knows":     {`{"type":"sectoin","text":{"type":"mrkdwn","text":"a"}}`, "invalid_blocks"},
	} {
		w.clock.Advance(time.Second)
		if s := w.posts(token, help.ID, "x", "blocks", "["+c.blocks+"]"); s.text("error") != c.want {
			t.Errorf("%s: %s, want %q", name, s.raw, c.want)
		}
	}
}

// TestChangedMessages: https://docs.slack.dev/reference/methods/chat.update
func TestChangedMessages(t *testing.T) {
	w, token := newWorld(t, nil)
	li := w.p.Person("T1", "li")
	button := `[{"type":"section","text":{"type":"mrkdwn","text":"one"}},{"type":"actions","elements":[{"type":"button","action_id":"human","text":{"type":"plain_text","text":"转人工"}}]}]`
	own := w.posts(token, li.ID, "x", "blocks", button).text("ts")
	theirs, _ := li.Write(spoken, "")
	direct := li.Direct().ID
	for name, c := range map[string]struct {
		channel, ts, text, blocks string
		want, shows               string
	}{
		"its text":                {direct, own, "two", "", "", "two"},
		"its blocks":              {direct, own, "x", section("three"), "", "three"},
		"by the user's id":        {li.ID, own, "x", "", "channel_not_found", ""},
		"of nobody":               {direct, "1.000001", "x", "", "message_not_found", ""},
		"what somebody wrote":     {direct, theirs, "x", "", "cant_update_message", ""},
		"to nothing":              {direct, own, "", "", "no_text", ""},
		"to the longest text":     {direct, own, strings.Repeat("长", 4_000), "", "", strings.Repeat("长", 4_000)},
		"to more than that":       {direct, own, strings.Repeat("长", 4_001), section("a"), "msg_too_long", ""},
		"to blocks that are none": {direct, own, "x", `[{"type":"x"}]`, "invalid_blocks", ""},
	} {
		form := url.Values{"channel": {c.channel}, "ts": {c.ts}, "text": {c.text}}
		if c.blocks != "" {
			form.Set("blocks", c.blocks)
		}
		before := w.p.Posts(li.Direct(), "")[0]
		w.wants(w.call("chat.update", token, form), c.want)
		after := w.p.Posts(li.Direct(), "")[0]
		if c.want != "" && after.Text != before.Text || c.want == "" && (after.Text != c.shows || after.Button || !after.Edited) {
			t.Errorf("%s: shows %+v", name, after)
		}
	}
	w.wants(w.call("chat.update", token, url.Values{"channel": {direct}, "ts": {own}, "blocks": {button}}), "")
	if post := w.p.Posts(li.Direct(), "")[0]; post.Text != "one" || !post.Button {
		t.Errorf("shows %+v", post)
	}
	if got := w.p.Violations(); len(got) > 0 {
		t.Errorf("changes are counted as messages: %+v", got)
	}
}

// TestOtherNames: in its own name an app reaches somebody by their id; in another name Slackbot does.
// https://docs.slack.dev/reference/methods/chat.postMessage (Sending messages as other entities)
func TestOtherNames(t *testing.T) {
	w, token := newWorld(t, nil)
	li := w.p.Person("T1", "li")
	w.wants(w.posts(token, li.ID, "one"), "")
	w.wants(w.posts(token, li.ID, "two", "username", "人工客服 小王"), "")
	w.clock.Advance(time.Second)
	w.wants(w.posts(token, li.Direct().ID, "three", "username", "人工客服 小王"), "")
	if posts := w.p.Posts(li.Direct(), ""); len(posts) != 2 || posts[1].Text != "three" || posts[1].Username != "人工客服 小王" {
		t.Errorf("the app's channel shows %+v", posts)
	}
	for _, icon := range []string{"icon_emoji", "icon_url"} {
		w.wants(w.posts(token, w.p.Person("T1", icon).ID, "one", icon, ":x:"), "")
		if posts := w.p.Posts(w.p.Person("T1", icon).Slackbot(), ""); len(posts) != 1 {
			t.Errorf("with %s Slackbot's channel shows %+v", icon, posts)
		}
	}
	if posts := w.p.Posts(li.Slackbot(), ""); len(posts) != 1 || posts[0].Text != "two" {
		t.Errorf("Slackbot's channel shows %+v", posts)
	}
}

func TestUnknownCalls(t *testing.T) {
	w, token := newWorld(t, nil)
	w.wants(w.call("chat.delete", token, url.Values{}), "unknown_method")
	w.wants(w.get(http.MethodPost, "/api/chat.update", token, "application/x-www-form-urlencoded", "a=%zz"), "invalid_form_data")
	w.wants(w.call("conversations.open", token, url.Values{"users": {"U99"}}), "user_not_found")
	if got := w.get(http.MethodGet, "/elsewhere", "", "", "").status; got != http.StatusNotFound {
		t.Errorf("status %d", got)
	}
	if got := w.get(http.MethodPost, "/api/chat.update", token, "", strings.Repeat("a", 32<<20+1)).status; got != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", got)
	}
}
