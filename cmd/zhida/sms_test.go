package main

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

// TestAWSForTexts: with numbers the program reaches AWS and takes from the company's queue, and
// says so where none is named. It calls nobody yet.
func TestAWSForTexts(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	own := map[string]queue.Queue{sms.Name: nil}
	engines, o := app.Engines{Inbound: own}, app.Options{Clock: queue.SystemClock(time.Now)}
	if err := addSMS(t.Context(), &o, &engines, nil); err != nil || o.SMS != nil {
		t.Errorf("without numbers: %v", err)
	}
	settings := &config.SMS{Numbers: []config.SMSNumber{{Number: "+12065550100"}}, Region: "us-east-1"}
	if err := addSMS(t.Context(), &o, &engines, settings); !fault.Is(err, fault.Config) || o.SMS != nil {
		t.Errorf("without a queue: %v", err)
	}
	settings.InboundQueue = "https://sqs.us-east-1.amazonaws.com/123456789012/sms"
	if err := addSMS(t.Context(), &o, &engines, settings); err != nil || o.SMS == nil || engines.Inbound[sms.Name] == nil {
		t.Errorf("with all of it: %v, %v", err, o.SMS)
	}
}
