package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// environment is what the files under testdata find set.
var environment = map[string]string{
	"ZHIDA_DEPLOYMENT_KEY":       "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
	"ZHIDA_INAPP_SECRET":         "the in-app secret of the tests, long enough",
	"ZHIDA_DESK_SECRET":          "the desk secret of the tests, long enough",
	"ZHIDA_BOT_SECRET":           "the bot's secret of the tests, long enough",
	"ZHIDA_BOT_KEY":              "app-of-16-bytes.",
	"ZHIDA_BEARER":               "Bearer app-hunter2hunter2",
	"ZHIDA_EMPTY":                "",
	"ZHIDA_SHORT":                "hunter2",
	"ZHIDA_SHORT_KEY":            "aHVudGVyMg==",
	"ZHIDA_NOT_BASE64":           "hunter2 is not base64, not by any means!",
	"ZHIDA_SPACED":               "hunter2hunter2hunter2hunter2hunter2\n",
	"ZHIDA_NOT_STRINGS":          `[7]`,
	"ZHIDA_SLACK_SIGNING_SECRET": slackSigning, "ZHIDA_SLACK_CLIENT_SECRET": slackClient,
	"ZHIDA_WECHAT_SECRETS": `{"wx0123456789abcdef": "0123456789abcdef0123456789abcdef", "wxfedcba9876543210": "fedcba9876543210fedcba9876543210"}`,
	"ZHIDA_WECHAT_WEBHOOKS": `{"wx0123456789abcdef": {"token": "AAAAA", "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
		"previous_aes_key": "0123456789ABCDEFGabcdefghijklmnopqrstuvwxyz"}, "wxfedcba9876543210": {"token": "mini"}}`,
}

func lookup(name string) (string, bool) {
	value, ok := environment[name]
	return value, ok
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestWholeFile(t *testing.T) {
	got, err := config.Load(read(t, "good/whole.yaml"), lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Company:       config.Text{conversation.Chinese: "云帆商城", conversation.English: "Yunfan Store"},
		Language:      conversation.English,
		DeploymentKey: config.NewSecret("0123456789abcdef0123456789abcdef"),
		Channels: config.Channels{InApp: &config.InApp{
			Account: "shop", Audience: "chat", Issuer: "https://shop.example",
			Secret: config.NewSecret(environment["ZHIDA_INAPP_SECRET"]),
			Limits: config.Limits{Customer: config.Rate{Burst: 30, Every: time.Second}, Address: config.Rate{Burst: 500, Every: 20 * time.Millisecond}, Visitors: config.Rate{Burst: 1000, Every: 5 * time.Second},
				CustomerMB: config.Rate{Burst: 100, Every: 20 * time.Second}, AddressMB: config.Rate{Burst: 1000, Every: time.Second}},
			Visitors: true,
		}},
		Desk: config.Desk{
			Lease: 2 * time.Minute, Secret: config.NewSecret(environment["ZHIDA_DESK_SECRET"]),
			Agents: []config.Agent{
				{ID: "lin", Name: config.Text{conversation.Chinese: "小林", conversation.English: "Lin"}, Role: "lead"},
				{ID: "wang@shop.example", Name: config.Text{conversation.English: "Wang"}},
			},
		},
		Media: config.Media{Picture: 5 << 20, File: 100 << 20, Most: 1, Days: 30},
		Bot: &config.Bot{
			Kind: config.BotZhida, URL: "https://bot.shop.example/zhida?shop=1", Patience: 45 * time.Second,
			Secret: config.NewSecret(environment["ZHIDA_BOT_SECRET"]),
		},
		FAQ: []config.Entry{
			{ID: "refund", Match: []string{"退款", "money back"}, Answer: config.Text{
				conversation.Chinese: "三天内。", conversation.English: "Within three days.\nAlways.",
			}},
			{ID: "hours", Match: []string{"24/7"}, Answer: config.Text{conversation.English: "Always."}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestLeastFileHasDefaults(t *testing.T) {
	got, err := config.Load(read(t, "good/least.yaml"), lookup)
	if err != nil {
		t.Fatal(err)
	}
	if got.Language != conversation.Chinese || got.Desk.Lease != config.DefaultLease || !got.Desk.Secret.Empty() || got.Bot != nil || got.Media != (config.Media{Picture: 10 << 20, File: 25 << 20, Most: 5, Days: 365}) {
		t.Errorf("got %+v", got)
	}
	if in := got.Channels.InApp; in.Account != "main" || in.Audience != "zhida-inapp" || in.Issuer != "" || in.Limits != config.DefaultLimits() {
		t.Errorf("got %+v", in)
	}
}

func TestDeploymentKeyTakesBothAlphabets(t *testing.T) {
	raw := strings.Repeat("\xfb\xff\xfe", 11)
	for _, text := range []string{
		strings.Repeat("+//+", 11), strings.Repeat("-__-", 11), strings.Repeat("+//+", 11) + "\n",
	} {
		got, err := config.Load(read(t, "good/least.yaml"), func(name string) (string, bool) {
			if name == "ZHIDA_DEPLOYMENT_KEY" {
				return text, true
			}
			return lookup(name)
		})
		if err != nil || string(got.DeploymentKey.Reveal()) != raw {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestBadFiles compares every mistake of every file with its golden. Run with
// ZHIDA_UPDATE_GOLDEN=1 to write them, and read the difference.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", mistakesOf(t, content))
		})
	}
}

func mistakesOf(t *testing.T, file []byte) string {
	t.Helper()
	c, err := config.Load(file, lookup)
	var mistakes *config.Mistakes
	if !errors.As(err, &mistakes) || len(mistakes.List) == 0 {
		t.Fatalf("no mistakes: %v", err)
	}
	if !fault.Is(err, fault.Config) {
		t.Errorf("the code is %s", fault.CodeOf(err))
	}
	if !reflect.DeepEqual(c, config.Config{}) {
		t.Error("a wrong file gave a configuration")
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret was shown: %s", err)
	}
	return err.Error() + "\n"
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("ZHIDA_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestBadBytes has the files that no editor would save.
func TestBadBytes(t *testing.T) {
	least := string(read(t, "good/least.yaml"))
	for name, c := range map[string]struct{ file, want string }{
		"not UTF-8":   {"company:\n  en: caf\xe9\n", "zhida.yaml:2:10: this byte is not UTF-8 — save the file as UTF-8 text"},
		"GBK":         {"company: { zh-CN: \xd4\xc6\xb7\xab }\n", "zhida.yaml:1:19: this byte is not UTF-8 — save the file as UTF-8 text"},
		"UTF-16":      {"\xff\xfea\x00", "zhida.yaml:1:1: this byte is not UTF-8 — save the file as UTF-8 text"},
		"control":     {"云: \x00", "zhida.yaml:1:4: this is a control character — save the file as UTF-8 text"},
		"nothing":     {"", "zhida.yaml:1:1: the file is empty — start from the example, cmd/zhida/zhida.yaml"},
		"comments":    {"# soon\n", "zhida.yaml:1:1: the file is empty — start from the example, cmd/zhida/zhida.yaml"},
		"too large":   {least + strings.Repeat("#\n", config.MaxFile), fmt.Sprintf("zhida.yaml: the file has %d bytes — at most 256 KiB are read", len(least)+2*config.MaxFile)},
		"no mapping":  {"- a\n", "zhida.yaml:1:1: needs keys and values, and has a list"},
		"null":        {"~\n", "zhida.yaml:1:1: is empty: it needs keys and values"},
		"two":         {least + "---\n" + least, "zhida.yaml:10:1: a second document begins here — keep one, without --- between"},
		"escaped NUL": {strings.Replace(least, "Store", `"a\0b"`, 1), "zhida.yaml:2:3: company.zh-CN: the text has a control character — remove it"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.TrimSuffix(mistakesOf(t, []byte(c.file)), "\n")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestByteOrderMarkIsNoMistake(t *testing.T) {
	if _, err := config.Load(append([]byte("\xef\xbb\xbf"), read(t, "good/least.yaml")...), lookup); err != nil {
		t.Error(err)
	}
}

// TestBombs has files that grow when read naively; each must be refused at once.
func TestBombs(t *testing.T) {
	billion := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		billion += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	for name, file := range map[string]string{
		"aliases": billion,
		"merges":  "a: &a {k: v}\n" + strings.Repeat("<<: *a\n", 10_000),
		"depth":   strings.Repeat("[", config.MaxFile),
		"maps":    strings.Repeat("{a: ", config.MaxFile/5),
		"keys":    strings.Repeat("? ", config.MaxFile/3),
		"long":    strings.Repeat("a", config.MaxFile-2) + ":\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got := mistakesOf(t, []byte(file))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if first, _, _ := strings.Cut(got, "\n"); len(first) > 400 {
				t.Errorf("the first mistake has %d bytes", len(first))
			}
		})
	}
}

func TestFileNameIsTheCallers(t *testing.T) {
	m := &config.Mistakes{File: "/etc/shop.yaml", List: []config.Mistake{{Line: 3, Column: 1, Path: "faq", Problem: "is empty"}}}
	if got := m.Error(); got != "/etc/shop.yaml:3:1: faq: is empty" {
		t.Error(got)
	}
}

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := config.Load(file, lookup)
		var mistakes *config.Mistakes
		switch {
		case err == nil && (c.Company[c.Language] == "" || c.DeploymentKey.Empty()):
			t.Errorf("accepted without what is required: %+v", c)
		case err != nil && (!errors.As(err, &mistakes) || len(mistakes.List) == 0):
			t.Errorf("not a list of mistakes: %v", err)
		}
	})
}
