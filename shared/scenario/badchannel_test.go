package scenario

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

const tenMB = 10 << 20

var unseen = map[string]string{
	"zero width":    "\u200b\u200c\u200d\u2060\ufeff",
	"right to left": "\u202e\u202d\u2067\u2069\u202c",
	"blank":         " \t\n\u3000\u2800",
	"empty":         "",
	"controls":      "\x00\x01\x1b\x7f",
	"tags":          "\U000E0041\U000E0042",
}

// submissions are bad messages, which a customer may send either way.
func (x *target) submissions(path string) []bad {
	table := []bad{
		{name: "half a body", body: `{"type":"message","id":"bad-1"`, code: fault.BadRequest},
		{name: "no JSON", body: private, code: fault.BadRequest},
		{name: "an array", body: `[` + x.message() + `]`, code: fault.BadRequest},
		{name: "null", body: `null`, code: fault.BadRequest},
		{name: "something behind", body: x.message() + `}`, code: fault.BadRequest},
		{name: "two objects", body: x.message() + x.message(), code: fault.BadRequest},
		{name: "id is a number", body: x.message("id", 7), code: fault.BadRequest},
		{name: "text is a number", body: x.message("text", 7), code: fault.BadRequest},
		{name: "text is an object", body: x.message("text", map[string]string{"a": private}), code: fault.BadRequest},
		{name: "at is a text", body: x.message("at", "now"), code: fault.BadRequest},
		{name: "at is a fraction", body: x.message("at", 1.5), code: fault.BadRequest},
		{name: "at is huge", body: x.message("at", json.Number("9223372036854775808")), code: fault.BadRequest},
		{name: "at has an exponent", body: x.message("at", json.Number("1e30")), code: fault.BadRequest},
		{name: "at is negative", body: x.message("at", -1), code: fault.ClockSkew, now: true},
		{name: "at is the least", body: x.message("at", json.Number("-9223372036854775808")), code: fault.ClockSkew, now: true},
		{name: "at is the greatest", body: x.message("at", json.Number("9223372036854775807")), code: fault.ClockSkew, now: true},
		{name: "a clock in 2035", body: x.message("at", time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()), code: fault.ClockSkew, now: true},
		{name: "two days ago", body: x.message("at", x.Now().Add(-48*time.Hour).UnixMilli()), code: fault.ClockSkew, now: true},
		{name: "no id", body: x.message("id", nil), code: fault.BadRequest},
		{name: "no text", body: x.message("text", nil), code: fault.BadRequest},
		{name: "unknown field", body: x.message("author", "person"), code: fault.BadRequest},
		{name: "a private field", body: x.message(private, 1), code: fault.BadRequest},
		{name: "a field twice", body: `{"text":"` + private + `",` + x.message()[1:], code: fault.BadRequest},
		{name: "10,000 characters", body: x.message("text", strings.Repeat("很", 10_000)), code: fault.TextTooLong},
		{name: "invalid UTF-8", body: x.message("text", "BYTES") + "", code: fault.BadText},
	}
	last := &table[len(table)-1]
	last.body = strings.Replace(last.body, "BYTES", private+"\xff\xc0\xaf", 1)
	for name, text := range unseen {
		table = append(table, bad{name: "unseen: " + name, body: x.message("text", text), code: fault.BadText})
	}
	for name, id := range map[string]string{
		"path": "../../etc/passwd", "quotes": `a"b'c`, "SQL": "'; DROP TABLE messages; --", "long": strings.Repeat("a", 65), "empty": "", "line": "a\nb", "Chinese": "一",
	} {
		table = append(table, bad{name: "id: " + name, body: x.message("id", id), code: fault.BadRequest})
	}
	for i := range table {
		table[i].path, table[i].token = path, x.ann
		table[i].status = fault.Table()[table[i].code].Status
	}
	return table
}

// TestBadSubmissions is what customers' clients get wrong, over HTTP.
func TestBadSubmissions(t *testing.T) {
	onTargets(t, func(t *testing.T, x *target) { badSubmissions(t, x, "/channels/inapp") })
}

// TestBadCalls is the same where calls stand for a connection.
func TestBadCalls(t *testing.T) {
	onTargets(t, func(t *testing.T, x *target) {
		const path = "/channels/inapp/live"
		badSubmissions(t, x, path)
		for name, frame := range map[string]string{
			"unknown type": `{"type":"resolve","text":"` + private + `"}`, "no type": `{}`, "wrong type": `{"type":7}`, "wrong mark": `{"type":"poll","mark":{}}`,
		} {
			x.refuses(t, []bad{{name: name, path: path, token: x.ann, body: frame, status: 400, code: fault.BadRequest}})
		}
		large := `{"type":"ping","x":"` + strings.Repeat("a", live.MaxFrame) + `"}`
		x.refuses(t, []bad{{name: "33 KB", path: path, token: x.ann, body: large, status: 413, code: fault.TooLarge}})
	})
}

func badSubmissions(t *testing.T, x *target, path string) {
	x.refuses(t, x.submissions(path))
	at := func(b bad) bad { b.path = path; return b }
	for name, token := range x.forged(t, x.user("ann"), "zhida-inapp", []byte(secrets["ZHIDA_INAPP_SECRET"])) {
		x.refuses(t, []bad{at(bad{name: "token: " + name, token: token, body: x.message(), status: 401, code: fault.Unauthenticated})})
	}
	x.refuses(t, []bad{
		at(bad{name: "an agent's token", token: x.lin, body: x.message(), status: 401, code: fault.Unauthenticated}),
		at(bad{name: "basic auth", header: http.Header{"Authorization": {"Basic " + x.ann}}, body: x.message(), status: 401, code: fault.Unauthenticated}),
		at(bad{name: "two tokens", header: http.Header{"Authorization": {"Bearer " + x.ann, "Bearer " + x.bob}}, body: x.message(), status: 401, code: fault.Unauthenticated}),
		at(bad{name: "10 MB", token: x.ann, body: x.message("text", strings.Repeat("a", tenMB)), status: 413, code: fault.TooLarge, huge: true}),
		at(bad{name: "GET", method: http.MethodGet, token: x.ann, status: 405, code: fault.WrongMethod}),
		at(bad{name: "DELETE", method: http.MethodDelete, token: x.ann, status: 405, code: fault.WrongMethod}),
		at(bad{name: "a form", token: x.ann, header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, body: x.message(), status: 415, code: fault.Unsupported}),
		at(bad{name: "another charset", token: x.ann, header: http.Header{"Content-Type": {"application/json; charset=gbk"}}, body: x.message(), status: 415, code: fault.Unsupported}),
	})
}

// TestBadFrames is the same over a customer's connection, which stays open, and
// what ends one.
func TestBadFrames(t *testing.T) { onTargets(t, badFrames) }

func badFrames(t *testing.T, x *target) {
	for _, c := range x.submissions("") {
		if x.onLambda() && !utf8.ValidString(c.body) {
			continue // API Gateway ends such a connection, and tells nobody
		}
		t.Run(c.name, func(t *testing.T) {
			f := x.frame(t, x.CustomersLive(), x.ann, c.body)
			if f.Code == fault.BadText && c.code == fault.BadRequest || f.Code == fault.BadRequest && c.code == fault.BadText {
				c.code = f.Code // a frame's type is read before its text
			}
			x.judgeFault(t, c, f)
			x.unchanged(t)
		})
	}
	for name, frame := range map[string]string{
		"unknown type": `{"type":"resolve","text":"` + private + `"}`, "no type": `{}`, "wrong type": `{"type":7}`, "hello again": `{"type":"hello","token":"` + x.bob + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			x.judgeFault(t, bad{code: fault.BadRequest}, x.frame(t, x.CustomersLive(), x.ann, frame))
			x.unchanged(t)
		})
	}
	for name, frame := range map[string]string{
		"claim": `{"type":"claim"}`, "message": x.message(), "no JSON": private, "array": `[]`,
	} {
		t.Run("desk: "+name, func(t *testing.T) {
			x.judgeFault(t, bad{code: fault.BadRequest}, x.frame(t, x.AgentsLive(), x.lin, frame))
			x.unchanged(t)
		})
	}
}

// TestBadConnections are those that end at once, with a code that says why: see
// TestRefusedConnections for Lambda, whose closes have none.
func TestBadConnections(t *testing.T) {
	t.Parallel()
	x, b := newDemo(t)
	hello := func(token string) string { return object(map[string]any{"type": "hello", "token": token}, nil) }
	for name, c := range map[string]struct {
		path  string
		kind  websocket.MessageType
		first string
		code  fault.Code
		close websocket.StatusCode
	}{
		"no hello":                     {"/inapp/live", websocket.MessageText, x.message(), fault.BadRequest, 4400},
		"no JSON":                      {"/inapp/live", websocket.MessageText, private, fault.BadRequest, 4400},
		"invalid UTF-8":                {"/inapp/live", websocket.MessageText, "\xff\xfe", fault.BadRequest, 4400},
		"no token":                     {"/inapp/live", websocket.MessageText, hello(""), fault.Unauthenticated, 4401},
		"an agent's token":             {"/inapp/live", websocket.MessageText, hello(x.lin), fault.Unauthenticated, 4401},
		"a customer's token at a desk": {"/desk/live", websocket.MessageText, hello(x.ann), fault.Unauthenticated, 4401},
		"no token at a desk":           {"/desk/live", websocket.MessageText, hello(""), fault.Unauthenticated, 4401},
		"no hello at a desk":           {"/desk/live", websocket.MessageText, `{"type":"ping"}`, fault.BadRequest, 4400},
		"binary":                       {"/inapp/live", websocket.MessageBinary, "\x00\x01", "", 1003},
		"oversize":                     {"/inapp/live", websocket.MessageText, hello(strings.Repeat("a", 40<<10)), "", 1009},
		"1 MB":                         {"/desk/live", websocket.MessageText, strings.Repeat("a", 1<<20), "", 1009},
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan error, 1)
			frames := make(chan []byte, 8)
			ws := open(t, b.live(c.path), func(_ string, f []byte) { frames <- f }, func(err error) { ended <- err })
			ws.raw(c.kind, []byte(c.first))
			if got := websocket.CloseStatus(receive(t, ended)); got != c.close {
				t.Errorf("closed with %d, want %d", got, c.close)
			}
			if c.code != "" {
				x.judgeFault(t, bad{code: c.code}, errorIn(t, receive(t, frames)))
			}
			x.unchanged(t)
		})
	}
	x.otherOrigin(t, b)
	for name, token := range x.forged(t, x.user("ann"), "zhida-inapp", []byte(secrets["ZHIDA_INAPP_SECRET"])) {
		if len(token) > 32<<10 {
			continue // a frame that large is refused unread
		}
		t.Run("token: "+name, func(t *testing.T) {
			frames := make(chan []byte, 8)
			dial(t, x.CustomersLive(), token, func(_ string, f []byte) { frames <- f }, func(error) {})
			x.judgeFault(t, bad{code: fault.Unauthenticated}, errorIn(t, receive(t, frames)))
			x.unchanged(t)
		})
	}
}

// frame sends one bad frame on a good connection, and returns the refusal. The
// connection must go on.
func (x *target) frame(t *testing.T, url, token, frame string) fault.Public {
	t.Helper()
	frames := make(chan []byte, 8)
	ws := dial(t, url, token, func(_ string, f []byte) { frames <- f }, func(error) {})
	of(t, frames, "ready")
	ws.raw(websocket.MessageText, []byte(frame))
	refused := of(t, frames, "error")
	ws.say(t, map[string]string{"type": "ping"})
	of(t, frames, "pong")
	x.tellsNothing(t, bad{token: token}, refused)
	return errorIn(t, refused)
}

// of waits for the frame of a type, past what is pushed meanwhile.
func of(t *testing.T, frames <-chan []byte, kind string) []byte {
	t.Helper()
	for {
		var f struct {
			Type string `json:"type"`
		}
		frame := receive(t, frames)
		if mustUnmarshal(t, frame, &f); f.Type == kind {
			return frame
		}
	}
}

func errorIn(t *testing.T, frame []byte) fault.Public {
	t.Helper()
	var f struct {
		Type  string       `json:"type"`
		Error fault.Public `json:"error"`
	}
	mustUnmarshal(t, frame, &f)
	if f.Type != "error" {
		t.Errorf("not refused: %s", frame)
	}
	return f.Error
}

// receive waits for what must come.
func receive[T any](t *testing.T, from <-chan T) (got T) {
	t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	select {
	case got = <-from:
	case <-end.C:
		t.Fatal("nothing came")
	}
	return got
}

// otherOrigin is a page elsewhere that wants to use somebody's connection.
func (x *target) otherOrigin(t *testing.T, b *binary) {
	t.Helper()
	for _, path := range []string{"/inapp/live", "/desk/live"} {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, answer, err := websocket.Dial(ctx, b.live(path), &websocket.DialOptions{
			HTTPHeader: http.Header{"Origin": {"https://evil.example"}},
		})
		if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another origin: %v", path, err)
		}
		if status, _ := x.request(http.MethodGet, path, http.Header{}, nil); status != http.StatusUpgradeRequired {
			t.Errorf("%s without an upgrade: %d", path, status)
		}
	}
	x.unchanged(t)
}

// TestLargeFrames: what a connection takes at most is the same everywhere, and what is
// larger ends it in the same way. The desk's is the same code.
func TestLargeFrames(t *testing.T) {
	onTargets(t, func(t *testing.T, x *target) {
		frame := func(bytes int) []byte {
			const empty = `{"type":"ping","x":""}`
			return []byte(strings.Replace(empty, `""`, `"`+strings.Repeat("a", bytes-len(empty))+`"`, 1))
		}
		ended, frames := make(chan error, 1), make(chan []byte, 8)
		ws := dial(t, x.CustomersLive(), x.ann, func(_ string, f []byte) { frames <- f }, func(err error) { ended <- err })
		receive(t, frames) // ready
		ws.raw(websocket.MessageText, frame(live.MaxFrame))
		if pong := receive(t, frames); !strings.Contains(string(pong), `"pong"`) {
			t.Errorf("32 KiB are answered with %s", pong)
		}
		ws.raw(websocket.MessageText, frame(live.MaxFrame+1))
		if err := receive(t, ended); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
			t.Errorf("a byte more ends with %v", err)
		}
		if len(frames) > 0 {
			t.Errorf("and with %s", receive(t, frames))
		}
	})
}
