package infra_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/infra/template"
)

// nestedSMS is the stack in which AWS's SMS service tells of messages.
func nestedSMS(t *testing.T) *template.Stack {
	t.Helper()
	stack, err := evaluated(t, everything()).Resource("SmsTopic")
	if err != nil {
		t.Fatal(err)
	}
	inner, err := template.Load(filepath.Join(root, stack.Text("TemplateURL")))
	if err != nil {
		t.Fatal(err)
	}
	parameters := map[string]string{}
	for _, name := range []string{"Name", "QueueArn", "QueueUrl", "DeadArn", "DeadUrl"} {
		parameters[name] = stack.Text("Parameters." + name)
	}
	s, err := inner.Evaluate(template.Inputs{Parameters: parameters, Place: template.Place{Stack: "zhida-SmsTopic"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWhoMayTellOfTextMessages: AWS's SMS service of this account, through one topic, and nobody else.
func TestWhoMayTellOfTextMessages(t *testing.T) {
	s := nestedSMS(t)
	const topic, queue = "arn:aws:sns:us-east-1:123456789012:zhida-sms", "arn:aws:sqs:us-east-1:123456789012:zhida-inbound-sms"
	for name, want := range map[string]map[string]string{
		"TopicPolicy": {
			"Topics.0": topic, "PolicyDocument.Statement.1": "", "PolicyDocument.Statement.0.Effect": "Allow",
			"PolicyDocument.Statement.0.Principal.Service": "sms-voice.amazonaws.com", "PolicyDocument.Statement.0.Action": "sns:Publish",
			"PolicyDocument.Statement.0.Resource":                                 topic,
			"PolicyDocument.Statement.0.Condition.StringEquals.aws:SourceAccount": "123456789012",
			"PolicyDocument.Statement.0.Condition.ArnLike.aws:SourceArn":          "arn:aws:sms-voice:us-east-1:123456789012:*",
		},
		"QueuePolicy": {
			"Queues.0": "https://sqs.us-east-1.amazonaws.com/123456789012/zhida-inbound-sms", "PolicyDocument.Statement.1": "",
			"PolicyDocument.Statement.0.Principal.Service": "sns.amazonaws.com", "PolicyDocument.Statement.0.Action": "sqs:SendMessage",
			"PolicyDocument.Statement.0.Resource": queue, "PolicyDocument.Statement.0.Condition.ArnEquals.aws:SourceArn": topic,
		},
		"DeadPolicy": {
			"Queues.0": "https://sqs.us-east-1.amazonaws.com/123456789012/zhida-inbound-sms-dlq", "PolicyDocument.Statement.1": "",
			"PolicyDocument.Statement.0.Principal.Service": "sns.amazonaws.com", "PolicyDocument.Statement.0.Action": "sqs:SendMessage",
			"PolicyDocument.Statement.0.Resource": queue + "-dlq", "PolicyDocument.Statement.0.Condition.ArnEquals.aws:SourceArn": topic,
		},
		// The topic stands in the envelope, which raw delivery would take off.
		"Subscription": {
			"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue, "RawMessageDelivery": "false",
			"RedrivePolicy.deadLetterTargetArn": queue + "-dlq",
		},
		"ConfigurationSet": {
			"ConfigurationSetName": "zhida", "EventDestinations.1": "", "EventDestinations.0.Enabled": "true",
			"EventDestinations.0.SnsDestination.TopicArn": topic,
		},
		"Topic": {"FifoTopic": ""}, // AWS's SMS service writes to none
	} {
		r, err := s.Resource(name)
		if err != nil {
			t.Fatal(err)
		}
		for property, value := range want {
			if got := r.Text(property); got != value {
				t.Errorf("%s: %s is %q, want %q", name, property, got, value)
			}
		}
	}
	set, err := s.Resource("ConfigurationSet")
	if diff := cmp.Diff([]string{"TEXT_ALL", "MEDIA_ALL"}, set.Texts("EventDestinations.0.MatchingEventTypes")); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestNoTextMessagesInChina: AWS has none there, whatever is switched on.
func TestNoTextMessagesInChina(t *testing.T) {
	s := evaluatedIn(t, with(required(), "SMSChannel", "on"), "cn-north-1")
	for _, r := range s.Resources {
		if strings.Contains(strings.ToLower(r.Name), "sms") {
			t.Errorf("%s is there", r.Name)
		}
	}
	for _, f := range functions(s) {
		environment, err := s.Environment(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		for name := range environment {
			if strings.Contains(name, "SMS") {
				t.Errorf("%s has %s", f.Name, name)
			}
		}
	}
}
