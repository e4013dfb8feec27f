package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

var ownSecrets = map[string]string{
	"ZHIDA_DEPLOYMENT_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
	"ZHIDA_INAPP_SECRET":   "an in-app secret of one's own, long enough",
	"ZHIDA_DESK_SECRET":    "a desk secret of one's own, long enough",
	"ZHIDA_BOT_SECRET":     "a bot's secret of one's own, long enough",
}

func TestLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:8080": true, "127.9.9.9:1": true, "localhost:0": true, "LocalHost:80": true,
		"[::1]:8080": true, "[::ffff:127.0.0.1]:80": true, "[::1%lo]:80": true,
		":8080": false, "0.0.0.0:80": false, "[::]:80": false, "192.168.1.2:80": false,
		"128.0.0.1:80": false, "[fe80::1%eth0]:80": false, "[::ffff:10.0.0.1]:80": false,
		"example.com:80": false, "localhost.example.com:80": false, "127.0.0.1.example.com:80": false,
		"localhost": false, "": false, "127.1:80": false, "2130706433:80": false,
	} {
		if got := loopback(addr); got != want {
			t.Errorf("loopback(%q) = %v", addr, got)
		}
	}
}

func TestExampleShop(t *testing.T) {
	c, err := config.Load(exampleShop, func(name string) (string, bool) { v, ok := ownSecrets[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Desk.Agents) != 3 || len(c.FAQ) < 8 {
		t.Errorf("%d agents, %d answers", len(c.Desk.Agents), len(c.FAQ))
	}
	for _, entry := range c.FAQ {
		if entry.Answer[conversation.Chinese] == "" || entry.Answer[conversation.English] == "" {
			t.Errorf("%s is not answered in both languages", entry.ID)
		}
	}
}

// TestExampleBot takes the comment signs off the example's bot.
func TestExampleBot(t *testing.T) {
	file := regexp.MustCompile(`(?m)^# (bot:|  [a-z]+: )`).ReplaceAll(exampleShop, []byte("$1"))
	c, err := config.Load(file, func(name string) (string, bool) { v, ok := ownSecrets[name]; return v, ok })
	if err != nil || c.Bot == nil || c.Bot.Patience != config.DefaultPatience || c.Bot.Secret.Empty() {
		t.Errorf("%+v, %v", c.Bot, err)
	}
}

// allChannels is the example with the comment signs taken off its channels.
func allChannels() []byte {
	return regexp.MustCompile(`(?m)^  # (wechat:|slack:|sms:|  )`).ReplaceAll(exampleShop, []byte("  $1"))
}

func TestExampleChannels(t *testing.T) {
	env := maps.Clone(ownSecrets)
	env["ZHIDA_SLACK_SIGNING_SECRET"], env["ZHIDA_SLACK_CLIENT_SECRET"] = strings.Repeat("a", 32), strings.Repeat("b", 32)
	env["ZHIDA_WECHAT_WEBHOOKS"] = `{"wx0123456789abcdef": {"token": "abc"}, "wxfedcba9876543210": {"token": "abc"}}`
	env["ZHIDA_WECHAT_SECRETS"] = fmt.Sprintf(`{"wx0123456789abcdef": %[1]q, "wxfedcba9876543210": %[1]q}`, strings.Repeat("0", 32))
	c, err := config.Load(allChannels(), func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil || c.Channels.WeChat == nil || len(c.Channels.WeChat.Accounts) != 2 || c.Channels.InApp == nil || c.Channels.Slack == nil || c.Channels.SMS == nil {
		t.Errorf("%+v, %v", c.Channels, err)
	}
}

// TestWhereWeChatIsPlayed: for the example shop on somebody's own machine, and never in the
// place of accounts of one's own.
func TestWhereWeChatIsPlayed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "zhida.yaml")
	write(t, file, string(exampleShop))
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want bool
	}{
		"the example shop":               {nil, nil, true},
		"with secrets of one's own":      {ownSecrets, nil, false},
		"with a file of one's own":       {nil, []string{"--config", file}, false},
		"with both of one's own":         {ownSecrets, []string{"--config", file}, false},
		"with some secrets of one's own": {map[string]string{"ZHIDA_DESK_SECRET": ownSecrets["ZHIDA_DESK_SECRET"]}, nil, true},
	} {
		got := call(t, "", c.env, append([]string{"dev", "--data", t.TempDir()}, c.args...)...)
		if got.started == nil || got.started.Phones != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestDevMakesUpNoSecretOfAProvider: what is missing is told as missing, with all else that is wrong.
func TestDevMakesUpNoSecretOfAProvider(t *testing.T) {
	name := filepath.Join(t.TempDir(), "zhida.yaml")
	write(t, name, string(allChannels())+"surplus: 1\n")
	got := call(t, "", nil, "dev", "--data", t.TempDir(), "--config", name)
	if got.code != exitUsage || got.started != nil {
		t.Fatalf("%+v", got)
	}
	for _, want := range []string{
		"ZHIDA_WECHAT_WEBHOOKS is not set", "ZHIDA_WECHAT_SECRETS is not set", "ZHIDA_SLACK_SIGNING_SECRET is not set", "ZHIDA_SLACK_CLIENT_SECRET is not set",
		"surplus: there is no such key",
	} {
		if !strings.Contains(got.errs, want) {
			t.Errorf("it does not say %q:\n%s", want, got.errs)
		}
	}
	if strings.Count(got.errs, "\n") != 5 {
		t.Errorf("it says\n%s", got.errs)
	}
}

func TestDevMakesSecretsOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	first := call(t, "", nil, "dev", "--data", dir)
	if first.code != exitOK || first.started == nil || !first.started.DevSecrets {
		t.Fatalf("%+v", first)
	}
	info, err := os.Stat(filepath.Join(dir, secretsFile))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	second := call(t, "", nil, "dev", "--data", dir)
	if second.started == nil {
		t.Fatal(second.errs)
	}
	a, b := first.started.Config, second.started.Config
	if !bytes.Equal(a.DeploymentKey.Reveal(), b.DeploymentKey.Reveal()) ||
		!bytes.Equal(a.Channels.InApp.Secret.Reveal(), b.Channels.InApp.Secret.Reveal()) ||
		!bytes.Equal(a.Desk.Secret.Reveal(), b.Desk.Secret.Reveal()) {
		t.Error("a restart changed the secrets")
	}
	noSecretShown(t, dir, first.out+first.errs+second.out+second.errs)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func noSecretShown(t *testing.T, dir, printed string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, secretsFile))
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	if err := json.Unmarshal(text, &kept); err != nil || len(kept) != 3 {
		t.Fatalf("%d secrets, %v", len(kept), err)
	}
	for name, secret := range kept {
		if strings.Contains(printed, secret) {
			t.Errorf("%s was printed", name)
		}
	}
}

func TestDevPrefersTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	got := call(t, "", ownSecrets, "dev", "--data", dir, "--addr", "0.0.0.0:8080")
	if got.started == nil || got.started.DevSecrets {
		t.Fatalf("%+v", got)
	}
	if string(got.started.Config.Desk.Secret.Reveal()) != ownSecrets["ZHIDA_DESK_SECRET"] {
		t.Error("another secret")
	}
	if _, err := os.Stat(filepath.Join(dir, secretsFile)); !os.IsNotExist(err) {
		t.Errorf("secrets were made although all are set: %v", err)
	}
}

func TestDevSecretsStayOnThisMachine(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"ZHIDA_DEPLOYMENT_KEY": ownSecrets["ZHIDA_DEPLOYMENT_KEY"], "ZHIDA_DESK_SECRET": ownSecrets["ZHIDA_DESK_SECRET"]}
	got := call(t, "", env, "dev", "--data", dir, "--addr", "0.0.0.0:8080")
	if got.code != exitUsage || !strings.Contains(got.errs, "set ZHIDA_INAPP_SECRET, or listen") {
		t.Errorf("%+v", got)
	}
	env["ZHIDA_INAPP_SECRET"] = "" // set, and empty: a mistake, not a wish for a made up one
	got = call(t, "", env, "dev", "--data", dir)
	if got.code != exitUsage || !strings.Contains(got.errs, "ZHIDA_INAPP_SECRET is empty") {
		t.Errorf("%+v", got)
	}
}

func TestDevRefusesADoubtfulSecretsFile(t *testing.T) {
	const secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA=="
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"readable by others": {`{}`, 0o644, "chmod 600"},
		"damaged":            {`{"ZHIDA_DESK_SECRET": "` + secret, 0o600, "it is damaged"},
		"no object":          {`["` + secret + `"]`, 0o600, "it is damaged"},
		"null":               {`null`, 0o600, "it is damaged"},
		"weak":               {`{"ZHIDA_DESK_SECRET": "short"}`, 0o600, "has only 5 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && c.mode != 0o600 {
				t.Skip("Windows has no such modes")
			}
			dir := t.TempDir()
			write(t, filepath.Join(dir, secretsFile), c.text)
			if err := os.Chmod(filepath.Join(dir, secretsFile), c.mode); err != nil {
				t.Fatal(err)
			}
			got := call(t, "", nil, "dev", "--data", dir)
			if got.code != exitUsage || !strings.Contains(got.errs, c.want) || got.started != nil {
				t.Errorf("%+v", got)
			}
			if strings.Contains(got.errs, secret) {
				t.Errorf("a secret was printed: %s", got.errs)
			}
		})
	}
	dir := t.TempDir()
	if err := os.Symlink("/dev/null", filepath.Join(dir, secretsFile)); err != nil {
		t.Skip(err)
	}
	if got := call(t, "", nil, "dev", "--data", dir); got.code != exitUsage || !strings.Contains(got.errs, "plain file") {
		t.Errorf("%+v", got)
	}
}

func TestDevStopsOnASignal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows cannot send itself an interrupt")
	}
	ready, code := make(chan struct{}), make(chan int, 1)
	go func() {
		code <- run(t.Context(), []string{"dev", "--data", t.TempDir()}, process{
			out: io.Discard, errs: io.Discard,
			lookup: func(name string) (string, bool) { v, ok := ownSecrets[name]; return v, ok },
			dev: func(ctx context.Context, _ devOptions) error {
				close(ready)
				<-ctx.Done()
				return nil
			},
		})
	}()
	<-ready
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-code:
		if got != exitOK {
			t.Errorf("code %d", got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop")
	}
}

func TestProxies(t *testing.T) {
	got, err := prefixes([]string{"10.0.0.1", "10.1.2.3/8", "::1", "2001:db8::5/32", "::ffff:192.0.2.1"})
	if want := "[10.0.0.1/32 10.0.0.0/8 ::1/128 2001:db8::/32 192.0.2.1/32]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "proxy.example", "10.0.0.1:80", "10.0.0.0/33", "*"} {
		if got, err := prefixes([]string{text}); !fault.Is(err, fault.Config) || got != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
