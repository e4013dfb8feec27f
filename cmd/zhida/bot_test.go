package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
)

var health = regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/healthz`)

// TestDevAsksTheBotOfTheFile runs the binary, and waits until the bot that the
// file names is asked what a customer wrote.
func TestDevAsksTheBotOfTheFile(t *testing.T) {
	asked := make(chan string, 1)
	theirs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"answer":"3 days"}`)
		select {
		case asked <- r.Header.Get(webhook.SignatureHeader) + " " + string(body):
		default:
		}
	}))
	defer theirs.Close()
	file := string(exampleShop) + "\nbot: { url: '" + theirs.URL + "/', answers: unsigned, secret: { env: ZHIDA_BOT_SECRET } }\n"
	values, err := config.Load([]byte(file), func(name string) (string, bool) { v, ok := ownSecrets[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	out, first := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := runDev(ctx, devOptions{Addr: "127.0.0.1:0", Data: t.TempDir(), Config: values, Out: first, Log: io.Discard})
		_ = first.CloseWithError(io.EOF)
		ended <- err
	}()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	writes(t, address(t, out), values, "why is my parcel in Vienna")
	select {
	case got := <-asked:
		if !strings.HasPrefix(got, "v1=") || !strings.Contains(got, `"text":"why is my parcel in Vienna"`) {
			t.Errorf("asked %s", got)
		}
	case <-time.After(20 * time.Second):
		t.Error("the bot is not asked")
	}
}

// address reads where the binary says it listens, and all it says thereafter.
func address(t *testing.T, out io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := health.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return found[1]
		}
	}
	t.Fatal("it did not say where it listens")
	return ""
}

// writes has a customer write once.
func writes(t *testing.T, base string, c config.Config, text string) {
	t.Helper()
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "ann", "aud": c.Channels.InApp.Audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}).SignedString(c.Channels.InApp.Secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	frame := fmt.Sprintf(`{"type":"message","id":"m1","at":%d,"text":%q}`, now.UnixMilli(), text)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/channels/inapp", strings.NewReader(frame))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s %s", answer.Status, body)
	}
}
