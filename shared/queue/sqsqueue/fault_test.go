package sqsqueue_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
)

// secret is what no error may say, wherever SQS or the SDK puts it.
const secret = "AQEB-find-me-somebody"

// answering is SQS as it answers in its JSON protocol.
type answering struct {
	status int
	query  string // the error's name in the older protocol, as SQS adds it
	body   string
	err    error
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	header := http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amzn-Requestid": {"request-1"}}
	if a.query != "" {
		header.Set("X-Amzn-Query-Error", a.query+";Sender")
	}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func answered(t *testing.T, a answering) *sqsqueue.Queue {
	t.Helper()
	client := clientOf("http://"+secret+".invalid", func(http.RoundTripper) http.RoundTripper { return a }, func(o *sqs.Options) { o.RetryMaxAttempts = 1 })
	return scripted(t, nil, newClock(), func(o *sqsqueue.Options) {
		o.Client, o.URL, o.DeadURL, o.MaxAttempts = client, "https://sqs.invalid/"+secret, "https://sqs.invalid/dead", 1
	})
}

func TestWhatSQSSays(t *testing.T) {
	says := func(name, message string) answering {
		query := strings.TrimSuffix(name, "Exception")
		return answering{status: 400, query: query, body: `{"__type":"com.amazonaws.sqs#` + name + `","message":"` + message + `"}`}
	}
	const lapsed = fault.Code("lapsed") // stands for queue.ErrLapsed
	for name, c := range map[string]struct {
		a    answering
		want fault.Code
	}{
		"a handle of nothing":       {says("ReceiptHandleIsInvalid", "The input receipt handle "+secret+" is invalid."), lapsed},
		"not in flight":             {says("MessageNotInflight", ""), lapsed},
		"a FIFO lease is over":      {says("InvalidParameterValueException", "Value "+secret+" for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."), lapsed},
		"the message is gone":       {says("InvalidParameterValueException", "Value "+secret+" for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."), lapsed},
		"another parameter":         {says("InvalidParameterValueException", "Value "+secret+" for parameter VisibilityTimeout is invalid."), fault.Unavailable},
		"odd characters":            {says("InvalidMessageContents", "Invalid characters found: "+secret), fault.BadText},
		"no such queue":             {says("QueueDoesNotExist", "The specified queue "+secret+" does not exist."), fault.Unavailable},
		"no right":                  {says("AccessDeniedException", "User "+secret+" is not authorized"), fault.Unavailable},
		"too many calls":            {says("RequestThrottled", secret), fault.Unavailable},
		"too many messages":         {says("OverLimit", secret), fault.Unavailable},
		"a defect of SQS":           {answering{status: 500, body: `{"__type":"InternalFailure","message":"` + secret + `"}`}, fault.Unavailable},
		"something else's answer":   {answering{status: 502, body: "<html>" + secret}, fault.Unavailable},
		"no JSON":                   {answering{status: 200, body: "<html>" + secret}, fault.Unavailable},
		"no answer":                 {answering{err: errors.New("lost " + secret)}, fault.Unavailable},
		"no answer in its own time": {answering{err: context.DeadlineExceeded}, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			q := answered(t, c.a)
			m := queue.Message{Body: []byte(secret)}
			now := newClock().Now()
			token := ms(now) + " " + ms(now.Add(time.Minute)) + " " + secret
			l := func(op string) queue.Lease { return queue.Lease{Message: m, Token: token + op} }
			_, receive := q.Receive(t.Context(), 1, 0)
			_, dead := q.Dead(t.Context(), 1)
			for op, err := range map[string]error{
				"publish": q.Publish(t.Context(), m), "receive": receive, "ack": q.Ack(t.Context(), l("ack")),
				"release": q.Release(t.Context(), l("release"), 0), "extend": q.Extend(t.Context(), l("extend"), time.Second),
				"dead": dead, "resend": q.Resend(t.Context(), queue.Dead{Message: m, Ref: "id " + token}),
			} {
				settles := op != "publish" && op != "receive" && op != "dead"
				switch {
				case err == nil:
					if c.a.status != 200 {
						t.Errorf("%s succeeded", op)
					}
				case strings.Contains(err.Error(), secret):
					t.Errorf("%s says too much: %v", op, err)
				case c.want == lapsed && settles:
					if !errors.Is(err, queue.ErrLapsed) {
						t.Errorf("%s: %v, want ErrLapsed", op, err)
					}
				case c.want == lapsed:
					// SQS does not say this of the others.
				case !fault.Is(err, c.want):
					t.Errorf("%s: %v, want %s", op, err, c.want)
				}
			}
		})
	}
}

// TestTheEndOfACallIsItsOwn: the context's error comes back as it is.
func TestTheEndOfACallIsItsOwn(t *testing.T) {
	q := answered(t, answering{status: 500})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, receive := q.Receive(ctx, 1, time.Hour)
	_, dead := q.Dead(ctx, 1)
	for op, err := range map[string]error{
		"publish": q.Publish(ctx, queue.Message{}), "receive": receive, "dead": dead,
	} {
		if !errors.Is(err, context.Canceled) || errors.Unwrap(err) != nil { // nothing is around it
			t.Errorf("%s: %v", op, err)
		}
	}
}

// TestRequestsCanBeFound: an error has what AWS's support asks for.
func TestRequestsCanBeFound(t *testing.T) {
	q := answered(t, answering{status: 400, query: "OverLimit", body: `{"__type":"com.amazonaws.sqs#OverLimit"}`})
	err := q.Publish(t.Context(), queue.Message{})
	if err == nil || !strings.Contains(err.Error(), "OverLimit") || !strings.Contains(err.Error(), "request-1") {
		t.Errorf("got %v", err)
	}
}
