package inbound

import (
	"net/http"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// DoorOptions say who may come in where customers' own clients call, and not a platform.
type DoorOptions struct {
	Origins  live.Origins // whose pages may call, besides those of the host itself
	Customer Rate         // messages of one customer's; as many repeats, and as many offers of files, besides
	Visitors Rate         // new visitors from one address
	Address  Rate         // messages from one address: an IPv4 address, or a /64 of IPv6; as many offers besides

	CustomerMB Rate // megabytes of files that one customer offers; Burst no less than any file that is taken has
	AddressMB  Rate // megabytes of files offered from one address; the same
}

// Door is what such clients come by, over HTTP and by connection alike: one channel in one
// process has one. It is safe for concurrent use.
type Door struct {
	o      DoorOptions
	limits limits
}

// NewDoor makes a Door.
func NewDoor(o DoorOptions) *Door {
	return &Door{o, limits{
		messages: pair{newBuckets(o.Customer), newBuckets(o.Address)}, offers: pair{newBuckets(o.Customer), newBuckets(o.Address)},
		frames: pair{newBuckets(framesOfCustomer()), newBuckets(framesOfAddress())}, repeats: newBuckets(o.Customer),
		kilobytes: pair{newBuckets(o.CustomerMB.kilobytes()), newBuckets(o.AddressMB.kilobytes())},
		asks:      newBuckets(asksBeyond()), hellos: newBuckets(asksBeyond()), visitors: newBuckets(o.Visitors),
	}}
}

// preflightAge is for how long a browser may remember that a page may call, in seconds:
// as long as any of them does, see
// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Access-Control-Max-Age.
const preflightAge = "7200"

// admit lets browsers of other origins in that may, by the rules of the Fetch Standard
// (https://fetch.spec.whatwg.org/#http-cors-protocol), and reports whether the call goes
// on. Credentials are neither asked for nor allowed: the token is in a header that the
// page sets.
func (d *Door) admit(w http.ResponseWriter, r *http.Request) (goesOn bool, err error) {
	err = d.allow(w, r)
	return err == nil && !preflight(w, r, http.MethodPost), err
}

// allow lets a page read the answer, if it may call.
func (d *Door) allow(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Values("Origin")
	if !d.o.Origins.Allow(origin, r.Host) {
		return fault.New(fault.Forbidden, "inbound.admit", "this page's origin is not among the channel's origins in zhida.yaml")
	}
	if len(origin) > 0 {
		w.Header().Set("Access-Control-Allow-Origin", origin[0])
	}
	return nil
}

// preflight answers a browser that asks whether a page may call, and reports whether it
// was one.
func preflight(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Origin") == "" || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	w.Header().Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	w.Header().Set("Access-Control-Allow-Headers", "authorization, content-type")
	w.Header().Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusNoContent)
	return true
}
