package infra_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/infra/template"
)

const queueType = "AWS::SQS::Queue"

// withoutDeadLetters are queues that need none, and why.
var withoutDeadLetters = map[string]string{
	"DeskLines":  "a change that was not shown is shown with the next",
	"InappLines": "a change that was not shown is shown with the next",
	"SlackLines": "a change that was not shown is shown with the next",
	"SmsLines":   "a change that was not told is told with the next",

	"OutboundSlackLater": "the messages that a lost doorbell was for are due by the clock, too",
}

// byArn finds a queue by its ARN.
func byArn(t *testing.T, s *template.Stack, arn string) template.Resource {
	t.Helper()
	for _, q := range s.Of(queueType) {
		if strings.HasSuffix(arn, ":"+q.Text("QueueName")) {
			return q
		}
	}
	t.Fatalf("no queue has the ARN %s", arn)
	return template.Resource{}
}

func whole(t *testing.T, r template.Resource, property string) int {
	t.Helper()
	n, err := strconv.Atoi(r.Text(property))
	if err != nil {
		t.Fatalf("%s: %s is %q", r.Name, property, r.Text(property))
	}
	return n
}

func TestEveryQueueHasDeadLetters(t *testing.T) {
	s := evaluated(t, everything())
	dead := deadLetters(t, s)
	for _, q := range s.Of(queueType) {
		to := q.Text("RedrivePolicy.deadLetterTargetArn")
		switch {
		case dead[q.Name] != "":
			if to != "" || whole(t, q, "MessageRetentionPeriod") != 14*24*3600 {
				t.Errorf("%s: dead letters stay for 14 days, the most there is", q.Name)
			}
		case withoutDeadLetters[q.Name] != "":
			if to != "" {
				t.Errorf("%s has dead letters, which it was not to need: %s", q.Name, withoutDeadLetters[q.Name])
			}
		case to == "":
			t.Errorf("%s loses what fails", q.Name)
		case byArn(t, s, to).Text("FifoQueue") != q.Text("FifoQueue"):
			t.Errorf("%s and its dead letters are not of one kind", q.Name)
		}
	}
}

// deadLetters are the queues that something else falls into, with what it is.
func deadLetters(t *testing.T, s *template.Stack) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, q := range s.Of(queueType) {
		if to := q.Text("RedrivePolicy.deadLetterTargetArn"); to != "" {
			all[byArn(t, s, to).Name] = q.Name
		}
	}
	for _, schedule := range s.Of("AWS::Scheduler::Schedule") {
		all[byArn(t, s, schedule.Text("Target.DeadLetterConfig.Arn")).Name] = schedule.Name
	}
	return all
}

func TestEveryQueue(t *testing.T) {
	for _, q := range evaluated(t, everything()).Of(queueType) {
		fifo := strings.HasSuffix(q.Text("QueueName"), ".fifo")
		if !strings.HasPrefix(q.Text("QueueName"), "zhida-") || q.Text("SqsManagedSseEnabled") != "true" {
			t.Errorf("%s: named after the stack, and encrypted: %v", q.Name, q.Properties)
		}
		if wait := q.Text("ReceiveMessageWaitTimeSeconds"); wait != "" && wait != "0" {
			t.Errorf("%s: a call that does not wait would wait %s s: the SDK leaves out a 0", q.Name, wait)
		}
		if fifo != (q.Text("FifoQueue") == "true") {
			t.Errorf("%s: its name and its kind do not agree", q.Name)
		}
		if !fifo || strings.Contains(q.Text("QueueName"), "-dlq") {
			continue
		}
		if q.Text("DeduplicationScope") != "messageGroup" || q.Text("FifoThroughputLimit") != "perMessageGroupId" || q.Value("ContentBasedDeduplication") != nil {
			t.Errorf("%s is to be a high-throughput FIFO with ids of our own: %v", q.Name, q.Properties)
		}
	}
}

// TestQueues says what is particular about each.
func TestQueues(t *testing.T) {
	s := evaluated(t, everything())
	for name, want := range map[string]map[string]string{
		"zhida-transfers-front":         {"MessageRetentionPeriod": "1209600", "RedrivePolicy.maxReceiveCount": "1000"},
		"zhida-outbound-inapp.fifo":     {"RedrivePolicy.maxReceiveCount": "10"},
		"zhida-bot":                     {"RedrivePolicy.maxReceiveCount": "5"},
		"zhida-desk-events":             {"MessageRetentionPeriod": "900"},
		"zhida-inapp-events":            {"MessageRetentionPeriod": "900"},
		"zhida-desk-lines.fifo":         {"DelaySeconds": "1", "MessageRetentionPeriod": "120"},
		"zhida-inapp-lines.fifo":        {"DelaySeconds": "1", "MessageRetentionPeriod": "120"},
		"zhida-slack-lines.fifo":        {"DelaySeconds": "1", "MessageRetentionPeriod": "120"},
		"zhida-outbound-slack.fifo":     {"RedrivePolicy.maxReceiveCount": "10"},
		"zhida-outbound-sms.fifo":       {"RedrivePolicy.maxReceiveCount": "10"},
		"zhida-inbound-sms":             {"MessageRetentionPeriod": "1209600", "RedrivePolicy.maxReceiveCount": "20"},
		"zhida-sms-lines.fifo":          {"DelaySeconds": "1", "MessageRetentionPeriod": "120"},
		"zhida-outbound-slack-later":    {"DelaySeconds": "1", "MessageRetentionPeriod": "900"},
		"zhida-clock-dlq":               {},
		"zhida-transfers-front-dlq":     {},
		"zhida-outbound-inapp-dlq.fifo": {},
	} {
		q := byArn(t, s, ":"+name)
		for property, v := range want {
			if got := q.Text(property); got != v {
				t.Errorf("%s: %s is %q, want %q", name, property, got, v)
			}
		}
	}
}

func TestEverySource(t *testing.T) {
	s := evaluated(t, everything())
	fed := map[string]string{}
	for _, f := range functions(s) {
		sources, err := s.Sources(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources {
			q := byArn(t, s, source.Queue)
			if other := fed[q.Name]; other != "" {
				t.Errorf("%s feeds %s and %s: each would get half", q.Name, other, f.Name)
			}
			fed[q.Name] = f.Name
			if !source.Partial {
				t.Errorf("%s: a failed message of %s takes its whole batch with it", f.Name, q.Name)
			}
			if source.AtOnce < 2 {
				t.Errorf("%s: a backlog in %s would take the concurrency that webhooks need", f.Name, q.Name)
			}
			if visibility, timeout := whole(t, q, "VisibilityTimeout"), whole(t, f, "Timeout"); visibility < 6*timeout {
				t.Errorf("%s: messages come back after %d s, want at least 6 times the %d s of %s", q.Name, visibility, timeout, f.Name)
			}
			checkBatch(t, q, source)
		}
	}
	dead := deadLetters(t, s)
	for _, q := range s.Of(queueType) {
		if fed[q.Name] == "" && dead[q.Name] == "" && q.Name != "TransfersFront" {
			t.Errorf("%s feeds nobody", q.Name)
		}
	}
	if fed["TransfersFront"] != "" {
		t.Error("transfers-front is for agents' tools")
	}
}

// checkBatch: what waits for a provider comes alone, or one slow answer would hold
// up, and repeat, the others of its batch. Tries must fit into the retention.
func checkBatch(t *testing.T, q template.Resource, source template.Source) {
	t.Helper()
	name := q.Text("QueueName")
	alone := strings.Contains(name, "outbound-") && !strings.HasSuffix(name, "-later") || strings.HasSuffix(name, "-bot")
	if alone != (source.Batch == 1) || source.Batch > 10 {
		t.Errorf("%s comes in batches of %d", name, source.Batch)
	}
	if q.Value("RedrivePolicy") == nil {
		return
	}
	if tries := whole(t, q, "RedrivePolicy.maxReceiveCount"); tries < 5 || tries*whole(t, q, "VisibilityTimeout") > whole(t, q, "MessageRetentionPeriod") {
		t.Errorf("%s: after %d tries a message would have been gone, and not be a dead letter", name, tries)
	}
}

func TestToolsElsewhere(t *testing.T) {
	if len(evaluated(t, required()).Of("AWS::SQS::QueuePolicy")) != 0 {
		t.Error("without tools elsewhere the queue needs no policy")
	}
	policy := only(t, "AWS::SQS::QueuePolicy")
	if got := policy.Texts("PolicyDocument.Statement.0.Principal.AWS"); len(got) != 1 || got[0] != "210987654321" {
		t.Errorf("let in: %v", got)
	}
	for _, action := range policy.Texts("PolicyDocument.Statement.0.Action") {
		if action == "sqs:SendMessage" || action == "sqs:PurgeQueue" || strings.Contains(action, "*") {
			t.Errorf("a tool takes and deletes; it may not %s", action)
		}
	}
}

func TestTheClockIsScheduled(t *testing.T) {
	schedule := only(t, "AWS::Scheduler::Schedule")
	for property, want := range map[string]string{
		"ScheduleExpression": "rate(1 minute)", "FlexibleTimeWindow.Mode": "OFF",
		"Target.Arn": "arn:aws:lambda:us-east-1:123456789012:function:zhida-clock",
		"Target.RetryPolicy.MaximumEventAgeInSeconds": "60", "Target.Input": "", // lambdahost wants the event without an input
	} {
		if got := schedule.Text(property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
}
