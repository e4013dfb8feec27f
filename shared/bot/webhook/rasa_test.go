package webhook_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// apiKey is what a bot of another kind gave us.
const apiKey = "app-the-key-of-the-tests"

// askOther asks a bot of another kind that answers so, and returns what it was asked.
func askOther(t *testing.T, kind config.BotKind, q bot.Turn, status int, body []byte) (a bot.Answer, asked []byte, err error) {
	t.Helper()
	o := options(serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked, _ = io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+apiKey || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("asked by %s with %v", r.Method, r.Header)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	o.Bot = config.Bot{Kind: kind, URL: o.Bot.URL, Secret: config.NewSecret(apiKey), Person: config.DefaultPerson}
	a, err = ask(t.Context(), t, made(t, o), q)
	if err != nil && strings.Contains(err.Error(), apiKey) {
		t.Errorf("the error shows the key: %v", err)
	}
	return a, asked, err
}

// published is an example of somebody's documentation.
func published(t *testing.T, name string) []byte {
	t.Helper()
	folder := filepath.Join("testdata", filepath.Dir(name))
	if source, err := os.ReadFile(filepath.Join(folder, "SOURCE")); err != nil || !bytes.Contains(source, []byte("https://")) {
		t.Errorf("%s has no SOURCE", folder)
	}
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// same compares two JSON texts.
func same(t *testing.T, got, want []byte) {
	t.Helper()
	var a, b any
	if json.Unmarshal(got, &a) != nil || json.Unmarshal(want, &b) != nil {
		t.Fatalf("no JSON: %s or %s", got, want)
	}
	one, _ := json.Marshal(a)
	two, _ := json.Marshal(b)
	if !bytes.Equal(one, two) {
		t.Errorf("got %s\nwant %s", one, two)
	}
}

func TestRasaAsDocumented(t *testing.T) {
	for name, want := range map[string]bot.Answer{
		"text-and-image.json": {Text: "Hey Rasa!\nhttp://example.com/image.jpg"},
		"buttons.json":        {Text: "Hey! How are you?\n· great\n· super sad"},
		"image.json":          {Text: "Here is something to cheer you up:\nhttps://i.imgur.com/nGF1K8f.jpg"},
		"custom.json":         {}, // a person is offered
		"handoff.json":        {Person: true},
	} {
		q := bot.Turn{Conversation: "test_user", Text: "Hi there!", Transcript: turn().Transcript}
		got, asked, err := askOther(t, config.BotRasa, q, 200, published(t, "rasa/"+name))
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		same(t, asked, published(t, "rasa/question.json"))
	}
}

// TestRasaAnswers has what the documentation shows no example of.
func TestRasaAnswers(t *testing.T) {
	person := bot.Answer{Person: true}
	for body, want := range map[string]bot.Answer{
		`[]`:   {},
		`[{}]`: {},
		`[{"recipient_id":"u","text":" "},{"text":""}]`:                         {},
		`[{"text":"a"},{"text":"b\n\nc"}]`:                                      {Text: "a\nb\n\nc"},
		`[{"text":"a","more":{"x":1}}]`:                                         {Text: "a"},
		`[{"buttons":[{"title":"yes","payload":"/affirm"},{"payload":"/x"}]}]`:  {Text: "· yes"},
		`[{"text":"a","buttons":{},"image":{"src":"x"},"attachment":7}]`:        {Text: "a"},
		`[{"text":7,"attachment":"https://shop.example/terms.pdf"}]`:            {Text: "https://shop.example/terms.pdf"},
		`[{"text":"a","image":"data:image/png;base64,AAAA"}]`:                   {Text: "a"},
		`[{"text":"a","image":"/pictures/1.png"}]`:                              {Text: "a"},
		`[{"text":"wait"},{"custom":{"handoff_to_human":true}}]`:                person,
		`[{"custom":{"handoff_to_human":{"team":"vip"}}}]`:                      person,
		`[{"custom":{"handoff_to_human":false}}]`:                               {},
		`[{"text":"a","custom":{"handoff_to_human":null}}]`:                     {Text: "a"},
		`[{"custom":{"type":"action","name":"handoff_to_human"}}]`:              person,
		`[{"custom":"handoff_to_human"}]`:                                       person,
		`[{"text":"handoff_to_human"}]`:                                         person,
		`[{"text":"handoff_to_human is what I say where you need a person"}]`:   {Text: "handoff_to_human is what I say where you need a person"},
		`[{"custom":{"handoff":true}},{"custom":["handoff_to_human"]},{"x":1}]`: {},
	} {
		got, _, err := askOther(t, config.BotRasa, turn(), 200, []byte(body))
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{``, `null`, `{}`, `{"text":"a"}`, `"a"`, `[1]`, `["a"]`, `[{"text":"a"}`, `[] []`, "[{\"text\":\"\xff\"}]"} {
		if _, _, err := askOther(t, config.BotRasa, turn(), 200, []byte(body)); !fault.Is(err, fault.Config) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, _, err := askOther(t, config.BotRasa, turn(), 401, []byte(said)); !strings.Contains(err.Error(), "bot.secret") {
		t.Errorf("no hint: %v", err)
	}
}

// TestCustomersCommandNoRasa: words that begin as its clients' commands do are words.
func TestCustomersCommandNoRasa(t *testing.T) {
	for text, want := range map[string]string{
		"/restart": "restart", ` //inform{"vip":true}`: `inform{"vip":true}`, "\u3000/SetSlots(vip=true)": "SetSlots(vip=true)",
		"\u00a0\u2003/\u3000/restart": "restart", "／restart": "／restart", "/": "/", "1/2": "1/2", "退款 /急": "退款 /急",
	} {
		_, asked, _ := askOther(t, config.BotRasa, bot.Turn{Text: text}, 200, []byte(`[]`))
		var got struct{ Message string }
		if err := json.Unmarshal(asked, &got); err != nil || got.Message != want {
			t.Errorf("%q became %q, %v", text, got.Message, err)
		}
	}
}
