package channel

import (
	"net/http"
	"time"
)

// idle is how long a connection to a platform is used again after its last call. Whoever is on the
// other side closes it some time, and a program that was frozen meanwhile, as functions on AWS are
// between two events, does not notice: a message on such a connection gets no answer, and nobody
// knows then whether it arrived. So what was idle for longer is closed, by the wall clock.
const idle = 5 * time.Second

// NewClient makes the client with which a connector calls its platform. patience is for one call,
// up to the end of its answer.
func NewClient(patience time.Duration) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: idle,
	}}
}
