package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/store"
)

// The crowd is a thousand customers of WeChat, with everything going wrong that goes wrong
// there: pushes and their answers are lost, the network is slow, calls of the API fail, and
// for an hour it is down. What they see is compared with what a perfect sender would have
// brought them. `make crowd` has a thousand of them; other tests a few, as the race detector
// makes SQLite ten times slower.
var crowdSize = flag.Int("crowd", 20, "how many customers TestCrowd has")

// The accounts.
const (
	crowdOfficial = "wx00000000000000aa"
	crowdMini     = "wx00000000000000bb"
)

// stride is how far the clock moves at a time: as long as WeChat waits for an answer.
const stride = 5 * time.Second

// crowd is the customers, WeChat, the company's one program, and its agents.
type crowd struct {
	*testing.T
	clock   queuetest.Clock
	chance  *mathrand.Rand
	wechat  *platform.Platform
	app     *App
	mu      sync.Mutex
	members map[string]*member // by openid
	byID    map[conversation.ID]*member
	order   []*member
	agent   desk.Agent
	said    int               // by the agent
	held    []conversation.ID // whom the agent holds
}

// member is one customer.
type member struct {
	user *platform.User
	id   conversation.ID
	acts int       // what they did so far, all of which is to be kept
	next time.Time // when they do something again
	left time.Time // when they unfollowed; zero: they did not

	mu   sync.Mutex
	said map[string]*saying // by its mark
}

// saying is what was said to a customer.
type saying struct {
	key conversation.Key
	at  time.Time

	outcome conversation.Outcome // what became of it
}

// gone reports whether they unfollowed.
func (m *member) gone() bool { return !m.left.IsZero() }

// marking is a store that puts a mark into everything we say, by which it can be found on a
// phone, and tells of it.
type marking struct {
	store.Store
	wanted func(c conversation.Conversation, m conversation.Message, mark string)
	ended  func(o store.Outcome)
	n      atomic.Int64
}

func (s *marking) Commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	marks := map[conversation.Key]string{}
	ch.Messages = slices.Clone(ch.Messages)
	for i, m := range ch.Messages {
		marks[m.Key] = fmt.Sprintf("m%d", s.n.Add(1))
		ch.Messages[i].Parts = slices.Clone(m.Parts)
		ch.Messages[i].Parts[0].Text += "〔" + marks[m.Key] + "〕"
	}
	done, err := s.Store.Commit(ctx, ch)
	if err == nil && !done.Repeat {
		for _, m := range done.Messages {
			s.wanted(done.Conversation, m, marks[m.Key])
		}
	}
	return done, err
}

// Outcome tells of what became of a message.
func (s *marking) Outcome(ctx context.Context, o store.Outcome) (bool, error) {
	more, err := s.Store.Outcome(ctx, o)
	if err == nil {
		s.ended(o)
	}
	return more, err
}

func openCrowd(t *testing.T, plan platform.Plan) *crowd {
	t.Helper()
	w := &crowd{
		T: t, clock: queuetest.NewClock(crowdStart), chance: mathrand.New(mathrand.NewPCG(1, 2)), members: map[string]*member{}, byID: map[conversation.ID]*member{},
		agent: desk.Agent{ID: "lin", Role: desk.RoleAgent, Names: map[conversation.Language]string{conversation.Chinese: "小林"}},
	}
	var err error
	w.wechat, err = platform.New(platform.Options{Clock: w.clock, Rand: rand.Reader, Client: &http.Client{}, Faults: plan})
	w.must(err)
	t.Cleanup(w.wechat.Close)
	api := httptest.NewServer(w.wechat)
	t.Cleanup(api.Close)

	c := crashConfig()
	c.Desk.Lease = 1000 * time.Hour
	c.Channels.WeChat = &config.WeChat{API: api.URL}
	accounts := []platform.Account{
		{AppID: crowdOfficial, Original: "gh_a", Kind: platform.Official, Format: platform.XML},
		{AppID: crowdMini, Original: "gh_b", Kind: platform.MiniProgram, Format: platform.JSON},
	}
	for i := range accounts {
		a := &accounts[i]
		a.Mode, a.Verified, a.Token, a.Secret, a.AESKey = platform.Safe, true, "token", strings.Repeat("s", 32), strings.Repeat("k", 43)
		c.Channels.WeChat.Accounts = append(c.Channels.WeChat.Accounts, config.WeChatAccount{
			ID: a.AppID, Original: a.Original, MiniProgram: a.Kind == platform.MiniProgram,
			Token: config.NewSecret(a.Token), AESKey: config.NewSecret(a.AESKey), Secret: config.NewSecret(a.Secret),
		})
	}
	w.open(c)
	front := httptest.NewServer(w.app.Handler())
	t.Cleanup(front.Close)
	for _, a := range accounts {
		a.Webhook = front.URL + "/channels/" + wechat.Name + "/" + a.AppID
		w.must(w.wechat.AddAccount(a))
	}
	keeper, err := wechat.NewKeeper(wechat.KeeperOptions{
		Vault: w.app.engines.Vault, API: api.URL, Client: &http.Client{}, Accounts: wechat.CredentialsOf(c.Channels.WeChat),
		Now: w.clock.Now, Holder: rand.Text, Wait: w.app.wait,
	})
	w.must(err)
	o := wechat.Options{API: api.URL, Client: &http.Client{}, Tokens: keeper}
	w.must(wechat.InstallMenu(context.Background(), o, crowdOfficial, wechat.DefaultMenu(conversation.Chinese), wechat.Keep))
	return w
}

// open starts the program.
func (w *crowd) open(c config.Config) {
	w.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "zhida-crowd")
	if err != nil {
		dir = w.TempDir()
	}
	w.Cleanup(func() { _ = os.RemoveAll(dir) })
	e, file, err := OpenEngines(context.Background(), dir, c.DeploymentKey, w.clock)
	w.must(err)
	w.Cleanup(func() { w.must(file.Close()) })
	e.Store = &marking{Store: e.Store, wanted: w.wanted, ended: w.ended}
	w.app, err = New(Options{Config: c, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Rand: bytes.NewReader(make([]byte, 64))}, e)
	w.must(err)
	w.must(w.app.desk.Alive(context.Background(), w.agent.ID))
}

func (w *crowd) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// wanted tells WeChat what we want to say, for the perfect sender.
func (w *crowd) wanted(c conversation.Conversation, m conversation.Message, mark string) {
	if !m.Outcome.Open() {
		return
	}
	w.mu.Lock()
	who := w.members[c.Peer.User]
	w.mu.Unlock()
	who.mu.Lock()
	who.said[mark] = &saying{key: m.Key, at: w.clock.Now()}
	who.mu.Unlock()
	label := "【机器人】"
	if m.Author == conversation.Person {
		label = "【人工·" + m.Name + "】"
	}
	bytes := len(label) + len(m.Words()) + len("\n") // of the empty line before the next
	if m.Way {
		bytes += len("\n回复 0 转人工")
	}
	w.wechat.Wanted(who.user, platform.Wish{
		ID: mark, At: w.clock.Now(), Person: m.Author == conversation.Person, Bytes: bytes,
		Open: c.Status == conversation.Waiting || c.Status == conversation.WithPerson,
	})
}

// ended keeps what became of what we said.
func (w *crowd) ended(o store.Outcome) {
	w.mu.Lock()
	m := w.byID[o.Conversation]
	w.mu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.said {
		if s.key == o.Key {
			s.outcome = o.Outcome
		}
	}
}

var crowdStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// come adds a customer of one of the accounts.
func (w *crowd) come(n int) *member {
	w.Helper()
	account := crowdOfficial
	if n%4 == 0 {
		account = crowdMini
	}
	u, err := w.wechat.User(account, fmt.Sprint("顾客", n))
	w.must(err)
	m := &member{user: u, said: map[string]*saying{}, id: w.app.inbound.ID(conversation.Peer{Channel: wechat.Name, Account: account, User: u.OpenID})}
	w.mu.Lock()
	w.members[u.OpenID], w.byID[m.id] = m, m
	w.mu.Unlock()
	w.order = append(w.order, m)
	return m
}
