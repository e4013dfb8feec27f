package app

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/simulation"
	"github.com/zhida-project/zhida/shared/store"
)

// The workspaces are twenty of Slack's, with customers who write in direct messages, mention
// the app in one channel and go on in threads there, tap its button and give its command, while
// all goes wrong that goes wrong there. `make crowd` has 500 customers; other tests a few.
var workspacesSize = flag.Int("slack-crowd", few, "how many customers TestWorkspaces has")

const workspacesCount = 20

// workspaces is the customers, Slack, and the company.
type workspaces struct {
	*company
	slack  *platform.Platform
	people []*colleague
	unsure atomic.Int64
	today  day // the agent takes nobody any more from lunch on, so that a line is left

	mu    sync.Mutex
	talks map[conversation.ID]*talk
	acts  int
}

// unsure counts the posts of which we cannot know whether Slack took them.
type unsure struct{ n *atomic.Int64 }

func (unsure) Enabled(context.Context, slog.Level) bool { return true }
func (u unsure) WithAttrs([]slog.Attr) slog.Handler     { return u }
func (u unsure) WithGroup(string) slog.Handler          { return u }
func (u unsure) Handle(_ context.Context, r slog.Record) error {
	said := map[string]any{}
	r.Attrs(func(a slog.Attr) bool {
		said[a.Key] = a.Value.Any()
		return true
	})
	switch f, _ := said["fault"].(int64); platform.CallFault(f) {
	case platform.ServerError, platform.Reset, platform.Swallow:
		if said["method"] == "chat.postMessage" {
			u.n.Add(1)
		}
	case platform.NoCallFault, platform.Limited, platform.LimitedSilently:
	}
	return nil
}

// talk is one conversation, as we led it.
type talk struct {
	peer  conversation.Peer
	said  map[string]*saying          // by its mark
	notes map[string]conversation.Key // by the timestamp of the post
}

// colleague is one customer.
type colleague struct {
	*platform.Person
	team string
	help *platform.Channel // of their workspace
	next time.Time         // when they do something again
	root string            // the thread of theirs in it that is newest; "" for none
	did  []deed
}

// deed is something that a customer did and that is to be kept.
type deed struct {
	mark string // in its words
	call *platform.Delivery
}

// uninstalled is the workspace that removes the app.
const uninstalled = "T00000020"

// day is when things happen. Few customers have a sixth of the time.
type day struct{ down, up, lunch, removed, end time.Time }

func dayOf(customers int) day {
	minute := time.Minute
	if customers < 500 {
		minute = 10 * time.Second
	}
	at := func(n time.Duration) time.Time { return crowdStart.Add(n * minute) }
	return day{down: at(30), up: at(90), lunch: at(100), removed: at(105), end: at(120)}
}

func openWorkspaces(t *testing.T, plan platform.Plan) *workspaces {
	t.Helper()
	w := &workspaces{company: newCompany(t), talks: map[conversation.ID]*talk{}}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.app.Handler().ServeHTTP(rw, r) }))
	t.Cleanup(front.Close)
	var err error
	w.slack, err = platform.New(platform.Options{Clock: w.clock, Rand: rand.Reader, Client: &http.Client{}, Faults: plan, Log: slog.New(unsure{&w.unsure}), App: platform.App{
		ID: "A1", SigningSecret: slackSigning, ClientID: "123.456", ClientSecret: slackClient, Address: front.URL + slack.CallsPath, Rotates: true,
	}})
	w.must(err)
	t.Cleanup(w.slack.Close)
	api := httptest.NewServer(w.slack)
	t.Cleanup(api.Close)
	c := crashConfig()
	c.Desk.Lease = 1000 * time.Hour
	c.Channels.Slack = &config.Slack{
		ClientID: "123.456", Address: front.URL, API: api.URL + "/api/", Authorize: api.URL + "/oauth/v2/authorize",
		SigningSecret: config.NewSecret(slackSigning), ClientSecret: config.NewSecret(slackClient),
	}
	w.open(c, w.wanted, w.ended, w.noted)
	keeper, err := slack.NewKeeper(slack.KeeperOptions{
		Vault: w.app.engines.Vault, ClientID: "123.456", ClientSecret: config.NewSecret(slackClient), API: api.URL + "/api/", Client: &http.Client{},
		Now: w.clock.Now, Holder: rand.Text, Wait: Waiter(w.app.o.Clock),
	})
	w.must(err)
	for n := range workspacesCount {
		team := fmt.Sprintf("T%08d", n+1)
		for err = fault.New(fault.ProviderBusy, "", ""); fault.Is(err, fault.ProviderBusy); { // who installs it begins anew
			err = keeper.Install(t.Context(), w.slack.Install(team), front.URL+slack.OAuthPath)
		}
		w.must(err)
	}
	return w
}

func (w *workspaces) wanted(c conversation.Conversation, m conversation.Message, mark string) {
	if !m.Outcome.Open() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.talks[c.ID] == nil {
		w.talks[c.ID] = &talk{c.Peer, map[string]*saying{}, map[string]conversation.Key{}}
	}
	w.talks[c.ID].said[mark] = &saying{key: m.Key, at: w.clock.Now()}
}

func (w *workspaces) ended(o store.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.talks[o.Conversation].said {
		if s.key == o.Key {
			s.outcome = o.Outcome
		}
	}
}

func (w *workspaces) noted(id conversation.ID, n conversation.Note) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ts, _ := strings.Cut(n.ProviderID, "/")
	w.talks[id].notes[ts] = n.Key
}

// TestWorkspaces: nothing is lost, nothing doubled, nothing out of order in a thread, no limit is
// broken, whatever can be delivered is, and who waits sees where.
func TestWorkspaces(t *testing.T) {
	t.Parallel()
	today := dayOf(*workspacesSize)
	w := openWorkspaces(t, platform.Plan{
		Seed: 7, LoseRequest: 0.03, LoseAnswer: 0.03, ServerError: 0.01, Reset: 0.01, Swallow: 0.01, Limited: 0.03, Down: []simulation.Span{{From: today.down, To: today.up}},
	})
	w.today = today
	for n := range *workspacesSize {
		w.come(n)
	}
	w.until(today.removed, true)
	w.slack.Uninstall(uninstalled)
	w.until(today.end, true)
	w.until(w.clock.Now().Add(8*time.Minute), false) // the last retry comes after six
	w.claim()                                        // and all others move up
	w.until(w.clock.Now().Add(10*time.Minute), false)
	w.keeps()
	w.shows()
	w.places()
}

// come adds a customer.
func (w *workspaces) come(n int) {
	team := fmt.Sprintf("T%08d", n%workspacesCount+1)
	w.people = append(w.people, &colleague{
		Person: w.slack.Person(team, fmt.Sprint("客", n)), team: team, help: w.slack.Channel(team, "help"),
		next: crowdStart.Add(time.Duration(n) * w.today.down.Sub(crowdStart) / time.Duration(*workspacesSize)),
	})
}

// beat is how far the clock moves at a time: a little more than a message in a channel takes.
const beat = 1_200 * time.Millisecond

// until lets time pass, with everybody at it or nobody.
func (w *workspaces) until(end time.Time, busy bool) {
	w.Helper()
	for n := 0; w.clock.Now().Before(end); n++ {
		if busy {
			for _, p := range w.people {
				if !w.clock.Now().Before(p.next) && (p.team != uninstalled || w.clock.Now().Before(w.today.removed)) {
					w.act(p)
				}
			}
			if n%40 == 0 && w.clock.Now().Before(w.today.lunch) {
				w.claim()
			}
			if n%4 == 0 {
				w.talk(0.02)
			}
		}
		step := beat
		if delivered := w.settle(); !delivered && !busy {
			step = 5 * beat
		}
		if n%5 == 0 || step > beat {
			w.app.showNotes(w.Context(), conversation.Front)
		}
		w.clock.Advance(step)
	}
}

// settle does all that is to be done now, and reports whether something was delivered.
func (w *workspaces) settle() (delivered bool) {
	w.Helper()
	for ; ; delivered = true {
		ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
		w.must(w.slack.Rests(ctx))
		cancel()
		w.must(w.app.Tick(w.Context()))
		if !w.deliver(slack.Name) {
			return delivered
		}
	}
}

// act has a customer do the next thing.
func (w *workspaces) act(p *colleague) {
	w.Helper()
	p.next = w.clock.Now().Add(time.Duration(w.chance.ExpFloat64() * float64(w.today.end.Sub(crowdStart)) / 12))
	w.acts++
	mark := fmt.Sprintf("〈a%d〉", w.acts)
	kept := func(call *platform.Delivery) { p.did = append(p.did, deed{mark, call}) }
	switch luck := w.chance.IntN(100); {
	case luck < 20:
		_, call := p.Write("退款多久到账"+mark, "")
		kept(call)
	case luck < 35:
		_, call := p.Write("我要转人工"+mark, "")
		kept(call)
	case luck < 50:
		root, call := p.Say(p.help, platform.Bot+" 转人工，急"+mark, "")
		p.root = root
		kept(call)
	case luck < 60:
		root, call := p.Say(p.help, platform.Bot+" 我的订单还没到"+mark, "")
		p.root = root
		kept(call)
	case luck < 75 && p.root != "":
		_, call := p.Say(p.help, "还要多久？"+mark, p.root)
		kept(call)
	case luck < 85:
		p.Command(p.help, "/human", "")
	case luck < 90:
		_, call := p.Attach("看这张图"+mark, "a.png", "image/png", []byte("no picture"))
		kept(call)
	default:
		w.tap(p)
	}
}

// tap taps the newest button of the direct messages, if there is any.
func (w *workspaces) tap(p *colleague) {
	w.Helper()
	posts := w.slack.Posts(p.Direct(), "")
	for i := len(posts) - 1; i >= 0; i-- {
		if posts[i].Button {
			_, err := p.Tap(p.Direct(), posts[i].TS)
			w.must(err)
			return
		}
	}
}
