package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	api "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

const smsTopic = "arn:aws:sns:us-east-1:123456789012:sms"

// away is an AWS that does not answer.
type away struct{}

func (away) SendTextMessage(context.Context, *api.SendTextMessageInput, ...func(*api.Options)) (*api.SendTextMessageOutput, error) {
	return nil, errAway
}

func (away) SendMediaMessage(context.Context, *api.SendMediaMessageInput, ...func(*api.Options)) (*api.SendMediaMessageOutput, error) {
	return nil, errAway
}

var errAway = errors.New("nobody answers")

// waits reports whether somebody waits for a person.
func waits(t *testing.T, e Engines) bool {
	t.Helper()
	line, err := e.Store.Line(context.Background(), conversation.Front, 1)
	if err != nil {
		t.Fatal(err)
	}
	return len(line) > 0
}

// textOptions are the binary's, with a number of the company's.
func textOptions(log io.Writer, clock queue.Clock) Options {
	settings := crashConfig()
	settings.Channels.SMS = &config.SMS{
		Numbers: []config.SMSNumber{{Number: "+12065550100"}}, Topics: []string{smsTopic}, PricePerPart: "0.00883", Currency: "USD",
	}
	return Options{
		Config: settings, Clock: clock, Rand: bytes.NewReader(make([]byte, 64)), SMS: away{},
		Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// TestTextsComeByTheQueueAlone: whoever calls over HTTP could name any topic.
func TestTextsComeByTheQueueAlone(t *testing.T) {
	file := openCrashFile(t)
	a, err := New(textOptions(io.Discard, file.clock), file.bare)
	if err != nil {
		t.Fatal(err)
	}
	var written []byte
	aws, err := platform.New(platform.Options{
		Clock: file.clock, Rand: rand.Reader, Topic: smsTopic, Numbers: []platform.Number{{Number: "+12065550100"}},
		Publish: func(ctx context.Context, body []byte) error {
			written = body
			return file.bare.Inbound[sms.Name].Publish(ctx, queue.Message{Body: body})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer aws.Close()
	sent, err := aws.Phone("+14255550100").Write("+12065550100", "转人工")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := sent.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/channels/sms", "/channels/sms/", "/channels/sms/events"} {
		answer := httptest.NewRecorder()
		a.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(written)))
		if answer.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, answer.Code)
		}
	}
	if waits(t, file.bare) {
		t.Error("somebody waits before the queue was looked at")
	}
	if err := file.bare.Inbound[sms.Name].Publish(t.Context(), queue.Message{Body: []byte("{")}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() { a.Run(ctx); close(ran) }()
	for end := time.Now().Add(10 * time.Second); !waits(t, file.bare); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Error("what lies in the queue is not taken")
			break
		}
	}
	stop()
	<-ran
	file.clock.Advance(time.Hour)
	left, err := file.bare.Inbound[sms.Name].Receive(t.Context(), 10, 0)
	if err != nil || len(left) != 1 || string(left[0].Body) != "{" {
		t.Errorf("what nobody can read is gone, or more is there: %+v, %v", left, err)
	}
}

// TestWhatTextsNeed: without a queue, or AWS's client, nothing starts.
func TestWhatTextsNeed(t *testing.T) {
	file := openCrashFile(t)
	without := file.bare
	without.Inbound = nil
	if _, err := New(textOptions(io.Discard, file.clock), without); !fault.Is(err, fault.Config) {
		t.Errorf("without a queue: %v", err)
	}
	o := textOptions(io.Discard, file.clock)
	o.SMS = nil
	if _, err := New(o, file.bare); !fault.Is(err, fault.Config) || !strings.Contains(err.Error(), "reaches AWS") {
		t.Errorf("without a client: %v", err)
	}
}

// TestTheDeskKnowsPrices: agents see what each part of a message costs.
func TestTheDeskKnowsPrices(t *testing.T) {
	file := openCrashFile(t)
	a, err := New(textOptions(io.Discard, file.clock), file.bare)
	if err != nil {
		t.Fatal(err)
	}
	of := a.deskChannels()[sms.Name]
	if of.Counting == nil || *of.Counting != (desk.Counting{Price: "0.00883", Currency: "USD"}) || of.MaxText == 0 {
		t.Errorf("the desk knows %+v", of)
	}
}
