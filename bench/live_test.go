package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/cmd/zhida/app"
)

// rest is between two asks: more than the pause between two updates of a line,
// so that each ask is the first change.
const rest = 70 * time.Millisecond

// BenchmarkAskToDesk is the time from the writing of a customer's frame that asks
// for a person until the line that shows the ticket has arrived at the last of
// the desks, over real WebSockets on one machine, on a real disk. Compare one
// desk with two hundred: what is between is the fan-out.
func BenchmarkAskToDesk(b *testing.B) {
	for _, desks := range []int{1, 200} {
		b.Run(fmt.Sprintf("desks=%d", desks), func(b *testing.B) {
			a := newApp(b, engines(b, b.TempDir()))
			ctx, stop := context.WithCancel(context.Background())
			var working sync.WaitGroup
			working.Go(func() { a.Run(ctx) })
			server := httptest.NewServer(a.Handler())
			defer func() {
				stop()
				_ = a.Close(context.Background())
				server.Close()
				working.Wait()
			}()
			hall := openDesks(b, server.URL, a, desks)
			var took []time.Duration
			asked := 0
			for b.Loop() {
				asked++
				customer := dial(b, server.URL+"/inapp/live", token(b, fmt.Sprintf("user-%d", asked)))
				time.Sleep(rest)
				took = append(took, hall.ask(b, customer, asked))
				_ = customer.CloseNow()
			}
			b.ReportMetric(ms(quantile(took, 0.5)), "p50-ms")
			b.ReportMetric(ms(quantile(took, 0.99)), "p99-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// hall is all desks; seen gets a value from each desk for each line that has so
// many waiting.
type hall struct {
	desks int
	seen  chan sighting
}

type sighting struct {
	waiting int
	at      time.Time
}

func openDesks(b *testing.B, base string, a *app.App, n int) hall {
	b.Helper()
	h := hall{n, make(chan sighting, 64*n)}
	session := signIn(b, base, a.Code())
	for range n {
		ws := dial(b, base+"/desk/live", session)
		go h.watch(ws)
	}
	return h
}

// watch notes when lines arrive, until the connection ends.
func (h hall) watch(ws *websocket.Conn) {
	for {
		_, text, err := ws.Read(context.Background())
		at := time.Now()
		if err != nil {
			return
		}
		var f struct {
			Type string `json:"type"`
			Line struct {
				Waiting int `json:"waiting"`
			} `json:"line"`
		}
		if json.Unmarshal(text, &f) == nil && f.Type == "line" {
			h.seen <- sighting{f.Line.Waiting, at}
		}
	}
}

// ask asks and waits until all desks show so many waiting.
func (h hall) ask(b *testing.B, customer *websocket.Conn, waiting int) time.Duration {
	b.Helper()
	began := time.Now()
	write(b, customer, map[string]any{"type": "message", "id": "ask", "at": began.UnixMilli(), "text": "转人工"})
	last := began
	for shown := 0; shown < h.desks; {
		select {
		case s := <-h.seen:
			if s.waiting != waiting {
				continue
			}
			shown++
			if s.at.After(last) {
				last = s.at
			}
		case <-time.After(10 * time.Second):
			b.Fatalf("%d of %d desks show %d waiting", shown, h.desks, waiting)
		}
	}
	return last.Sub(began)
}

// dial connects, says hello and reads the first answer.
func dial(b *testing.B, url, token string) *websocket.Conn {
	b.Helper()
	ws, _, err := websocket.Dial(context.Background(), strings.Replace(url, "http", "ws", 1), nil)
	if err != nil {
		b.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	write(b, ws, map[string]string{"type": "hello", "token": token})
	if _, _, err := ws.Read(context.Background()); err != nil {
		b.Fatal(err)
	}
	return ws
}

func write(b *testing.B, ws *websocket.Conn, frame any) {
	b.Helper()
	text, err := json.Marshal(frame)
	if err == nil {
		err = ws.Write(context.Background(), websocket.MessageText, text)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// signIn opens an agent's session.
func signIn(b *testing.B, base, code string) string {
	b.Helper()
	got, err := http.Post(base+"/desk/login", "application/json", strings.NewReader(fmt.Sprintf(`{"agent":"lin","code":%q}`, code)))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	var answer struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(got.Body).Decode(&answer); err != nil || answer.Token == "" {
		b.Fatal(got.Status, err)
	}
	return answer.Token
}
