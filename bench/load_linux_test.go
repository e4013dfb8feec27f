package bench

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/outbox"
)

// What `make load-inapp` sets higher.
var (
	loadCustomers = flag.Int("customers", 300, "connected widgets of BenchmarkInAppLoad")
	loadChurn     = flag.Duration("churn", 3*time.Second, "how long widgets come and go in BenchmarkInAppLoad")
)

const (
	loadDialers = 32  // widgets that connect at the same time
	loadClaims  = 20  // each of which moves everybody who waits
	loadReplies = 500 // an agent's, one after the other
	loadSlack   = 16  // MiB that the collector may be behind with
)

// BenchmarkInAppLoad connects widgets to the real binary, in a process of its own, and
// lets them all wait in line. It reports what a connection takes of memory; how long a
// claim takes until each widget near the head of the line shows its new place; how long
// an agent's reply takes to its customer; and what memory has grown by after widgets have
// come and gone for a while. A place or a reply that does not arrive fails it, and so
// does memory that grows by a quarter.
func BenchmarkInAppLoad(b *testing.B) {
	binary := theBinary(b)
	for b.Loop() {
		l := startLoad(b, binary)
		idle := resident(b, l.cmd.Process.Pid)
		l.connect()
		connected := resident(b, l.cmd.Process.Pid)
		b.ReportMetric((connected-idle)*1024/float64(*loadCustomers), "KiB/widget")
		l.ask()
		places := l.claim()
		b.ReportMetric(ms(quantile(places, 0.5)), "place-p50-ms")
		b.ReportMetric(ms(quantile(places, 0.99)), "place-p99-ms")
		replies := l.reply()
		b.ReportMetric(ms(quantile(replies, 0.5)), "reply-p50-ms")
		b.ReportMetric(ms(quantile(replies, 0.99)), "reply-p99-ms")
		first := l.churn(*loadChurn / 3)
		warm := resident(b, l.cmd.Process.Pid)
		b.ReportMetric(float64(first+l.churn(*loadChurn-*loadChurn/3)), "churned")
		grown := resident(b, l.cmd.Process.Pid) - warm
		b.ReportMetric(grown, "grown-MiB")
		if grown > max(warm/4, loadSlack) {
			b.Errorf("memory grew from %.1f MiB by %.1f while widgets came and went", warm, grown)
		}
		b.ReportMetric(0, "ns/op")
		l.stop()
	}
}

// load is a running binary, its widgets, and its one agent.
type load struct {
	*testing.B
	base    string
	cmd     *exec.Cmd
	client  *http.Client
	session string // the agent's
	widgets []*widget
	held    []*widget // by the agent
}

func startLoad(b *testing.B, binary string) *load {
	b.Helper()
	var log bytes.Buffer
	cmd := exec.Command(binary, "dev", "--addr", "127.0.0.1:0", "--data", memory(b))
	cmd.Stderr = &log
	base, code := start(b, cmd)
	return &load{
		B: b, base: base, cmd: cmd, session: signIn(b, base, code),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: loadDialers}},
	}
}

func (l *load) stop() {
	l.Helper()
	if err := l.cmd.Process.Kill(); err != nil {
		l.Error(err)
	}
	_ = l.cmd.Wait() // killed: that is no news
	l.client.CloseIdleConnections()
}

// each does something with all widgets, several at a time.
func (l *load) each(do func(w *widget)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range loadDialers {
		all.Go(func() {
			for n := next.Add(1) - 1; int(n) < len(l.widgets); n = next.Add(1) - 1 {
				do(l.widgets[n])
			}
		})
	}
	all.Wait()
}

func (l *load) connect() {
	l.Helper()
	for n := range *loadCustomers {
		l.widgets = append(l.widgets, &widget{token: customerToken(l.B, l.client, l.base, n), heard: map[string]time.Time{}})
	}
	l.each(func(w *widget) { w.dial(l.B, l.base) })
}

// ask lets everybody ask for a person. Who asked a little earlier may come in a little
// later: all come back when the line stands, and are told their places.
func (l *load) ask() {
	l.Helper()
	l.each(func(w *widget) { submit(l.B, l.client, l.base, w.token, 0, "转人工") })
	l.each(func(w *widget) {
		w.drop()
		w.dial(l.B, l.base)
	})
	for _, w := range l.widgets {
		if w.place() == 0 {
			l.Fatal("somebody asked and has no place in line")
		}
	}
}

// claim gives the agent some of the widgets, and returns how long each time each of
// those waited for its new place who are near enough to be shown it.
func (l *load) claim() (took []time.Duration) {
	l.Helper()
	byID := map[string]*widget{}
	for _, w := range l.widgets {
		byID[w.conversation] = w
	}
	for n := range loadClaims {
		before := map[*widget]int{}
		for _, w := range l.widgets {
			before[w] = w.place()
		}
		began := time.Now()
		var claimed struct {
			Conversation struct {
				ID string `json:"id"`
			} `json:"conversation"`
		}
		answer := post(l.B, l.client, l.base+"/desk/v1/claim", l.session, map[string]string{"id": fmt.Sprint("claim-", n)})
		if err := json.Unmarshal(answer, &claimed); err != nil {
			l.Fatal(err)
		}
		mine := byID[claimed.Conversation.ID] // nil for one of the people that the program plays
		if mine != nil {
			l.held = append(l.held, mine)
		}
		for w, place := range before {
			if w == mine || place == 0 || place > outbox.Followed {
				continue
			}
			w.await(l.B, "a new place", func() bool { return w.position < place })
			took = append(took, w.since(began))
		}
	}
	return took
}

// reply lets the agent write to those whom they hold, and returns how long it took
// until the customer had each.
func (l *load) reply() (took []time.Duration) {
	l.Helper()
	if len(l.held) == 0 {
		l.Fatal("the agent holds nobody")
	}
	for n := range loadReplies {
		w, text := l.held[rand.IntN(len(l.held))], fmt.Sprint("reply ", n)
		began := time.Now()
		post(l.B, l.client, l.base+"/desk/v1/conversations/"+w.conversation+"/replies", l.session, map[string]string{"id": fmt.Sprint("reply-", n), "text": text})
		w.await(l.B, "a reply", func() bool { return !w.heard[text].IsZero() })
		took = append(took, w.heard[text].Sub(began))
	}
	return took
}

// churn lets widgets go and come back for a while, and returns how many did.
func (l *load) churn(lasts time.Duration) (churned int64) {
	l.Helper()
	var all sync.WaitGroup
	var count atomic.Int64
	end := time.Now().Add(lasts)
	for n := range loadDialers {
		all.Go(func() {
			for time.Now().Before(end) {
				w := l.widgets[n+loadDialers*rand.IntN(len(l.widgets)/loadDialers)] // one of this dialer's own
				w.drop()
				w.dial(l.B, l.base)
				count.Add(1)
			}
		})
	}
	all.Wait()
	return count.Load()
}
