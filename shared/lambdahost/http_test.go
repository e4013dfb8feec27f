package lambdahost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

// request is an event of an HTTP API, with some of its fields changed.
func request(t testing.TB, change map[string]any) []byte {
	t.Helper()
	e := map[string]any{
		"rawPath": "/x", "rawQueryString": "", "headers": map[string]string{"host": "zhida.example"},
		"domainName": "zhida.example", "stage": "$default", "method": "GET", "sourceIp": "192.0.2.7",
	}
	maps.Copy(e, change)
	e["requestContext"] = map[string]any{
		"domainName": e["domainName"], "stage": e["stage"],
		"http": map[string]any{"method": e["method"], "protocol": "HTTP/2.0", "sourceIp": e["sourceIp"]},
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func invoke(t testing.TB, h *lambdahost.Host, payload []byte) *lambdaAnswer {
	t.Helper()
	data, err := h.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, data)
}

// refused wants an answer that carries this fault.
func refused(t testing.TB, a *lambdaAnswer, code fault.Code) {
	t.Helper()
	var body struct{ Error fault.Public }
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil || body.Error.Code != code || a.Status != fault.Table()[code].Status {
		t.Errorf("got %d %s (%v), want %s", a.Status, a.Body, err, code)
	}
}

func TestPaths(t *testing.T) {
	for name, c := range map[string]struct {
		change    map[string]any
		path, uri string // no path: refused
	}{
		"a default stage is no prefix":        {map[string]any{"rawPath": "/default/x", "stage": "$default", "domainName": "a.execute-api.eu-west-1.amazonaws.com"}, "/default/x", "/default/x"},
		"a stage is taken off":                {map[string]any{"rawPath": "/prod/x/prod", "stage": "prod", "domainName": "a.execute-api.eu-west-1.amazonaws.com"}, "/x/prod", "/x/prod"},
		"a stage alone":                       {map[string]any{"rawPath": "/prod", "stage": "prod", "domainName": "a.execute-api.eu-west-1.amazonaws.com"}, "/", "/"},
		"only a whole piece is a stage":       {map[string]any{"rawPath": "/production", "stage": "prod", "domainName": "a.execute-api.eu-west-1.amazonaws.com"}, "/production", "/production"},
		"a domain of one's own has none":      {map[string]any{"rawPath": "/prod/x", "stage": "prod"}, "/prod/x", "/prod/x"},
		"an HTTP API has decoded":             {map[string]any{"rawPath": "/100%/转 人工?", "rawQueryString": "a=%20"}, "/100%/转 人工?", "/100%25/%E8%BD%AC%20%E4%BA%BA%E5%B7%A5%3F?a=%20"},
		"what is decoded is not decoded anew": {map[string]any{"rawPath": "/a%2F..%2Fb"}, "/a%2F..%2Fb", "/a%252F..%252Fb"},
		"a function URL has not":              {map[string]any{"rawPath": "/100%25/a%2Fb", "domainName": "a.lambda-url.eu-west-1.on.aws"}, "/100%/a/b", "/100%25/a%2Fb"},
		"two slashes are no host":             {map[string]any{"rawPath": "//evil.example/x"}, "//evil.example/x", "//evil.example/x"},
		"nor at a function URL":               {map[string]any{"rawPath": "//evil.example/x", "domainName": "a.lambda-url.eu-west-1.on.aws"}, "//evil.example/x", "//evil.example/x"},
		"no query hides in a path":            {map[string]any{"rawPath": "/a?admin=1", "rawQueryString": "b=2", "domainName": "a.lambda-url.eu-west-1.on.aws"}, "/a?admin=1", "/a%3Fadmin=1?b=2"},
		"badly encoded":                       {map[string]any{"rawPath": "/%zz", "domainName": "a.lambda-url.eu-west-1.on.aws"}, "", ""},
		"no slash":                            {map[string]any{"rawPath": "x"}, "", ""},
		"an address":                          {map[string]any{"rawPath": "http://evil.example/"}, "", ""},
		"nothing":                             {map[string]any{"rawPath": ""}, "", ""},
		"a query with a line break":           {map[string]any{"rawQueryString": "a=\n"}, "", ""},
		"no method":                           {map[string]any{"method": ""}, "", ""},
		"a method with a space":               {map[string]any{"method": "GET /"}, "", ""},
		"a body that is not base64":           {map[string]any{"body": "?", "isBase64Encoded": true}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got *seenRequest
			h, log := host(t, lambdahost.Options{HTTP: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got, _ = readRequest(r)
			})})
			a := invoke(t, h, request(t, c.change))
			if c.path == "" {
				refused(t, a, fault.BadRequest)
				if got != nil || log.String() != "" {
					t.Errorf("the handler saw %+v; the log has %s", got, log)
				}
				return
			}
			if a.Status != http.StatusOK || got.Path != c.path || got.URI != c.uri {
				t.Errorf("%d: got %q (%q), want %q (%q)", a.Status, got.Path, got.URI, c.path, c.uri)
			}
		})
	}
}

func TestRemoteAddr(t *testing.T) {
	for _, ip := range []string{"192.0.2.7", "2001:db8::7"} {
		h, _ := host(t, lambdahost.Options{HTTP: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if at, err := netip.ParseAddrPort(r.RemoteAddr); err != nil || at.Addr().String() != ip {
				t.Errorf("got %q for %s", r.RemoteAddr, ip)
			}
			if r.ProtoMajor != 2 {
				t.Errorf("got %s", r.Proto)
			}
		})})
		invoke(t, h, request(t, map[string]any{"sourceIp": ip}))
	}
}

func TestNothingWrittenIsAnEmpty200(t *testing.T) {
	h, log := host(t, lambdahost.Options{HTTP: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
	data, err := h.Invoke(t.Context(), request(t, nil))
	const want = `{"statusCode":200,"headers":{},"body":"","isBase64Encoded":false}`
	if err != nil || string(data) != want || log.String() != "" {
		t.Errorf("got %s, %v; the log has %s", data, err, log)
	}
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		write http.HandlerFunc
		want  string
	}{
		"what only informs is not the answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusTeapot)
		}, `{"statusCode":418,"headers":{},"body":"","isBase64Encoded":false}`},
		"text is text": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/svg+xml")
			_, _ = io.WriteString(w, "<svg/>")
		}, `{"statusCode":200,"headers":{"Content-Type":"image/svg+xml"},"body":"<svg/>","isBase64Encoded":false}`},
		"what says to be binary is": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.WriteString(w, "abc")
		}, `{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"YWJj","isBase64Encoded":true}`},
		"what is no text is not": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "\xff")
		}, `{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"/w==","isBase64Encoded":true}`},
		"headers that are none": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["X Bad"] = []string{"1"}
			w.Header()[""] = []string{"1"}
			w.Header()["X-None"] = nil
			w.Header().Set("X-Good", "1")
		}, `{"statusCode":200,"headers":{"X-Good":"1"},"body":"","isBase64Encoded":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := host(t, lambdahost.Options{HTTP: c.write})
			if data, err := h.Invoke(t.Context(), request(t, nil)); err != nil || string(data) != c.want {
				t.Errorf("got %s, %v, want %s", data, err, c.want)
			}
		})
	}
}

// TestABodyIsNotInChunks: the gateway has put them together, whatever the client sent.
func TestABodyIsNotInChunks(t *testing.T) {
	h, _ := host(t, lambdahost.Options{HTTP: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 3 || r.Header.Get("Transfer-Encoding") != "" {
			t.Errorf("got %d, %v", r.ContentLength, r.Header)
		}
	})})
	invoke(t, h, request(t, map[string]any{"body": "abc", "headers": map[string]string{"transfer-encoding": "chunked"}}))
}

func TestAPanicIsOneAnswer(t *testing.T) {
	h, log := host(t, lambdahost.Options{HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half an ans")
		if r.URL.Path == "/bad" {
			panic("token=secret")
		}
	})})
	a := invoke(t, h, request(t, map[string]any{"rawPath": "/bad"}))
	refused(t, a, fault.Internal)
	if strings.Contains(a.Body, "secret") || strings.Contains(a.Body, "half") {
		t.Errorf("the client was told %s", a.Body)
	}
	for _, want := range []string{`"level":"ERROR"`, `"op":"http"`, `"panic":"token=secret"`, "TestAPanicIsOneAnswer"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s is not in the log: %s", want, log)
		}
	}
	if a := invoke(t, h, request(t, nil)); a.Status != http.StatusOK || a.Body != "half an ans" {
		t.Errorf("afterwards: %+v", a)
	}
}

func TestAStatusThatIsNoneIsAPanic(t *testing.T) {
	h, _ := host(t, lambdahost.Options{HTTP: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) })})
	refused(t, invoke(t, h, request(t, nil)), fault.Internal)
}

// TestTooLargeAnAnswer wants a fault with a reason where Lambda would say 502.
func TestTooLargeAnAnswer(t *testing.T) {
	const limit = 6 << 20
	for name, c := range map[string]struct {
		body []byte
		fits bool
	}{
		"text that just fits":      {bytes.Repeat([]byte("a"), limit-200), true},
		"binary that just fits":    {bytes.Repeat([]byte{0xff}, (limit-200)/4*3), true},
		"text with its wrapping":   {bytes.Repeat([]byte("a"), limit), false},
		"text that grows as JSON":  {bytes.Repeat([]byte("\n"), limit/2), false},
		"binary that grows":        {bytes.Repeat([]byte{0xff}, limit*4/5), false},
		"more than is kept at all": {bytes.Repeat([]byte("a"), limit+1), false},
	} {
		t.Run(name, func(t *testing.T) {
			var failed error
			h, log := host(t, lambdahost.Options{HTTP: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				_, failed = w.Write(c.body)
			})})
			data, err := h.Invoke(t.Context(), request(t, nil))
			if err != nil || len(data) > limit {
				t.Fatalf("%d bytes, %v", len(data), err)
			}
			a := readAnswer(t, data)
			if c.fits {
				if a.Status != http.StatusOK || a.Body != string(c.body) || failed != nil {
					t.Errorf("got %d with %d bytes, %v", a.Status, len(a.Body), failed)
				}
				return
			}
			refused(t, a, fault.Internal)
			if !strings.Contains(log.String(), "6 MiB") {
				t.Errorf("the log does not say why: %s", log)
			}
		})
	}
}

// TestProxyHeadersAreTheClients: adapters put the gateway's word into headers of
// these names. Here they are the client's own, like any other.
func TestProxyHeadersAreTheClients(t *testing.T) {
	h, _ := host(t, lambdahost.Options{HTTP: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := r.Header.Values("X-GoLambdaProxy-ApiGw-Context"); len(got) != 1 || got[0] != `{"sourceIp":"10.0.0.1"}` {
			t.Errorf("got %q", got)
		}
		if !strings.HasPrefix(r.RemoteAddr, "192.0.2.7:") || r.Host != "zhida.example" {
			t.Errorf("got %s, %s", r.RemoteAddr, r.Host)
		}
	})})
	invoke(t, h, request(t, map[string]any{"headers": map[string]string{
		"host": "zhida.example", "x-golambdaproxy-apigw-context": `{"sourceIp":"10.0.0.1"}`,
	}}))
}

// TestContextsEndBeforeLambdaDoes runs on a clock of its own.
func TestContextsEndBeforeLambdaDoes(t *testing.T) {
	for name, c := range map[string]struct{ margin, want time.Duration }{
		"by default": {0, 2500 * time.Millisecond},
		"as told":    {2 * time.Second, time.Second},
		"at once":    {time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var began time.Time
				wait := func(ctx context.Context) error {
					<-ctx.Done()
					if took := time.Since(began); took != c.want {
						t.Errorf("the context ended after %v, want %v", took, c.want)
					}
					return ctx.Err()
				}
				h, _ := host(t, lambdahost.Options{
					Margin: c.margin, Now: time.Now,
					HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						w.WriteHeader(fault.StatusOf(wait(r.Context())))
					}),
					Queues:   map[string]func(context.Context, []byte) error{"bells": func(ctx context.Context, _ []byte) error { return wait(ctx) }},
					Schedule: wait,
				})
				for _, payload := range [][]byte{request(t, nil), batch(t, "bells", message{}), []byte(tickEvent)} {
					began = time.Now()
					ctx, cancel := context.WithDeadline(t.Context(), began.Add(3*time.Second))
					_, _ = h.Invoke(ctx, payload)
					if ctx.Err() != nil {
						t.Error("Lambda's own deadline was spent")
					}
					cancel()
				}
			})
		})
	}
}

func TestADeadlineIsAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := host(t, lambdahost.Options{Now: time.Now, HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			w.WriteHeader(fault.StatusOf(r.Context().Err()))
		})})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		data, err := h.Invoke(ctx, request(t, nil))
		if err != nil || readAnswer(t, data).Status != http.StatusGatewayTimeout {
			t.Errorf("got %s, %v", data, err)
		}
	})
}
