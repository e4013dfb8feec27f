package localcloud

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// Route is one route of an HTTP API.
type Route struct {
	Key string // such as "ANY /desk/{proxy+}" or "$default"
	To  Invoker
}

// Gateway is an HTTP API with the stage $default: requests become events of payload
// format 2.0, see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
type Gateway struct {
	routes []route
	now    func() time.Time
	asked  atomic.Int64
}

type route struct {
	Route
	method string // ANY for all
	parts  []string
}

// The limits of HTTP APIs, from
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html.
const (
	maxRequest         = 10 << 20
	integrationTimeout = 30 * time.Second
)

// NewGateway makes an HTTP API of its routes.
func NewGateway(now func() time.Time, routes ...Route) (*Gateway, error) {
	g := &Gateway{now: now}
	for _, r := range routes {
		method, path, ok := strings.Cut(r.Key, " ")
		if r.Key == "$default" {
			method, path, ok = "ANY", "/{proxy+}", true
		}
		if !ok || !strings.HasPrefix(path, "/") || r.To == nil {
			return nil, fmt.Errorf("%q is no route to a function", r.Key)
		}
		g.routes = append(g.routes, route{r, method, strings.Split(path[1:], "/")})
	}
	slices.SortStableFunc(g.routes, func(a, b route) int { return cmp.Compare(a.vague(), b.vague()) })
	return g, nil
}

// vague orders routes: the most exact is taken.
func (r *route) vague() int {
	n := 0
	for _, part := range r.parts {
		switch {
		case strings.HasSuffix(part, "+}"):
			n += 100
		case strings.HasPrefix(part, "{"):
			n += 10
		}
	}
	if r.method == "ANY" {
		n++
	}
	if r.Key == "$default" {
		n += 1000
	}
	return n
}

// fits returns the path's parameters.
func (r *route) fits(method, path string) (map[string]string, bool) {
	if r.method != "ANY" && r.method != method {
		return nil, false
	}
	found := map[string]string{}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, want := range r.parts {
		name, variable := strings.CutPrefix(want, "{")
		switch {
		case i >= len(parts):
			return nil, false
		case strings.HasSuffix(want, "+}"):
			rest := strings.Join(parts[i:], "/")
			found[strings.TrimSuffix(name, "+}")] = rest
			return found, rest != "" || r.Key == "$default"
		case variable && parts[i] != "":
			found[strings.TrimSuffix(name, "}")] = parts[i]
		case want != parts[i]:
			return nil, false
		}
	}
	return found, len(parts) == len(r.parts)
}

// ServeHTTP implements http.Handler.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, err := url.PathUnescape(r.URL.EscapedPath())
	if err != nil {
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}
	for i := range g.routes {
		if parameters, ok := g.routes[i].fits(r.Method, path); ok {
			g.serve(w, r, &g.routes[i], path, parameters)
			return
		}
	}
	refuse(w, http.StatusNotFound, "Not Found")
}

// refuse is how API Gateway speaks for itself.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message}) // whoever asked is gone
}

func (g *Gateway) serve(w http.ResponseWriter, r *http.Request, to *route, path string, parameters map[string]string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	payload, err := json.Marshal(g.event(r, to.Key, path, parameters, body))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), integrationTimeout)
	defer cancel()
	answer, err := to.To.Invoke(ctx, payload)
	var failed *Failed
	switch {
	case errors.As(err, &failed) && failed.Why == TooLarge:
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case errors.Is(err, context.DeadlineExceeded):
		refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
	case err != nil:
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
	default:
		reply(w, answer)
	}
}

type httpEvent struct {
	Version    string            `json:"version"`
	Route      string            `json:"routeKey"`
	Path       string            `json:"rawPath"`
	Query      string            `json:"rawQueryString"`
	Cookies    []string          `json:"cookies,omitempty"`
	Headers    map[string]string `json:"headers"`
	Parameters map[string]string `json:"queryStringParameters,omitempty"`
	Context    httpContext       `json:"requestContext"`
	Variables  map[string]string `json:"pathParameters,omitempty"`
	Body       string            `json:"body,omitempty"`
	Base64     bool              `json:"isBase64Encoded"`
}

type httpContext struct {
	Account string   `json:"accountId"`
	API     string   `json:"apiId"`
	Domain  string   `json:"domainName"`
	Prefix  string   `json:"domainPrefix"`
	HTTP    httpCall `json:"http"`
	Request string   `json:"requestId"`
	Route   string   `json:"routeKey"`
	Stage   string   `json:"stage"`
	Time    string   `json:"time"`
	Epoch   int64    `json:"timeEpoch"`
}

type httpCall struct {
	Method   string `json:"method"`
	Path     string `json:"path"`
	Protocol string `json:"protocol"`
	Source   string `json:"sourceIp"`
	Agent    string `json:"userAgent"`
}

// requestTime is how API Gateway writes a time.
const requestTime = "02/Jan/2006:15:04:05 -0700"

func (g *Gateway) event(r *http.Request, key, path string, variables map[string]string, body []byte) *httpEvent {
	source, _, _ := net.SplitHostPort(r.RemoteAddr)
	now := g.now()
	domain := hostname(r.Host)
	prefix, _, _ := strings.Cut(domain, ".")
	e := &httpEvent{
		Version: "2.0", Route: key, Path: path, Query: r.URL.RawQuery, Variables: variables,
		Headers: map[string]string{"host": r.Host, "x-forwarded-port": "443", "x-forwarded-proto": "https"},
		Context: httpContext{
			Account: "123456789012", API: "httpapi", Domain: domain, Prefix: prefix,
			HTTP:    httpCall{r.Method, path, r.Proto, source, r.UserAgent()},
			Request: fmt.Sprintf("http-%d=", g.asked.Add(1)), Route: key, Stage: "$default",
			Time: now.UTC().Format(requestTime), Epoch: now.UnixMilli(),
		},
	}
	for name, values := range r.Header {
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	delete(e.Headers, "cookie")
	for _, line := range r.Header["Cookie"] {
		for cookie := range strings.SplitSeq(line, ";") {
			e.Cookies = append(e.Cookies, strings.TrimSpace(cookie))
		}
	}
	e.Headers["x-forwarded-for"] = strings.TrimPrefix(e.Headers["x-forwarded-for"]+", "+source, ", ")
	if len(body) > 0 {
		e.Headers["content-length"] = fmt.Sprint(len(body))
	}
	for name, values := range r.URL.Query() {
		if e.Parameters == nil {
			e.Parameters = map[string]string{}
		}
		e.Parameters[name] = strings.Join(values, ",")
	}
	if e.Body, e.Base64 = string(body), !isText(r.Header.Get("Content-Type"), body); e.Base64 {
		e.Body = base64.StdEncoding.EncodeToString(body)
	}
	return e
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// isText reports whether a body travels as it is: text, JSON, XML and JavaScript do,
// forms do not.
func isText(kind string, body []byte) bool {
	if len(body) == 0 {
		return true
	}
	media, _, _ := mime.ParseMediaType(kind)
	text := strings.HasPrefix(media, "text/") || media == "application/json" || media == "application/xml" ||
		media == "application/javascript" || media == ""
	return text && utf8.Valid(body)
}

// reply is what API Gateway makes of an answer.
func reply(w http.ResponseWriter, answer []byte) {
	var a struct {
		Status  int               `json:"statusCode"`
		Headers map[string]string `json:"headers"`
		Cookies []string          `json:"cookies"`
		Body    string            `json:"body"`
		Base64  bool              `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || a.Status == 0 {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer) // whoever asked is gone
		return
	}
	body := []byte(a.Body)
	if a.Base64 {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			refuse(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
	}
	w.Header()["Content-Type"] = nil // nothing is guessed
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range a.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(body) // as above
}
