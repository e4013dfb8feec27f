package localcloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/infra/localcloud"
)

func process(t testing.TB, answer []byte, err error) string {
	t.Helper()
	var a struct{ Headers map[string]string }
	if err == nil {
		err = json.Unmarshal(answer, &a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a.Headers["X-Process"]
}

func why(t testing.TB, err error) string {
	t.Helper()
	var f *localcloud.Failed
	if !errors.As(err, &f) {
		t.Fatalf("got %v", err)
	}
	return f.Why
}

func TestOneInstanceServesOneAfterTheOther(t *testing.T) {
	t.Parallel()
	f, _ := deploy(t, nil)
	first := ""
	for i := range 5 {
		answer, err := f.Invoke(t.Context(), request("/"))
		got := process(t, answer, err)
		if i == 0 {
			first = got
		}
		if got != first {
			t.Errorf("process %s became %s", first, got)
		}
	}
	stats := f.Stats()
	if stats.Calls != 5 || len(stats.Inits) != 1 || stats.Inits[0] <= 0 || stats.Memory < 1<<20 {
		t.Errorf("got %+v", stats)
	}
}

func TestBusyInstancesGetCompany(t *testing.T) {
	t.Parallel()
	f, _ := deploy(t, func(o *localcloud.FunctionOptions) { o.Most = 3 })
	var (
		running sync.WaitGroup
		mu      sync.Mutex
		seen    = map[string]int{}
	)
	for range 9 {
		running.Go(func() {
			answer, err := f.Invoke(t.Context(), request("/slow"))
			got := process(t, answer, err)
			mu.Lock()
			defer mu.Unlock()
			seen[got]++
		})
	}
	running.Wait()
	if len(seen) != 3 {
		t.Errorf("%d instances", len(seen))
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload []byte
		want    string
		change  func(*localcloud.FunctionOptions)
		again   bool // the same instance serves on
	}{
		"an error":           {[]byte(`{"Records":[{"eventSource":"aws:s3"}]}`), localcloud.Refused, nil, true},
		"a crash":            {request("/crash"), localcloud.Crashed, nil, false},
		"too long":           {request("/hang"), localcloud.TimedOut, func(o *localcloud.FunctionOptions) { o.Timeout = 300 * time.Millisecond }, false},
		"too large an event": {request("/" + strings.Repeat("a", 6<<20)), localcloud.TooLarge, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := deploy(t, c.change)
			answer, err := f.Invoke(t.Context(), request("/"))
			before := process(t, answer, err)
			if _, err = f.Invoke(t.Context(), c.payload); why(t, err) != c.want {
				t.Errorf("got %v", err)
			}
			answer, err = f.Invoke(t.Context(), request("/"))
			if after := process(t, answer, err); (after == before) != c.again {
				t.Errorf("process %s became %s", before, after)
			}
		})
	}
}

func TestAnInstanceThatDoesNotStart(t *testing.T) {
	t.Parallel()
	f, log := deploy(t, func(o *localcloud.FunctionOptions) { o.Env = []string{"ECHO_FAILS=yes"} })
	if _, err := f.Invoke(t.Context(), request("/")); why(t, err) != localcloud.Crashed {
		t.Errorf("got %v", err)
	}
	log.await(t, "it cannot start", 1)
}

// TestNobodyWaits: an invocation that nobody waits for goes on.
func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	f, log := deploy(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	bell := fmt.Appendf(nil, `{"Records":[{"messageId":"1","body":"anyway","eventSource":"aws:sqs","eventSourceARN":"a:bells"}]}`)
	if _, err := f.Invoke(ctx, bell); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	f.Rest()
	log.await(t, "rang anyway", 1)
}

func TestKill(t *testing.T) {
	t.Parallel()
	f, log := deploy(t, nil)
	answer, err := f.Invoke(t.Context(), request("/"))
	before := process(t, answer, err)
	hanging := make(chan error)
	go func() {
		_, err := f.Invoke(t.Context(), request("/hang"))
		hanging <- err
	}()
	log.await(t, "hangs", 1)
	f.Kill()
	if err := <-hanging; why(t, err) != localcloud.Crashed {
		t.Errorf("got %v", err)
	}
	answer, err = f.Invoke(t.Context(), request("/"))
	if process(t, answer, err) == before {
		t.Error("it lives")
	}
}
