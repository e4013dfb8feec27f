package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// What no error may say.
const (
	secret  = "the bot's secret of the tests, long enough"
	key     = "key-in-the-query"
	asked   = "words-of-the-customer"
	said    = "words-of-the-bot"
	history = "words-of-before"
)

var nine = time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)

func options(url string) webhook.Options {
	return webhook.Options{
		Bot:    config.Bot{Kind: config.BotZhida, URL: url + "?k=" + key, Secret: config.NewSecret(secret)},
		Client: &http.Client{Transport: &http.Transport{}},
		Now:    func() time.Time { return nine },
	}
}

// made makes a bot, and closes its connections in the end.
func made(t *testing.T, o webhook.Options) *webhook.Bot {
	t.Helper()
	b, err := webhook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Client.CloseIdleConnections)
	return b
}

func serve(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s.URL
}

func turn() bot.Turn {
	return bot.Turn{
		Conversation: "abcdefghijklmnopqrstuvwxyz", Language: conversation.English, Text: asked,
		Transcript: []conversation.Message{{Author: conversation.Customer, Parts: conversation.TextParts(history)}},
	}
}

// ask asks once. Whatever comes of it, an error is a fault that keeps its peace.
func ask(ctx context.Context, t *testing.T, b *webhook.Bot, q bot.Turn) (bot.Answer, error) {
	t.Helper()
	a, err := b.Answer(ctx, q)
	if err == nil {
		return a, nil
	}
	if a != (bot.Answer{}) {
		t.Errorf("an error, and the answer %+v", a)
	}
	told := err.Error() + " " + fault.PublicOf(err).Hint
	for _, word := range []string{secret, key, asked, said, history} {
		if strings.Contains(told, word) {
			t.Errorf("the error says %q: %s", word, told)
		}
	}
	if fault.Is(err, fault.Internal) {
		t.Errorf("no fault: %s", err)
	}
	return a, err
}

// TestAnswers is what a company's bot may answer, and what comes of it.
func TestAnswers(t *testing.T) {
	const js = "application/json"
	long := func(size int) string { return `{"answer":"` + strings.Repeat("x", size) + `"}` }
	for _, c := range []struct {
		name   string
		status int
		kind   string
		body   string
		want   bot.Answer
		code   fault.Code
	}{
		{"an answer", 200, js, `{"answer":"三天"}`, bot.Answer{Text: "三天"}, ""},
		{"a charset", 200, "application/json; charset=utf-8", ` {"answer":"ok"} ` + "\n", bot.Answer{Text: "ok"}, ""},
		{"no answer", 200, js, `{"answer":""}`, bot.Answer{}, ""},
		{"a person", 200, js, `{"person":true}`, bot.Answer{Person: true}, ""},
		{"a person before an answer", 200, js, `{"answer":"wait","person":true}`, bot.Answer{Person: true}, ""},
		{"no person", 200, js, `{"answer":"ok","person":false}`, bot.Answer{Text: "ok"}, ""},
		{"a link", 200, js, `{"answer":"三天","link":{"title":"退款","description":"怎么退","url":"https://shop.example/refund","picture":"https://shop.example/p.png"}}`,
			bot.Answer{Text: "三天", Card: conversation.Card{Title: "退款", Description: "怎么退", URL: "https://shop.example/refund", Picture: "https://shop.example/p.png"}}, ""},
		{"a link as it comes", 200, js, `{"answer":"ok","link":{"url":"http://x"}}`, bot.Answer{Text: "ok", Card: conversation.Card{URL: "http://x"}}, ""},
		{"no link", 200, js, `{"answer":"ok","link":null}`, bot.Answer{Text: "ok"}, ""},
		{"a person before a link", 200, js, `{"answer":"","link":{"title":"a"},"person":true}`, bot.Answer{Person: true}, ""},
		{"more fields", 200, js, `{"answer":"ok","score":0.9,"from":{"model":"m"}}`, bot.Answer{Text: "ok"}, ""},
		{"the longest", 200, js, long(webhook.MaxAnswer), bot.Answer{Text: strings.Repeat("x", webhook.MaxAnswer)}, ""},

		{"too long", 200, js, long(webhook.MaxAnswer + 1), bot.Answer{}, fault.Config},
		{"far too long", 200, js, long(2 << 20), bot.Answer{}, fault.Config},
		{"long around it", 200, js, `{"answer":"ok"` + strings.Repeat(" ", 1<<20) + `}`, bot.Answer{}, fault.Config},
		{"long behind it", 200, js, `{"answer":"ok"}` + strings.Repeat(" ", 1<<20), bot.Answer{}, fault.Config},
		{"misspelt", 200, js, `{"anwser":"` + said + `"}`, bot.Answer{}, fault.Config},
		{"neither", 200, js, `{"person":false}`, bot.Answer{}, fault.Config},
		{"null", 200, js, `null`, bot.Answer{}, fault.Config},
		{"a null answer", 200, js, `{"answer":null}`, bot.Answer{}, fault.Config},
		{"a link alone", 200, js, `{"answer":" ","link":{"title":"` + said + `","url":"https://shop.example/"}}`, bot.Answer{}, fault.Config},
		{"an empty link", 200, js, `{"answer":"` + said + `","link":{}}`, bot.Answer{}, fault.Config},
		{"links", 200, js, `{"answer":"` + said + `","link":[{"title":"a","url":"https://shop.example/"}]}`, bot.Answer{}, fault.Config},
		{"a link of text", 200, js, `{"answer":"` + said + `","link":"https://shop.example/"}`, bot.Answer{}, fault.Config},
		{"a list", 200, js, `[{"answer":"` + said + `"}]`, bot.Answer{}, fault.Config},
		{"a number", 200, js, `{"answer":1}`, bot.Answer{}, fault.Config},
		{"a word for true", 200, js, `{"person":"` + said + `"}`, bot.Answer{}, fault.Config},
		{"half", 200, js, `{"answer":"` + said, bot.Answer{}, fault.Config},
		{"two", 200, js, `{"answer":"a"}{"answer":"` + said + `"}`, bot.Answer{}, fault.Config},
		{"nothing", 200, js, ``, bot.Answer{}, fault.Config},
		{"text", 200, js, said, bot.Answer{}, fault.Config},
		{"no UTF-8", 200, js, "{\"answer\":\"\xff" + said + "\"}", bot.Answer{}, fault.Config},
		{"a page", 200, "text/html", `{"answer":"` + said + `"}`, bot.Answer{}, fault.Config},
		{"no type", 200, "", `{"answer":"` + said + `"}`, bot.Answer{}, fault.Config},
		{"a wrong type", 200, ";;" + said, `{"answer":"` + said + `"}`, bot.Answer{}, fault.Config},

		{"201", 201, js, `{"answer":"` + said + `"}`, bot.Answer{}, fault.Config},
		{"204", 204, "", ``, bot.Answer{}, fault.Config},
		{"304", 304, js, ``, bot.Answer{}, fault.Config},
		{"400", 400, js, `{"answer":"` + said + `"}`, bot.Answer{}, fault.Config},
		{"401", 401, js, said, bot.Answer{}, fault.Config},
		{"403", 403, js, said, bot.Answer{}, fault.Config},
		{"404", 404, js, said, bot.Answer{}, fault.Config},
		{"408", 408, js, said, bot.Answer{}, fault.Unavailable},
		{"429", 429, js, said, bot.Answer{}, fault.Unavailable},
		{"500", 500, js, `{"answer":"` + said + `"}`, bot.Answer{}, fault.Unavailable},
		{"503", 503, js, said, bot.Answer{}, fault.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := made(t, options(serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil // not guessed either
				if c.kind != "" {
					w.Header().Set("Content-Type", c.kind)
				}
				sign(w, r, c.body)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})))
			got, err := ask(t.Context(), t, b, turn())
			if got != c.want || fault.CodeOf(err) != c.code {
				t.Errorf("got %.80v, %v", got, err)
			}
		})
	}
}

// TestQuestion compares a whole call. The signature was made by another program.
func TestQuestion(t *testing.T) {
	const (
		body = `{"conversation":"abcdefghijklmnopqrstuvwxyz","language":"zh-CN","text":"退款\u003c三天\u003e到账吗",` +
			`"transcript":[{"author":"customer","text":"你好","at":"2026-03-09T08:59:00Z"},` +
			`{"author":"bot","text":"您好\n请讲","at":"2026-03-09T08:59:01.5Z"},` +
			`{"author":"person","text":"我是小林","at":"2026-03-09T08:59:02Z"}]}`
		signature = "v1=b36c119ee9601576de4d295a908e51cec48c9b4ffef1819dcc85559808ea7da9"
	)
	message := func(before time.Duration, who conversation.Author, texts ...string) conversation.Message {
		m := conversation.Message{Key: conversation.OwnKey(nine.Add(-before), "test", 0), Author: who}
		for _, text := range texts {
			m.Parts = append(m.Parts, conversation.Part{Kind: conversation.Text, Text: text})
		}
		return m
	}
	late := message(58500*time.Millisecond, conversation.Bot, "too late to be told")
	late.Private = true
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != body {
			t.Errorf("asked %s, %v", got, err)
		}
		if r.Method != http.MethodPost || r.URL.RequestURI() != "/zhida?k="+key {
			t.Errorf("asked by %s %s", r.Method, r.URL)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "Zhida",
			"Zhida-Timestamp": "1773046800", "Zhida-Signature": signature, "Idempotency-Key": "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		answer(w, r, "可以")
	})
	got, err := ask(t.Context(), t, made(t, options(url+"/zhida")), bot.Turn{
		Conversation: "abcdefghijklmnopqrstuvwxyz", Language: conversation.Chinese, Text: "退款<三天>到账吗",
		Transcript: []conversation.Message{
			message(time.Minute, conversation.Customer, "你好"),
			message(58500*time.Millisecond, conversation.Bot, "您好", "请讲"),
			late,
			message(58*time.Second, conversation.Person, "我是小林"),
		},
	})
	if err != nil || got.Text != "可以" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestBotsCanCheck has a bot that checks who asks, as the documentation says.
func TestBotsCanCheck(t *testing.T) {
	for theirs, want := range map[string]fault.Code{secret: "", secret + ".": fault.Config} {
		b := made(t, options(serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mac := hmac.New(sha256.New, []byte(theirs))
			mac.Write([]byte(r.Header.Get(webhook.TimestampHeader) + "." + string(body)))
			if !hmac.Equal([]byte("v1="+hex.EncodeToString(mac.Sum(nil))), []byte(r.Header.Get(webhook.SignatureHeader))) {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			answer(w, r, "ok")
		})))
		if _, err := ask(t.Context(), t, b, bot.Turn{Text: asked}); fault.CodeOf(err) != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func answer(w http.ResponseWriter, r *http.Request, text string) {
	body := `{"answer":"` + text + `"}`
	w.Header().Set("Content-Type", "application/json")
	sign(w, r, body)
	_, _ = io.WriteString(w, body)
}

// sign signs an answer, as the documentation says.
func sign(w http.ResponseWriter, r *http.Request, body string) {
	w.Header().Set(webhook.TimestampHeader, "1773046800")
	w.Header().Set(webhook.SignatureHeader, signatureOf(secret, "1773046800", r.Header.Get(webhook.SignatureHeader), body))
}

func signatureOf(secret, timestamp, question, body string) string {
	return macOf(secret, "answer."+timestamp+"."+question+"."+body)
}

func macOf(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// TestEmptyTranscriptIsAList spares bots a null.
func TestEmptyTranscriptIsAList(t *testing.T) {
	b := made(t, options(serve(t, func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `"transcript":[]`) {
			t.Errorf("asked %s", body)
		}
		answer(w, r, "ok")
	})))
	if _, err := ask(t.Context(), t, b, bot.Turn{Text: asked}); err != nil {
		t.Error(err)
	}
}

func TestNewWantsEverything(t *testing.T) {
	for name, change := range map[string]func(*webhook.Options){
		"secret":      func(o *webhook.Options) { o.Bot.Secret = config.Secret{} },
		"client":      func(o *webhook.Options) { o.Client = nil },
		"clock":       func(o *webhook.Options) { o.Now = nil },
		"no kind":     func(o *webhook.Options) { o.Bot.Kind = "" },
		"Dify's key":  func(o *webhook.Options) { o.Bot = config.Bot{Kind: config.BotDify, URL: o.Bot.URL, Person: "person"} },
		"Dify's word": func(o *webhook.Options) { o.Bot.Kind = config.BotDify },
		"Rasa's word": func(o *webhook.Options) { o.Bot.Kind = config.BotRasa },
		"no URL":      func(o *webhook.Options) { o.Bot.URL = "" },
		"a path":      func(o *webhook.Options) { o.Bot.URL = "/" + key },
		"a scheme":    func(o *webhook.Options) { o.Bot.URL = "ftp://bot.example/" + key },
		"a host":      func(o *webhook.Options) { o.Bot.URL = "https:///" + key },
		"a user":      func(o *webhook.Options) { o.Bot.URL = "https://" + key + "@bot.example/" },
		"escapes":     func(o *webhook.Options) { o.Bot.URL = "https://bot.example/" + key + "/%zz" },
	} {
		t.Run(name, func(t *testing.T) {
			o := options("https://bot.example/")
			change(&o)
			b, err := webhook.New(o)
			if b != nil || !fault.Is(err, fault.Config) || strings.Contains(err.Error(), key) {
				t.Errorf("got %v, %v", b, err)
			}
		})
	}
}
