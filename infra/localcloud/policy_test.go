package localcloud

import (
	"testing"

	"github.com/zhida-project/zhida/infra/template"
)

func TestPoliciesMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true}, {"a", "b", false}, {"a", "aa", false}, {"aa", "a", false}, {"", "", true}, {"*", "", true}, {"*", "abc", true},
		{"a*", "abc", true}, {"*c", "abc", true}, {"a*c", "abbc", true}, {"a*c", "abcd", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"t/*/POST/*", "t/live/POST/@c/1", true}, {"t/*/POST/*", "t/live/DELETE/@c/1", false}, {"*a*b*", "xaxbx", true}, {"*a*b*", "xbxax", false},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("matches(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

func TestARoleAllows(t *testing.T) {
	p := policy{
		{Effect: "Allow", Actions: []string{"sqs:SendMessage", "sqs:Get*"}, Resources: []string{"queue-a", "queue-b"}},
		{Effect: "Deny", Actions: []string{"*"}, Resources: []string{"queue-b"}},
	}
	for want, allowed := range map[permission]bool{
		{"sqs:SendMessage", "queue-a"}: true, {"sqs:GetQueueUrl", "queue-a"}: true, {"sqs:SendMessage", "queue-b"}: false,
		{"sqs:DeleteMessage", "queue-a"}: false, {"sqs:SendMessage", "queue-c"}: false,
	} {
		if p.allows(want) != allowed || (p.denied("f", []permission{want}) == nil) != allowed {
			t.Errorf("%v: %v", want, !allowed)
		}
	}
	if grants := p[:1].grants("f"); len(grants) != 4 || !grants[0].Fits(Call{"f", "sqs:SendMessage", "queue-a"}) || grants[0].Fits(Call{"g", "sqs:SendMessage", "queue-a"}) {
		t.Errorf("grants %v", grants)
	}
	var _ []template.Statement = p
}

func TestNamesWithoutTheStack(t *testing.T) {
	c := &Cloud{o: Options{Stack: "story12"}}
	for name, want := range map[string]string{
		"arn:aws:sqs:eu-west-1:1:story12-bells":                        "arn:aws:sqs:eu-west-1:1:STACK-bells",
		"arn:aws:secretsmanager:eu-west-1:1:secret:story12-Key-aBcDeF": "arn:aws:secretsmanager:eu-west-1:1:secret:STACK-Key",
		"arn:aws:sqs:eu-west-1:1:story120-bells":                       "arn:aws:sqs:eu-west-1:1:story120-bells",
		"arn:aws:kms:eu-west-1:1:key/274f322a-6214":                    "arn:aws:kms:eu-west-1:1:key/STACK",
		"arn:aws:sms-voice:eu-west-1:1:configuration-set/story12":      "arn:aws:sms-voice:eu-west-1:1:configuration-set/STACK",
		"arn:aws:sms-voice:eu-west-1:1:configuration-set/story1":       "arn:aws:sms-voice:eu-west-1:1:configuration-set/story1",
	} {
		if got := c.stackless(name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
}
