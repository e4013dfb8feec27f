package platform_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/zhida-project/zhida/connectors/sms/platform"
)

// shown is what the console answers.
type shown struct {
	Numbers []struct {
		Number      string
		MMS         bool
		SelfManaged bool `json:"self_managed"`
	}
	Phone    string
	OptedOut []string `json:"opted_out"`
	Arrived  []int    `json:"delivered"`
	Entries  []struct {
		N                           int
		Who, Number, Text, Encoding string
		Parts                       int
		USD                         float64
		Lost                        bool
		Media                       *struct {
			ID, Kind string
			Size     int
			Picture  bool
		}
	}
	Error  struct{ Code, Hint string }
	raw    string
	header http.Header
}

// asks is the console over HTTP.
func asks(t *testing.T, w *world) func(status int, method, path, body string) shown {
	console := httptest.NewServer(w.p.Console())
	t.Cleanup(console.Close)
	return func(status int, method, path, body string) shown {
		t.Helper()
		r, err := http.NewRequest(method, console.URL+path, strings.NewReader(body))
		w.must(err)
		r.Header.Set("Content-Type", "application/json")
		got, err := console.Client().Do(r)
		w.must(err)
		raw, err := io.ReadAll(got.Body)
		w.must(err)
		w.must(got.Body.Close())
		s := shown{raw: string(raw), header: got.Header}
		_ = json.Unmarshal(raw, &s)
		if got.StatusCode != status || status >= 400 && (s.Error.Code == "" || s.Error.Hint == "") {
			t.Errorf("%s %s answered %d %s, want %d", method, path, got.StatusCode, raw, status)
		}
		return s
	}
}

func TestConsolePlaysAPhone(t *testing.T) {
	w := newWorld(t, withObjects(map[string]object{"a": {picture(100), "image/png"}, "b": {[]byte("BEGIN:VCARD"), "text/vcard"}}))
	ask := asks(t, w)
	if got := ask(200, "GET", "/numbers", ""); len(got.Numbers) != 3 || got.Numbers[0].Number != managed || !got.Numbers[0].MMS || !got.Numbers[1].SelfManaged {
		t.Errorf("numbers are %s", got.raw)
	}
	first := ask(200, "POST", "/phone", `{"key":"k1"}`)
	other := newWorld(t, nil)
	if again := asks(t, other)(200, "POST", "/phone", `{"key":"k1"}`); again.Phone != first.Phone {
		t.Errorf("another platform gives the key %s, not %s", again.Phone, first.Phone)
	}
	other = newWorld(t, nil)
	other.p.Phone(first.Phone) // a test's
	if taken := asks(t, other)(200, "POST", "/phone", `{"key":"k1"}`); taken.Phone == first.Phone {
		t.Error("a number is given twice")
	}
	if !strings.HasPrefix(first.Phone, "+142555501") || !strings.Contains(first.raw, `"entries":[]`) || !strings.Contains(first.raw, `"opted_out":[]`) {
		t.Errorf("a phone is %s", first.raw)
	}
	if again, other := ask(200, "POST", "/phone", `{"key":"k1"}`), ask(200, "POST", "/phone", `{"key":"k2"}`); again.Phone != first.Phone || other.Phone == first.Phone {
		t.Errorf("phones are %s, %s, %s", first.Phone, again.Phone, other.Phone)
	}
	act := func(status int, number, text string) shown {
		t.Helper()
		return ask(status, "POST", "/act", fmt.Sprintf(`{"key":"k1","act":"write","number":%q,"text":%q}`, number, text))
	}
	act(200, managed, spoken)
	w.writes(managed, "of another phone")
	to := func(text string) {
		t.Helper()
		_, err := w.sends(managed, text, func(in *input) { in.DestinationPhoneNumber = &first.Phone })
		w.must(err)
	}
	to(strings.Repeat("长", 71))
	seen := ask(200, "GET", "/phone?key=k1", "")
	if len(seen.Entries) != 2 || seen.Entries[0].Who != "customer" || seen.Entries[0].Encoding != "GSM" || seen.Entries[1].Parts != 2 || seen.Entries[1].Encoding != "Unicode" || seen.Entries[1].Number != managed {
		t.Errorf("the phone shows %s", seen.raw)
	}
	act(200, own, "Stop")
	later := ask(200, "GET", fmt.Sprintf("/phone?key=k1&after=%d", seen.Entries[1].N), "")
	if len(later.Entries) != 1 || len(later.OptedOut) != 1 || later.OptedOut[0] != own {
		t.Errorf("after STOP: %s", later.raw)
	}
	act(200, managed, "STOP")
	if got := ask(200, "GET", "/phone?key=k1", ""); len(got.OptedOut) != 3 || got.Entries[len(got.Entries)-1].Who != "aws" {
		t.Errorf("after STOP: %s", got.raw)
	}
	ask(400, "POST", "/act", `{"key":"k1","act":"fail","what":"everything"}`)
	act(404, "+12065559999", "x")
	act(422, managed, " ")
	act(422, managed, strings.Repeat("a", 1531))
	ask(400, "POST", "/act", `{"key":"k1","act":"sing"}`)
	ask(404, "POST", "/act", `{"key":"nobody","act":"write","number":"`+managed+`","text":"x"}`)
	ask(404, "GET", "/phone?key=nobody", "")
	ask(400, "GET", "/phone?key=k1&after=x", "")
	ask(400, "POST", "/phone", `{"key":""}`)
	ask(400, "POST", "/phone", `{`)
	ask(405, "GET", "/act", "")
	ask(404, "GET", "/media?id=nothing", "")
}

// TestConsoleHasThingsGoWrong: each once, and the page sees what the company paid for what never arrived.
func TestConsoleHasThingsGoWrong(t *testing.T) {
	w := newWorld(t, nil)
	ask := asks(t, w)
	number := ask(200, "POST", "/phone", `{"key":"k1"}`).Phone
	fail := func(what string) { ask(200, "POST", "/act", fmt.Sprintf(`{"key":"k1","act":"fail","what":%q}`, what)) }
	to := func(text string) error {
		_, err := w.sends(managed, text, func(in *input) {
			in.DestinationPhoneNumber, in.ConfigurationSetName = &number, aws.String("zhida")
		})
		return err
	}
	fail("unanswered")
	if to("一") == nil {
		t.Error("the call was answered")
	}
	fail("off")
	w.must(to(strings.Repeat("二", 71)))
	w.must(to("三"))
	w.passes(time.Second, time.Second, 3*time.Second)
	seen := ask(200, "GET", "/phone?key=k1", "")
	if len(seen.Entries) != 3 || len(seen.Arrived) != 2 || strings.Contains(seen.raw, "二") {
		t.Fatalf("the phone shows %s", seen.raw)
	}
	for i, want := range []struct {
		text string
		usd  float64
		lost bool
	}{{"一", 0.00883, false}, {"", 0.01766, true}, {"三", 0.00883, false}} {
		if e := seen.Entries[i]; e.Text != want.text || e.USD != want.usd || e.Lost != want.lost || slices.Contains(seen.Arrived, e.N) == want.lost {
			t.Errorf("entry %d is %+v", i, e)
		}
	}
	if got := w.p.Phone(number).Inbox(); len(got) != 2 {
		t.Errorf("the phone has %d messages", len(got))
	}
	fail("twice")
	for range 2 {
		ask(200, "POST", "/act", fmt.Sprintf(`{"key":"k1","act":"write","number":%q,"text":"x"}`, managed))
	}
	if n := len(w.hears(topic)); n != 3 {
		t.Errorf("SNS delivered %d times, want 3", n)
	}
}

// TestConsoleShowsMedia: pictures in place, nothing else.
func TestConsoleShowsMedia(t *testing.T) {
	w := newWorld(t, withObjects(map[string]object{"a": {picture(100), "image/png"}, "b": {[]byte("BEGIN:VCARD"), "text/vcard"}}))
	ask := asks(t, w)
	number := ask(200, "POST", "/phone", `{"key":"k1"}`).Phone
	for key, kind := range map[string]string{"a": "image/png", "b": "application/octet-stream"} {
		w.must(w.sendsMedia(managed, "s3://media-bucket/"+key, func(in *mediaInput) { in.DestinationPhoneNumber = &number }))
		all := ask(200, "GET", "/phone?key=k1", "").Entries
		last := all[len(all)-1]
		if last.Media == nil || last.Parts != 1 || last.Encoding != "" || last.Media.Picture != (key == "a") || last.Text != "look" {
			t.Fatalf("shows %+v", last)
		}
		file := ask(200, "GET", "/media?id="+last.Media.ID, "")
		if file.header.Get("Content-Type") != kind || len(file.raw) != last.Media.Size || !strings.Contains(file.header.Get("Content-Security-Policy"), "sandbox") ||
			(file.header.Get("Content-Disposition") == "") != (key == "a") {
			t.Errorf("%s comes as %v", key, file.header)
		}
	}
}

// TestAHundredPhones, and no more.
func TestAHundredPhones(t *testing.T) {
	w := newWorld(t, nil)
	ask := asks(t, w)
	seen := map[string]bool{}
	for n := range 100 {
		seen[ask(200, "POST", "/phone", fmt.Sprintf(`{"key":"k%d"}`, n)).Phone] = true
	}
	if len(seen) != 100 || !seen["+14255550100"] || !seen["+14255550199"] {
		t.Errorf("%d phones", len(seen))
	}
	ask(409, "POST", "/phone", `{"key":"one more"}`)
	ask(200, "POST", "/phone", `{"key":"k0"}`)
	if len(w.p.Phone("+14255550100").Messages()) > 0 || w.p.Violations() != nil {
		t.Error("opening a phone did something")
	}
	var _ http.Handler = (*platform.Platform)(nil)
}
