package channel_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
)

// serveAlways answers all calls of a connection.
func serveAlways(conn net.Conn) {
	calls := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(calls)
		if err != nil {
			_ = conn.Close() // the other side is gone
			return
		}
		_ = r.Body.Close() // there is none
		_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

func call(t *testing.T, client *http.Client) error {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://127.0.0.1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	return answer.Body.Close()
}

// TestAConnectionThatWasIdleIsNotUsed, as what is sent on one that the other side gave up
// may have arrived or not.
func TestAConnectionThatWasIdleIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, dials := channel.NewClient(time.Minute), 0
		client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			dials++
			ours, theirs := net.Pipe()
			go serveAlways(theirs)
			return ours, nil
		}
		defer client.CloseIdleConnections()
		for i, pause := range []time.Duration{0, time.Second, 10 * time.Second} { // a burst is on one
			time.Sleep(pause)
			if err := call(t, client); err != nil {
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
		client := channel.NewClient(time.Minute)
		ours, theirs := net.Pipe()
		defer func() { _ = theirs.Close() }() // it never says anything
		client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) { return ours, nil }
		began := time.Now()
		if err := call(t, client); err == nil || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
