package platform

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

const consoleOp = "platform.Console"

// The sizes of what a page sends.
const (
	maxDeed    = 64 << 10 // bytes of a body
	maxPageKey = 128      // bytes
	maxSaid    = 1_530    // characters of a text
)

// The numbers of the page's phones: +1 425 555 0100 to 0199, which are kept for stories.
const (
	fictional  = "+1425555"
	firstPhone = 100
	phones     = 100
)

// console is phones, for a page.
type console struct {
	p      *Platform
	phones map[string]*Phone // by the page's key; p.mu guards it
}

// Console serves what a page needs to be customers' phones; the package comment has the shapes. It asks
// nobody who they are: it is for one's own machine.
func (p *Platform) Console() http.Handler {
	c := &console{p: p, phones: map[string]*Phone{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /numbers", func(w http.ResponseWriter, _ *http.Request) { jsonhttp.Write(w, http.StatusOK, c.numbers()) })
	mux.HandleFunc("POST /phone", func(w http.ResponseWriter, r *http.Request) { jsonhttp.Respond(w, r, maxDeed, c.open) })
	mux.HandleFunc("POST /act", func(w http.ResponseWriter, r *http.Request) { jsonhttp.Respond(w, r, maxDeed, c.perform) })
	mux.HandleFunc("GET /phone", c.look)
	mux.HandleFunc("GET /media", c.medium)
	return jsonhttp.Known(mux)
}

type shownNumber struct {
	Number      string `json:"number"`
	MMS         bool   `json:"mms"`
	SelfManaged bool   `json:"self_managed"`
}

func (c *console) numbers() any {
	all := []shownNumber{}
	for _, n := range c.p.numbers { // they never change
		all = append(all, shownNumber{n.Number.Number, n.MMS, n.SelfManaged})
	}
	return struct {
		Numbers []shownNumber `json:"numbers"`
	}{all}
}

// opening is the body of POST /phone.
type opening struct {
	Key string `json:"key"`
}

// open returns the phone of a key, with a number of its own. Another platform gives the key the same number, where
// nobody else has it: who talks with the program goes on after both are started again.
func (c *console) open(o opening) (any, error) {
	if o.Key == "" || len(o.Key) > maxPageKey {
		return nil, fault.New(fault.BadRequest, consoleOp, "key has 1 to 128 bytes")
	}
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	u := c.phones[o.Key]
	at := crc32.ChecksumIEEE([]byte(o.Key))
	for n := uint32(0); u == nil && n < phones; n++ {
		if number := fmt.Sprintf("%s%04d", fictional, firstPhone+(at+n)%phones); c.p.phones[number] == nil {
			u = c.p.phone(number)
		}
	}
	if u == nil {
		return nil, fault.New(fault.NotPossible, consoleOp, "all hundred phones are taken: start again")
	}
	c.phones[o.Key] = u
	return c.screen(u, 0), nil
}

type screen struct {
	Phone    string       `json:"phone"`
	OptedOut []string     `json:"opted_out"`
	Arrived  []int        `json:"delivered"`
	Entries  []shownEntry `json:"entries"`
}

type shownEntry struct {
	N        int          `json:"n"`
	Who      Who          `json:"who"`
	Number   string       `json:"number"`
	Text     string       `json:"text,omitempty"`
	Parts    int          `json:"parts"`
	Encoding Encoding     `json:"encoding,omitempty"`
	Media    *shownMedium `json:"media,omitempty"`
	USD      float64      `json:"usd,omitempty"`
	Lost     bool         `json:"lost,omitempty"`
	At       time.Time    `json:"at"`
}

type shownMedium struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Size    int    `json:"size"`
	Picture bool   `json:"picture,omitempty"`
}

// screen is what a phone shows above a number; p.mu is held.
func (c *console) screen(u *Phone, after int) screen {
	s := screen{Phone: u.Number, OptedOut: []string{}, Arrived: []int{}, Entries: []shownEntry{}}
	for _, n := range c.p.numbers {
		if c.p.optedOut(n, u.Number) {
			s.OptedOut = append(s.OptedOut, n.Number.Number)
		}
	}
	for _, e := range u.entries {
		if e.Delivered {
			s.Arrived = append(s.Arrived, e.N)
		}
		if e.N > after {
			s.Entries = append(s.Entries, e.shown())
		}
	}
	for _, e := range u.lost {
		if e.N > after {
			s.Entries = append(s.Entries, e.missed())
		}
	}
	slices.SortFunc(s.Entries, func(a, b shownEntry) int { return cmp.Compare(a.N, b.N) })
	return s
}

func (e Entry) shown() shownEntry {
	shown := shownEntry{N: e.N, Who: e.Who, Number: e.Number, Text: e.Text, Parts: max(len(e.Parts), 1), USD: e.USD, At: e.At}
	if len(e.Parts) > 0 {
		shown.Encoding = EncodingOf(e.Text)
	}
	if m := e.Media; m != nil {
		shown.Media = &shownMedium{m.ID, m.Kind, len(m.Data), m.picture()}
	}
	return shown
}

// missed is what is shown of one that never arrived.
func (e Entry) missed() shownEntry {
	shown := e.shown()
	shown.Text, shown.Media, shown.Lost = "", nil, true
	return shown
}

// known is the phone of a key. Numbers begin anew with every platform: a page that has outlived one is nobody
// in another, and opens a phone again.
func (c *console) known(key string) (*Phone, error) {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if u := c.phones[key]; u != nil {
		return u, nil
	}
	return nil, fault.New(fault.NotFound, consoleOp, "there is no such phone: POST /phone first")
}

// look shows a phone.
func (c *console) look(w http.ResponseWriter, r *http.Request) {
	u, err := c.known(r.FormValue("key"))
	after := 0
	if text := r.FormValue("after"); err == nil && text != "" {
		if after, err = strconv.Atoi(text); err != nil {
			err = fault.New(fault.BadRequest, consoleOp, "after is a number")
		}
	}
	if err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	c.p.mu.Lock()
	s := c.screen(u, after)
	c.p.mu.Unlock()
	jsonhttp.Write(w, http.StatusOK, s)
}

// deed is the body of POST /act.
type deed struct {
	Key    string `json:"key"`
	Act    string `json:"act"`
	Number string `json:"number"`
	Text   string `json:"text"`
	What   string `json:"what"`
}

func (c *console) perform(d deed) (any, error) {
	u, err := c.known(d.Key)
	if err != nil {
		return nil, err
	}
	switch d.Act {
	case "write":
		return struct{}{}, u.say(d.Number, d.Text)
	case "fail":
		return struct{}{}, u.fail(d.What)
	default:
		return nil, fault.New(fault.BadRequest, consoleOp, "there is no such act")
	}
}

// say has the phone write.
func (u *Phone) say(number, text string) error {
	if utf8.RuneCountInString(text) > maxSaid {
		return fault.New(fault.TextTooLong, consoleOp, "a text has at most 1530 characters")
	}
	_, err := u.Write(number, text)
	return err
}

// fail has something go wrong next.
func (u *Phone) fail(what string) error {
	switch what {
	case "unanswered":
		u.p.FailCalls("SendTextMessage", Swallow)
	case "off":
		u.p.Decide(u.Number, Unreachable)
	case "twice":
		u.p.FailInbound(Twice)
	default:
		return fault.New(fault.BadRequest, consoleOp, `what is "unanswered", "off" or "twice"`)
	}
	return nil
}

// medium gives one that is on a phone. Only pictures are shown in place: whatever else came must not become
// a page of this address.
func (c *console) medium(w http.ResponseWriter, r *http.Request) {
	c.p.mu.Lock()
	m, there := c.p.media[r.FormValue("id")]
	c.p.mu.Unlock()
	if !there {
		jsonhttp.Refuse(w, fault.New(fault.NotFound, consoleOp, "there is no such medium"))
		return
	}
	kind := m.Kind
	if !m.picture() {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", "attachment")
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(m.Data) // a caller who left is no concern of ours
}

// picture reports whether browsers show it and nothing in it acts.
func (m Medium) picture() bool {
	return slices.Contains([]string{"image/gif", "image/jpeg", "image/png"}, strings.ToLower(m.Kind))
}
