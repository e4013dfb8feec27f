package apigwlive_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/apigwlive"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

// It is what the Lambda host asks for.
var (
	_ lambdahost.Sessions = (*apigwlive.Sessions)(nil)
	_ lambdahost.Poster   = (*apigwlive.Poster)(nil)
)

// gateway is a double of the management API, by
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html:
// no emulator has connections that end.
type gateway struct {
	mu     sync.Mutex
	posted map[string][]string // by connection; those that are there have an entry
	answer int                 // to every call, if not 0
	calls  int
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls++
	id, ok := strings.CutPrefix(r.URL.Path, "/prod/@connections/")
	_, there := g.posted[id]
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	case g.answer != 0:
		w.Header().Set("X-Amzn-Errortype", map[int]string{403: "ForbiddenException", 429: "LimitExceededException"}[g.answer])
		w.WriteHeader(g.answer)
		_, _ = io.WriteString(w, `{"message":"a word of AWS's"}`)
	case !there:
		w.Header().Set("X-Amzn-Errortype", "GoneException")
		w.WriteHeader(http.StatusGone)
	case r.Method == http.MethodDelete:
		delete(g.posted, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		body, _ := io.ReadAll(r.Body)
		g.posted[id] = append(g.posted[id], string(body))
	}
}

// world is a table, a gateway, and what stands on them.
type world struct {
	t        *testing.T
	gateway  *gateway
	sessions *apigwlive.Sessions
	poster   *apigwlive.Poster
	pusher   *apigwlive.Pusher
	now      time.Time
	db       *dynamodb.Client
	table    string
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, gateway: &gateway{posted: map[string][]string{}}, now: time.UnixMilli(1_760_000_000_000), table: "zhida-" + t.Name()}
	endpoint := emulator.DynamoDB(t)
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	})
	w.db = dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, Credentials: credentials})
	if _, err := w.db.CreateTable(t.Context(), dynamostore.Table(w.table)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.gateway)
	t.Cleanup(server.Close)
	address := server.URL + "/prod"
	client := api.New(api.Options{Region: "eu-west-1", BaseEndpoint: &address, Credentials: credentials, RetryMaxAttempts: 1})
	var err error
	w.sessions, err = apigwlive.NewSessions(w.db, w.table, func() time.Time { return w.now })
	ok(t, err)
	w.poster, err = apigwlive.NewPoster(client)
	ok(t, err)
	w.pusher, err = apigwlive.NewPusher(w.sessions, w.poster)
	ok(t, err)
	return w
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// enter opens a connection that listens to topics.
func (w *world) enter(id string, topics ...string) {
	w.t.Helper()
	w.gateway.mu.Lock()
	w.gateway.posted[id] = []string{}
	w.gateway.mu.Unlock()
	ok(w.t, w.sessions.Put(w.t.Context(), id, live.Session{Topics: topics, State: []byte(id), Expires: w.now.Add(time.Hour)}))
}

// heard is what reached a connection; nil for one that is gone.
func (w *world) heard(id string) []string {
	w.gateway.mu.Lock()
	defer w.gateway.mu.Unlock()
	return slices.Clone(w.gateway.posted[id])
}

// left is how many items the table holds.
func (w *world) left() int {
	w.t.Helper()
	out, err := w.db.Scan(w.t.Context(), &dynamodb.ScanInput{TableName: &w.table})
	ok(w.t, err)
	return len(out.Items)
}

func TestASessionIsKept(t *testing.T) {
	w := start(t)
	want := live.Session{Topics: []string{"agent:lin", "lane:front"}, State: []byte(`{"token":"t"}`), Expires: w.now.Add(time.Hour)}
	ok(t, w.sessions.Put(t.Context(), "c1=", want))
	got, err := w.sessions.Get(t.Context(), "c1=")
	ok(t, err)
	slices.Sort(got.Topics)
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); d != "" {
		t.Error(d)
	}
	ok(t, w.sessions.Delete(t.Context(), "c1="))
	ok(t, w.sessions.Delete(t.Context(), "c1="))
	if _, err := w.sessions.Get(t.Context(), "c1="); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if n := w.left(); n != 0 {
		t.Errorf("%d items are left", n)
	}
	ok(t, w.sessions.Put(t.Context(), "c2=", live.Session{})) // no topics, no end
	if got, err = w.sessions.Get(t.Context(), "c2="); err != nil || len(got.Topics) > 0 || !got.Expires.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestWhatTheTableHasNotRemovedYetIsNotRead: DynamoDB removes what is over within days.
func TestWhatTheTableHasNotRemovedYetIsNotRead(t *testing.T) {
	w := start(t)
	w.enter("short", "a")
	ok(t, w.sessions.Put(t.Context(), "long", live.Session{Topics: []string{"a"}, Expires: w.now.Add(24 * time.Hour)}))
	w.now = w.now.Add(90 * time.Minute) // its proof is over: it is told so
	if _, err := w.sessions.Get(t.Context(), "short"); err != nil {
		t.Error(err)
	}
	w.now = w.now.Add(time.Hour)
	for _, id := range []string{"short", "long"} {
		if _, err := w.sessions.Get(t.Context(), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
	ok(t, w.pusher.Push(t.Context(), "a", "x"))
	if w.gateway.calls != 0 {
		t.Errorf("%d calls for connections that are over", w.gateway.calls)
	}
}

func TestAPushReachesWhoListens(t *testing.T) {
	w := start(t)
	for i := range 40 {
		w.enter(fmt.Sprint("n", i), "all", fmt.Sprint("own", i))
	}
	w.enter("other", "others")
	ok(t, w.pusher.Push(t.Context(), "all", map[string]string{"text": "<转人工 & more>"}))
	ok(t, w.pusher.Push(t.Context(), "own7", 1))
	ok(t, w.pusher.Push(t.Context(), "nobody", 1))
	for i := range 40 {
		want := []string{`{"text":"<转人工 & more>"}`}
		if i == 7 {
			want = append(want, "1")
		}
		if got := w.heard(fmt.Sprint("n", i)); !slices.Equal(got, want) {
			t.Errorf("n%d heard %q", i, got)
		}
	}
	if got := w.heard("other"); len(got) > 0 {
		t.Errorf("the other heard %q", got)
	}
}

// TestWhoIsGoneIsForgotten: the gateway's goodbye never came.
func TestWhoIsGoneIsForgotten(t *testing.T) {
	w := start(t)
	w.enter("here", "a")
	w.enter("gone", "a", "b")
	ok(t, w.poster.Close(t.Context(), "gone"))
	ok(t, w.poster.Close(t.Context(), "gone"))
	if err := w.poster.Post(t.Context(), "gone", []byte("x")); !fault.Is(err, fault.NotFound) {
		t.Errorf("posting to who is gone: %v", err)
	}
	ok(t, w.pusher.Push(t.Context(), "a", "x"))
	if got := w.heard("here"); !slices.Equal(got, []string{`"x"`}) {
		t.Errorf("heard %q", got)
	}
	if n := w.left(); n != 2 {
		t.Errorf("%d items are left, of one session and one topic", n)
	}
}

func TestWhatTheGatewayRefuses(t *testing.T) {
	w := start(t)
	w.enter("c", "a")
	for status, want := range map[int]fault.Code{403: fault.Config, 429: fault.Unavailable, 500: fault.Unavailable} {
		w.gateway.answer, w.gateway.calls = status, 0
		err := w.pusher.Push(t.Context(), "a", "secret")
		if !fault.Is(err, want) {
			t.Errorf("%d: got %v", status, err)
		}
		if err != nil && (strings.Contains(err.Error(), "word of AWS") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%d: %v", status, err)
		}
		if w.gateway.calls != 1 {
			t.Errorf("%d: %d calls: a frame is posted once", status, w.gateway.calls)
		}
	}
	w.gateway.answer = 0
	w.gateway.calls = 0
	if err := w.poster.Post(t.Context(), "c", make([]byte, apigwlive.MaxMessage+1)); !fault.Is(err, fault.TooLarge) || w.gateway.calls > 0 {
		t.Errorf("got %v after %d calls", err, w.gateway.calls)
	}
	if err := w.pusher.Push(t.Context(), "a", func() {}); !fault.Is(err, fault.Internal) {
		t.Errorf("got %v", err)
	}
	ok(t, w.poster.Post(t.Context(), "c", make([]byte, apigwlive.MaxMessage)))
}

func TestATableThatDoesNotAnswer(t *testing.T) {
	w := start(t)
	w.enter("c", "a")
	nowhere, err := apigwlive.NewSessions(w.db, "no-such-table", func() time.Time { return w.now })
	ok(t, err)
	pusher, err := apigwlive.NewPusher(nowhere, w.poster)
	ok(t, err)
	_, got := nowhere.Get(t.Context(), "c")
	for what, err := range map[string]error{
		"put": nowhere.Put(t.Context(), "c", live.Session{Topics: []string{"secret"}}), "get": got,
		"delete": nowhere.Delete(t.Context(), "c"), "push": pusher.Push(t.Context(), "secret", 1),
	} {
		if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAPartIsMissing(t *testing.T) {
	_, a := apigwlive.NewSessions(nil, "t", time.Now)
	_, b := apigwlive.NewPoster(nil)
	_, c := apigwlive.NewPusher(nil, nil)
	for _, err := range []error{a, b, c} {
		if !fault.Is(err, fault.Config) {
			t.Errorf("got %v", err)
		}
	}
}
