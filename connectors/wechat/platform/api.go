package platform

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/zhida-project/zhida/shared/simulation"
)

const (
	maxCall = 12 << 20 // bytes of a call
	hangFor = time.Minute
)

// call is a call of the API, read.
type call struct {
	method  string
	path    string
	host    string
	query   url.Values
	header  http.Header
	body    []byte
	from    netip.Addr
	now     time.Time
	account *account // whose token came with it; nil at the addresses that give tokens
}

// result is what a call is answered: an errcode, or a value as JSON, or a file.
type result struct {
	code  int
	arg   string // in the errmsg, where it has a place for one
	value any
	file  []byte
	mime  string
}

func refuse(code int) result { return result{code: code} }

// endpoint is an address of the API. It runs with p.mu held.
type endpoint struct {
	method string
	open   bool // needs no token
	do     func(*Platform, call) result
}

var endpoints = map[string]endpoint{
	"/cgi-bin/stable_token":              {http.MethodPost, true, (*Platform).stableToken},
	"/cgi-bin/token":                     {http.MethodGet, true, (*Platform).classicToken},
	"/cgi-bin/message/custom/send":       {http.MethodPost, false, (*Platform).customSend},
	typingPaths[Official]:                {http.MethodPost, false, (*Platform).customTyping},
	typingPaths[MiniProgram]:             {http.MethodPost, false, (*Platform).customTyping},
	"/cgi-bin/media/upload":              {http.MethodPost, false, (*Platform).mediaUpload},
	"/cgi-bin/media/get":                 {http.MethodGet, false, (*Platform).mediaGet},
	"/cgi-bin/menu/create":               {http.MethodPost, false, (*Platform).menuCreate},
	"/cgi-bin/menu/get":                  {http.MethodGet, false, (*Platform).menuGet},
	"/cgi-bin/get_current_selfmenu_info": {http.MethodGet, false, (*Platform).menuCurrent},
	"/cgi-bin/menu/delete":               {http.MethodGet, false, (*Platform).menuDelete},
	videoPath:                            {http.MethodGet, true, (*Platform).video},
}

// ServeHTTP is the API. Its status is 200 whatever happens, but for faults that were asked for.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := p.read(w, r)
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	at, known := endpoints[r.URL.Path]
	if !known {
		p.write(w, refuse(codeBadURL))
		return
	}
	p.mu.Lock()
	if simulation.Within(p.o.Faults.Down, c.now) {
		p.mu.Unlock()
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	f := p.callFault(r.URL.Path)
	var answer result
	switch f {
	case Busy:
		answer = refuse(codeBusy)
	case Reset, ServerError:
		p.unanswered(c)
	default:
		answer = p.take(c, at)
		if f != NoCallFault && answer.code == 0 {
			p.taken(c)
		}
	}
	p.mu.Unlock()
	p.o.Log.Info("call", "path", r.URL.Path, "errcode", answer.code, "fault", int(f))
	p.finish(w, r, f, answer)
}

// take does a call; p.mu is held.
func (p *Platform) take(c call, at endpoint) result {
	if c.method != at.method {
		if at.method == http.MethodGet {
			return refuse(codeNeedGET)
		}
		return refuse(codeNeedPOST)
	}
	if !at.open {
		account, code := p.authorized(c)
		if code != 0 {
			return refuse(code)
		}
		c.account = account
	}
	return at.do(p, c)
}

// finish answers a call, or does not.
func (p *Platform) finish(w http.ResponseWriter, r *http.Request, f CallFault, answer result) {
	switch f {
	case ServerError:
		w.WriteHeader(http.StatusBadGateway)
		return
	case Reset, Swallow:
		panic(http.ErrAbortHandler) // net/http's way to break a connection
	case Hang:
		fired, stop := p.o.Clock.Timer(hangFor)
		defer stop()
		select {
		case <-fired:
		case <-r.Context().Done():
		case <-p.activity.Closed():
		}
		panic(http.ErrAbortHandler)
	case NoCallFault, Busy:
	}
	p.write(w, answer)
}

func (p *Platform) read(w http.ResponseWriter, r *http.Request) (call, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return call{
		method: r.Method, path: r.URL.Path, host: r.Host, query: r.URL.Query(), header: r.Header, body: body,
		from: from.Addr().Unmap(), now: p.o.Clock.Now(),
	}, err
}

func (p *Platform) write(w http.ResponseWriter, answer result) {
	if answer.file != nil {
		w.Header().Set("Content-Type", answer.mime)
		w.Header().Set("Content-Disposition", "attachment")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.file)))
		_, _ = w.Write(answer.file) // a caller who left is no concern of ours
		return
	}
	value := answer.value
	if value == nil {
		value = p.status(answer)
	}
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	_, _ = w.Write(marshal(value))
}

type status struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

func (p *Platform) status(answer result) status {
	if answer.code == 0 {
		return status{0, "ok"}
	}
	message := errmsgs[answer.code]
	if answer.arg != "" {
		message = fmt.Sprintf(message, answer.arg)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return status{answer.code, message + " rid: " + p.rid()}
}
