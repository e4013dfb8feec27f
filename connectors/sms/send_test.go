package sms_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbound/cut"
)

// taker takes every message, and keeps the last.
type taker struct {
	text  *api.SendTextMessageInput
	media *api.SendMediaMessageInput
}

func (k *taker) SendTextMessage(_ context.Context, in *api.SendTextMessageInput, _ ...func(*api.Options)) (*api.SendTextMessageOutput, error) {
	k.text, k.media = in, nil
	return &api.SendTextMessageOutput{MessageId: aws.String("1")}, nil
}

func (k *taker) SendMediaMessage(_ context.Context, in *api.SendMediaMessageInput, _ ...func(*api.Options)) (*api.SendMediaMessageOutput, error) {
	k.text, k.media = nil, in
	return &api.SendMediaMessageOutput{MessageId: aws.String("1")}, nil
}

// said is the text that goes out.
func said(t *testing.T, change func(*sms.Options), out channel.Outbound) (text string, media []string) {
	t.Helper()
	k := &taker{}
	c := connector(t, func(o *sms.Options) {
		o.Client = k
		change(o)
	})
	if _, err := c.Send(context.Background(), out); err != nil {
		t.Fatal(err)
	}
	if k.text != nil {
		return aws.ToString(k.text.MessageBody), nil
	}
	return aws.ToString(k.media.MessageBody), k.media.MediaUrls
}

func plainly(*sms.Options) {}

func TestWhoSpeaks(t *testing.T) {
	person := conversation.Message{Author: conversation.Person, Name: "Lin"}
	nameless := conversation.Message{Author: conversation.Person}
	of := func(p conversation.Purpose) conversation.Message {
		return conversation.Message{Author: conversation.Bot, Purpose: p}
	}
	way := of(conversation.Offer)
	way.Way = true
	for _, c := range []struct {
		m       conversation.Message
		zh, eng string
	}{
		{of(conversation.Answer), "机器人：OK", "Bot: OK"},
		{of(conversation.Acknowledgement), "机器人：OK", "Bot: OK"},
		{of(conversation.Notice), "OK", "OK"},
		{of(conversation.Confirmation), "OK", "OK"},
		{way, "机器人：OK\n回复 0 转人工", "Bot: OK\nReply 0 for a person"},
		{person, "人工·Lin：OK", "Person, Lin: OK"},
		{nameless, "人工：OK", "Person: OK"},
	} {
		for lang, want := range map[conversation.Language]string{conversation.Chinese: c.zh, conversation.English: c.eng, "": c.zh} {
			out := sample("")
			out.Message, out.Language = c.m, lang
			out.Message.Parts = conversation.TextParts("OK")
			if got, _ := said(t, plainly, out); got != want {
				t.Errorf("%+v in %q: got %q, want %q", c.m, lang, got, want)
			}
		}
	}
}

// TestKeywordsAreAnsweredInTheCompanysName, in the customer's language if it has one there.
func TestKeywordsAreAnsweredInTheCompanysName(t *testing.T) {
	shop := func(names map[conversation.Language]string) func(*sms.Options) {
		return func(o *sms.Options) { o.Company, o.Language = names, conversation.Chinese }
	}
	both := shop(map[conversation.Language]string{conversation.Chinese: "云帆商城", conversation.English: "Yunfan"})
	one := shop(map[conversation.Language]string{conversation.Chinese: "云帆商城"})
	for _, c := range []struct {
		in      conversation.Language
		from    func(*sms.Options)
		purpose conversation.Purpose
		want    string
	}{
		{conversation.English, both, conversation.Confirmation, "Yunfan: OK"},
		{conversation.Chinese, both, conversation.Confirmation, "云帆商城：OK"},
		{conversation.English, one, conversation.Confirmation, "云帆商城: OK"},
		{conversation.English, both, conversation.Notice, "OK"},
		{conversation.English, both, conversation.Answer, "Bot: OK"},
	} {
		out := sample("OK")
		out.Language, out.Message.Purpose = c.in, c.purpose
		if got, _ := said(t, c.from, out); got != c.want {
			t.Errorf("%s in %s: got %q, want %q", c.purpose, c.in, got, c.want)
		}
	}
}

func picture(size int64) conversation.Part {
	return conversation.Part{Kind: conversation.Image, Media: conversation.Media{Key: "m/1", Tag: "t", Name: "a.png", Type: "image/png", Size: size}}
}

func TestMedia(t *testing.T) {
	file := func(change func(*conversation.Media)) conversation.Part {
		p := picture(1000)
		change(&p.Media)
		return p
	}
	for name, c := range map[string]struct {
		part   conversation.Part
		change func(*sms.Options)
		sent   bool
	}{
		"a picture":       {picture(2_000_000), plainly, true},
		"too large":       {picture(2_000_001), plainly, false},
		"nothing in it":   {picture(0), plainly, false},
		"a PDF":           {file(func(m *conversation.Media) { m.Type, m.Size = "application/pdf", 600_000 }), plainly, true},
		"a larger PDF":    {file(func(m *conversation.Media) { m.Type, m.Size = "application/pdf", 600_001 }), plainly, false},
		"with parameters": {file(func(m *conversation.Media) { m.Type = "text/vcard; charset=utf-8" }), plainly, true},
		"another type":    {file(func(m *conversation.Media) { m.Type = "image/webp" }), plainly, false},
		"not in S3":       {file(func(m *conversation.Media) { m.Key = "" }), plainly, false},
		"no S3":           {picture(1000), func(o *sms.Options) { o.Object = nil }, false},
		"no MMS":          {picture(1000), func(o *sms.Options) { o.Numbers = []sms.Number{{Number: own}} }, false},
	} {
		out := sample("这个：")
		out.Message.Parts = append(out.Message.Parts, c.part)
		if c.sent {
			if text, media := said(t, c.change, out); text != "机器人：这个：" || len(media) != 1 || media[0] != "s3://media/m/1" {
				t.Errorf("%s: got %q, %q", name, text, media)
			}
			continue
		}
		if _, err := connector(t, c.change).Send(context.Background(), out); !fault.Is(err, fault.ProviderRefused) || !strings.Contains(fault.PublicOf(err).Hint, "no such files") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFits(t *testing.T) {
	c := connector(t, plainly)
	english := func(n int) channel.Outbound {
		out := sample(strings.Repeat("a", n-len("Bot: ")))
		out.Language = conversation.English
		return out
	}
	chinese := func(n int) channel.Outbound { return sample(strings.Repeat("字", n-4)) }
	with := func(out channel.Outbound, parts ...conversation.Part) channel.Outbound {
		out.Message.Parts = append(out.Message.Parts, parts...)
		return out
	}
	euros := english(len("Bot: "))
	euros.Message.Parts = conversation.TextParts(strings.Repeat("€", 762)) // 1,529 units, which leave room in nine parts
	way := english(1_530 - len("\nReply 0 for a person"))
	way.Message.Way = true
	late := english(1_530)
	late.Message.Way = true
	two := english(100)
	two.More = []conversation.Message{two.Message}
	for name, c2 := range map[string]struct {
		out  channel.Outbound
		want bool
	}{
		"GSM":                   {english(1_530), true},
		"pairs that leave room": {euros, false},
		"more":                  {english(1_531), false},
		"other characters":      {chinese(630), true},
		"more of them":          {chinese(631), false},
		"with the way":          {way, true},
		"the way beyond":        {late, false},
		"two messages":          {two, false},
		"a picture":             {with(chinese(1_600), picture(1000)), true},
		"too long beside it":    {with(chinese(1_601), picture(1000)), false},
		"two pictures":          {with(chinese(10), picture(1000), picture(1001)), false},
		"two told in words":     {with(chinese(10), picture(9_000_000), picture(9_000_000)), true},
		"curly quotes do not":   {sampleEnglish(strings.Repeat("a", 1_000) + "’"), true},
	} {
		if got := c.Fits(c2.out); got != c2.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func sampleEnglish(text string) channel.Outbound {
	out := sample(text)
	out.Language = conversation.English
	return out
}

// TestCut: a long text goes in pieces that AWS takes, each of which says who speaks.
func TestCut(t *testing.T) {
	c := connector(t, plainly)
	out := sample(strings.Repeat("很长的一句话，说了又说。", 100))
	out.Message.Way = true
	pieces := cut.Message(c, out.Peer, out.Message)
	if len(pieces) != 2 {
		t.Fatalf("%d pieces", len(pieces))
	}
	for i, parts := range pieces {
		out.Message.Parts, out.Message.Way, out.Rest = parts, i == len(pieces)-1, i < len(pieces)-1
		text, _ := said(t, plainly, out)
		if size := sms.Count(text); size.Units > 630 || !strings.HasPrefix(text, "机器人：") {
			t.Errorf("piece %d: %+v, %.20q", i, size, text)
		}
	}
}

// TestNothingWasSent: what never reached AWS goes out by itself, later.
func TestNothingWasSent(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	encrypted := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0)
	encrypted.StartTLS()
	defer encrypted.Close()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		client sms.Client
		want   fault.Code
	}{
		"nobody there":   {context.Background(), client(gone.URL), fault.ProviderBusy},
		"no certificate": {context.Background(), client(encrypted.URL), fault.ProviderBusy},
		"over already":   {over, client(gone.URL), fault.ProviderBusy},
		"no credentials": {context.Background(), penniless(gone.URL), fault.ProviderAuth},
	} {
		_, err := connector(t, func(o *sms.Options) { o.Client = c.client }).Send(c.ctx, sample("您好，请问有什么可以帮您？"))
		if !fault.Is(err, c.want) || strings.Contains(err.Error(), customer) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// penniless is a client that has no credentials.
func penniless(address string) *api.Client {
	return api.New(client(address).Options(), func(o *api.Options) {
		o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("none")
		})
	})
}

// TestAWSTriesOnce, whatever its client is set to: what is sent twice arrives twice.
func TestAWSTriesOnce(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	eager := api.New(client(server.URL).Options(), func(o *api.Options) { o.RetryMaxAttempts = 5 })
	_, err := connector(t, func(o *sms.Options) { o.Client = eager }).Send(context.Background(), sample("OK"))
	if !fault.Is(err, fault.ProviderBusy) || calls != 1 {
		t.Errorf("%d calls: %v", calls, err)
	}
}

func TestSendRefuses(t *testing.T) {
	c := connector(t, plainly)
	stranger, two := sample("OK"), sample("OK")
	stranger.Peer.Account = "+12125550199"
	two.Message.Parts = []conversation.Part{picture(1000), picture(1001)}
	for name, out := range map[string]channel.Outbound{"a number that is gone": stranger, "two files": two} {
		if _, err := c.Send(context.Background(), out); !fault.Is(err, fault.ProviderRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMediaAreRefusedAsTextsAre: the other call has the same errors.
func TestMediaAreRefusedAsTextsAre(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".SendMediaMessage") {
			t.Errorf("called %s", r.Header.Get("X-Amz-Target"))
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"ConflictException","Message":"","Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT"}`))
	}))
	defer server.Close()
	out := sample("")
	out.Message.Parts = []conversation.Part{picture(1000)}
	_, err := connector(t, func(o *sms.Options) { o.Client, o.ConfigurationSet = client(server.URL), "" }).Send(context.Background(), out)
	if !fault.Is(err, fault.OptedOut) {
		t.Errorf("got %v", err)
	}
}

// TestReasonsReachTheLog, and nothing that AWS says in words.
func TestReasonsReachTheLog(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"ConflictException","Message":"` + customer + `","Reason":"SOMETHING_NEW"}`))
	}))
	defer server.Close()
	_, err := connector(t, func(o *sms.Options) { o.Client = client(server.URL) }).Send(context.Background(), sample("OK"))
	if err == nil || !strings.Contains(err.Error(), "ConflictException") || !strings.Contains(err.Error(), "SOMETHING_NEW") || strings.Contains(err.Error(), customer) {
		t.Errorf("got %v", err)
	}
}

func TestMistakesAreToldAtOnce(t *testing.T) {
	_, err := sms.New(sms.Options{
		Numbers:          []sms.Number{{Number: own}, {Number: "+1 212 555 0101"}, {Number: "ACME"}, {Number: ""}},
		Topics:           []string{"sms", "arn:aws-cn:sns:cn-north-1:123456789012:sms"},
		ConfigurationSet: "a b", MaxPrice: "0.0", OptOutWords: []string{"0"},
	})
	hint := ""
	var f *fault.Error
	if errors.As(err, &f) {
		hint = f.Hint
	}
	if !fault.Is(err, fault.Config) || strings.Count(hint, ";") != 7 {
		t.Errorf("got %v", err)
	}
	for _, word := range []string{"number 2 ", "number 3 ", "number 4 ", "topic 1 ", "configuration set", "highest price", "opt-out word 1 ", "reaches AWS"} {
		if !strings.Contains(hint, word) {
			t.Errorf("%q is not in %q", word, hint)
		}
	}
	if _, err = sms.New(sms.Options{}); !fault.Is(err, fault.Config) || !strings.Contains(err.Error(), "no number") || !strings.Contains(err.Error(), "no topic") {
		t.Errorf("got %v", err)
	}
}

func TestInfo(t *testing.T) {
	info := connector(t, plainly).Info()
	if !info.Costly || !info.Retries || info.Repeatable || info.Limited || info.Outbound != channel.Free || info.MaxBody != 1<<20 || info.AckWithin > 15*time.Second {
		t.Errorf("got %+v", info)
	}
}
