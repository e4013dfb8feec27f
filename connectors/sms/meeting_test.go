package sms_test

import (
	"context"
	"crypto/rand"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

// The tests here let the connector meet the simulator, which was written from the same documents
// by somebody else.

const tollFree = "+18445550102"

// meeting is the connector at a simulated AWS.
type meeting struct {
	t     *testing.T
	clock queuetest.Clock
	aws   *platform.Platform
	c     *sms.Connector

	mu    sync.Mutex
	queue [][]byte
}

func meet(t *testing.T) *meeting {
	t.Helper()
	m := &meeting{t: t, clock: queuetest.NewClock(now())}
	var err error
	m.aws, err = platform.New(platform.Options{
		Clock: m.clock, Rand: rand.Reader, Publish: m.publish, Topic: topic, ConfigurationSet: "zhida", EventTopic: topic,
		Numbers: []platform.Number{
			{Number: own, MMS: true, PartsPerSecond: 100, Keywords: []platform.Keyword{{Word: "START", Action: platform.OptIn, Reply: "You are back."}}}, {Number: "+12065550152", SelfManaged: true, PartsPerSecond: 100}, {Number: tollFree, PartsPerSecond: 100},
		},
		Objects: func(_ context.Context, bucket, key string) ([]byte, string, error) {
			return []byte("\x89PNG\r\n\x1a\n" + bucket + key), "image/png", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(m.aws)
	t.Cleanup(func() { m.aws.Close(); m.rests(); server.Close() })
	m.c = connector(t, func(o *sms.Options) {
		o.Client, o.Numbers = client(server.URL), []sms.Number{{Number: own, MMS: true}, {Number: "+12065550152", SelfManaged: true}, {Number: tollFree}}
	})
	return m
}

func (m *meeting) publish(_ context.Context, body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = append(m.queue, body)
	return nil
}

func (m *meeting) rests() {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := m.aws.Rests(ctx); err != nil {
		m.t.Fatal(err)
	}
}

// hears is what the connector makes of all that came to the queue, once nothing moves.
func (m *meeting) hears() (all channel.Receipt) {
	m.t.Helper()
	m.rests()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, body := range m.queue {
		receipt, err := m.c.Receive(context.Background(), channel.Request{Body: body, At: m.clock.Now()})
		if err != nil {
			m.t.Fatal(err)
		}
		all.Messages, all.Reports = append(all.Messages, receipt.Messages...), append(all.Reports, receipt.Reports...)
	}
	m.queue = nil
	return all
}

// passes lets time go by, in steps in which all that wakes has its turn.
func (m *meeting) passes(d time.Duration) {
	for range 5 {
		m.rests()
		m.clock.Advance(d / 5)
	}
}

func (m *meeting) sends(phone string, out channel.Outbound) error {
	out.Peer.User = phone
	_, err := m.c.Send(context.Background(), out)
	return err
}

// TestMeetingKeywords: what the connector says AWS answered is what the phone got an answer to. A sentence
// that begins with a keyword is one, whatever AWS makes of it.
func TestMeetingKeywords(t *testing.T) {
	m := meet(t)
	sentences := map[string]bool{"stop waiting": true, "help me": true, "cancel my order": true}
	for i, text := range []string{
		"STOP", " stop ", "stop waiting", "Stop!", "help me", "HELP", "cancel my order", "opt-out", "optout", "opt out", "END", "ending", "removed", "TD", "T", "退订", "停止",
		"start", "转人工", "0", "human", "stopall", "REVOKE", "stop吧", "ＳＴＯＰ", "info", "what is HELP?",
	} {
		for j, number := range []string{own, "+12065550152", tollFree} {
			phone := m.aws.Phone("+1425555" + string(rune('0'+j)) + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "0")
			if _, err := phone.Write(number, text); err != nil {
				t.Fatal(err)
			}
			got := m.hears()
			if len(got.Messages) != 1 || got.Messages[0].Peer.User != phone.Number || got.Messages[0].Peer.Account != number {
				t.Fatalf("%q to %s: %+v", text, number, got)
			}
			in, answered := got.Messages[0], len(phone.Inbox()) > 0
			if sentences[text] {
				if in.Keyword != "" || in.Answered {
					t.Errorf("%q to %s is %q", text, number, in.Keyword)
				}
				continue
			}
			if in.Answered != answered {
				t.Errorf("%q to %s: answered by AWS: %v, the connector says %v", text, number, answered, in.Answered)
			}
			if phone.OptedOut(number) && in.Keyword != conversation.OptOut {
				t.Errorf("%q to %s: they opted out, the connector says %q", text, number, in.Keyword)
			}
		}
	}
}

// TestMeetingTexts: what a text is said to take is what it is sent in, and what becomes of it comes back.
func TestMeetingTexts(t *testing.T) {
	m := meet(t)
	for i, text := range []string{"OK", strings.Repeat("a", 151), strings.Repeat("a", 160), "It’s “on” its way…", strings.Repeat("长", 66), strings.Repeat("长", 67), strings.Repeat("€", 90), strings.Repeat("😀", 40)} {
		phone := m.aws.Phone("+1425556000" + string(rune('0'+i)))
		if err := m.sends(phone.Number, sampleEnglish(text)); err != nil {
			t.Fatal(err)
		}
		m.passes(10 * time.Second)
		reports := m.hears().Reports
		if len(reports) != 2 || reports[0].Key != ourKey() || reports[0].Outcome.Delivery != conversation.Sent || reports[1].Outcome.Delivery != conversation.Delivered {
			t.Errorf("%.20q: %+v", text, reports)
		}
		inbox := phone.Inbox()
		if len(inbox) != 1 || inbox[0].Text != sms.Plain("Bot: "+text) || len(inbox[0].Parts) != sms.Count(inbox[0].Text).Parts {
			t.Errorf("%.20q: %+v", text, inbox)
		}
	}
}

// TestMeetingFates: each end of a message is told.
func TestMeetingFates(t *testing.T) {
	m := meet(t)
	const phone = "+14255550150"
	for fate, want := range map[platform.Fate]fault.Code{
		platform.Unreachable: fault.Undelivered, platform.CarrierUnreachable: fault.Undelivered, platform.Expired: fault.Undelivered,
		platform.Invalid: fault.RecipientGone, platform.Blocked: fault.RecipientGone,
		platform.InvalidMessage: fault.ProviderRefused, platform.CarrierBlocked: fault.ProviderRefused, platform.Spam: fault.ProviderRefused,
	} {
		m.aws.Decide(phone, fate)
		if err := m.sends(phone, sample("OK")); err != nil {
			t.Fatal(err)
		}
		m.passes(25 * time.Hour)
		reports := m.hears().Reports
		if len(reports) != 1 || reports[0].Outcome.Delivery != conversation.NotSent || reports[0].Outcome.Code != string(want) {
			t.Errorf("%v: %+v", fate, reports)
		}
	}
}

// TestMeetingMedia goes by MMS.
func TestMeetingMedia(t *testing.T) {
	m := meet(t)
	phone := m.aws.Phone("+14255550151")
	out := sample("这个")
	out.Message.Parts = append(out.Message.Parts, picture(1000))
	if err := m.sends(phone.Number, out); err != nil {
		t.Fatal(err)
	}
	m.passes(10 * time.Second)
	reports, inbox := m.hears().Reports, phone.Inbox()
	if len(inbox) != 1 || inbox[0].Text != "机器人：这个" || inbox[0].Media == nil || !strings.HasSuffix(string(inbox[0].Media.Data), "mediam/1") {
		t.Errorf("got %+v", inbox)
	}
	if len(reports) != 2 || reports[1].Outcome.Delivery != conversation.Delivered {
		t.Errorf("told %+v", reports)
	}
}

// TestMeetingOptOut: who opted out gets nothing more, and it is told so.
func TestMeetingOptOut(t *testing.T) {
	m := meet(t)
	phone := m.aws.Phone("+14255550152")
	if _, err := phone.Write(own, "STOP"); err != nil {
		t.Fatal(err)
	}
	m.hears()
	if err := m.sends(phone.Number, sample("OK")); !fault.Is(err, fault.OptedOut) {
		t.Errorf("got %v", err)
	}
	if inbox := phone.Inbox(); len(inbox) != 1 || inbox[0].Who != platform.AWS {
		t.Errorf("got %+v", inbox)
	}
}
