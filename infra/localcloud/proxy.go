package localcloud

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

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
