package infra_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/infra/template"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

func functions(s *template.Stack) []template.Resource { return s.Of(template.Function) }

// folder is where a function's main stands.
func folder(f template.Resource) string { return filepath.Base(f.Text("CodeUri")) }

func TestFunctionsAreFolders(t *testing.T) {
	mains, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	var folders, named []string
	for _, name := range mains {
		folders = append(folders, filepath.Base(filepath.Dir(name)))
	}
	for _, f := range functions(evaluated(t, everything())) {
		named = append(named, folder(f))
		if want := "functions/" + folder(f) + "/"; f.Text("CodeUri") != want {
			t.Errorf("%s has the code of %s, want %s", f.Name, f.Text("CodeUri"), want)
		}
	}
	slices.Sort(named)
	if diff := cmp.Diff(folders, named); diff != "" {
		t.Errorf("folders of functions/ (-), functions of the template (+): %s", diff)
	}
}

func TestEveryFunction(t *testing.T) {
	for _, architecture := range []string{"arm64", "x86_64"} {
		parameters := everything()
		parameters["Architecture"] = architecture
		s := evaluated(t, parameters)
		for _, f := range functions(s) {
			for property, want := range map[string]string{
				"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures.0": architecture, "Layers.0": "arn:aws:lambda:us-east-1:123456789012:layer:zhida-settings:1",
				"FunctionName": "zhida-" + folder(f),
			} {
				if got := f.Text(property); got != want {
					t.Errorf("%s: %s is %q, want %q", f.Name, property, got, want)
				}
			}
			if f.Text("Policies") != "" || f.Value("ReservedConcurrentExecutions") != nil || f.Value("Tracing") != nil {
				t.Errorf("%s: rights are its role's; concurrency is not reserved, for new accounts have 10; China has no X-Ray", f.Name)
			}
		}
	}
}

// TestHowFunctionsAreBuilt: as `make build` does, and not by a makefile of SAM's.
func TestHowFunctionsAreBuilt(t *testing.T) {
	right := map[string]int{}
	for s := range loaded(t).Scalars() {
		if last := s.Path[len(s.Path)-1]; last == "BuildMethod" && s.Text == "go1.x" || last == "TrimGoPath" && s.Text == "true" {
			right[s.Path[1]]++
		}
	}
	for _, f := range functions(evaluated(t, everything())) {
		if right[f.Name] != 2 {
			t.Errorf("%s: BuildMethod go1.x and TrimGoPath are wanted", f.Name)
		}
	}
}

// TestTimeouts: what channels' providers and pages wait for is short, and a slow bot
// may think as long as zhida.yaml allows.
func TestTimeouts(t *testing.T) {
	for _, f := range functions(evaluated(t, everything())) {
		seconds, err := strconv.Atoi(f.Text("Timeout"))
		if err != nil {
			t.Fatal(err)
		}
		switch got := time.Duration(seconds) * time.Second; folder(f) {
		case "bot":
			if got < config.MaxPatience+10*time.Second {
				t.Errorf("bot has %s, but a bot may think for %s", got, config.MaxPatience)
			}
		case "clock":
			if got >= time.Minute {
				t.Errorf("the clock runs every minute, and has %s", got)
			}
		case "wechat", "slack", "sms":
			if got != 30*time.Second {
				t.Errorf("%s has %s: longer than its calls, and no longer than API Gateway waits", folder(f), got)
			}
		default:
			if got != 15*time.Second {
				t.Errorf("%s has %s, want 15s", folder(f), got)
			}
		}
	}
}

// onlyTests are settings that the template leaves alone.
var onlyTests = map[string]string{
	"ZHIDA_CONFIG":    "where zhida.yaml lies when it lies in no layer",
	"ZHIDA_TEMPLATE_": "which channels carry approved texts only: none of those that there are",
}

// TestEnvironment compares what the template sets with what the code of functions/
// reads: names, beginnings of names (ending in _), and secrets, which zhida.yaml
// names and the environment has as NAME_ARN.
func TestEnvironment(t *testing.T) {
	read := readNames(t, filepath.Join(root, "functions"))
	for name := range secretsOf(t) {
		read[name+"_ARN"] = true
	}
	set := map[string]bool{}
	for _, f := range functions(evaluated(t, everything())) {
		environment, err := evaluated(t, everything()).Environment(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range environment {
			set[name] = true
			if v == "" {
				t.Errorf("%s: %s is empty", f.Name, name)
			}
		}
		for name := range readNames(t, filepath.Join(root, "functions", folder(f))) {
			if _, there := environment[name]; !there && !strings.HasSuffix(name, "_") {
				t.Errorf("functions/%s reads %s, which the template does not set for it", folder(f), name)
			}
		}
	}
	for name := range read {
		if onlyTests[name] == "" && !anyIs(set, name) {
			t.Errorf("functions/ reads %s, which the template sets nowhere", name)
		}
	}
	for name := range set {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(read)), func(r string) bool { return is(name, r) }) {
			t.Errorf("the template sets %s, which nobody reads", name)
		}
	}
}

func is(name, read string) bool {
	return name == read || strings.HasSuffix(read, "_") && strings.HasPrefix(name, read)
}

func anyIs(set map[string]bool, read string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(set)), func(name string) bool { return is(name, read) })
}

// readNames are the names in the code below a folder, tests left out.
func readNames(t *testing.T, folder string) map[string]bool {
	t.Helper()
	name := regexp.MustCompile(`"(ZHIDA_[A-Z_]+)`)
	found := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// secretsOf are the secrets that the layer's zhida.yaml names, or suggests in a comment.
func secretsOf(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`\{ env: (ZHIDA_\w+) \}`).FindAllStringSubmatch(string(settings(t)), -1) {
		names[m[1]] = true
	}
	return names
}

func settings(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("layer", "zhida.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withBot is a zhida.yaml with the bot that it has in comments.
func withBot(text []byte) []byte {
	return regexp.MustCompile(`(?m)^# (bot:|  \w+:)`).ReplaceAll(text, []byte("$1"))
}

// withWeChat is a zhida.yaml with the accounts that it has in comments.
func withWeChat(text []byte) []byte { return withChannel(text, "wechat") }

// withSlack is a zhida.yaml with the app that it has in comments.
func withSlack(text []byte) []byte { return withChannel(text, "slack") }

// withSMS is a zhida.yaml with the numbers that it has in comments.
func withSMS(text []byte) []byte { return withChannel(text, "sms") }

// withChannel takes the comment signs off a channel's block.
func withChannel(text []byte, name string) []byte {
	block := regexp.MustCompile(`(?m)^  # ` + name + `:.*\n(  #   .*\n)+`)
	sign := regexp.MustCompile(`(?m)^  # `)
	return block.ReplaceAllFunc(text, func(b []byte) []byte { return sign.ReplaceAll(b, []byte("  ")) })
}

// The secrets of those accounts.
const (
	weChatWebhooks = `{"wx0123456789abcdef": {"token": "abc"}, "wxfedcba9876543210": {"token": "abc"}}`
	weChatSecrets  = `{"wx0123456789abcdef": "00000000000000000000000000000000", "wxfedcba9876543210": "00000000000000000000000000000000"}`
)

// TestTheLayerLoads reads the zhida.yaml that is deployed as the functions do, also
// with what it suggests in comments.
func TestTheLayerLoads(t *testing.T) {
	secret := func(name string) (string, bool) { // each another one, and base64
		switch name {
		case "ZHIDA_WECHAT_WEBHOOKS":
			return weChatWebhooks, true
		case "ZHIDA_WECHAT_SECRETS":
			return weChatSecrets, true
		}
		return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(name, 3))), true
	}
	if _, err := config.Load(settings(t), secret); err != nil {
		t.Error(err)
	}
	c, err := config.Load(withSMS(withSlack(withWeChat(withBot(settings(t))))), secret)
	if err != nil || c.Bot == nil || c.Channels.WeChat == nil || c.Channels.Slack == nil || c.Channels.SMS == nil {
		t.Errorf("with the bot, the accounts, the app and the numbers that it suggests: %v", err)
	}
	if len(c.Desk.Agents) > 0 || !c.Desk.Secret.Empty() {
		t.Error("agents come from the identity provider there")
	}
}

// TestEveryWriterForgetsAlike: what one function keeps, another must not forget.
func TestEveryWriterForgetsAlike(t *testing.T) {
	parameters := everything()
	parameters["MessageDays"] = "90"
	s := evaluated(t, parameters)
	for _, f := range functions(s) {
		environment, err := s.Environment(f.Name)
		if err != nil || environment["ZHIDA_KEEP_DAYS"] != "90" {
			t.Errorf("%s keeps for %q days: %v", f.Name, environment["ZHIDA_KEEP_DAYS"], err)
		}
	}
	for _, table := range s.Of("AWS::DynamoDB::Table") {
		if table.Text("TimeToLiveSpecification.AttributeName") != dynamostore.TTL || table.Text("TimeToLiveSpecification.Enabled") != "true" {
			t.Errorf("%s does not remove what is forgotten", table.Name)
		}
	}
}

// TestWhatIsToldOfConnectors: functions that know no connector are told how long its messages
// are, and whether they are its provider's to approve.
func TestWhatIsToldOfConnectors(t *testing.T) {
	connector, err := inapp.New(inapp.Options{
		Account: "a", Audience: "b", Secret: config.NewSecret(strings.Repeat("a", config.MinSecret)), Push: nobody{},
	})
	if err != nil {
		t.Fatal(err)
	}
	ofWeChat, err := wechat.New(wechat.Options{
		Accounts: []wechat.Account{{ID: "wx0123456789abcdef", Kind: wechat.Official, Token: config.NewSecret("abc")}},
		Client:   http.DefaultClient, Tokens: wechat.Reader{}, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := sms.New(sms.Options{
		Numbers: []sms.Number{{Number: "+12065550100"}}, Topics: []string{"arn:aws:sns:us-east-1:123456789012:sms"}, Client: &pinpointsmsvoicev2.Client{},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := evaluated(t, everything())
	for _, f := range functions(s) {
		environment, err := s.Environment(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []channel.Connector{connector, ofWeChat, &slack.Connector{}, texts} {
			name, want := "ZHIDA_MAXTEXT_"+strings.ToUpper(of.Info().Name), strconv.Itoa(of.Info().MaxText)
			got, there := environment[name]
			if there && got != want {
				t.Errorf("%s: %s is %s, want %s", f.Name, name, got, want)
			}
			name = "ZHIDA_TEMPLATE_" + strings.ToUpper(of.Info().Name)
			if got := environment[name] == "true"; there && got != (of.Info().Outbound == channel.Template) {
				t.Errorf("%s: %s is %q", f.Name, name, environment[name])
			}
		}
	}
}

// nobody is connected.
type nobody struct{}

func (nobody) Push(context.Context, string, any) error { return nil }
