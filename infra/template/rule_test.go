package template_test

import (
	"strings"
	"testing"

	"github.com/zhida-project/zhida/infra/template"
)

const ruled = `
Parameters:
  One: { Type: String, Default: '' }
  Other: { Type: String, Default: '' }
Rules:
  Together:
    RuleCondition: !Not [!Equals [!Ref One, '']]
    Assertions:
      - { Assert: !Not [!Equals [!Ref Other, '']], AssertDescription: Other is missing }
Conditions:
  Given: !Not [!Equals [!Ref One, '']]
Resources:
  Bells: { Type: AWS::SQS::Queue }
`

func TestRules(t *testing.T) {
	for given, refused := range map[string]bool{"": false, "One": true, "Other": false, "One Other": false} {
		parameters := map[string]string{}
		for name := range strings.FieldsSeq(given) {
			parameters[name] = "x"
		}
		_, err := made(t, ruled).Evaluate(template.Inputs{Parameters: parameters})
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "rule Together: Other is missing") {
			t.Errorf("with %q: %v", given, err)
		}
	}
}

// TestWhatNoRuleMayHold: CloudFormation asks rules before there is anything else.
func TestWhatNoRuleMayHold(t *testing.T) {
	const assertion = "!Not [!Equals [!Ref Other, '']]"
	for instead, want := range map[string]string{
		"{ Condition: Given }":                            "a rule knows no conditions",
		"!Equals [!Ref Bells, '']":                        "Ref Bells does not go in a rule",
		"!Equals [!Join ['', [!Ref Other]], '']":          "Fn::Join",
		"!Equals [!Ref 'AWS::Partition', aws]":            "Ref AWS::Partition does not go in a rule",
		"!Not [!Equals [!Ref Other, '', !Ref Elsewhere]]": "Ref Elsewhere does not go in a rule",
	} {
		text := strings.Replace(ruled, assertion, instead, 1)
		if _, err := made(t, text).Evaluate(template.Inputs{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", instead, err)
		}
	}
	nothing := ruled[:strings.Index(ruled, "    Assertions:")] + ruled[strings.Index(ruled, "Conditions:"):]
	if _, err := made(t, nothing).Evaluate(template.Inputs{Parameters: map[string]string{"One": "x"}}); err == nil || !strings.Contains(err.Error(), "asserts nothing") {
		t.Error(err)
	}
}
