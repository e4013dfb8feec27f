package wechat_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
)

// serveAlways answers all calls of a connection.
func serveAlways(conn net.Conn, answer string) {
	calls := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(calls)
		if err != nil {
			_ = conn.Close() // the other side is gone
			return
		}
		_ = r.Body.Close() // it is short, and read with the next call
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
	}
}

// TestAConnectionThatWasIdleIsNotUsed, as what is sent on one that the other side gave up
// may have arrived or not.
func TestAConnectionThatWasIdleIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, dials := wechat.NewClient(time.Minute), 0
		client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			dials++
			ours, theirs := net.Pipe()
			go serveAlways(theirs, okAnswer)
			return ours, nil
		}
		defer client.CloseIdleConnections()
		o := sendOptions("http://127.0.0.1", fixed{token: theToken})
		o.Client = client
		c := connector(t, o)
		for i, pause := range []time.Duration{0, time.Second, 10 * time.Second} { // a burst is on one
			time.Sleep(pause)
			if _, err := c.Send(t.Context(), botText(official, "hi")); err != nil {
				t.Fatal(err)
			}
			if want := []int{1, 1, 2}[i]; dials != want {
				t.Errorf("call %d is on connection %d, want %d", i+1, dials, want)
			}
		}
	})
}

// TestACallEndsByItself, though its caller has all the time there is.
func TestACallEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := wechat.NewClient(time.Minute)
		ours, theirs := net.Pipe()
		defer func() { _ = theirs.Close() }() // it never says anything
		client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) { return ours, nil }
		o, began := sendOptions("http://127.0.0.1", fixed{token: theToken}), time.Now()
		o.Client = client
		if _, err := connector(t, o).Send(context.Background(), botText(official, "hi")); err == nil || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
