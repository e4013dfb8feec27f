package infra_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/infra/template"
)

// templates are all there are.
func templates(t *testing.T) map[string]*template.Template {
	t.Helper()
	all := map[string]*template.Template{}
	for _, name := range []string{"template.yaml", "infra/functionurl.yaml", "infra/sms.yaml"} {
		one, err := template.Load(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = one
	}
	return all
}

func TestParameters(t *testing.T) {
	for file, one := range templates(t) {
		used, grouped := map[string]bool{}, map[string]bool{}
		for s := range one.Scalars() {
			if s.Path[0] == "Metadata" && s.Path[2] == "ParameterGroups" {
				grouped[s.Text] = true
			} else if s.Path[0] != "Parameters" {
				for _, word := range regexp.MustCompile(`\w+`).FindAllString(s.Text, -1) {
					used[word] = true
				}
			}
		}
		for name, p := range one.Parameters {
			if !strings.HasSuffix(p.Description, ".") || len(p.Description) < 20 {
				t.Errorf("%s: %s: describe it in a sentence, not %q", file, name, p.Description)
			}
			if p.AllowedPattern == "" && len(p.AllowedValues) == 0 && len(p.Bounds) != 2 {
				t.Errorf("%s: %s takes anything: give a pattern, values or bounds", file, name)
			}
			if !used[name] {
				t.Errorf("%s: %s is not used", file, name)
			}
			if file == "template.yaml" && !grouped[name] {
				t.Errorf("%s: %s is in no group of Metadata", file, name)
			}
		}
		for name := range grouped {
			if _, there := one.Parameters[name]; !there && !strings.Contains(name, " ") && name != "Addresses" && name != "Functions" && name != "Watching" {
				t.Errorf("%s: a group names %s, which is no parameter", file, name)
			}
		}
	}
}

// TestNoDeskWithoutAProvider: who may sit at the desk is never a default.
func TestNoDeskWithoutAProvider(t *testing.T) {
	var must []string
	for name, p := range loaded(t).Parameters {
		if p.Default == nil {
			must = append(must, name)
		}
	}
	slices.Sort(must)
	if want := slices.Sorted(maps.Keys(required())); !slices.Equal(must, want) {
		t.Errorf("%q must be given, want %q", must, want)
	}
}

// TestPatterns wants each pattern to let through what is right and nothing else.
func TestPatterns(t *testing.T) {
	for name, c := range map[string]struct{ right, wrong []string }{
		"OidcIssuer": {
			[]string{"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a", "https://login.microsoftonline.com/1-2/v2.0", "https://id.example:8443/realms/a"},
			[]string{"", "http://id.example", "https://", "https://id.example?x=1", "https://id.example/ a"},
		},
		"OidcAudience":        {[]string{"a", "api://zhida"}, []string{"", "a b"}},
		"OidcClient":          {[]string{"1example23456789"}, []string{"", "a b"}},
		"OidcRolesClaim":      {[]string{"roles", "cognito:groups", "realm_access.roles"}, []string{"", "a b"}},
		"OidcScope":           {[]string{"openid", "openid profile", "api://a/desk openid"}, []string{"", "profile", "openid  profile", "xopenid"}},
		"DomainName":          {[]string{"", "chat.shop.example", "a-b.example"}, []string{"shop", "https://a.example", "A.example", "-a.example"}},
		"DomainCertificate":   {[]string{"", "arn:aws-cn:acm:cn-north-1:123456789012:certificate/1-2"}, []string{"arn:aws:iam::1:x", "1-2"}},
		"MediaOrigins":        {[]string{"", "https://a.example", "https://a.example,http://localhost:8080"}, []string{"a.example", "https://a.example/", "*"}},
		"AgentToolPrincipals": {[]string{"", "210987654321", "arn:aws-cn:iam::210987654321:role/a,210987654321"}, []string{"*", "2109", "arn:aws:iam::1:role/a"}},
		"AlarmEmail":          {[]string{"", "a@b.example"}, []string{"a", "a@b", "a b@c.example"}},
		"AlarmTopicArn":       {[]string{"", "arn:aws:sns:us-east-1:123456789012:a"}, []string{"a"}},
		"RequestRate":         {[]string{"1", "10000"}, []string{"0", "10001", "x"}},
		"QueueConcurrency":    {[]string{"2", "1000"}, []string{"1"}},
		"MessageDays":         {[]string{"0", "30", "99", "100", "9999"}, []string{"", "1", "29", "-30", "030", "10000", "30.5"}},
		"MediaDays":           {[]string{"1"}, []string{"0"}},
		"LogDays":             {[]string{"1", "3653"}, []string{"2"}},
		"InAppChannel":        {[]string{"on", "off"}, []string{"yes", "true", ""}},
		"WeChatChannel":       {[]string{"on", "off"}, []string{"yes", "true", ""}},
		"SlackChannel":        {[]string{"on", "off"}, []string{"yes", "true", ""}},
		"SMSChannel":          {[]string{"on", "off"}, []string{"yes", "true", ""}},
		"ClockSubnets":        {[]string{"", "subnet-01234567,subnet-0123456789abcdef0"}, []string{"subnet", "sg-01234567"}},
		"ClockSecurityGroups": {[]string{"", "sg-01234567,sg-0123456789abcdef0"}, []string{"sg", "subnet-01234567"}},
	} {
		for _, given := range slices.Concat(c.right, c.wrong) {
			parameters := with(required(), name, given)
			_, err := loaded(t).Evaluate(template.Inputs{Parameters: parameters})
			if refused := err != nil; refused != !slices.Contains(c.right, given) {
				t.Errorf("%s=%q: %v", name, given, err)
			}
		}
	}
}

// pairs are parameters of which a rule refuses the first alone, each with a value.
var pairs = [][2][2]string{
	{{"ClockSubnets", "subnet-01234567"}, {"ClockSecurityGroups", "sg-01234567"}},
	{{"ClockSecurityGroups", "sg-01234567"}, {"ClockSubnets", "subnet-01234567"}},
	{{"DomainName", "chat.shop.example"}, {"DomainCertificate", "arn:aws:acm:us-east-1:123456789012:certificate/1-2"}},
}

// with adds a parameter, and what goes with it.
func with(parameters map[string]string, name, given string) map[string]string {
	for _, pair := range pairs {
		if pair[0][0] == name && given != "" {
			parameters[pair[1][0]] = pair[1][1]
		}
	}
	parameters[name] = given
	return parameters
}

// TestWhatGoesTogether: CloudFormation says before it makes anything that half of it is missing.
func TestWhatGoesTogether(t *testing.T) {
	for _, pair := range pairs {
		name, other := pair[0][0], pair[1][0]
		parameters := with(required(), name, pair[0][1])
		if _, err := loaded(t).Evaluate(template.Inputs{Parameters: parameters}); err != nil {
			t.Errorf("%s with %s: %v", name, other, err)
		}
		delete(parameters, other)
		_, err := loaded(t).Evaluate(template.Inputs{Parameters: parameters})
		if err == nil || !strings.Contains(err.Error(), name+" is given and "+other+" is not") {
			t.Errorf("%s without %s: %v", name, other, err)
		}
	}
}

// TestSamconfigExample holds the example to the template: its parameters, also
// those that it only suggests, exist there and are let through.
func TestSamconfigExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "samconfig.example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	parameters := map[string]string{}
	for _, m := range regexp.MustCompile(`["']([A-Z]\w+)="?([^"']*)"`).FindAllStringSubmatch(string(text), -1) {
		parameters[m[1]] = m[2]
	}
	if len(parameters) < len(required()) || !strings.Contains(parameters["OidcScope"], " ") {
		t.Errorf("it names only %v", slices.Sorted(maps.Keys(parameters)))
	}
	if _, err := loaded(t).Evaluate(template.Inputs{Parameters: parameters}); err != nil {
		t.Error(err)
	}
}
