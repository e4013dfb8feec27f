package lambdahost_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

const topic = "arn:aws:sns:us-west-2:123456789012:MyTopic"

// TestATopicReachesAFunctionThroughAQueue plays the batch that SQS makes of a
// notification, as SNS puts it into the queue.
func TestATopicReachesAFunctionThroughAQueue(t *testing.T) {
	envelope, err := os.ReadFile("testdata/notification/body.json")
	if err != nil {
		t.Fatal(err)
	}
	var got []lambdahost.Notification
	busy := false
	handle := lambdahost.Topic(topic, func(_ context.Context, n lambdahost.Notification) error {
		if got = append(got, n); busy {
			return errors.New("busy")
		}
		return nil
	})
	h, log := host(t, lambdahost.Options{Queues: map[string]func(context.Context, []byte) error{"inbound": handle}})
	data, err := h.Invoke(t.Context(), batch(t, "zhida-inbound", message{body: string(envelope)}))
	if err != nil || failures(t, data) != "" {
		t.Fatalf("%s, %v", data, err)
	}
	want := lambdahost.Notification{
		ID: "63a3f6b6-d533-4a47-aef9-fcf5cf758c76", Topic: topic,
		At: time.Date(2012, 3, 29, 5, 12, 16, 901_000_000, time.UTC), Message: []byte("Hello world!"),
	}
	if !reflect.DeepEqual(got, []lambdahost.Notification{want}) {
		t.Errorf("got %+v", got)
	}
	busy = true
	if data, _ = h.Invoke(t.Context(), batch(t, "zhida-inbound", message{body: string(envelope)})); failures(t, data) != "m0" {
		t.Errorf("what failed does not come again: %s", data)
	}
	other := strings.ReplaceAll(string(envelope), topic, topic+"s")
	for _, body := range []string{"", "{}", "Hello world!", other, strings.Replace(string(envelope), "Notification", "SubscriptionConfirmation", 1)} {
		if err := handle(t.Context(), []byte(body)); !fault.Is(err, fault.BadRequest) {
			t.Errorf("%.20q: %v", body, err)
		}
	}
	if len(got) != 2 || bytes.Contains([]byte(log.String()), []byte("Hello")) {
		t.Errorf("%d were handled; the log: %s", len(got), log)
	}
}
