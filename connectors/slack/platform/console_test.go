package platform_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
)

// window is what a page knows of Slack: the console's answers.
type window struct {
	N                           int
	Team, Person, Name, Mention string
	Places                      []struct {
		ID, Name string
		Direct   bool
		Posts    []post
	}
	Error struct{ Code, Hint string }

	header http.Header
	raw    string
}

type post struct {
	TS, Thread, Who, Name, Text string
	Blocks                      []struct{ Kind, Text string }
	Files                       []struct {
		ID, Name string
		Size     int
		Picture  bool
	}
	Edited, Private bool
}

// stand is a console, beside the app of a world.
type stand struct {
	*testing.T
	world   *world
	token   string
	console *httptest.Server
	answer  string // to what Slack tells the app
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{T: t}
	s.world, s.token = newWorld(t, nil)
	s.world.answer = func(_ int, rw http.ResponseWriter) { _, _ = io.WriteString(rw, s.answer) }
	s.console = httptest.NewServer(s.world.p.Console("T1", "support"))
	t.Cleanup(s.console.Close)
	return s
}

// calls has the app call the Web API; a second passes, so that it may write again.
func (s *stand) calls(method string, form url.Values) (ts string) {
	s.Helper()
	s.world.clock.Advance(time.Second)
	got := s.world.call(method, s.token, form)
	s.world.wants(got, "")
	return got.text("ts")
}

// ask calls the console.
func (s *stand) ask(status int, method, path, body string) (got window) {
	s.Helper()
	answer := s.world.get(method, s.console.URL+path, "", "application/json", body)
	if answer.status != status {
		s.Fatalf("%s %s %.200s: %d %s, want %d", method, path, body, answer.status, answer.raw, status)
	}
	got.raw, got.header = string(answer.raw), answer.header
	_ = json.Unmarshal(answer.raw, &got) // a file is no JSON
	return got
}

// act has somebody do something, and waits until the app knows.
func (s *stand) act(status int, who, where, rest string) window {
	s.Helper()
	got := s.ask(status, "POST", "/act", `{"person":"`+who+`","place":"`+where+`",`+rest+`}`)
	s.world.must(s.world.p.Settled(s.world.patience()))
	return got
}

// heard is all that the app was told, one a line.
func (s *stand) heard() string {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	var all []string
	for _, c := range s.world.calls {
		all = append(all, string(c.body)+c.form.Get("payload"))
	}
	return strings.Join(all, "\n")
}

// told is what the app heard last.
func (s *stand) told() string {
	all := s.heard()
	return all[strings.LastIndex(all, "\n")+1:]
}

func (s *stand) enter(name string) (person, direct, shared string) {
	s.Helper()
	who := s.ask(200, "POST", "/person", `{"key":"key of `+name+`","name":"`+name+`"}`)
	w := s.ask(200, "GET", "/window?person="+who.Person, "")
	if len(w.Places) != 2 || !w.Places[0].Direct || w.Places[1].Direct || w.Places[1].Name != "support" {
		s.Fatalf("the window is %s", w.raw)
	}
	return who.Person, w.Places[0].ID, w.Places[1].ID
}

func (s *stand) posts(person string, place int) []post {
	s.Helper()
	return s.ask(200, "GET", "/window?person="+person, "").Places[place].Posts
}

// blocksOf are a message of the app's, as https://docs.slack.dev/reference/block-kit/blocks has them: who
// speaks, a text, and a button.
func blocksOf(text string) string {
	return `[{"type":"context","elements":[{"type":"plain_text","text":"机器人"}]},
		{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"}},
		{"type":"actions","elements":[{"type":"button","action_id":"human","text":{"type":"plain_text","text":"转人工"}}]}]`
}

func encoded(content string) string { return base64.StdEncoding.EncodeToString([]byte(content)) }

func TestConsoleKnowsPeopleByTheirKey(t *testing.T) {
	s := newStand(t)
	first := s.ask(200, "POST", "/person", `{"key":"a","name":" 李雷 "}`)
	again := s.ask(200, "POST", "/person", `{"key":"a","name":"别人"}`)
	other := s.ask(200, "POST", "/person", `{"key":"b","name":"李雷"}`)
	third := s.ask(200, "POST", "/person", `{"key":"c","name":"李雷"}`)
	if first.Name != "李雷" || first.Team != "T1" || first.Mention != platform.Bot || again.Person != first.Person || again.Name != "李雷" {
		t.Errorf("they are %s and %s", first.raw, again.raw)
	}
	if other.Person == first.Person || other.Name != "李雷 2" || third.Name != "李雷 3" {
		t.Errorf("the others are %s and %s", other.raw, third.raw)
	}
	for _, bad := range []string{
		`{"key":"","name":"x"}`, `{"key":"` + strings.Repeat("k", 129) + `","name":"x"}`, `{"key":"d","name":" "}`,
		`{"key":"d","name":"` + strings.Repeat("长", 81) + `"}`, `{"key":"d","name":"a\nb"}`, `{"key":"d"}`, `{"id":"d"}`, `[`,
	} {
		if got := s.ask(400, "POST", "/person", bad); got.Error.Code != "bad_request" || got.Error.Hint == "" {
			t.Errorf("%s: %s", bad, got.raw)
		}
	}
}

// TestConsoleShowsWhatChanges: a window comes again as soon as something in it is another, an edit too.
func TestConsoleShowsWhatChanges(t *testing.T) {
	s := newStand(t)
	li, direct, shared := s.enter("李雷")
	n := s.ask(200, "GET", "/window?person="+li, "").N
	changed := func(what string) []post {
		t.Helper()
		got := s.ask(200, "GET", "/window?person="+li+"&after="+strconv.Itoa(n), "")
		if got.N != n+1 || len(got.Places) != 2 {
			t.Fatalf("after %s: %s", what, got.raw)
		}
		n = got.N
		if again := s.ask(200, "GET", "/window?person="+li+"&after="+strconv.Itoa(n), ""); again.N != n || again.Places != nil {
			t.Errorf("nothing changed, and it shows %s", again.raw)
		}
		return got.Places[0].Posts
	}
	s.act(200, li, direct, `"act":"write","text":"转人工 <b>"`)
	mine := changed("a message")[0]
	if mine.Who != "you" || mine.Name != "李雷" || mine.Text != "转人工 <b>" {
		t.Errorf("mine is %+v", mine)
	}
	note := s.calls("chat.postMessage", url.Values{"channel": {li}, "blocks": {blocksOf("第 3 位")}})
	posts := changed("a note")
	want := `[{context 机器人} {section 第 3 位} {button 转人工}]`
	if got := posts[1]; got.Who != "app" || got.Name != "" || fmt.Sprint(got.Blocks) != want || got.Text != "机器人\n第 3 位" || got.Edited {
		t.Errorf("the note is %+v", got)
	}
	s.calls("chat.update", url.Values{"channel": {direct}, "ts": {note}, "blocks": {blocksOf("第 2 位")}})
	if got := changed("an update")[1]; !strings.Contains(fmt.Sprint(got.Blocks), "第 2 位") || got.Edited || got.TS != note {
		t.Errorf("the note became %+v", got)
	}
	s.act(200, li, direct, `"act":"edit","ts":"`+mine.TS+`","text":"转人工"`)
	if got := changed("an edit")[0]; got.Text != "转人工" || !got.Edited || !strings.Contains(s.told(), "message_changed") {
		t.Errorf("mine became %+v", got)
	}
	s.act(200, li, direct, `"act":"delete","ts":"`+mine.TS+`"`)
	if got := changed("a deletion"); len(got) != 1 || !strings.Contains(s.told(), "message_deleted") {
		t.Errorf("there are %+v", got)
	}
	s.calls("chat.postMessage", url.Values{"channel": {direct}, "text": {"您好"}, "username": {"小林"}})
	if got := changed("an agent's word")[1]; got.Who != "app" || got.Name != "小林" || got.Text != "您好" || got.Blocks != nil {
		t.Errorf("the agent's is %+v", got)
	}
	mei, _, _ := s.enter("韩梅梅")
	s.act(200, mei, shared, `"act":"write","text":"大家好"`)
	changed("another's word in the channel")
	if got := s.posts(li, 1)[0]; got.Who != "other" || got.Name != "韩梅梅" {
		t.Errorf("another's is %+v", got)
	}
}

func TestConsoleInAChannel(t *testing.T) {
	s := newStand(t)
	li, _, shared := s.enter("李雷")
	s.act(200, li, shared, `"act":"write","text":"<@app> 退款 a@apple.example"`)
	if !strings.Contains(s.told(), "退款 a@apple.example") || !strings.Contains(s.heard(), "app_mention") {
		t.Errorf("the app heard %q", s.heard())
	}
	root := s.posts(li, 1)[0].TS
	s.act(200, li, shared, `"act":"write","text":"还在吗","thread":"`+root+`"`)
	if got := s.posts(li, 1)[1]; got.Thread != root || !strings.Contains(s.told(), root) {
		t.Errorf("in the thread is %+v", got)
	}
	s.act(404, li, shared, `"act":"write","text":"x","thread":"1.000000"`)
	answered := s.calls("chat.postMessage", url.Values{"channel": {shared}, "thread_ts": {root}, "blocks": {blocksOf("您好")}})
	s.act(200, li, shared, `"act":"tap","ts":"`+answered+`"`)
	if !strings.Contains(s.told(), "block_actions") || !strings.Contains(s.told(), answered) {
		t.Errorf("the app heard %q", s.told())
	}
	s.act(404, li, shared, `"act":"tap","ts":"`+root+`"`)
	s.act(404, li, shared, `"act":"edit","text":"x","ts":"`+answered+`"`)
	s.act(404, li, shared, `"act":"delete","ts":"`+answered+`"`)
}

// TestConsoleCommand: what the app answers is seen where the command was given, by who gave it alone.
func TestConsoleCommand(t *testing.T) {
	s := newStand(t)
	li, direct, shared := s.enter("李雷")
	mei, _, _ := s.enter("韩梅梅")
	s.answer = `{"response_type":"ephemeral","text":"我们在私信里回复您"}`
	s.act(200, li, shared, `"act":"human","text":"急"`)
	if form, err := url.ParseQuery(s.told()); err != nil || form.Get("command") != "/human" || form.Get("text") != "急" || form.Get("user_name") != "李雷" {
		t.Errorf("the app heard %q", s.told())
	}
	if got := s.posts(li, 1); len(got) != 1 || !got[0].Private || got[0].Who != "app" || got[0].Text != "我们在私信里回复您" {
		t.Errorf("they see %+v", got)
	}
	if got := append(s.posts(mei, 1), s.posts(li, 0)...); len(got) != 0 {
		t.Errorf("others, or another place, have it too: %+v", got)
	}
	s.act(404, mei, direct, `"act":"human"`)
}

func TestConsoleFiles(t *testing.T) {
	s := newStand(t)
	li, direct, shared := s.enter("李雷")
	attach := func(status int, where, rest string) {
		t.Helper()
		s.act(status, li, where, `"act":"attach",`+rest)
	}
	png := "\x89PNG\r\n\x1a\n0000"
	page := "<!DOCTYPE html><script>alert(1)</script>"
	attach(200, direct, `"text":"看","name":"屏幕.png","kind":"image/png","data":"`+encoded(png)+`"`)
	attach(200, shared, `"name":"x.html","kind":"?","data":"`+encoded(page)+`"`)
	picture, other := s.posts(li, 0)[0], s.posts(li, 1)[0]
	if f := picture.Files[0]; picture.Text != "看" || f.Name != "屏幕.png" || !f.Picture || f.Size != len(png) {
		t.Errorf("the picture is %+v", picture)
	}
	if f := other.Files[0]; f.Picture || !strings.Contains(s.told(), `"mimetype":"application/octet-stream"`) {
		t.Errorf("the other is %+v, the app heard %q", other, s.told())
	}
	if got := s.ask(200, "GET", "/file?id="+picture.Files[0].ID, ""); got.raw != png || got.header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture's content is %q, %v", got.raw, got.header)
	}
	got := s.ask(200, "GET", "/file?id="+other.Files[0].ID, "")
	if got.raw != page || got.header.Get("Content-Type") != "application/octet-stream" || got.header.Get("Content-Disposition") != "attachment" ||
		got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("a page is given as %v", got.header)
	}
	attach(400, direct, `"name":"","data":"AAAA"`)
	attach(400, direct, `"name":"a\nb","data":"AAAA"`)
	attach(400, direct, `"name":"`+strings.Repeat("长", 256)+`","data":"AAAA"`)
	attach(400, direct, `"name":"empty.txt","data":""`)
	attach(413, direct, `"name":"large","data":"`+strings.Repeat("A", 17<<20)+`"`)
	s.ask(404, "GET", "/file?id=F404", "")
}

func TestConsoleRefuses(t *testing.T) {
	s := newStand(t)
	li, direct, _ := s.enter("李雷")
	s.ask(404, "GET", "/window?person=U404", "")
	s.ask(200, "GET", "/window?team=T1&person="+li, "")
	s.ask(404, "GET", "/window?team=T2&person="+li, "") // of a Slack that was played before
	s.act(404, li, direct, `"team":"T2","act":"write","text":"x"`)
	s.ask(400, "GET", "/window?person="+li+"&after=x", "")
	s.ask(405, "GET", "/act", "")
	s.ask(404, "GET", "/", "")
	s.act(404, "U404", direct, `"act":"write","text":"x"`)
	s.act(404, li, "C404", `"act":"write","text":"x"`)
	s.act(400, li, direct, `"act":"sing"`)
	s.act(422, li, direct, `"act":"write","text":" "`)
	s.act(422, li, direct, `"act":"write","text":"`+strings.Repeat("长", 12_001)+`"`)
	s.act(200, li, direct, `"act":"write","text":"`+strings.Repeat("长", 12_000)+`"`)
	s.act(422, li, direct, `"act":"edit","text":"","ts":"`+s.posts(li, 0)[0].TS+`"`)
	if got := s.posts(li, 0); len(got) != 1 || got[0].Edited {
		t.Errorf("what was refused was done: %+v", got)
	}
}
