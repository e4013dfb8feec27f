package zhida_test

import (
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// The tests below prove that rules bite: each breaks one rule in a made-up
// module, and wants to be told, with the rule's reason.

// instance makes a package name of a pattern.
func instance(pattern string) string {
	pattern = strings.TrimSuffix(pattern, "/...")
	return strings.ReplaceAll(pattern, "*", "example")
}

// made makes a module of packages and their imports.
func made(packages map[string][]string) map[string]*pkg {
	graph := map[string]*pkg{}
	for name, imports := range packages {
		graph[name] = &pkg{path: name, imports: imports}
	}
	return graph
}

func wants(t *testing.T, packages map[string][]string, parts ...string) {
	t.Helper()
	broken := check(made(packages))
	if !slices.ContainsFunc(broken, func(one string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(one, part) })
	}) {
		t.Errorf("%v broke a rule and was not told %q, but %q", packages, parts, broken)
	}
}

func TestMayRulesBite(t *testing.T) {
	for _, rule := range mayRules {
		for _, in := range rule.in {
			name := instance(in)
			if in == "connectors/*/..." {
				name = "connectors/example/inside"
			}
			wants(t, map[string][]string{name: {"infra/check"}}, name+" imports infra/check", rule.why)
		}
	}
}

func TestNeverRulesBite(t *testing.T) {
	for _, rule := range neverRules {
		for _, in := range rule.in {
			name := instance(in)
			if matchAny(rule.except, name) {
				continue
			}
			for _, never := range rule.never {
				far := instance(never)
				wants(t, map[string][]string{name: {far}}, name+" reaches "+far, rule.why)
				wants(t, map[string][]string{name: {"shared/between"}, "shared/between": {far}}, name+" reaches "+far, rule.why, "shared/between")
			}
		}
	}
}

func TestOnlyRulesBite(t *testing.T) {
	for _, rule := range onlyRules {
		for _, what := range rule.what {
			wants(t, map[string][]string{"shared/intruder": {instance(what)}}, "shared/intruder imports "+instance(what), rule.why)
		}
	}
}

func TestOneConnectorBites(t *testing.T) {
	wants(t, map[string][]string{"functions/a": {"connectors/a", "connectors/b"}}, "functions/a imports [connectors/a connectors/b]", oneConnector.why)
	wants(t, map[string][]string{"functions/a": {"connectors/a", "shared/x"}, "shared/x": {"connectors/b"}}, oneConnector.why)
}

// TestSimulatorsBite: what plays a provider stands apart from the connector, and what all simulators
// share from everything else.
func TestSimulatorsBite(t *testing.T) {
	wants(t, map[string][]string{"connectors/a/platform": {"connectors/a"}}, "connectors/a/platform imports connectors/a", "plays a provider")
	wants(t, map[string][]string{"connectors/a": {"connectors/a/platform"}}, "connectors/a imports connectors/a/platform", "for tests and for a demo")
	wants(t, map[string][]string{"functions/a": {"connectors/a/platform"}}, "functions/a imports connectors/a/platform", "for tests and for a demo")
	wants(t, map[string][]string{"connectors/a": {"shared/simulation"}}, "connectors/a imports shared/simulation", "chance and outages")
	wants(t, map[string][]string{"cmd/zhida/app": {"shared/simulation"}}, "cmd/zhida/app imports shared/simulation", "chance and outages")
	wants(t, map[string][]string{"shared/simulation": {"shared/queue"}}, "shared/simulation imports shared/queue", "it knows nobody")
}

// TestOneConnectorHasAWSForItsProvider: it reaches that provider's API, and nothing else of AWS.
func TestOneConnectorHasAWSForItsProvider(t *testing.T) {
	const sdk = "github.com/aws/aws-sdk-go-v2/"
	for _, far := range []string{sdk + "config", sdk + "service/sqs", sdk + "service/pinpoint", sdk + "aws/retry", "github.com/aws/aws-lambda-go/events"} {
		wants(t, map[string][]string{"connectors/sms": {far}}, "connectors/sms reaches "+far, "its provider by one API")
	}
	wants(t, map[string][]string{"connectors/sms/platform": {sdk + "aws"}}, "connectors/sms/platform reaches "+sdk+"aws", "every host")
	wants(t, map[string][]string{"connectors/slack": {"shared/awsfault"}}, "connectors/slack imports shared/awsfault", "never decides")
}

func TestUndecidedPackagesAreTold(t *testing.T) {
	wants(t, map[string][]string{"shared/novelty": nil}, "shared/novelty: no rule")
	wants(t, map[string][]string{"shared/store/models": nil}, "shared/store/models: a package is named by what it is")
}

func TestRulesCannotRot(t *testing.T) {
	wants(t, map[string][]string{"connectors/vault": nil}, "a rule names shared/vault", "connectors/vault is")
}

func TestGoodModuleIsLeftAlone(t *testing.T) {
	broken := check(made(map[string][]string{
		"":                            nil,
		"shared/fault":                {"errors", "net/http"},
		"shared/conversation":         {"shared/fault", "crypto/sha256"},
		"shared/store":                {"shared/conversation"},
		"shared/sqlitefile":           {"zombiezen.com/go/sqlite"},
		"shared/store/sqlitestore":    {"shared/store", "shared/sqlitefile", "zombiezen.com/go/sqlite"},
		"shared/store/storetest":      {"shared/store", "testing"},
		"connectors/example":          {"shared/channel", "shared/config"},
		"shared/channel":              {"shared/conversation"},
		"shared/config":               {"go.yaml.in/yaml/v3", "shared/conversation"},
		"shared/inbound":              {"shared/channel", "shared/store", "net/http"},
		"shared/simulation":           {"math/rand/v2"},
		"connectors/example/platform": {"shared/simulation", "shared/fault"},
		"functions/example":           {"connectors/example", "shared/lambdahost"},
		"shared/lambdahost":           {"github.com/aws/aws-lambda-go/lambda"},
		"connectors/sms":              {"github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types", "shared/awsfault"},
		"shared/awsfault":             {"github.com/aws/smithy-go"},
		"cmd/zhida":                   {"cmd/zhida/app", "github.com/alecthomas/kong"},
		"cmd/zhida/app":               {"shared/sqlitefile", "connectors/example", "connectors/example/platform", "shared/store/sqlitestore"},
	}))
	for _, one := range broken {
		t.Error(one)
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"shared/store", "shared/store", true}, {"shared/store", "shared/store/sqlitestore", false},
		{"shared/store/*", "shared/store/sqlitestore", true}, {"shared/store/*", "shared/store", false},
		{"shared/...", "shared/store/sqlitestore", true}, {"shared/...", "sharedness", false},
		{"github.com/aws/...", "github.com/aws/aws-sdk-go-v2/config", true}, {"connectors/*/...", "connectors/a/b/c", true},
		{"net", "net/http", false}, {"", "", true}, {"", "shared", false},
	} {
		if got := match(c.pattern, c.name); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

func parse(t *testing.T, source string) parsed {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "made.go", "package made\n"+source, 0)
	if err != nil {
		t.Fatal(err)
	}
	return parsed{file, set}
}

func TestGlobalsBite(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"init":            {"func init() {}", "init(): nothing happens before main"},
		"now called":      {`import "time"; var x = time.Now()`, "time.Now: take a clock"},
		"now handed on":   {`import "time"; var x = time.Now`, "time.Now: take a clock"},
		"now in disguise": {`import t "time"; func f(a t.Time) t.Duration { return t.Since(a) }`, "t.Since: take a clock"},
		"environment":     {`import "os"; var x, _ = os.LookupEnv("A")`, "os.LookupEnv: only mains"},
		"default client":  {`import "net/http"; var x = http.DefaultClient`, "http.DefaultClient: take a client"},
		"its short form":  {`import "net/http"; var x, _ = http.Get("a")`, "http.Get: take a client"},
		"global chance":   {`import "math/rand/v2"; var x = rand.IntN(3)`, "rand.IntN: take a source"},
		"older chance":    {`import "math/rand"; var x = rand.Int()`, "rand.Int: take a source"},
		"fatal":           {`import "log"; func f() { log.Fatalf("a") }`, "log.Fatalf: return the error"},
		"for its effects": {`import _ "net/http/pprof"`, "import _ net/http/pprof"},
		"dot import":      {`import . "time"; var x = Now()`, "import . time"},
	} {
		t.Run(name, func(t *testing.T) {
			found := globalsIn(parse(t, c.source))
			if len(found) == 0 || !strings.Contains(found[0], "made.go:2:") || !strings.Contains(found[0], c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
	fine := `import ("time"; "net/http"; "math/rand/v2"; _ "embed"; "os")
		type T struct { now func() time.Time; client *http.Client }
		func (T) init() {}
		func f(t T, file *os.File) { t.now(); _ = time.Second; _ = http.StatusOK }
		var x = rand.New(rand.NewPCG(1, 2))`
	if found := globalsIn(parse(t, fine)); len(found) > 0 {
		t.Errorf("found %q in good code", found)
	}
}

func TestChannelNamesBite(t *testing.T) {
	for source, want := range map[string]string{
		`const x = "inapp"`:                           "inapp",
		`const x = "an in-app widget"`:                "inapp",
		`type InAppID string`:                         "inapp",
		`func sendSMSText() {}`:                       "sms",
		`var SlackToken string`:                       "slack",
		`var slack_token string`:                      "slack",
		`const x = "从微信来"`:                            "",
		`type WeChat struct{}`:                        "wechat",
		`var wechatAPI string`:                        "wechat",
		"const x = `json:\"sms\"`":                    "sms",
		`const x = "transmsmit"`:                      "",
		`var minApp, inApply, SMSes int // slack, 微信`: "",
		`const x = "slackness is plain appearance"`:   "",
	} {
		found := channelNamesIn(parse(t, source))
		switch {
		case want == "" && len(found) > 0:
			t.Errorf("%s: %q", source, found)
		case want != "" && (len(found) != 1 || !strings.Contains(found[0], "the channel "+want+":")):
			t.Errorf("%s: %q, want %s", source, found, want)
		}
	}
}
