package cloud

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/outbox"
)

const shop = `
company: { zh-CN: 小店 }
deployment_key: { env: ZHIDA_DEPLOYMENT_KEY }
channels: { inapp: { secret: { env: ZHIDA_INAPP_SECRET } } }
bot: { url: "https://bot.example/turn", secret: { env: ZHIDA_BOT_SECRET } }
`

// manager is a double of Secrets Manager that can be rotated, can fail, and can hang.
type manager struct {
	mu     sync.Mutex
	values map[string]string // by ARN
	asked  []string
	down   bool
	hang   bool
}

func (m *manager) fetch(ctx context.Context, id string) (string, error) {
	if m.hang {
		<-ctx.Done()
		return "", ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, id)
	value, ok := m.values[id]
	if m.down || !ok {
		return "", fault.New(fault.Unavailable, "manager", "")
	}
	return value, nil
}

// world is a function in this process.
type world struct {
	t       *testing.T
	manager *manager
	now     time.Time
	log     bytes.Buffer
	f       *function
	made    int
	got     config.Config
}

// start makes a function that reads these parts of zhida.yaml.
func start(t *testing.T, want []config.Part, more ...string) (*world, error) {
	t.Helper()
	w := &world{t: t, now: time.UnixMilli(1_760_000_000_000), manager: &manager{values: map[string]string{
		"arn:key": strings.Repeat("A", 64), "arn:inapp": "customers-secret-0123456789-0123456789", "arn:bot": "bots-secret-0123456789-0123456789",
	}}}
	file := filepath.Join(t.TempDir(), "zhida.yaml")
	if err := os.WriteFile(file, []byte(shop), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := append([]string{
		"AWS_REGION=xx-test-1", "ZHIDA_CONFIG=" + file, "ZHIDA_DEPLOYMENT_KEY_ARN=arn:key", "ZHIDA_INAPP_SECRET_ARN=arn:inapp", "ZHIDA_BOT_SECRET_ARN=arn:bot",
	}, more...)
	parts := func(d *Deployment) (lambdahost.Options, error) {
		w.made++
		w.got = d.ConfigWith(w.manager.fetch, want...)
		return lambdahost.Options{Schedule: func(context.Context) error { return nil }}, nil
	}
	w.f = &function{environment: environment(environ), parts: parts, wall: func() time.Time { return w.now }, out: &w.log}
	w.f.log = slog.New(slog.NewJSONHandler(&w.log, nil))
	return w, w.f.start(t.Context())
}

// tick lets the function serve an event, some time later.
func (w *world) tick(later time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(later)
	if _, err := w.f.Invoke(w.t.Context(), []byte(`{"detail-type":"Scheduled Event","source":"aws.scheduler"}`)); err != nil {
		w.t.Fatal(err)
	}
}

func TestAFunctionFetchesOnlyItsOwnSecrets(t *testing.T) {
	w, err := start(t, []config.Part{config.DeploymentKey, config.InAppSecret})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(w.manager.asked)
	if !slices.Equal(w.manager.asked, []string{"arn:inapp", "arn:key"}) {
		t.Errorf("asked for %q", w.manager.asked)
	}
	if w.got.DeploymentKey.Empty() || w.got.Channels.InApp.Secret.Empty() || !w.got.Bot.Secret.Empty() {
		t.Error("the secrets are not those that were wanted")
	}
	for range 10 {
		w.tick(20 * time.Second)
	}
	if len(w.manager.asked) != 2 || w.made != 1 {
		t.Errorf("asked %d times, made %d times in 200 s", len(w.manager.asked), w.made)
	}
}

func TestARotatedSecretIsTakenUp(t *testing.T) {
	w, err := start(t, []config.Part{config.InAppSecret})
	if err != nil {
		t.Fatal(err)
	}
	w.tick(freshFor)
	if w.made != 1 || len(w.manager.asked) != 2 {
		t.Errorf("without a rotation it was made %d times, asked for %d", w.made, len(w.manager.asked))
	}
	const next = "customers-next-secret-0123456789-0123456789"
	w.manager.values["arn:inapp"] = next
	w.tick(freshFor - time.Second)
	w.tick(time.Second)
	if w.made != 2 || string(w.got.Channels.InApp.Secret.Reveal()) != next {
		t.Errorf("made %d times", w.made)
	}
	w.manager.down = true
	w.manager.values["arn:inapp"] = "x"
	for range 3 {
		w.tick(freshFor / 2)
	}
	if w.made != 2 || !strings.Contains(w.log.String(), "secrets were not renewed") {
		t.Errorf("made %d times; the log: %s", w.made, &w.log)
	}
	w.manager.down = false
	w.tick(freshFor) // and a secret that will not do does not take the place of one that does
	if w.f.secrets.values["ZHIDA_INAPP_SECRET"] != next || !strings.Contains(w.log.String(), "has only 1 bytes") {
		t.Errorf("a bad secret was taken up; the log: %s", &w.log)
	}
	if strings.Contains(w.log.String(), next) {
		t.Errorf("the log: %s", &w.log)
	}
}

// TestASecretThatWasNotToBeHadIsAskedForAgain is about a function that goes on without, as
// the clock does: it is not without for as long as its process lives.
func TestASecretThatWasNotToBeHadIsAskedForAgain(t *testing.T) {
	w, err := start(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.f.parts = func(d *Deployment) (lambdahost.Options, error) {
		w.made++
		for range 2 { // whoever asks twice wants it once
			w.got, _, _ = d.TryConfig(w.manager.fetch, config.InAppSecret)
		}
		return lambdahost.Options{Schedule: func(context.Context) error { return nil }}, nil
	}
	w.manager.down = true
	if err := w.f.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tick(againAfter)
	w.tick(againAfter - time.Second)
	if w.made != 2 || len(w.manager.asked) != 3 {
		t.Errorf("made %d times, asked %d times", w.made, len(w.manager.asked))
	}
	w.manager.down = false
	w.tick(time.Second)
	if w.made != 3 || w.got.Channels.InApp == nil || w.got.Channels.InApp.Secret.Empty() {
		t.Errorf("made %d times, and the secret is not here", w.made)
	}
	w.manager.asked = nil
	if w.tick(againAfter); len(w.manager.asked) != 0 {
		t.Errorf("asked for %q, which is here", w.manager.asked)
	}
}

// TestSecretsThatHangHoldUpNobody: an event waits for them a moment only.
func TestSecretsThatHangHoldUpNobody(t *testing.T) {
	w, err := start(t, []config.Part{config.InAppSecret})
	if err != nil {
		t.Fatal(err)
	}
	w.manager.hang = true
	began := time.Now()
	w.tick(freshFor)
	if took := time.Since(began); took > 4*renewTimeout || !strings.Contains(w.log.String(), "deadline") {
		t.Errorf("it took %v; the log: %s", took, &w.log)
	}
}

func TestEverythingThatIsWrongIsToldAtOnce(t *testing.T) {
	f := &function{environment: environment([]string{"ZHIDA_LINES_DESK=", "ZHIDA_CONFIG=/no/such/file"}), wall: time.Now, log: slog.New(slog.DiscardHandler)}
	f.parts = func(d *Deployment) (lambdahost.Options, error) {
		d.Inbound(d.Config(), d.Outbox(nil), nil)
		return lambdahost.Options{}, fault.New(fault.Internal, "x", "what follows is not told")
	}
	err := f.start(t.Context())
	if !fault.Is(err, fault.Config) || strings.Contains(err.Error(), "what follows") {
		t.Fatalf("got %v", err)
	}
	for _, name := range []string{"ZHIDA_CONFIG", "ZHIDA_TABLE", "ZHIDA_TRANSFERS_FRONT", "ZHIDA_LINES_DESK", "ZHIDA_EVENTS_DESK"} {
		if strings.Count(err.Error(), name+": ")+strings.Count(err.Error(), name+"…: ") != 1 {
			t.Errorf("%s is not told once: %v", name, err)
		}
	}
}

func TestASecretThatCannotBeFetched(t *testing.T) {
	w, err := start(t, []config.Part{config.BotSecret}, "ZHIDA_BOT_SECRET_ARN=arn:nowhere")
	if err == nil || !strings.Contains(err.Error(), "ZHIDA_BOT_SECRET_ARN") || w.f.host != nil {
		t.Errorf("got %v", err)
	}
	_, err = start(t, []config.Part{config.BotSecret}, "ZHIDA_BOT_SECRET_ARN=")
	if !fault.Is(err, fault.Config) || !strings.Contains(err.Error(), "ZHIDA_BOT_SECRET") {
		t.Errorf("got %v", err)
	}
}

func TestWhoIsToldWhat(t *testing.T) {
	c := conversation.Conversation{Peer: conversation.Peer{Channel: "inapp"}, Status: conversation.WithBot}
	held := c
	held.Status, held.Ticket.Assignee = conversation.WithPerson, "lin"
	with := func(n outbox.News, change func(*outbox.News)) outbox.News { change(&n); return n }
	for name, x := range map[string]struct {
		news        outbox.News
		desk, inapp bool
	}{
		"words to a bot":        {with(outbox.Of(c), func(n *outbox.News) { n.Keys = []conversation.Key{"k"} }), false, false},
		"words to an agent":     {with(outbox.Of(held), func(n *outbox.News) { n.Keys = []conversation.Key{"k"} }), true, false},
		"an ask":                {with(outbox.Of(c), func(n *outbox.News) { n.Moved = true }), false, true},
		"a claim":               {with(outbox.Of(held), func(n *outbox.News) { n.Moved = true }), true, true},
		"out of an agent's":     {with(outbox.Of(c), func(n *outbox.News) { n.Moved, n.Left = true, "lin" }), true, true},
		"an agent types":        {with(outbox.Of(held), func(n *outbox.News) { n.Typing = conversation.Person }), true, true},
		"of another channel":    {with(outbox.Of(held), func(n *outbox.News) { n.Moved, n.Channel = true, "x" }), true, false},
		"a customer is writing": {with(outbox.Of(held), func(n *outbox.News) { n.Typing = conversation.Customer }), true, false},
	} {
		if desk, inapp := concerns("desk")(x.news), concerns("inapp")(x.news); desk != x.desk || inapp != x.inapp {
			t.Errorf("%s: desk %v, inapp %v", name, desk, inapp)
		}
	}
}
