package scenario

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// TestAFlood: a customer who writes without end is held up, over the connection and by
// calls together; nobody else is, an ask for a person is not, and nothing is lost: what
// was refused can be submitted again when it was told.
func TestAFlood(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		h := c.host.(wide)
		ann := c.Customer("ann")
		ann.Connect()
		token, passed := h.Token(h.user("ann")), 0
		var refused fault.Public
		say := func(i int) fault.Code { // by connection and by call
			id, text := fmt.Sprint("flood-", i), fmt.Sprint("第", i, "句")
			if i%4 == 0 { // a connection takes 40 frames at once
				return ann.Submit(Submission{ID: id, At: h.Now(), Text: text}).Code
			}
			status, answer := h.Call(http.MethodPost, "/channels/inapp", token, map[string]any{
				"type": "message", "id": id, "at": h.Now().UnixMilli(), "text": text,
			})
			if status == http.StatusOK {
				return ""
			}
			refused = refusalIn(t, status, answer)
			return refused.Code
		}
		const sent = 120 // Lambda's instances count each for itself
		for i := range sent {
			switch code := say(i); code {
			case "":
				passed++
			case fault.FloodLimit:
			default:
				t.Fatalf("the %d. of a flood: %q", i, code)
			}
		}
		if _, one := h.(*binary); one && passed != 20 || passed < 20 || passed == sent {
			t.Errorf("%d of %d passed", passed, sent)
		}
		if refused.Retry <= 0 || refused.Retry > 1000 || refused.Hint == "" {
			t.Errorf("refused with %+v", refused)
		}
		if code := ann.Submit(Submission{ID: "flood-0", At: h.Now(), Text: "第0句"}).Code; code != "" {
			t.Errorf("what was taken before, again: %q", code)
		}
		if code := c.Customer("bob").Write("您好"); code != "" {
			t.Errorf("somebody else: %q", code)
		}
		if code := ann.Submit(Submission{ID: "ask", At: h.Now(), Text: "转人工"}).Code; code != "" {
			t.Errorf("an ask for a person: %q", code)
		}
		if now, ok := ann.Shown(func(s Stand) bool { return s.Status == conversation.Waiting }); !ok {
			t.Errorf("ann stands at %+v", now)
		}
		h.Still()
		h.Advance(time.Minute)
		if code := say(sent - 1); code != "" {
			t.Errorf("when it was told: %q", code)
		}
	})
}

// TestAnAddressThatFloods: one address with many customers, behind a proxy that tells
// them apart.
func TestAnAddressThatFloods(t *testing.T) {
	t.Parallel()
	h := startBinary(t, Setup{Proxy: true, InApp: `{ ` + own + `, limits: { address: { burst: 5, every: 10s } } }`})
	call := func(user, from, id, text string) (int, []byte) {
		return h.request(http.MethodPost, "/channels/inapp", http.Header{
			"Content-Type": {"application/json"}, "Authorization": {"Bearer " + h.Token(h.user(user))}, "X-Forwarded-For": {"1.2.3.4, " + from},
		}, bytes.NewReader([]byte(object(map[string]any{"type": "message", "id": id, "at": h.Now().UnixMilli(), "text": text}, nil))))
	}
	for i := range 5 {
		if status, answer := call(fmt.Sprint("c", i), "203.0.113.7", "m", "您好"); status != http.StatusOK {
			t.Fatalf("the %d.: %s", i, answer)
		}
	}
	status, answer := call("ann", "203.0.113.7", "m", "您好")
	if got := refusalIn(t, status, answer); got.Code != fault.FloodLimit || got.Retry != 10_000 {
		t.Errorf("one more: %+v", got)
	}
	for what, c := range map[string][2]string{"an ask": {"203.0.113.7", "转人工"}, "from elsewhere": {"203.0.113.8", "您好"}} {
		if status, answer := call("ann", c[0], "m-"+what[:2], c[1]); status != http.StatusOK {
			t.Errorf("%s: %s", what, answer)
		}
	}
}
