package webhook_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestDifyAsDocumented(t *testing.T) {
	q := bot.Turn{
		Conversation: "abc-123", Language: conversation.English, Text: "What are the specs of the iPhone 13 Pro Max?",
		Transcript: turn().Transcript,
	}
	got, asked, err := askOther(t, config.BotDify, q, 200, published(t, "dify/answer.json"))
	if err != nil || got != (bot.Answer{Text: "iPhone 13 Pro Max specs are listed here:..."}) {
		t.Errorf("got %+v, %v", got, err)
	}
	var ours, theirs map[string]any
	if json.Unmarshal(asked, &ours) != nil || json.Unmarshal(published(t, "dify/question.json"), &theirs) != nil {
		t.Fatalf("asked %s", asked)
	}
	theirs["inputs"] = map[string]any{"language": "en", "transcript": "customer: " + history}
	theirs["auto_generate_name"] = false
	delete(theirs, "conversation_id") // every question begins one
	one, _ := json.Marshal(ours)
	two, _ := json.Marshal(theirs)
	same(t, one, two)
}

func TestDifyErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/dify/error-*.json")
	if err != nil || len(files) != 11 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		body := published(t, "dify/"+filepath.Base(file))
		var e struct {
			Status int
			Code   string
		}
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatal(err)
		}
		want := fault.Config
		if e.Status == 429 || e.Status == 500 {
			want = fault.Unavailable
		}
		_, _, err := askOther(t, config.BotDify, turn(), e.Status, body)
		if !fault.Is(err, want) || e.Status == 400 && !strings.Contains(err.Error(), e.Code+": ") {
			t.Errorf("%s: %v", e.Code, err)
		}
	}
	for status, hint := range map[int]string{401: "the API key of the app", 403: "the API key of the app", 400: "200 is wanted"} {
		_, _, err := askOther(t, config.BotDify, turn(), status, []byte(`{"code":"`+said+`"}`))
		if !strings.Contains(err.Error(), hint) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestDifyAnswers(t *testing.T) {
	person := bot.Answer{Person: true}
	for body, want := range map[string]bot.Answer{
		`{"answer":""}`:                    {},
		`{"answer":" \n"}`:                 {},
		`{"answer":"好的，handoff_to_human"}`: person,
		`{"answer":"<think>handoff_to_human? no</think>\n\n三天"}`:  {Text: "三天"},
		`{"answer":"so, three days</think>三天"}`:                   {Text: "三天"},
		`{"answer":"<think>x</think>handoff_to_human"}`:           person,
		`{"answer":" <think>three or"}`:                           {},
		`{"answer":"a","metadata":{"handoff_to_human":true}}`:     {Text: "a"},
		`{"answer":"a","event":"message","mode":"advanced-chat"}`: {Text: "a"},
	} {
		got, _, err := askOther(t, config.BotDify, turn(), 200, []byte(body))
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"answer":null}`, `{"answer":1}`, `{"answer":"a"`, `{"answer":"` + strings.Repeat("x", webhook.MaxAnswer+1) + `"}`} {
		if _, _, err := askOther(t, config.BotDify, turn(), 200, []byte(body)); !fault.Is(err, fault.Config) {
			t.Errorf("%.40s: %v", body, err)
		}
	}
	// What an answer stands on may be far longer than what is said.
	long := `{"answer":"a","metadata":{"retriever_resources":[{"content":"` + strings.Repeat("x", 900<<10) + `"}]}}`
	if got, _, err := askOther(t, config.BotDify, turn(), 200, []byte(long)); err != nil || got.Text != "a" {
		t.Errorf("got %+v, %v", got, err)
	}
	endless := `{"answer":"a"}` + strings.Repeat(" ", 1<<20)
	if _, _, err := askOther(t, config.BotDify, turn(), 200, []byte(endless)); err == nil || !strings.Contains(err.Error(), "longer than 1 MB") {
		t.Errorf("got %v", err)
	}
}

// TestDifyTranscripts: the newest that fit are given, whole and in order.
func TestDifyTranscripts(t *testing.T) {
	said := func(who conversation.Author, text string) conversation.Message {
		return conversation.Message{Key: conversation.OwnKey(nine.Add(-time.Minute), "x", 0), Author: who, Parts: conversation.TextParts(text)}
	}
	private := said(conversation.Bot, "too late to be told")
	private.Private = true
	full := strings.Repeat("字", 4000-len("person: "))
	for _, c := range []struct {
		transcript []conversation.Message
		want       string
	}{
		{nil, ""},
		{[]conversation.Message{said(conversation.Customer, "a"), private, said(conversation.Bot, "b\nc"), said(conversation.Person, "d")},
			"customer: a\nbot: b\nc\nperson: d"},
		{[]conversation.Message{said(conversation.Customer, "a"), said(conversation.Person, full)}, "person: " + full},
		{[]conversation.Message{said(conversation.Person, full+"x"), said(conversation.Bot, "b")}, "bot: b"},
		{[]conversation.Message{said(conversation.Person, full+"x")}, ""},
	} {
		_, asked, _ := askOther(t, config.BotDify, bot.Turn{Text: "x", Transcript: c.transcript}, 200, []byte(`{"answer":""}`))
		var got struct{ Inputs map[string]string }
		if err := json.Unmarshal(asked, &got); err != nil || got.Inputs["transcript"] != c.want {
			t.Errorf("got %.80q, want %.80q, %v", got.Inputs["transcript"], c.want, err)
		}
	}
}
