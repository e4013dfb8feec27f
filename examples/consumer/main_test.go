package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	zhida "github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// TestMain builds the program once.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "consumer")
		if err != nil {
			fmt.Println(err)
			return 1
		}
		defer func() { _ = os.RemoveAll(dir) }()
		binary = filepath.Join(dir, "consumer.exe")
		if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
			fmt.Printf("%v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

var binary string // the program

// secrets are those of the shop. No log may hold them.
var secrets = map[string]string{
	"ZHIDA_DEPLOYMENT_KEY": base64.StdEncoding.EncodeToString([]byte("deployment-key-of-the-example-00")),
	"ZHIDA_INAPP_SECRET":   "customers-secret-of-the-example-0123456789",
	"ZHIDA_DESK_SECRET":    "agents-secret-of-the-example-01234567890123",
}

const shop = `
company: { en: Shop }
language: en
deployment_key: { env: ZHIDA_DEPLOYMENT_KEY }
channels: { inapp: { secret: { env: ZHIDA_INAPP_SECRET } } }
desk: { lease: 30s, secret: { env: ZHIDA_DESK_SECRET }, agents: [ { id: tool, name: { en: Tool } } ] }
`

// world is a whole Zhida on SQLite, its desk behind a door that can fail.
type world struct {
	t         *testing.T
	transfers *transfers
	engines   app.Engines
	app       *app.App
	config    zhida.Config
	url       string
	token     string

	mu   sync.Mutex
	door func(path string) verdict // guards the desk API
}

// verdict is what becomes of a call.
type verdict int

const (
	passes      verdict = iota
	failsBefore         // it is never made
	failsAfter          // it is made, and its answer is lost
)

// once has a verdict on the first call whose path ends in a step.
func once(step string, judge func() verdict) func(string) verdict {
	var first sync.Once
	return func(path string) (v verdict) {
		if strings.HasSuffix(path, step) {
			first.Do(func() { v = judge() })
		}
		return v
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, transfers: newTransfers(t)}
	var err error
	w.config, err = zhida.Load([]byte(shop), func(name string) (string, bool) { v, ok := secrets[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	clock := queue.SystemClock(time.Now)
	engines, file, err := app.OpenEngines(ctx, t.TempDir(), w.config.DeploymentKey, clock)
	if err != nil {
		t.Fatal(err)
	}
	engines.Transfers = w.transfers
	w.engines = engines
	w.app, err = app.New(app.Options{Config: w.config, Clock: clock, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader}, engines)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	w.url = server.URL
	over := make(chan struct{})
	go func() { w.app.Run(ctx); close(over) }()
	t.Cleanup(func() {
		server.Close()
		cancel()
		<-over
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	var signedIn struct{ Token string }
	w.call("/desk/login", "", map[string]any{"agent": "tool", "code": w.app.Code()}, &signedIn)
	w.token = signedIn.Token
	return w
}

// serve passes a call on, unless the door fails it.
func (w *world) serve(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	door := w.door
	w.mu.Unlock()
	v := passes
	if door != nil {
		v = door(r.URL.Path)
	}
	switch v {
	case failsBefore:
	case failsAfter:
		w.app.Handler().ServeHTTP(httptest.NewRecorder(), r)
	default:
		w.app.Handler().ServeHTTP(out, r)
		return
	}
	http.Error(out, "<h1>a proxy fails</h1>", http.StatusBadGateway)
}

func (w *world) guard(door func(path string) verdict) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.door = door
}

func (w *world) call(path, token string, body, into any) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	out := httptest.NewRecorder()
	w.app.Handler().ServeHTTP(out, r)
	if err := json.Unmarshal(out.Body.Bytes(), into); err != nil || out.Code != http.StatusOK {
		w.t.Errorf("%s: %d %s, %v", path, out.Code, out.Body, err)
	}
}

// writes has a customer write something.
func (w *world) writes(user, id, text string) {
	w.t.Helper()
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": user, "aud": w.config.Channels.InApp.Audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}).SignedString(w.config.Channels.InApp.Secret.Reveal())
	if err != nil {
		w.t.Fatal(err)
	}
	var accepted any
	w.call("/channels/inapp", token, map[string]any{"type": "message", "id": id, "at": now.UnixMilli(), "text": text}, &accepted)
}

// replies are what a customer was told by the tool, and whether all is over.
func (w *world) replies(user string) (n int, ended bool) {
	w.t.Helper()
	ids, err := conversation.NewIDs(w.config.DeploymentKey.Reveal())
	if err != nil {
		w.t.Fatal(err)
	}
	id := ids.Of(conversation.Peer{Channel: "inapp", Account: "main", User: user})
	c, err := w.engines.Store.Conversation(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	said, err := w.engines.Store.Messages(context.Background(), id, "", 50)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range said {
		if m.Author == conversation.Person {
			n++
		}
	}
	return n, c.Status == conversation.Ended
}

// program is the real one, told where everything is.
func (w *world) program(ctx context.Context, token string) *exec.Cmd {
	program := exec.CommandContext(ctx, binary)
	program.Env = []string{
		"ZHIDA_TRANSFERS_FRONT=" + w.transfers.url + "/1/transfers-front", "ZHIDA_DESK_URL=" + w.url, "ZHIDA_TOOL_TOKEN=" + token,
		"AWS_REGION=xx-test-1", "AWS_ENDPOINT_URL_SQS=" + w.transfers.url,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
		"HOME=" + w.t.TempDir(), // no settings of whoever runs the test
	}
	return program
}

// consume runs the program until a condition holds, and returns what it logged.
func (w *world) consume(token string, until func() bool) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	program := w.program(ctx, token)
	var said bytes.Buffer
	program.Stdout, program.Stderr = &said, &said
	if err := program.Start(); err != nil {
		w.t.Fatal(err)
	}
	held := w.transfers.await(ctx, until)
	cancel()
	_ = program.Wait() // it was killed
	if !held {
		w.t.Fatalf("it never came to that; %d permits are left; it said:\n%s", len(w.transfers.all()), &said)
	}
	for _, secret := range append([]string{w.token, "personal words"}, secrets["ZHIDA_DESK_SECRET"], secrets["ZHIDA_INAPP_SECRET"]) {
		if strings.Contains(said.String(), secret) {
			w.t.Errorf("it says what it must not: %s", &said)
		}
	}
	return said.String()
}

func (w *world) nothingLeft() bool { return len(w.transfers.all()) == 0 }

// served checks that a customer was told as often as wanted, and all is over.
func (w *world) served(user string, times int) {
	w.t.Helper()
	if n, ended := w.replies(user); n != times || !ended {
		w.t.Errorf("%s was told %d times, want %d; over: %v", user, n, times, ended)
	}
}

func TestServesWhoWaits(t *testing.T) {
	w := newWorld(t)
	w.writes("ann", "a1", "personal words: a real person please")
	w.writes("ben", "b1", "转人工")
	if log := w.consume(w.token, w.nothingLeft); log != "" {
		t.Errorf("it said: %s", log)
	}
	w.served("ann", 1)
	w.served("ben", 1)
}

// TestPermitTooMany has a permit for somebody who is served already.
func TestPermitTooMany(t *testing.T) {
	w := newWorld(t)
	w.writes("ann", "a1", "转人工")
	again := w.transfers.all()[0]
	again.id = "another"
	w.transfers.put(again)
	if log := w.consume(w.token, w.nothingLeft); log != "" {
		t.Errorf("it said: %s", log)
	}
	w.served("ann", 1)
}

// TestFailsAtEveryStep fails each step once, before it is done and after: the
// permit comes again, and nothing happens twice.
func TestFailsAtEveryStep(t *testing.T) {
	for _, step := range []string{"/claim", "/replies", "/resolve"} {
		for how, name := range map[verdict]string{failsBefore: "before", failsAfter: "after"} {
			t.Run(name+step, func(t *testing.T) {
				w := newWorld(t)
				w.writes("ann", "a1", "转人工")
				id := w.transfers.all()[0].id
				w.guard(once(step, func() verdict { return how }))
				if log := w.consume(w.token, w.nothingLeft); !strings.Contains(log, step[1:]+": 502 Bad Gateway") {
					t.Errorf("it said: %s", log)
				}
				w.served("ann", 1)
				if n := w.transfers.deliveries(id); n != 2 {
					t.Errorf("the permit was handed out %d times", n)
				}
			})
		}
	}
}

// TestSpentPermitServesNobodyElse: a permit that comes again after its work was
// done does not take the next in line, who has a permit of their own.
func TestSpentPermitServesNobodyElse(t *testing.T) {
	w := newWorld(t)
	w.writes("ann", "a1", "转人工")
	anns := w.transfers.all()[0]
	var bens permit
	w.guard(once("/resolve", func() verdict {
		w.writes("ben", "b1", "转人工")
		bens = w.transfers.withhold()
		return failsAfter
	}))
	log := w.consume(w.token, w.nothingLeft)
	if n, _ := w.replies("ben"); n > 0 || w.transfers.deliveries(anns.id) != 2 {
		t.Errorf("ben was told %d times, ann's permit was handed out %d times; it said: %s", n, w.transfers.deliveries(anns.id), log)
	}
	w.transfers.put(bens)
	w.consume(w.token, w.nothingLeft)
	w.served("ann", 1)
	w.served("ben", 1)
}

// TestCustomerWritesMeanwhile: what nobody has read is not ended, but answered.
func TestCustomerWritesMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.writes("ann", "a1", "转人工")
	w.guard(once("/resolve", func() verdict {
		w.writes("ann", "a2", "personal words: and my number has changed")
		return passes
	}))
	if log := w.consume(w.token, w.nothingLeft); !strings.Contains(log, "409 Conflict conflict") {
		t.Errorf("it said: %s", log)
	}
	w.served("ann", 2)
}

// TestStrangePermits stay for whoever looks after the queue.
func TestStrangePermits(t *testing.T) {
	w := newWorld(t)
	for id, body := range map[string]string{
		"junk": "personal words", "later": `{"specversion":"1.0","type":"io.zhida.transfer.requested.v2"}`,
	} {
		w.transfers.put(permit{id: id, body: body})
	}
	w.writes("ann", "a1", "转人工")
	w.consume(w.token, func() bool {
		return len(w.transfers.all()) == 2 && w.transfers.deliveries("junk") > 1 && w.transfers.deliveries("later") > 1
	})
	w.served("ann", 1)
}

func TestWrongTokenServesNobody(t *testing.T) {
	w := newWorld(t)
	w.writes("ann", "a1", "转人工")
	id := w.transfers.all()[0].id
	log := w.consume("another", func() bool { return w.transfers.deliveries(id) > 1 })
	if n, ended := w.replies("ann"); n > 0 || ended || w.nothingLeft() || !strings.Contains(log, "401 Unauthorized unauthenticated") {
		t.Errorf("told %d times, over %v; it said: %s", n, ended, log)
	}
}

// TestEndsWithoutItsQueue: whoever runs it must see that it cannot work.
func TestEndsWithoutItsQueue(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	program := w.program(ctx, w.token)
	program.Env = append(program.Env, "ZHIDA_TRANSFERS_FRONT=https://elsewhere.example/")
	out, err := program.CombinedOutput()
	if code := program.ProcessState.ExitCode(); code != 1 {
		t.Errorf("it ended with %d, %v: %s", code, err, out)
	}
}

func TestPage(t *testing.T) {
	text, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines > 60 {
		t.Errorf("main.go has %d lines: a page has 60", lines)
	}
}
