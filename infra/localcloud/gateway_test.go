package localcloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/infra/localcloud"
)

// invoker is a function made up for a test.
type invoker func(payload []byte) ([]byte, error)

func (f invoker) Invoke(_ context.Context, payload []byte) ([]byte, error) { return f(payload) }

func gateway(t testing.TB, routes ...localcloud.Route) *httptest.Server {
	t.Helper()
	g, err := localcloud.NewGateway(func() time.Time { return time.Unix(1_800_000_000, 0) }, routes...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return server
}

func send(t testing.TB, method, url string, header http.Header, body []byte) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, data
}

// TestARequestReachesAFunction: through a real bootstrap and back.
func TestARequestReachesAFunction(t *testing.T) {
	t.Parallel()
	f, _ := deploy(t, nil)
	server := gateway(t, localcloud.Route{Key: "ANY /desk/{proxy+}", To: f})
	for _, kind := range []string{"application/json", "application/octet-stream", "text/plain; charset=utf-8", "application/x-www-form-urlencoded"} {
		body := []byte(`{"转人工":"<&>"}` + strings.Repeat("\xff\x00", map[bool]int{true: 5}[kind == "application/octet-stream"]))
		header := http.Header{"X-Name": {"a", "b, c"}, "Cookie": {"one=1; two=2"}, "Content-Type": {kind}}
		answer, data := send(t, http.MethodPut, server.URL+"/desk/%E4%BA%BA/a%2Fb?q=1&q=%20", header, body)
		if answer.StatusCode != http.StatusTeapot || !bytes.Equal(data, body) || answer.Header.Get("Content-Type") != kind {
			t.Errorf("%s: got %d %q %v", kind, answer.StatusCode, data, answer.Header)
		}
		want := "PUT /desk/人/a/b q=1&q=%20 " + strings.TrimPrefix(server.URL, "http://")
		if got := answer.Header.Get("X-Seen"); got != want {
			t.Errorf("seen %q, want %q", got, want)
		}
		if got := answer.Header.Get("X-Names"); got != "a,b, c" {
			t.Errorf("a repeated header is %q", got)
		}
		if cookies := answer.Cookies(); len(cookies) != 2 || cookies[1].Value != "2" {
			t.Errorf("cookies %v", cookies)
		}
	}
}

// TestHTTPEvent compares an event with what AWS documents.
func TestHTTPEvent(t *testing.T) {
	var got map[string]any
	server := gateway(t, localcloud.Route{Key: "POST /a/{id}", To: invoker(func(payload []byte) ([]byte, error) {
		return []byte(`{"ok":true}`), json.Unmarshal(payload, &got)
	})})
	header := http.Header{"User-Agent": {"test"}, "X-Forwarded-For": {"192.0.2.1"}, "Cookie": {"a=b; c=d"}, "Accept-Encoding": {"identity"}}
	answer, data := send(t, http.MethodPost, server.URL+"/a/b%20c?x=1&x=2", header, []byte("plain"))
	if answer.StatusCode != http.StatusOK || string(data) != `{"ok":true}` || answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %s", answer.StatusCode, data)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	want := map[string]any{
		"version": "2.0", "routeKey": "POST /a/{id}", "rawPath": "/a/b c", "rawQueryString": "x=1&x=2",
		"cookies": []any{"a=b", "c=d"},
		"headers": map[string]any{
			"host": host, "user-agent": "test", "accept-encoding": "identity", "content-length": "5",
			"x-forwarded-for": "192.0.2.1, 127.0.0.1", "x-forwarded-port": "443", "x-forwarded-proto": "https",
		},
		"queryStringParameters": map[string]any{"x": "1,2"}, "pathParameters": map[string]any{"id": "b c"},
		"requestContext": map[string]any{
			"accountId": "123456789012", "apiId": "httpapi", "domainName": "127.0.0.1", "domainPrefix": "127",
			"http":      map[string]any{"method": "POST", "path": "/a/b c", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
			"requestId": "http-1=", "routeKey": "POST /a/{id}", "stage": "$default", "time": "15/Jan/2027:08:00:00 +0000", "timeEpoch": 1.8e12,
		},
		"body": "plain", "isBase64Encoded": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRoutes(t *testing.T) {
	say := func(name string) invoker {
		return func([]byte) ([]byte, error) { return []byte(`"` + name + `"`), nil }
	}
	var routes []localcloud.Route
	for _, key := range []string{"ANY /desk/{proxy+}", "GET /desk/page", "ANY /channels/x", "ANY /a/{b}/c"} {
		routes = append(routes, localcloud.Route{Key: key, To: say(key)})
	}
	server := gateway(t, routes...)
	for call, want := range map[string]string{
		"GET /desk/v1/line": `"ANY /desk/{proxy+}"`, "GET /desk/page": `"GET /desk/page"`, "POST /desk/page": `"ANY /desk/{proxy+}"`,
		"POST /channels/x": `"ANY /channels/x"`, "GET /a/1/c": `"ANY /a/{b}/c"`,
		"GET /desk/": "", "GET /desk": "", "POST /channels/x/y": "", "GET /": "", "GET /a//c": "",
	} {
		method, path, _ := strings.Cut(call, " ")
		answer, data := send(t, method, server.URL+path, nil, nil)
		if want == "" && (answer.StatusCode != http.StatusNotFound || string(data) != "{\"message\":\"Not Found\"}\n") || want != "" && string(data) != want {
			t.Errorf("%s: %d %s", call, answer.StatusCode, data)
		}
	}
	if _, err := localcloud.NewGateway(time.Now, localcloud.Route{Key: "GET", To: say("")}); err == nil {
		t.Error("a route without a path is taken")
	}
}

func TestGatewayFailures(t *testing.T) {
	f, _ := deploy(t, func(o *localcloud.FunctionOptions) { o.Timeout = time.Second })
	server := gateway(t, localcloud.Route{Key: "$default", To: f},
		localcloud.Route{Key: "GET /late", To: invoker(func([]byte) ([]byte, error) { return nil, context.DeadlineExceeded })},
		localcloud.Route{Key: "GET /odd", To: invoker(func([]byte) ([]byte, error) { return nil, errors.New("odd") })})
	for path, want := range map[string]int{"/crash": 500, "/hang": 500, "/large": 500, "/late": 503, "/odd": 500, "/": 418} {
		if answer, data := send(t, http.MethodGet, server.URL+path, nil, nil); answer.StatusCode != want {
			t.Errorf("%s: %d %s", path, answer.StatusCode, data)
		}
	}
}

// TestLargeCalls: what an event can hold reaches the function, in its own time.
func TestLargeCalls(t *testing.T) {
	f, _ := deploy(t, nil)
	server := gateway(t, localcloud.Route{Key: "$default", To: f})
	for size, want := range map[int]int{5 << 20: 418, 7 << 20: 413, 11 << 20: 413} {
		header := http.Header{"Content-Type": {"text/plain"}}
		if answer, _ := send(t, http.MethodPost, server.URL+"/", header, bytes.Repeat([]byte("a"), size)); answer.StatusCode != want {
			t.Errorf("%d bytes: %d", size, answer.StatusCode)
		}
	}
}
