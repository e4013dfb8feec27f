package scenario

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

// The company's accounts at WeChat, and what its secrets say of them.
var (
	officialAccount = platform.Account{
		AppID: "wx00000000000000aa", Original: "gh_0000000000aa", Kind: platform.Official, Format: platform.XML, Mode: platform.Safe, Verified: true,
		Token: "webhookTokenOfTheOfficialAccount", AESKey: strings.Repeat("officialKeys", 4)[:43], Secret: strings.Repeat("f", 32),
	}
	miniAccount = platform.Account{
		AppID: "wx00000000000000bb", Original: "gh_0000000000bb", Kind: platform.MiniProgram, Format: platform.JSON, Mode: platform.Safe, Verified: true,
		Token: "webhookTokenOfTheMiniProgramOf1", AESKey: strings.Repeat("miniProgramKeys", 4)[:43], Secret: strings.Repeat("0", 32),
	}
)

func weChatSecrets() map[string]string {
	webhook := func(a platform.Account) string {
		return fmt.Sprintf(`%q: {"token": %q, "aes_key": %q}`, a.AppID, a.Token, a.AESKey)
	}
	return map[string]string{
		"ZHIDA_WECHAT_WEBHOOKS": "{" + webhook(officialAccount) + ", " + webhook(miniAccount) + "}",
		"ZHIDA_WECHAT_SECRETS":  fmt.Sprintf("{%q: %q, %q: %q}", officialAccount.AppID, officialAccount.Secret, miniAccount.AppID, miniAccount.Secret),
	}
}

// weChat is WeChat beside a host, and its customers. It lives by the host's clock.
type weChat struct {
	*platform.Platform
	t    testing.TB
	host Host
	url  string // of its API

	private func(text string) // no log may hold it

	mu     sync.Mutex
	gates  map[string]chan struct{} // calls of these paths wait until it is closed
	waited chan struct{}            // gets one for each call that waits
}

// ServeHTTP is WeChat's API, with gates.
func (w *weChat) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	gate := w.gates[r.URL.Path]
	w.mu.Unlock()
	if gate != nil {
		w.waited <- struct{}{}
		<-gate
	}
	w.Platform.ServeHTTP(rw, r)
}

// holds makes calls of a path wait. reached returns once one does; let lets them all go on.
func (w *weChat) holds(path string) (reached, let func()) {
	gate := make(chan struct{})
	w.mu.Lock()
	w.gates = map[string]chan struct{}{path: gate}
	w.mu.Unlock()
	return func() { <-w.waited }, func() {
		w.mu.Lock()
		w.gates = nil
		w.mu.Unlock()
		close(gate)
	}
}

// startWeChat plays WeChat; open tells it where the host is.
func startWeChat(t testing.TB, clock queue.Clock) *weChat {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	played, err := platform.New(platform.Options{Clock: clock, Rand: rand.Reader, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	w := &weChat{Platform: played, t: t, waited: make(chan struct{}, 8)}
	server := httptest.NewServer(w)
	t.Cleanup(func() {
		played.Close()
		client.CloseIdleConnections()
		server.Close()
	})
	w.url = server.URL
	return w
}

// settings is the channel's block in zhida.yaml.
func (w *weChat) settings() []byte {
	return fmt.Appendf(nil, "  wechat:\n    api: %s\n    accounts: [{ id: %s }, { id: %s, kind: miniprogram }]\n"+
		"    webhooks: { env: ZHIDA_WECHAT_WEBHOOKS }\n    secrets: { env: ZHIDA_WECHAT_SECRETS }\n", w.url, officialAccount.AppID, miniAccount.AppID)
}

// open says where the webhooks are.
func (w *weChat) open(host Host, base string, private func(string)) {
	w.t.Helper()
	w.host, w.private = host, private
	for _, a := range []platform.Account{officialAccount, miniAccount} {
		a.Webhook = base + "/channels/wechat/" + a.AppID
		if err := w.AddAccount(a); err != nil {
			w.t.Fatal(err)
		}
		for _, secret := range []string{a.Token, a.AESKey, a.Secret} {
			private(secret)
		}
	}
}

// rest waits until WeChat has brought all that it has to bring now.
func (w *weChat) rest() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.Rests(ctx); err != nil {
		w.t.Fatalf("WeChat's pushes do not come to an end: %v", err)
	}
}

// phoned is a customer with WeChat on their phone.
type phoned struct {
	*platform.User
	at   *weChat
	seen int // entries looked at
}

// customer returns one who knows an account.
func (w *weChat) customer(a platform.Account, name string) *phoned {
	w.t.Helper()
	u, err := w.User(a.AppID, name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.private(u.OpenID)
	return &phoned{User: u, at: w}
}

// follower returns one who follows the official account, and has been greeted.
func (w *weChat) follower(name string) *phoned {
	w.t.Helper()
	u := w.customer(officialAccount, name)
	u.does(u.Follow(""))
	u.hears(platform.Passive, "【机器人】您好！…")
	return u
}

// does waits until what a customer did has arrived, with all that follows from it.
func (u *phoned) does(_ *platform.Delivery, err error) {
	u.at.t.Helper()
	if err != nil {
		u.at.t.Fatal(err)
	}
	u.at.rest()
	u.at.host.Still()
}

// news returns what the account says on the phone that was not looked at yet.
func (u *phoned) news() (said []platform.Entry) {
	for _, e := range u.at.PhoneAfter(u.User, u.seen) {
		u.seen = e.N
		if e.Who != platform.Customer {
			said = append(said, e)
		}
	}
	return said
}

// awaits returns the next that the account says on the phone, once there are so many: a bot
// answers in its own time.
func (u *phoned) awaits(n int) (said []platform.Entry) {
	u.at.t.Helper()
	for end := time.Now().Add(patience); len(said) < n && time.Now().Before(end); time.Sleep(time.Millisecond) {
		said = append(said, u.news()...)
	}
	return said
}

// hears expects one message of the account's, and no more; … is any text.
func (u *phoned) hears(by platform.By, pattern string) platform.Entry {
	u.at.t.Helper()
	said := u.news()
	if len(said) != 1 || said[0].By != by || !matches(pattern, said[0].Text) {
		u.at.t.Fatalf("the phone of %s shows %+v, want %q, %s", u.Name, said, pattern, by)
	}
	return said[0]
}

// hearsNothing expects that nothing is shown.
func (u *phoned) hearsNothing() {
	u.at.t.Helper()
	if said := u.news(); len(said) > 0 {
		u.at.t.Fatalf("the phone of %s shows %+v", u.Name, said)
	}
}

// onWeChat runs a story on every host that has WeChat beside it.
func onWeChat(t *testing.T, story func(t *testing.T, w *weChat, lin Agent)) {
	t.Helper()
	onWeChatWith(t, Setup{}, story)
}

// onWeChatWith does so on hosts that are started with more.
func onWeChatWith(t *testing.T, s Setup, story func(t *testing.T, w *weChat, lin Agent)) {
	t.Helper()
	s.WeChat = true
	for name, start := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := start(t, s)
			lin := host.Agent("lin")
			lin.SignIn()
			story(t, host.(interface{ weChat() *weChat }).weChat(), lin)
		})
	}
}

func (b *binary) weChat() *weChat { return b.wechat }
func (l *lambda) weChat() *weChat { return l.wechat }

// takes claims the next in line.
func takes(t *testing.T, a Agent) conversation.ID {
	t.Helper()
	id, code := a.Claim()
	if code != "" {
		t.Fatalf("the claim is refused: %s", code)
	}
	return id
}

// says has the agent reply, and waits until it went out or is kept.
func (w *weChat) says(a Agent, id conversation.ID, text string) conversation.Key {
	w.t.Helper()
	m, code := a.Reply(id, "", text)
	if code != "" {
		w.t.Fatalf("the reply is refused: %s", code)
	}
	w.host.Still()
	return m.Key
}

// told is how far an agent sees that a message of theirs came.
func told(t *testing.T, a Agent, id conversation.ID, key conversation.Key) Message {
	t.Helper()
	history, code := a.History(id)
	if code != "" {
		t.Fatalf("the history is refused: %s", code)
	}
	for _, m := range history {
		if m.Key == key {
			return m
		}
	}
	t.Fatal("the message is not there")
	return Message{}
}

// wants expects a delivery, and why.
func (m Message) wants(t *testing.T, delivery conversation.Delivery, code fault.Code) {
	t.Helper()
	if m.Delivery != delivery || m.Code != code || code != "" && m.Hint == "" {
		t.Errorf("the agent is told %q, %q (%s), want %q, %q", m.Delivery, m.Code, m.Hint, delivery, code)
	}
}

// withWeChat adds the channel to a zhida.yaml.
func withWeChat(text []byte, w *weChat) []byte {
	if w == nil {
		return text
	}
	return bytes.Replace(text, []byte("channels:\n"), append([]byte("channels:\n"), w.settings()...), 1)
}

// day is how long nothing happens in some stories.
const day = 24 * time.Hour
