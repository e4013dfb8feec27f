package platform_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 400_000_000, time.UTC)

const (
	appID    = "wxba5fad812f8e6fb9"
	original = "gh_97417a04a28d"
	secret   = "the-secret-of-the-account"
	token    = "AAAAA"
)

// world is a platform with one account, its API over HTTP, and a webhook.
type world struct {
	t     *testing.T
	clock queuetest.Clock
	p     *platform.Platform
	api   *httptest.Server
	hook  *hook
	log   *locked
	ids   []string // openids that no log may have
}

// locked is a log that many write.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// keepsQuiet fails a test whose log says what no log may.
func (w *world) keepsQuiet() {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	logged := w.log.buf.String()
	for _, never := range append(w.ids, secret, "access_token", "在吗") {
		if strings.Contains(logged, never) {
			w.t.Errorf("the log has %q", never)
		}
	}
}

// hook is a company's webhook: it keeps what it is told and answers what it is told to.
type hook struct {
	mu     sync.Mutex
	calls  []call
	answer func(n int, c call, w http.ResponseWriter)
}

type call struct {
	method string
	query  map[string][]string
	body   []byte
	msg    msg
}

// msg is a push in the clear; both formats' fields have the same names.
type msg struct {
	ToUserName   string  `xml:"ToUserName" json:"ToUserName"`
	FromUserName string  `xml:"FromUserName" json:"FromUserName"`
	MsgType      string  `xml:"MsgType" json:"MsgType"`
	Content      string  `xml:"Content" json:"Content"`
	Event        string  `xml:"Event" json:"Event"`
	EventKey     string  `xml:"EventKey" json:"EventKey"`
	Ticket       string  `xml:"Ticket" json:"Ticket"`
	MediaID      string  `xml:"MediaId" json:"MediaId"`
	Format       string  `xml:"Format" json:"Format"`
	Recognition  string  `xml:"Recognition" json:"Recognition"`
	Encrypt      string  `xml:"Encrypt" json:"Encrypt"`
	PicURL       string  `xml:"PicUrl" json:"PicUrl"`
	ThumbMediaID string  `xml:"ThumbMediaId" json:"ThumbMediaId"`
	Label        string  `xml:"Label" json:"Label"`
	Title        string  `xml:"Title" json:"Title"`
	URL          string  `xml:"Url" json:"Url"`
	SessionFrom  string  `xml:"SessionFrom" json:"SessionFrom"`
	CreateTime   int64   `xml:"CreateTime" json:"CreateTime"`
	MsgID        int64   `xml:"MsgId" json:"MsgId"`
	MenuID       int64   `xml:"bizmsgmenuid" json:"bizmsgmenuid"`
	LocationX    float64 `xml:"Location_X" json:"Location_X"`
	LocationY    float64 `xml:"Location_Y" json:"Location_Y"`
	Latitude     float64 `xml:"Latitude" json:"Latitude"`
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c := call{method: r.Method, query: r.URL.Query(), body: body}
	if bytes.HasPrefix(body, []byte("<")) {
		_ = xml.Unmarshal(body, &c.msg)
	} else {
		_ = json.Unmarshal(body, &c.msg)
	}
	h.mu.Lock()
	h.calls = append(h.calls, c)
	n, answer := len(h.calls), h.answer
	h.mu.Unlock()
	if answer != nil {
		answer(n, c, w)
	}
}

func (h *hook) seen() []call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]call(nil), h.calls...)
}

func account(webhook string) platform.Account {
	return platform.Account{
		AppID: appID, Secret: secret, Original: original, Kind: platform.Official, Token: token,
		AESKey: strings.Repeat("A", 43), Mode: platform.Plain, Format: platform.XML, Webhook: webhook,
		Verified: true, Menus: true,
	}
}

// newWorld makes one; change may alter its account and plan.
func newWorld(t *testing.T, change func(*platform.Account, *platform.Plan)) *world {
	t.Helper()
	w := &world{t: t, clock: queuetest.NewClock(start), hook: &hook{}, log: &locked{}}
	hooks := httptest.NewServer(w.hook)
	a, plan := account(hooks.URL+"/channels/wechat/"+appID), platform.Plan{Seed: 1}
	if change != nil {
		change(&a, &plan)
	}
	p, err := platform.New(platform.Options{Clock: w.clock, Rand: rand.Reader, Client: hooks.Client(), Faults: plan, Log: slog.New(slog.NewJSONHandler(w.log, nil))})
	if err == nil {
		err = p.AddAccount(a)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.p, w.api = p, httptest.NewServer(p)
	t.Cleanup(func() { p.Close(); w.api.Close(); hooks.Close(); w.keepsQuiet() })
	return w
}

// user is one who follows, and whose follow was pushed.
func (w *world) user(name string) *platform.User {
	w.t.Helper()
	u, err := w.p.User(appID, name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ids = append(w.ids, u.OpenID)
	w.do(u.Follow(""))
	return u
}

func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// do waits until an act is pushed to the end.
func (w *world) do(d *platform.Delivery, err error) []platform.Attempt {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	attempts, err := d.Wait(patience(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	return attempts
}

// answer of the API.
type answer struct {
	Code     int    `json:"errcode"`
	Message  string `json:"errmsg"`
	Token    string `json:"access_token"`
	Expires  int    `json:"expires_in"`
	MediaID  string `json:"media_id"`
	VideoURL string `json:"video_url"`
	raw      string
	status   int
}

func (w *world) post(path, body string) answer { return w.ask(http.MethodPost, path, body) }

func (w *world) ask(method, path, body string) answer {
	w.t.Helper()
	a, err := w.try(method, path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) try(method, path, body string) (answer, error) {
	r, err := http.NewRequest(method, w.api.URL+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	return w.trip(r)
}

// round makes a call whose connection holds.
func (w *world) round(r *http.Request) answer {
	w.t.Helper()
	a, err := w.trip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) trip(r *http.Request) (answer, error) {
	got, err := w.api.Client().Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = got.Body.Close() }()
	raw, err := io.ReadAll(got.Body)
	a := answer{raw: string(raw), status: got.StatusCode}
	_ = json.Unmarshal(raw, &a)
	return a, err
}

func (w *world) stable(force bool) answer {
	return w.post("/cgi-bin/stable_token", fmt.Sprintf(
		`{"grant_type":"client_credential","appid":%q,"secret":%q,"force_refresh":%t}`, appID, secret, force))
}

// send sends a text by the API, with the account's token.
func (w *world) send(u *platform.User, text string) answer {
	w.t.Helper()
	var body strings.Builder
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // WeChat takes no escapes
	if err := encoder.Encode(map[string]any{"touser": u.OpenID, "msgtype": "text", "text": map[string]string{"content": text}}); err != nil {
		w.t.Fatal(err)
	}
	return w.post("/cgi-bin/message/custom/send?access_token="+w.stable(false).Token, body.String())
}

func (w *world) wants(a answer, code int) {
	w.t.Helper()
	if a.Code != code || a.status != http.StatusOK {
		w.t.Errorf("answered %d %s, want errcode %d", a.status, a.raw, code)
	}
}

// texts are what the company and WeChat wrote on a phone.
func texts(entries []platform.Entry) []string {
	var got []string
	for _, e := range entries {
		if e.Who != platform.Customer {
			got = append(got, e.Text)
		}
	}
	return got
}
