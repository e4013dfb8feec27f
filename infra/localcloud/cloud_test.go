package localcloud_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/infra/template"
	"github.com/zhida-project/zhida/shared/emulator"
)

// cloud deploys the small template.
func cloud(t testing.TB, stack string) (*localcloud.Cloud, *said) {
	t.Helper()
	loaded, err := template.Load("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	log := &said{refused: make(chan error, 100)}
	c, err := localcloud.Deploy(t.Context(), localcloud.Options{
		Template: loaded, Stack: stack, Programs: map[string]string{"echo": program(t)}, SecretValues: map[string]string{"Secret": "value"},
		Env:      map[string]map[string]string{"": {"ECHO_ALL": "all"}, "echo": {"ECHO_OWN": "own"}},
		DynamoDB: emulator.DynamoDB(t), SQS: emulator.SQS(t), Secrets: emulator.Moto(t), S3: emulator.Moto(t), KMS: emulator.Moto(t),
		Client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, Now: time.Now, Log: log,
		OnRefused: func(err error) { log.refused <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Delete(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return c, log
}

func publish(t testing.TB, c *localcloud.Cloud, queue, body string) {
	t.Helper()
	client, url := c.Queue(queue)
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
}

func TestADeployment(t *testing.T) {
	t.Parallel()
	c, log := cloud(t, "whole")
	answer, data := send(t, http.MethodGet, c.URL()+"/echo/environment", nil, nil)
	for _, want := range []string{
		"ECHO_TABLE=whole-Table", "ECHO_BELLS=http://", "ECHO_SECRET=arn:aws:secretsmanager:", "ECHO_ALL=all", "ECHO_OWN=own",
		"ECHO_LIVE=" + c.Live("Customers") + "\n", "/Customers/live\n", "AWS_ENDPOINT_URL_SQS=http://127.0.0.1:", "AWS_REGION=eu-west-1",
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is not in the environment: %d %s", want, answer.StatusCode, data)
		}
	}
	ws := dial(t, c.Live("Customers"))
	say(t, ws, websocket.MessageText, `{"n":1}`)
	if got, err := hear(t, ws); err != nil || got != `{"n":1}` {
		t.Errorf("heard %q, %v", got, err)
	}
	if err := c.Tick(t.Context()); err != nil {
		t.Error(err)
	}
	log.await(t, "tick", 1)
	publish(t, c, "bells", "转人工")
	log.await(t, "rang 转人工", 1)
	if err := c.Quiet(t.Context(), "bells", "dead"); err != nil {
		t.Error(err)
	}
	calls, unknown := c.Calls()
	var shown []string
	for _, call := range calls {
		resource, _, _ := strings.Cut(call.Resource, "@connections/")
		shown = append(shown, fmt.Sprintf("%s %s %s", call.Function, call.Action, resource))
	}
	want := `echo execute-api:ManageConnections arn:aws:execute-api:eu-west-1:123456789012:Customers/live/POST/
echo logs:CreateLogStream arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/whole-echo:*
echo logs:PutLogEvents arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/whole-echo:*
echo sqs:DeleteMessage arn:aws:sqs:eu-west-1:123456789012:whole-bells
echo sqs:GetQueueAttributes arn:aws:sqs:eu-west-1:123456789012:whole-bells
echo sqs:ReceiveMessage arn:aws:sqs:eu-west-1:123456789012:whole-bells`
	if got := strings.Join(shown, "\n"); got != want || len(unknown) > 0 {
		t.Errorf("got %s, %v", got, unknown)
	}
	for g, needed := range c.Use() {
		if needed == (g.Action == "dynamodb:GetItem") {
			t.Errorf("%v is needed: %v", g, needed)
		}
	}
}

// TestARoleIsKept: what it does not allow is refused, and told.
func TestARoleIsKept(t *testing.T) {
	t.Parallel()
	c, log := cloud(t, "role")
	ws := dial(t, c.Live("Customers"))
	say(t, ws, websocket.MessageText, "no JSON, so the function closes")
	log.await(t, "DELETE 403", 1)
	told := <-log.refused
	_, refused := c.Calls()
	if len(refused) == 0 || refused[0].Error() != told.Error() || !strings.Contains(told.Error(), "the role of echo does not allow execute-api:ManageConnections on ") {
		t.Errorf("refused: %v, told at once: %v", refused, told)
	}
}

// TestWhatFailsComesAgain: only that, until it is put aside.
func TestWhatFailsComesAgain(t *testing.T) {
	t.Parallel()
	c, log := cloud(t, "again")
	client, url := c.Queue("bells")
	if _, err := client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: batchOf("fail", "well")}); err != nil {
		t.Fatal(err)
	}
	log.await(t, "rang fail", 2)
	if err := c.Quiet(t.Context(), "bells"); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "rang well"); n != 1 {
		t.Errorf("what was done came %d times", n)
	}
	client, dead := c.Queue("dead")
	out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &dead, WaitTimeSeconds: 5})
	if err != nil || len(out.Messages) != 1 || *out.Messages[0].Body != "fail" {
		t.Errorf("put aside: %+v, %v", out, err)
	}
}

func TestKilledInstancesAreReplaced(t *testing.T) {
	t.Parallel()
	c, _ := cloud(t, "killed")
	first, _ := send(t, http.MethodGet, c.URL()+"/echo/x", nil, nil)
	ws := dial(t, c.Live("Customers"))
	c.Cut()
	c.Kill()
	if _, err := hear(t, ws); err == nil {
		t.Error("the connection goes on")
	}
	second, _ := send(t, http.MethodGet, c.URL()+"/echo/x", nil, nil)
	if one, other := first.Header.Get("X-Process"), second.Header.Get("X-Process"); one == "" || one == other {
		t.Errorf("process %s became %s", one, other)
	}
}

func TestBadDeployments(t *testing.T) {
	loaded, err := template.Load("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	good := localcloud.Options{
		Template: loaded, Stack: "bad", Programs: map[string]string{"echo": "echo"}, Client: &http.Client{}, Now: time.Now,
		DynamoDB: emulator.DynamoDB(t), SQS: emulator.SQS(t), Secrets: emulator.Moto(t), S3: emulator.Moto(t), KMS: emulator.Moto(t),
		SecretValues: map[string]string{"Secret": "value"},
	}
	for want, spoil := range map[string]func(*localcloud.Options){
		"needs a template":                      func(o *localcloud.Options) { o.Template = nil },
		"Secret: Options.SecretValues":          func(o *localcloud.Options) { o.SecretValues = nil },
		"EchoFunction: a function needs a name": func(o *localcloud.Options) { o.Programs = nil },
	} {
		o := good
		spoil(&o)
		if c, err := localcloud.Deploy(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v %v", want, c, err)
		}
	}
}

func batchOf(bodies ...string) []types.SendMessageBatchRequestEntry {
	var all []types.SendMessageBatchRequestEntry
	for i, body := range bodies {
		all = append(all, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint("m", i)), MessageBody: &body})
	}
	return all
}
