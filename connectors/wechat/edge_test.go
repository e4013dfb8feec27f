package wechat_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

func TestRetryAfterIsBelievedWithinAnHour(t *testing.T) {
	for said, want := range map[string]time.Duration{
		"7": 7 * time.Second, "3601": time.Hour, "9999999999": time.Hour, "0": 0, "-5": 0, "soon": 0, "": 0,
	} {
		x := newWeixin(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Retry-After", said)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), botText(official, "hi"))
		if f := faultOf(t, err, fault.ProviderBusy); f.RetryAfter != want {
			t.Errorf("%q is %v", said, f.RetryAfter)
		}
	}
}

// TestAPictureTakesNobodyAlong: a call of WeChat's shows it or words.
func TestAPictureTakesNobodyAlong(t *testing.T) {
	c := newConnector(t, "", fixed{token: theToken})
	out := showing(official, conversation.Image, conversation.Media{Type: "image/png", Size: 4}, "\x89PNG")
	out.More = []conversation.Message{{Author: conversation.Person}}
	if c.Fits(out) {
		t.Error("another message goes with a picture")
	}
	_, err := c.Send(t.Context(), out)
	wantFault(t, err, fault.ProviderRefused)
}

// TestANameIsShownWithoutWhatWeChatCannotRead: \u escapes are refused with 40033.
func TestANameIsShownWithoutWhatWeChatCannotRead(t *testing.T) {
	x := newWeixin(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.URL.Path == "/cgi-bin/media/upload" {
			_, _ = io.WriteString(w, uploaded)
			return
		}
		_, _ = io.WriteString(w, okAnswer)
	})
	film := conversation.Media{Type: "video/mp4", Size: 4, Name: "演示\x01\u2028\xff.mp4"}
	if _, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), showing(official, conversation.Video, film, "moov")); err != nil {
		t.Fatal(err)
	}
	if body := x.got()[1].body; strings.Contains(body, `\u`) || !strings.Contains(body, "演示") {
		t.Errorf("the message is %s", body)
	}
}

// TestLittleIsReadOfAFile that is larger than it was said to be.
func TestLittleIsReadOfAFile(t *testing.T) {
	out, content := showing(official, conversation.Image, conversation.Media{Type: "image/png", Size: 4}, ""), &endlessFile{}
	out.Open = func(context.Context, conversation.Media) (io.ReadCloser, error) { return content, nil }
	_, err := newConnector(t, "http://127.0.0.1:1", fixed{token: theToken}).Send(t.Context(), out)
	wantFault(t, err, fault.ProviderRefused)
	if content.read > 5<<20 || !content.closed {
		t.Errorf("%d bytes were read, closed: %t", content.read, content.closed)
	}
}

type endlessFile struct {
	read   int
	closed bool
}

func (e *endlessFile) Read(p []byte) (int, error) {
	if e.read += len(p); e.read > 64<<20 {
		return 0, io.EOF
	}
	return len(p), nil
}

func (e *endlessFile) Close() error { e.closed = true; return nil }

// open is a vault that leases to whoever asks and holds nothing.
type open struct{ vault.Vault }

func (open) Get(context.Context, string) (vault.Entry, error) {
	return vault.Entry{}, fault.New(fault.NotFound, "test", "")
}
func (open) Lease(context.Context, string, string, time.Time) error { return nil }
func (open) Release(context.Context, string, string) error          { return nil }

// TestWhoGivesATokenHasFiveSeconds: the lease lasts for two such calls.
func TestWhoGivesATokenHasFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer func() { _ = theirs.Close() }() // it never says anything
		client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ours, nil }}}
		k, err := wechat.NewKeeper(wechat.KeeperOptions{
			Vault: open{}, API: "http://127.0.0.1", Client: client, Now: time.Now, Holder: func() string { return "h" },
			Accounts: []wechat.Credentials{{ID: official, Secret: config.NewSecret("APP-SECRET")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = k.Token(context.Background(), official)
		wantFault(t, err, fault.ProviderBusy)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
