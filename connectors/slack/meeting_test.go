package slack_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	packing "github.com/zhida-project/zhida/shared/outbound/cut"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

// meeting is the connector and a Slack that was written without it, over HTTP both ways.
type meeting struct {
	*office
	t         *testing.T
	clock     queuetest.Clock
	slack     *platform.Platform
	keeper    *slack.Keeper
	connector *slack.Connector

	mu      sync.Mutex
	got     []channel.Inbound
	retries []string // the number of each call, "" for the first
	status  int      // of the next answers; 0: 200
}

func meet(t *testing.T, rotates bool) *meeting {
	m := &meeting{office: newOffice(t), t: t, clock: queuetest.NewClock(now())}
	hook := httptest.NewServer(m)
	t.Cleanup(hook.Close)
	var err error
	m.slack, err = platform.New(platform.Options{Clock: m.clock, Rand: rand.Reader, Client: &http.Client{}, App: platform.App{
		ID: "A1", SigningSecret: signingSecret, ClientID: "123.456", ClientSecret: clientSecret, Address: hook.URL + "/channels/slack/", Rotates: rotates,
	}})
	m.must(err)
	t.Cleanup(m.slack.Close)
	api := httptest.NewServer(m.slack)
	t.Cleanup(api.Close)
	m.keeper, err = slack.NewKeeper(slack.KeeperOptions{
		Vault: m.vault, ClientID: "123.456", ClientSecret: config.NewSecret(clientSecret), API: api.URL + "/api/", Client: &http.Client{}, Now: m.clock.Now,
		Holder: func() string { return fmt.Sprint("holder-", holders.Add(1)) }, Wait: func(context.Context, time.Duration) error { return nil },
	})
	m.must(err)
	m.connector, err = slack.New(slack.Options{SigningSecret: config.NewSecret(signingSecret), API: api.URL + "/api/", Client: &http.Client{}, Tokens: m.keeper, Language: conversation.English})
	m.must(err)
	return m
}

// ServeHTTP is the app's address, as inbound has it.
func (m *meeting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	receipt, err := m.connector.Receive(r.Context(), channel.Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header, Body: body, At: m.clock.Now()})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.retries = append(m.retries, r.Header.Get("X-Slack-Retry-Num"))
	switch {
	case m.status != 0:
		w.WriteHeader(m.status)
		return
	case err != nil:
		m.t.Errorf("a call is refused: %v", err)
		w.WriteHeader(fault.StatusOf(err))
		return
	}
	if receipt.Revoked != "" {
		m.must(m.connector.Forget(r.Context(), receipt.Revoked, receipt.RevokedAt))
	}
	m.got = append(m.got, receipt.Messages...)
	if receipt.Answer != nil {
		w.Header().Set("Content-Type", receipt.Answer.ContentType)
		_, _ = w.Write(receipt.Answer.Body)
	}
}

func (m *meeting) install(team string) {
	m.t.Helper()
	m.must(m.keeper.Install(m.t.Context(), m.slack.Install(team), callback))
}

// hears returns what came in since, once nothing is under way.
func (m *meeting) hears(n int) []channel.Inbound {
	m.t.Helper()
	m.must(m.slack.Settled(m.t.Context()))
	m.mu.Lock()
	defer m.mu.Unlock()
	got := m.got
	if m.got = nil; len(got) != n {
		m.t.Fatalf("%d messages came in, want %d: %+v", len(got), n, got)
	}
	return got
}

func (m *meeting) answer(p conversation.Peer, text string) error {
	m.t.Helper()
	out := sample(p, text)
	out.Language, out.Message.Way = conversation.English, true
	_, err := m.connector.Send(m.t.Context(), out)
	return err
}

func TestMeetingInDirectMessages(t *testing.T) {
	m := meet(t, false)
	m.install("T1")
	li := m.slack.Person("T1", "li")
	first, _ := li.Write("我的订单 <A&B> 在哪", "")
	in := m.hears(1)[0]
	if words(in) != "我的订单 <A&B> 在哪" || in.Peer.User != li.ID || in.Peer.Thread != "" {
		t.Errorf("came in as %+v", in)
	}
	m.must(m.answer(in.Peer, "Look at https://shop.example/?a=1&b=2 <!channel>"))
	posts := m.slack.Posts(li.Direct(), "")
	last := posts[len(posts)-1]
	if last.Text != "Bot\nLook at https://shop.example/?a=1&b=2 <!channel>" || !last.Button {
		t.Errorf("shown %+v", last)
	}
	_, err := li.Tap(li.Direct(), last.TS)
	m.must(err)
	if tapped := m.hears(1)[0]; words(tapped) != "Talk to a person" || tapped.Peer != in.Peer {
		t.Errorf("tapped: %+v", tapped)
	}
	_, err = li.Edit(li.Direct(), first, "我的订单 8001 在哪")
	m.must(err)
	if edited := m.hears(1)[0]; words(edited) != "我的订单 8001 在哪" || edited.Parts[0].Kind != conversation.Act || edited.Peer != in.Peer || !edited.Follows {
		t.Errorf("edited: %+v", edited)
	}
	_, err = li.Delete(li.Direct(), first)
	m.must(err)
	if deleted := m.hears(1)[0]; len(deleted.Parts) != 1 || deleted.Parts[0].Kind != conversation.Act || deleted.Peer != in.Peer {
		t.Errorf("deleted: %+v", deleted)
	}
}

// TestMeetingInTheMiddleOfAThread: who is called into a thread is told what stands above.
func TestMeetingInTheMiddleOfAThread(t *testing.T) {
	m := meet(t, false)
	m.install("T1")
	help := m.slack.Channel("T1", "help")
	li, mei := m.slack.Person("T1", "li"), m.slack.Person("T1", "mei")
	root, _ := li.Say(help, "订单 8001 <没到>", "")
	mei.Say(help, "我的也没到", root)
	m.hears(1) // it follows, and is nobody's yet
	li.Say(help, platform.Bot+" 转人工", root)
	in := m.hears(2)[0]
	if len(in.Parts) != 1 || len(in.First) != 1 || in.First[0].Kind != conversation.File || words(in) != "转人工" {
		t.Fatalf("came in as %+v, first %+v", in.Parts, in.First)
	}
	mei.Say(help, "还有我", root) // after it
	m.hears(1)
	got, err := m.connector.Fetch(t.Context(), in.Peer, in.First[0].Media.Remote)
	m.must(err)
	content, err := io.ReadAll(got.Body)
	m.must(err)
	if want := "UTC @" + li.ID + ": 订单 8001 <没到>\n"; !strings.Contains(string(content), want) || strings.Count(string(content), "\n") != 2 ||
		strings.Contains(string(content), "还有我") || got.Type != "text/plain" {
		t.Errorf("above stands %q", content)
	}
	for remote, want := range map[string]fault.Code{
		"thread/C404/1.1/2.2": fault.NotFound, "thread/" + help.ID + "/1.1/2.2": fault.NotFound, "thread/x": fault.NotFound,
	} {
		if _, err := m.connector.Fetch(t.Context(), in.Peer, remote); !fault.Is(err, want) {
			t.Errorf("%s: %v", remote, err)
		}
	}
	m.slack.FailCalls("conversations.replies", platform.Limited)
	if _, err := m.connector.Fetch(t.Context(), in.Peer, in.First[0].Media.Remote); !fault.Is(err, fault.ProviderBusy) {
		t.Errorf("too many: %v", err)
	}
	if root, _ := li.Say(help, platform.Bot+" 另一件事", ""); len(m.hears(2)[0].First) > 0 {
		t.Errorf("nothing stands above %s", root)
	}
}

// TestMeetingEdits: what was posted is changed, in direct messages and in threads; what is gone
// is not.
func TestMeetingEdits(t *testing.T) {
	m := meet(t, false)
	m.install("T1")
	li, help := m.slack.Person("T1", "li"), m.slack.Channel("T1", "help")
	root, _ := li.Say(help, platform.Bot+" 退款", "")
	thread := m.hears(2)[0].Peer
	for peer, in := range map[conversation.Peer]*platform.Channel{{Channel: slack.Name, Account: "T1", User: li.ID}: li.Direct(), thread: help} {
		sent, err := m.connector.Send(t.Context(), sample(peer, "You are number 3"))
		m.must(err)
		changed := sample(peer, "You are <next>")
		m.must(m.connector.Edit(t.Context(), changed, sent.ProviderID))
		m.must(m.connector.Edit(t.Context(), changed, sent.ProviderID))
		posts := m.slack.Posts(in, "")
		last := posts[len(posts)-1]
		if last.Text != "机器人\nYou are <next>" || !last.Edited || peer == thread && last.Thread != root {
			t.Errorf("shown %+v", last)
		}
	}
	direct := conversation.Peer{Channel: slack.Name, Account: "T1", User: li.ID}
	for id, want := range map[string]fault.Code{
		li.Direct().ID + "/1.000001": fault.ProviderRefused, "": fault.ProviderRefused, "C1": fault.ProviderRefused, "../x/1": fault.ProviderRefused,
	} {
		if err := m.connector.Edit(t.Context(), sample(direct, "x"), id); !fault.Is(err, want) {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, f := range []platform.CallFault{platform.Limited, platform.ServerError, platform.Swallow} {
		m.slack.FailCalls("chat.update", f)
		if err := m.connector.Edit(t.Context(), sample(direct, "x"), li.Direct().ID+"/1.000001"); !fault.Is(err, fault.ProviderBusy) {
			t.Errorf("fault %d: %v", f, err)
		}
	}
}

// TestMeetingLongTexts go out in pieces that Slack takes.
func TestMeetingLongTexts(t *testing.T) {
	m := meet(t, false)
	m.install("T1")
	li := m.slack.Person("T1", "li")
	for name, text := range map[string]string{
		"Chinese": strings.Repeat("一二三四五六七八九。", 1_000), "marks": strings.Repeat("&<> ", 2_500),
		"no end": strings.Repeat("x", 9_000), "links": strings.Repeat("https://shop.example/a?b=1&c=2 ", 300),
	} {
		out := sample(conversation.Peer{Channel: slack.Name, Account: "T1", User: li.ID}, text)
		before, calls := len(m.slack.Posts(li.Direct(), "")), packing.Message(m.connector, out.Peer, out.Message)
		if len(calls) < 2 {
			t.Errorf("%s: %d characters are one call", name, len([]rune(text)))
		}
		for _, parts := range calls {
			out.Message.Parts = parts
			m.clock.Advance(time.Second)
			_, err := m.connector.Send(t.Context(), out)
			m.must(err)
		}
		var said strings.Builder
		for _, p := range m.slack.Posts(li.Direct(), "")[before:] {
			said.WriteString(strings.TrimPrefix(p.Text, "机器人\n"))
		}
		squeeze := strings.NewReplacer("\n", "", " ", "")
		if squeeze.Replace(said.String()) != squeeze.Replace(text) {
			t.Errorf("%s: %d characters arrive of %d", name, len([]rune(said.String())), len([]rune(text)))
		}
	}
}

func TestMeetingInAChannel(t *testing.T) {
	m := meet(t, false)
	m.install("T1")
	help := m.slack.Channel("T1", "help")
	li, mei := m.slack.Person("T1", "li"), m.slack.Person("T1", "mei")
	root, _ := li.Say(help, platform.Bot+" 退款", "")
	twice := m.hears(2)
	if twice[0].Key != twice[1].Key || twice[0].Peer != twice[1].Peer || words(twice[0]) != "退款" {
		t.Errorf("a mention is told twice: %+v", twice)
	}
	other, _ := mei.Say(help, platform.Bot+" 发票", "")
	if peer := m.hears(2)[0].Peer; peer == twice[0].Peer {
		t.Error("two customers in one channel are one conversation")
	}
	mei.Say(help, "大家好", "")
	m.hears(0)
	mei.Say(help, "我也是", root)
	if in := m.hears(1)[0]; in.Peer != twice[0].Peer || !in.Follows {
		t.Errorf("in the thread: %+v", in)
	}
	m.must(m.answer(twice[0].Peer, "您好"))
	if posts := m.slack.Posts(help, root); len(posts) != 3 || posts[2].Thread != root || posts[2].Text != "Bot\n您好" {
		t.Errorf("the thread shows %+v", posts)
	}
	if posts := m.slack.Posts(help, other); len(posts) != 1 {
		t.Errorf("the other thread shows %+v", posts)
	}
	li.Command(help, "/human", "急")
	if in := m.hears(1)[0]; words(in) != "转人工\n急" || in.Peer.User != li.ID || len(li.Told()) != 1 {
		t.Errorf("the command: %+v, told %q", in, li.Told())
	}
}

func TestMeetingFiles(t *testing.T) {
	m := meet(t, false)
	m.install("T1")
	li := m.slack.Person("T1", "li")
	li.Attach("看", "a.png", "image/png", []byte("the picture"))
	in := m.hears(1)[0]
	got, err := m.connector.Fetch(t.Context(), in.Peer, in.Parts[1].Media.Remote)
	m.must(err)
	content, err := io.ReadAll(got.Body)
	if err != nil || string(content) != "the picture" || got.Type != "image/png" || got.Name != "a.png" || got.Body.Close() != nil {
		t.Errorf("%q, %+v", content, got)
	}
	_, err = m.connector.Send(t.Context(), attached(in.Peer))
	m.must(err)
	posts := m.slack.Posts(li.Direct(), "")
	last := posts[len(posts)-1]
	if len(last.Files) != 1 || string(m.slack.Content(last.Files[0])) != "the content" || !strings.Contains(last.Text, "您的发票") || !strings.Contains(last.Text, "Li") {
		t.Errorf("shown %+v", last)
	}
}

// TestMeetingLimits: a message a second; a 429 with and without word of when.
func TestMeetingLimits(t *testing.T) {
	m := meet(t, false)
	m.install("T1")
	peer := conversation.Peer{Channel: slack.Name, Account: "T1", User: m.slack.Person("T1", "li").ID}
	m.must(m.answer(peer, "one"))
	var busy *fault.Error
	if err := m.answer(peer, "two"); !fault.Is(err, fault.ProviderBusy) || !errors.As(err, &busy) || busy.RetryAfter != time.Second {
		t.Errorf("within the second: %v", err)
	}
	m.clock.Advance(time.Second)
	m.must(m.answer(peer, "two"))
	for f, want := range map[platform.CallFault]fault.Code{
		platform.LimitedSilently: fault.ProviderBusy, platform.ServerError: fault.Uncertain, platform.Reset: fault.Uncertain, platform.Swallow: fault.Uncertain,
	} {
		m.clock.Advance(time.Second)
		m.slack.FailCalls("chat.postMessage", f)
		if err := m.answer(peer, "three"); !fault.Is(err, want) {
			t.Errorf("fault %d: %v", f, err)
		}
	}
}

// TestMeetingRetries: what is not taken comes at once, after a minute and after five, with its number.
func TestMeetingRetries(t *testing.T) {
	m := meet(t, false)
	m.install("T1")
	m.status = http.StatusServiceUnavailable
	li := m.slack.Person("T1", "li")
	_, d := li.Write("转人工", "")
	for _, after := range []time.Duration{time.Minute, 5 * time.Minute} {
		m.must(m.slack.Rests(t.Context()))
		m.clock.Advance(after)
	}
	m.must(d.Wait(t.Context()))
	if got := strings.Join(m.retries, ","); got != ",1,2,3" || d.Taken {
		t.Errorf("called as %q", got)
	}
}

func TestMeetingTokens(t *testing.T) {
	m := meet(t, true)
	m.install("T1")
	peer := conversation.Peer{Channel: slack.Name, Account: "T1", User: m.slack.Person("T1", "li").ID}
	m.must(m.answer(peer, "one"))
	m.clock.Advance(13 * time.Hour)
	m.must(m.answer(peer, "two"))
	d := m.slack.Uninstall("T1")
	m.must(d.Wait(t.Context()))
	if err := m.answer(peer, "three"); !fault.Is(err, fault.RecipientGone) {
		t.Errorf("to who removed the app: %v", err)
	}
	if got := m.slack.Violations(); len(got) > 0 {
		t.Errorf("a token that was taken back was used: %+v", got)
	}
	m.install("T1")
	m.clock.Advance(time.Second)
	m.must(m.answer(peer, "four"))
}
