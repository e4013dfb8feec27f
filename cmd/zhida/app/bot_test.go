package app

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

// TestWhatFollowsFromABotsAnswer has a customer ask a bot that is reached over
// HTTP. Whatever it does, the customer hears something, with the way to a person.
func TestWhatFollowsFromABotsAnswer(t *testing.T) {
	const question = "我的包裹为什么在海关"
	says := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, c := range []struct {
		name    string
		bot     http.HandlerFunc
		purpose conversation.Purpose
		text    string // "" for any
		log     string // what the log says of it, besides the conversation
	}{
		{"answers", says(200, `{"answer":"清关一般要三天"}`), conversation.Answer, "清关一般要三天", ""},
		{"answers with what SQS refuses", says(200, "{\"answer\":\"三\uFFFE天\\u0007\\r\\n\"}"), conversation.Answer, "三天\n", ""},
		{"wants a person", says(200, `{"person":true}`), conversation.Acknowledgement, "", ""},
		{"has no answer", says(200, `{"answer":""}`), conversation.Offer, "", ""},
		{"says nothing to be seen", says(200, `{"answer":" \u200b "}`), conversation.Offer, "", `"code":"bad_text"`},
		{"fails", says(500, `{"answer":"清关一般要三天"}`), conversation.Offer, "", `"code":"unavailable"`},
		{"is another page", says(404, `not here`), conversation.Offer, "", `status 404: 200 is wanted; look at bot.url`},
		{"thinks too long", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, conversation.Offer, "", `"code":"deadline_exceeded"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			theirs := httptest.NewServer(c.bot)
			defer theirs.Close()
			patience := time.Minute
			if strings.Contains(c.log, "deadline") {
				patience = 50 * time.Millisecond
			}
			said, log := ask(t, theirs.URL, question, patience)
			last := said[len(said)-1]
			if last.Purpose != c.purpose || c.text != "" && last.Words() != c.text || last.Author != conversation.Bot {
				t.Errorf("the customer hears %+v", last)
			}
			if last.Purpose != conversation.Acknowledgement && !last.Way {
				t.Error("the way to a person is not in sight")
			}
			if !strings.Contains(log, c.log) || (c.log == "") != (log == "") {
				t.Errorf("the log: %s", log)
			}
			for _, text := range []string{question, "清关", "agents' secret", "bot's secret", "k=1"} {
				if strings.Contains(log, text) {
					t.Errorf("the log says %q: %s", text, log)
				}
			}
		})
	}
}

// ask has a customer ask once, lets the bot have its turn, and returns what was
// said, and what was logged.
func ask(t *testing.T, url, question string, patience time.Duration) (said []conversation.Message, logged string) {
	t.Helper()
	file := openCrashFile(t)
	theirs, err := webhook.New(webhook.Options{
		Bot: config.Bot{
			Kind: config.BotZhida, URL: url + "?k=1", Secret: config.NewSecret("the bot's secret, which is long enough"), Unsigned: true,
		},
		Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, Now: file.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a, err := New(Options{
		Config: crashConfig(), Clock: file.clock, Rand: bytes.NewReader(make([]byte, 64)), Bot: theirs, BotPatience: patience,
		Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}, file.bare)
	if err != nil {
		t.Fatal(err)
	}
	token, err := a.vouch("ann", "Ann")
	if err != nil {
		t.Fatal(err)
	}
	frame := fmt.Sprintf(`{"type":"message","id":"m1","at":%d,"text":%q}`, file.clock.Now().UnixMilli(), question)
	r := httptest.NewRequest(http.MethodPost, "/channels/"+inapp.Name, strings.NewReader(frame))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	turns, err := file.bare.Turns.Receive(t.Context(), 8, 0)
	if err != nil || len(turns) != 1 || w.Code != http.StatusOK {
		t.Fatalf("%d turns, %v; %d %s", len(turns), err, w.Code, w.Body)
	}
	if err := a.turns.Handle(t.Context(), turns[0].Body); err != nil {
		t.Fatal(err)
	}
	id := a.inbound.ID(conversation.Peer{Channel: inapp.Name, Account: "main", User: "ann"})
	if said, err = file.bare.Store.Messages(t.Context(), id, "", 10); err != nil || len(said) < 2 {
		t.Fatalf("%d messages, %v", len(said), err)
	}
	return said, log.String()
}
