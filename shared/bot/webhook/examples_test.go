package webhook_test

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// TestTheDocumentedBots runs the programs of docs/bots.md, and asks them. Short tests
// run the one in Go alone: the others want their languages.
func TestTheDocumentedBots(t *testing.T) {
	for _, c := range []struct{ language, file, runs string }{
		{"go", "bot.go", ""}, {"js", "bot.mjs", "node"}, {"python", "bot.py", "python3"},
	} {
		if testing.Short() && c.language != "go" {
			continue
		}
		t.Run(c.language, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(file, []byte(exampleIn(t, c.language)), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.language != "go" {
				askExample(t, start(t, exec.CommandContext(t.Context(), c.runs, file)))
				return
			}
			program := filepath.Join(filepath.Dir(file), "bot")
			if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, file).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			askExample(t, start(t, exec.CommandContext(t.Context(), program)))
		})
	}
}

// exampleIn is the one program of the document in a language.
func exampleIn(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/bots.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "\n```"+language+"\n")
	if len(parts) != 2 {
		t.Fatalf("there are %d programs in %s", len(parts)-1, language)
	}
	program, _, _ := strings.Cut(parts[1], "\n```")
	return program
}

// start starts a bot on a free port, and returns its address.
func start(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close() // for the bot to take
	_, port, _ := net.SplitHostPort(address)
	var said bytes.Buffer
	c.Env = append(os.Environ(), "PORT="+port, "ZHIDA_BOT_SECRET="+secret)
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }() // it is killed
	t.Cleanup(func() { _ = c.Process.Kill(); <-ended })
	for end := time.Now().Add(20 * time.Second); ; {
		if up, err := new(net.Dialer).DialContext(t.Context(), "tcp", address); err == nil {
			_ = up.Close()
			return "http://" + address + "/"
		}
		select {
		case <-ended:
			t.Fatalf("it ended: %s", &said)
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("nobody listens")
		}
	}
}

// askExample asks in every way: rightly, with another secret, and too late.
func askExample(t *testing.T, url string) {
	t.Helper()
	for _, c := range []struct {
		text, secret string
		age          time.Duration
		want         bot.Answer
		code         fault.Code
	}{
		{"how long do customs take? 退款呢", secret, 0, bot.Answer{Text: "Customs take three days."}, ""},
		{"it is broken", secret, 0, bot.Answer{Person: true}, ""},
		{"something else", secret, 4 * time.Minute, bot.Answer{}, ""},
		{"how long do customs take?", secret + ".", 0, bot.Answer{}, fault.Config},
		{"how long do customs take?", secret, 6 * time.Minute, bot.Answer{}, fault.Config},
		{"how long do customs take?", secret, -6 * time.Minute, bot.Answer{}, fault.Config},
	} {
		b := made(t, webhook.Options{
			Bot:    config.Bot{Kind: config.BotZhida, URL: url, Secret: config.NewSecret(c.secret)},
			Client: &http.Client{Transport: &http.Transport{}},
			Now:    func() time.Time { return time.Now().Add(-c.age) },
		})
		q := turn()
		q.Text = c.text
		a, err := b.Answer(t.Context(), q)
		if a != c.want || fault.CodeOf(err) != c.code || c.code != "" && !strings.Contains(err.Error(), "status 401") {
			t.Errorf("%q, %s old: got %+v, %v", c.text, c.age, a, err)
		}
	}
}
