package infra_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/infra/template"
)

// root is the repository.
const root = ".."

func loaded(tb testing.TB) *template.Template {
	tb.Helper()
	t, err := template.Load(filepath.Join(root, "template.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// required are values for the parameters that have no default.
func required() map[string]string {
	return map[string]string{
		"OidcIssuer": "https://id.example", "OidcAudience": "zhida", "OidcClient": "desk", "OidcRolesClaim": "roles",
	}
}

// everything switches on all there is, but for what excludes something else.
func everything() map[string]string {
	all := required()
	for name, v := range map[string]string{
		"Bot": "on", "WeChatChannel": "on", "SlackChannel": "on", "SMSChannel": "on", "VaultKey": "on", "ClockSubnets": "subnet-0123456789abcdef0", "ClockSecurityGroups": "sg-0123456789abcdef0", "AlarmEmail": "a@b.example", "WebSocketAccessLog": "set-role",
		"AgentToolPrincipals": "210987654321", "MediaOrigins": "https://shop.example,https://www.shop.example",
		"DomainName": "chat.shop.example", "DomainCertificate": "arn:aws:acm:us-east-1:123456789012:certificate/1",
	} {
		all[name] = v
	}
	return all
}

// evaluated is the stack of these parameters.
func evaluated(tb testing.TB, parameters map[string]string) *template.Stack {
	tb.Helper()
	return evaluatedIn(tb, parameters, "us-east-1")
}

func evaluatedIn(tb testing.TB, parameters map[string]string, region string) *template.Stack {
	tb.Helper()
	s, err := loaded(tb).Evaluate(template.Inputs{Parameters: parameters, Place: template.Place{Region: region}})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// TestEveryCombinationHolds evaluates all ways to set the switches: whatever is
// referred to must be there in each.
func TestEveryCombinationHolds(t *testing.T) {
	loaded := loaded(t)
	for _, region := range []string{"us-east-1", "cn-north-1"} {
		for parameters := range combinations(loaded) {
			if _, err := loaded.Evaluate(template.Inputs{Parameters: parameters, Place: template.Place{Region: region}}); err != nil {
				t.Errorf("%s %v: %v", region, parameters, err)
			}
		}
	}
}

// combinations yields the required parameters with every combination of those whose
// conditions meet in one resource or output, the others on and off in turn.
func combinations(loaded *template.Template) func(func(map[string]string) bool) {
	values := map[string][]string{"AlarmTopicArn": {"", "arn:aws:sns:us-east-1:123456789012:ours"}}
	for _, name := range []string{"InAppChannel", "WeChatChannel", "SlackChannel", "SMSChannel", "Bot", "FrontDoor"} {
		values[name] = loaded.Parameters[name].AllowedValues
	}
	set := everything()
	for _, name := range []string{"DomainName", "AlarmEmail", "WebSocketAccessLog"} {
		values[name] = []string{*loaded.Parameters[name].Default, set[name]}
	}
	alone := []string{"VaultKey", "AgentToolPrincipals", "MediaOrigins", "ClockSubnets"}
	return func(yield func(map[string]string) bool) {
		all := 1
		for _, of := range values {
			all *= len(of)
		}
		for n := range all {
			parameters, rest := required(), n
			for _, name := range slices.Sorted(maps.Keys(values)) {
				of := values[name]
				parameters, rest = with(parameters, name, of[rest%len(of)]), rest/len(of)
			}
			for _, name := range alone[:n%(len(alone)+1)] {
				parameters = with(parameters, name, set[name])
			}
			if !yield(parameters) {
				return
			}
		}
	}
}

// TestOffIsGone switches each thing off and wants nothing left of it.
func TestOffIsGone(t *testing.T) {
	for name, c := range map[string]struct {
		parameters map[string]string
		trace      []string // no resource, property or output may have one
	}{
		"in-app channel": {map[string]string{"InAppChannel": "off"}, []string{"inapp", "customers"}},
		"WeChat":         {map[string]string{"WeChatChannel": "off"}, []string{"wechat"}},
		"Slack":          {map[string]string{"SlackChannel": "off"}, []string{"slack"}},
		"SMS":            {map[string]string{"SMSChannel": "off"}, []string{"sms"}},
		"both of them":   {map[string]string{"WeChatChannel": "off", "SlackChannel": "off", "VaultKey": "off"}, []string{"wechat", "slack", "vault"}},
		"slow bot":       {map[string]string{"Bot": "off"}, []string{"bot"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := everything()
			for key, v := range c.parameters {
				all[key] = v
			}
			s := evaluated(t, all)
			for _, r := range s.Resources {
				for _, trace := range c.trace {
					if strings.Contains(strings.ToLower(r.Name+" "+fmt.Sprint(r.Properties)), trace) {
						t.Errorf("%s is there, and says %s: %v", r.Name, trace, r.Properties)
					}
				}
			}
			for output, v := range s.Outputs {
				if slices.ContainsFunc(c.trace, func(trace string) bool { return strings.Contains(strings.ToLower(output+v), trace) }) {
					t.Errorf("the output %s is there: %s", output, v)
				}
			}
		})
	}
}

func TestChinaHasNoFunctionUrls(t *testing.T) {
	wanted := required()
	wanted["FrontDoor"] = "function-url"
	if len(evaluated(t, wanted).Of("AWS::CloudFormation::Stack")) != 1 || len(evaluated(t, wanted).Of("AWS::ApiGatewayV2::Stage")) != 2 {
		t.Error("function-url wants the nested stack, and two WebSocket APIs without the HTTP API")
	}
	s := evaluatedIn(t, wanted, "cn-northwest-1")
	if len(s.Of("AWS::CloudFormation::Stack")) != 0 || len(s.Of("AWS::ApiGatewayV2::Stage")) != 3 {
		t.Error("in China an HTTP API is wanted, whatever FrontDoor says")
	}
	for name, v := range s.Outputs {
		if strings.Contains(v, "://") && !strings.Contains(v, ".cn-northwest-1.amazonaws.com.cn") {
			t.Errorf("the output %s is no address of China: %s", name, v)
		}
	}
}

func TestOutputs(t *testing.T) {
	byAPI := with(required(), "SlackChannel", "on")
	byFunction := with(with(required(), "SlackChannel", "on"), "FrontDoor", "function-url")
	for name, c := range map[string]struct{ api, function, domain string }{
		"Address":         {"https://zhidaapi.execute-api.us-east-1.amazonaws.com", "", "https://chat.shop.example"},
		"DeskPage":        {"https://zhidaapi.execute-api.us-east-1.amazonaws.com/desk/", "https://zhidafunctionurlsdeskurl.lambda-url.us-east-1.on.aws/desk/", "https://chat.shop.example/desk/"},
		"InAppWebhook":    {"https://zhidaapi.execute-api.us-east-1.amazonaws.com/channels/inapp", "https://zhidafunctionurlsinappurl.lambda-url.us-east-1.on.aws/channels/inapp", "https://chat.shop.example/channels/inapp"},
		"WidgetScript":    {"https://zhidaapi.execute-api.us-east-1.amazonaws.com/web/widget/zhida-chat.js", "https://zhidafunctionurlsinappurl.lambda-url.us-east-1.on.aws/web/widget/zhida-chat.js", "https://chat.shop.example/web/widget/zhida-chat.js"},
		"SlackInstall":    {"https://zhidaapi.execute-api.us-east-1.amazonaws.com/channels/slack/install", "https://zhidafunctionurlsslackurl.lambda-url.us-east-1.on.aws/channels/slack/install", "https://chat.shop.example/channels/slack/install"},
		"SlackRequests":   {"https://zhidaapi.execute-api.us-east-1.amazonaws.com/channels/slack/events", "https://zhidafunctionurlsslackurl.lambda-url.us-east-1.on.aws/channels/slack/events", "https://chat.shop.example/channels/slack/events"},
		"CustomersSocket": {"wss://zhidacustomersapi.execute-api.us-east-1.amazonaws.com/live", "same", "same"},
		"AgentsSocket":    {"wss://zhidaagentsapi.execute-api.us-east-1.amazonaws.com/live", "same", "same"},
		"TransfersQueue":  {"https://sqs.us-east-1.amazonaws.com/123456789012/zhida-transfers-front", "same", "same"},
	} {
		if c.function == "same" {
			c.function, c.domain = c.api, c.api
		}
		for way, want := range map[string]struct {
			parameters map[string]string
			value      string
		}{"by the API": {byAPI, c.api}, "by function URL": {byFunction, c.function}, "by a domain": {everything(), c.domain}} {
			if got := evaluated(t, want.parameters).Outputs[name]; got != want.value {
				t.Errorf("%s %s is %q, want %q", name, way, got, want.value)
			}
		}
	}
	for s := range loaded(t).Scalars() {
		if s.Path[0] == "Outputs" && s.Path[2] == "Description" && s.Text == "" {
			t.Errorf("line %d: an output without a description", s.Line)
		}
	}
}
