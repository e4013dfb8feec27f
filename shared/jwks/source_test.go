package jwks_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jwks"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a provider that publishes words for keys.
type world struct {
	*testing.T
	source *jwks.Source[[]string]

	mu    sync.Mutex
	words []string
	down  bool
	asked int
	hang  chan struct{} // not nil: a question waits for it
}

func newWorld(t *testing.T, words ...string) *world {
	t.Helper()
	w := &world{T: t, words: words}
	w.source = jwks.NewSource(w.fetch)
	return w
}

func (w *world) fetch(ctx context.Context) ([]string, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		w.Error("the fetch may take for ever")
	}
	w.mu.Lock()
	w.asked++
	hang := w.hang
	w.mu.Unlock()
	if hang != nil {
		<-hang
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return nil, fault.New(fault.Unavailable, "test", "down")
	}
	return slices.Clone(w.words), nil
}

// want looks for a word at a time after noon.
func (w *world) want(after time.Duration, word string, there bool, code fault.Code, asked int) {
	w.Helper()
	said, err := w.source.Until(w.Context(), noon.Add(after), func(said []string) bool { return slices.Contains(said, word) })
	if slices.Contains(said, word) != there || fault.CodeOf(err) != code || w.asked != asked {
		w.Errorf("%q after %s: %q, %v, asked %d times; want %v, %q, %d", word, after, said, err, w.asked, there, code, asked)
	}
}

func TestAKeyThatIsTakenBack(t *testing.T) {
	w := newWorld(t, "old", "new")
	w.want(0, "old", true, "", 1)
	w.words = []string{"new"}
	w.want(jwks.GoodFor-1, "old", true, "", 1) // it cannot be known yet
	w.want(jwks.GoodFor-1, "newest", false, "", 2)
	w.want(jwks.GoodFor, "old", false, "", 2) // a minute ago it was not there
	w.want(jwks.GoodFor+jwks.Pause, "old", false, "", 3)
	w.want(jwks.GoodFor+jwks.Pause, "new", true, "", 3)
}

func TestMadeUpKeysAreAskedForOnceAMinute(t *testing.T) {
	w := newWorld(t, "a")
	for second := range 600 {
		_, err := w.source.Until(t.Context(), noon.Add(time.Duration(second)*time.Second), func(said []string) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
	}
	if w.asked != 10 {
		t.Errorf("asked %d times in ten minutes", w.asked)
	}
}

func TestAProviderThatIsDown(t *testing.T) {
	w := newWorld(t, "a")
	w.down = true
	w.want(0, "a", false, fault.Unavailable, 1)
	w.want(time.Second, "a", false, fault.Unavailable, 1) // it was asked just now
	w.down = false
	w.want(2*time.Second, "a", true, "", 2)
	w.down = true
	w.want(time.Minute, "b", false, "", 2)
	w.want(2*time.Minute, "b", false, fault.Unavailable, 3)
	const hour = time.Hour + 2*time.Second
	w.want(hour, "a", true, "", 4)
	w.want(hour+59*time.Second, "a", true, "", 4) // not with every customer
	w.want(hour+time.Minute, "a", true, "", 5)
	w.want(24*time.Hour+time.Second, "a", true, "", 6)
	if known, ok := w.source.Known(noon.Add(24*time.Hour + time.Second)); !ok || !slices.Contains(known, "a") {
		t.Errorf("known are %q, %v", known, ok)
	}
	w.want(24*time.Hour+2*time.Second, "a", false, fault.Unavailable, 6)
	if known, ok := w.source.Known(noon.Add(24*time.Hour + 2*time.Second)); ok || known != nil {
		t.Errorf("after a day: %q", known)
	}
}

// TestAProviderThatHangs holds up the one who asks, and nobody whose key is known.
func TestAProviderThatHangs(t *testing.T) {
	w := newWorld(t, "a")
	w.want(0, "a", true, "", 1)
	w.hang = make(chan struct{})
	asks := make(chan error)
	go func() {
		_, err := w.source.Until(context.Background(), noon.Add(2*time.Hour), func(said []string) bool { return slices.Contains(said, "a") })
		asks <- err
	}()
	for asked := 1; asked < 2; {
		w.mu.Lock()
		asked = w.asked
		w.mu.Unlock()
	}
	said, err := w.source.Until(t.Context(), noon.Add(2*time.Hour), func(said []string) bool { return slices.Contains(said, "a") })
	if err != nil || !slices.Contains(said, "a") {
		t.Errorf("another: %q, %v", said, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.source.Until(gone, noon.Add(2*time.Hour), func([]string) bool { return false }); !fault.Is(err, fault.Unavailable) {
		t.Errorf("one whose key is unknown, and who goes away: %v", err)
	}
	close(w.hang)
	if err := <-asks; err != nil {
		t.Error(err)
	}
}

func TestAFetchThatPanicsHoldsNobodyUp(t *testing.T) {
	asked := 0
	source := jwks.NewSource(func(context.Context) (int, error) {
		if asked++; asked == 1 {
			panic("x")
		}
		return 7, nil
	})
	func() {
		defer func() { _ = recover() }()
		_, _ = source.Until(t.Context(), noon, func(int) bool { return true })
	}()
	if n, err := source.Until(t.Context(), noon.Add(time.Hour), func(int) bool { return true }); n != 7 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

type answers func(*http.Request) (*http.Response, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func TestAnswersAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		status int
		want   fault.Code
	}{
		"good":        {`{"keys":[]}`, 200, ""},
		"a megabyte":  {`{"keys":[]}` + strings.Repeat(" ", 1<<20-11), 200, ""},
		"one more":    {`{"keys":[]}` + strings.Repeat(" ", 1<<20-10), 200, fault.Unavailable},
		"not found":   {`{"keys":[]}`, 404, fault.Unavailable},
		"no JSON":     {`<html>`, 200, fault.Unavailable},
		"many keys":   {`{"keys":[` + strings.Repeat("{},", jwks.MaxKeys) + `{}]}`, 200, fault.Unavailable},
		"a redirect":  {``, 302, fault.Unavailable},
		"an array":    {`[]`, 200, fault.Unavailable},
		"other words": {`{"issuer":"x"}`, 200, ""},
	} {
		body := &closing{Reader: strings.NewReader(c.body)}
		p := jwks.NewProvider(&http.Client{Transport: answers(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: c.status, Body: body, Header: http.Header{"Location": {"https://evil.example/"}}, Request: r}, nil
		})})
		_, err := p.Keys(t.Context(), "https://login.example/a-private-path")
		if fault.CodeOf(err) != c.want || !body.closed {
			t.Errorf("%s: %v, closed: %v", name, err, body.closed)
		}
		if err != nil && (strings.Contains(err.Error(), "private") || strings.Contains(err.Error(), "evil")) {
			t.Errorf("%s: the error tells too much: %v", name, err)
		}
	}
}

type closing struct {
	*strings.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }
