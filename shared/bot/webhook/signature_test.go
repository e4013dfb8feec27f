package webhook_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// TestAnswersAreSigned has bots that sign otherwise than documented, which is refused
// with a hint, whether or not unsigned answers are taken.
func TestAnswersAreSigned(t *testing.T) {
	const body = `{"answer":"` + said + `"}`
	const now, fine = "1773046800", "" // nine
	for name, c := range map[string]struct {
		timestamp string
		signature func(question string) string
		hint      string
	}{
		"as documented":        {now, func(q string) string { return signatureOf(secret, now, q, body) }, fine},
		"one of several":       {now, func(q string) string { return "v1=0, v2=x," + signatureOf(secret, now, q, body) }, fine},
		"a clock behind":       {"1773046500", func(q string) string { return signatureOf(secret, "1773046500", q, body) }, fine},
		"a clock ahead":        {"1773047100", func(q string) string { return signatureOf(secret, "1773047100", q, body) }, fine},
		"a clock far behind":   {"1773046499", func(q string) string { return signatureOf(secret, "1773046499", q, body) }, "set the bot's clock"},
		"a clock far ahead":    {"1773047101", func(q string) string { return signatureOf(secret, "1773047101", q, body) }, "set the bot's clock"},
		"a clock of ages":      {"-9223372036854775808", func(string) string { return "v1=0" }, "set the bot's clock"},
		"no clock":             {"", func(q string) string { return signatureOf(secret, "", q, body) }, "not a number of seconds"},
		"milliseconds":         {now + "000", func(q string) string { return signatureOf(secret, now+"000", q, body) }, "set the bot's clock"},
		"another time's":       {now, func(q string) string { return signatureOf(secret, "1773046801", q, body) }, "does not fit"},
		"another secret":       {now, func(q string) string { return signatureOf(secret+".", now, q, body) }, "does not fit"},
		"an empty secret":      {now, func(q string) string { return signatureOf("", now, q, body) }, "does not fit"},
		"another body":         {now, func(q string) string { return signatureOf(secret, now, q, body+" ") }, "does not fit"},
		"another question's":   {now, func(q string) string { return signatureOf(secret, now, q[:len(q)-1]+"_", body) }, "does not fit"},
		"no question's":        {now, func(string) string { return signatureOf(secret, now, "", body) }, "does not fit"},
		"the question's own":   {now, func(q string) string { return q }, "does not fit"},
		"half of it":           {now, func(q string) string { return signatureOf(secret, now, q, body)[:40] }, "does not fit"},
		"in capital letters":   {now, func(q string) string { return strings.ToUpper(signatureOf(secret, now, q, body)) }, "does not fit"},
		"without a version":    {now, func(q string) string { return signatureOf(secret, now, q, body)[3:] }, "does not fit"},
		"nothing but a comma":  {now, func(string) string { return "," }, "does not fit"},
		"of another direction": {now, func(string) string { return macOf(secret, now+"."+body) }, "does not fit"},
	} {
		for _, unsigned := range []bool{false, true} {
			o := options(serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set(webhook.TimestampHeader, c.timestamp)
				w.Header().Set(webhook.SignatureHeader, c.signature(r.Header.Get(webhook.SignatureHeader)))
				_, _ = io.WriteString(w, body)
			}))
			o.Bot.Unsigned = unsigned
			a, err := ask(t.Context(), t, made(t, o), turn())
			switch {
			case c.hint == fine && (err != nil || a.Text != said):
				t.Errorf("%s: got %+v, %v", name, a, err)
			case c.hint != fine && (!fault.Is(err, fault.Config) || !strings.Contains(err.Error(), c.hint)):
				t.Errorf("%s: got %v, want %q", name, err, c.hint)
			}
		}
	}
}

// TestUnsignedAnswers are said only where the file says so.
func TestUnsignedAnswers(t *testing.T) {
	for unsigned, want := range map[bool]fault.Code{true: "", false: fault.Config} {
		o := options(serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"answer":"ok"}`)
		}))
		o.Bot.Unsigned = unsigned
		a, err := ask(t.Context(), t, made(t, o), turn())
		if fault.CodeOf(err) != want || (a.Text == "ok") != unsigned {
			t.Errorf("unsigned %v: got %+v, %v", unsigned, a, err)
		}
		if err != nil && !strings.Contains(err.Error(), "set bot.answers to unsigned") {
			t.Errorf("the hint is missing: %v", err)
		}
	}
}

// TestAnAnswerFitsOneQuestion records an answer, and plays it to whatever else is
// asked: by another customer, or by the same one a second later.
func TestAnAnswerFitsOneQuestion(t *testing.T) {
	var recorded http.Header
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if recorded == nil {
			answer(w, r, "yes")
			recorded = w.Header().Clone()
			return
		}
		for name, values := range recorded {
			w.Header()[name] = values
		}
		_, _ = io.WriteString(w, `{"answer":"yes"}`)
	})
	now := nine
	o := options(url)
	o.Now = func() time.Time { return now }
	b := made(t, o)
	if a, err := ask(t.Context(), t, b, turn()); err != nil || a.Text != "yes" {
		t.Fatalf("got %+v, %v", a, err)
	}
	other := turn()
	other.Text += "?"
	if _, err := ask(t.Context(), t, b, other); !fault.Is(err, fault.Config) {
		t.Errorf("another question: %v", err)
	}
	now = now.Add(time.Second)
	if _, err := ask(t.Context(), t, b, turn()); !fault.Is(err, fault.Config) {
		t.Errorf("a second later: %v", err)
	}
}

// TestOnlyOursIsSigned: other kinds are given no signature, and need none.
func TestOnlyOursIsSigned(t *testing.T) {
	o := options(serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(webhook.SignatureHeader) != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("asked with %v", r.Header)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `[{"text":"ok"}]`)
	}))
	o.Bot = config.Bot{Kind: config.BotRasa, URL: o.Bot.URL, Person: config.DefaultPerson}
	if a, err := ask(t.Context(), t, made(t, o), turn()); err != nil || a.Text != "ok" {
		t.Errorf("got %+v, %v", a, err)
	}
}
