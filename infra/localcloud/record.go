package localcloud

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Call is what a function did to a resource, as IAM names both.
type Call struct {
	Function string
	Action   string // such as dynamodb:PutItem
	Resource string // its ARN
}

// Record is what functions have called, and how often.
type Record struct {
	mu      sync.Mutex
	calls   map[Call]int
	sends   map[string]int // by the queue's name, twice for each
	refused []error
	broken  func(Call) bool
}

func newRecord() *Record { return &Record{calls: map[Call]int{}, sends: map[string]int{}} }

// Calls returns what there was, sorted, and what was refused: calls that a role does
// not allow, and those that nobody could read.
func (r *Record) Calls() ([]Call, []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Call
	for c := range r.calls {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Call) int {
		return cmp.Or(strings.Compare(a.Function, b.Function), strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource))
	})
	return all, slices.Clone(r.refused)
}

func (r *Record) note(function string, permissions []permission, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.refused = append(r.refused, fmt.Errorf("%s: %w", function, err))
	}
	for _, p := range permissions {
		r.calls[Call{function, p.action, p.resource}]++
	}
}

// fails reports whether one of these calls is to fail.
func (r *Record) fails(function string, needs []permission) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range needs {
		if r.broken != nil && r.broken(Call{function, n.action, n.resource}) {
			return true
		}
	}
	return false
}

// stir says that a queue may have got a message, or is about to.
func (r *Record) stir(queue string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sends[queue]++
}

// stirred changes whenever a queue may have got a message.
func (r *Record) stirred(queue string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sends[queue]
}

// upstreams are where the services really are, by IAM's names for them.
type upstreams map[string]*url.URL

// proxy stands before every service for one function. It records what the function
// calls, and lets through what its role allows.
type proxy struct {
	function string
	role     policy
	names    names
	record   *Record
	services map[string]http.Handler
}

// newProxy makes the proxy of a function. Connections are those of apis, by their id.
func newProxy(function string, role policy, n names, r *Record, to upstreams, through http.RoundTripper, apis map[string]*Sockets) *proxy {
	p := &proxy{function: function, role: role, names: n, record: r, services: map[string]http.Handler{}}
	for service, at := range to {
		p.services[service] = &httputil.ReverseProxy{
			Transport: through,
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(at) },
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
				w.WriteHeader(http.StatusBadGateway) // who asked finds it wrong enough
			},
		}
	}
	mux := http.NewServeMux()
	for id, s := range apis {
		mux.Handle("/"+id+"/", http.StripPrefix("/"+id, s.Management()))
	}
	p.services["execute-api"] = mux
	return p
}

// ServeHTTP implements http.Handler.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	service, name := operation(r)
	needs, err := p.names.permissions(service, name, r.URL.EscapedPath(), body)
	if err == nil {
		err = p.role.denied(p.function, needs)
	}
	p.record.note(p.function, needs, err)
	if err != nil {
		deny(w, service)
		return
	}
	to := p.services[service]
	if to == nil {
		http.Error(w, "this service is not played here", http.StatusNotImplemented)
		return
	}
	if p.record.fails(p.function, needs) {
		http.Error(w, "", http.StatusServiceUnavailable)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if service == "sqs" {
		for _, n := range needs {
			queue := n.resource[strings.LastIndexByte(n.resource, ':')+1:]
			if n.action == "sqs:SendMessage" {
				p.record.stir(queue)
				defer p.record.stir(queue)
			}
		}
	}
	to.ServeHTTP(w, r)
}
