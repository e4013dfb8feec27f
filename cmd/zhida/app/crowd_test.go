package app

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// The crowd is a thousand customers of WeChat, with everything going wrong that goes wrong
// there: pushes and their answers are lost, the network is slow, calls of the API fail, and
// for an hour it is down. What they see is compared with what a perfect sender would have
// brought them. `make crowd` has a thousand of them; other tests a few, as the race detector
// makes SQLite ten times slower.
var crowdSize = flag.Int("crowd", few, "how many customers TestCrowd has")

// The accounts.
const (
	crowdOfficial = "wx00000000000000aa"
	crowdMini     = "wx00000000000000bb"
)

// crowd is the customers, WeChat, the company's one program, and its agents.
type crowd struct {
	*company
	wechat  *platform.Platform
	mu      sync.Mutex
	members map[string]*member // by openid
	byID    map[conversation.ID]*member
	order   []*member
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

// gone reports whether they unfollowed.
func (m *member) gone() bool { return !m.left.IsZero() }

func openCrowd(t *testing.T, plan platform.Plan) *crowd {
	t.Helper()
	w := &crowd{company: newCompany(t), members: map[string]*member{}, byID: map[conversation.ID]*member{}}
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
	w.open(c, w.wanted, w.ended, nil)
	front := httptest.NewServer(w.app.Handler())
	t.Cleanup(front.Close)
	for _, a := range accounts {
		a.Webhook = front.URL + "/channels/" + wechat.Name + "/" + a.AppID
		w.must(w.wechat.AddAccount(a))
	}
	keeper, err := wechat.NewKeeper(wechat.KeeperOptions{
		Vault: w.app.engines.Vault, API: api.URL, Client: &http.Client{}, Accounts: wechat.CredentialsOf(c.Channels.WeChat),
		Now: w.clock.Now, Holder: rand.Text, Wait: Waiter(w.app.o.Clock),
	})
	w.must(err)
	o := wechat.Options{API: api.URL, Client: &http.Client{}, Tokens: keeper}
	w.must(wechat.InstallMenu(context.Background(), o, crowdOfficial, wechat.DefaultMenu(conversation.Chinese), wechat.Keep))
	return w
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
