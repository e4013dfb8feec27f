package platform

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

const consoleOp = "platform.Console"

// The sizes of what a page sends.
const (
	maxDeed = 16 << 20 // bytes of a body: a file in base64
	maxKey  = 128      // bytes
	maxName = 80       // characters, of a person
	maxSaid = 12_000   // characters, of a message
)

// console is windows on one workspace, for a page.
type console struct {
	p             *Platform
	team, channel string

	mu      sync.Mutex // taken before p.mu
	people  map[string]*Person
	windows map[*Person]*view
}

// view is what somebody was shown last, and how many such there were.
type view struct {
	n     int
	shown []byte
}

// Console serves what a page needs to be the windows of people in a workspace, who see their direct
// messages with the app and one channel; the package comment has the shapes. It asks nobody who they
// are: it is for one's own machine.
func (p *Platform) Console(team, channel string) http.Handler {
	c := &console{p: p, team: team, channel: channel, people: map[string]*Person{}, windows: map[*Person]*view{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /person", func(w http.ResponseWriter, r *http.Request) { jsonhttp.Respond(w, r, maxDeed, c.enter) })
	mux.HandleFunc("POST /act", func(w http.ResponseWriter, r *http.Request) { jsonhttp.Respond(w, r, maxDeed, c.perform) })
	mux.HandleFunc("GET /window", c.look)
	mux.HandleFunc("GET /file", c.file)
	return jsonhttp.Known(mux)
}

// newcomer is the body of POST /person.
type newcomer struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

type shownPerson struct {
	Team    string `json:"team"`
	Person  string `json:"person"`
	Name    string `json:"name"`
	Mention string `json:"mention"`
}

// enter returns the person of a key, made if need be: by their name, or where another has it, by
// their name and a number.
func (c *console) enter(n newcomer) (any, error) {
	n.Name = strings.TrimSpace(n.Name)
	if n.Key == "" || len(n.Key) > maxKey || n.Name == "" || utf8.RuneCountInString(n.Name) > maxName || strings.ContainsFunc(n.Name, unicode.IsControl) {
		return nil, fault.New(fault.BadRequest, consoleOp, "key has 1 to 128 bytes, name 1 to 80 characters in one line")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.people[n.Key]
	if u == nil {
		u = c.p.Person(c.team, c.free(n.Name))
		c.people[n.Key] = u
	}
	return shownPerson{c.team, u.ID, u.Name, Bot}, nil
}

// free is a name that nobody has yet.
func (c *console) free(name string) string {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	people, free := c.p.workspace(c.team).people, name
	for n := 2; people[free] != nil; n++ {
		free = name + " " + strconv.Itoa(n)
	}
	return free
}

// person is one by their id. Ids begin anew with every Slack that is played: a page that has outlived one
// names its workspace, and is nobody in another.
func (c *console) person(team, id string) (*Person, error) {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if u := c.p.workspace(c.team).person(id); u != nil && (team == "" || team == c.team) {
		return u, nil
	}
	return nil, fault.New(fault.NotFound, consoleOp, "there is no such person: POST /person first")
}

// look shows somebody's window, where it differs from the one that the page has.
func (c *console) look(w http.ResponseWriter, r *http.Request) {
	u, err := c.person(r.FormValue("team"), r.FormValue("person"))
	if err != nil {
		jsonhttp.Refuse(w, err)
		return
	}
	after, err := strconv.Atoi(r.FormValue("after"))
	if err != nil && r.FormValue("after") != "" {
		jsonhttp.Refuse(w, fault.New(fault.BadRequest, consoleOp, "after is a number"))
		return
	}
	n, places := c.seenBy(u)
	if n == after {
		places = nil
	}
	jsonhttp.Write(w, http.StatusOK, struct {
		N      int             `json:"n"`
		Places json.RawMessage `json:"places,omitempty"`
	}{n, places})
}

// seenBy is what somebody sees, and its number: another one as soon as anything in it is.
func (c *console) seenBy(u *Person) (int, json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	shown, err := json.Marshal(c.places(u))
	if err != nil {
		panic("platform: a window is no JSON: " + err.Error())
	}
	v := c.windows[u]
	if v == nil {
		v = &view{}
		c.windows[u] = v
	}
	if !bytes.Equal(v.shown, shown) {
		v.n, v.shown = v.n+1, shown
	}
	return v.n, v.shown
}

// file gives one that is in a window. Only pictures are shown in place: whatever else somebody
// attached must not become a page of this address.
func (c *console) file(w http.ResponseWriter, r *http.Request) {
	content := c.p.Content(r.FormValue("id"))
	if content == nil {
		jsonhttp.Refuse(w, fault.New(fault.NotFound, consoleOp, "there is no such file"))
		return
	}
	kind := http.DetectContentType(content)
	if !picture(kind) {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", "attachment")
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(content) // a caller who left is no concern of ours
}

// picture reports whether browsers show a media type and nothing in it acts.
func picture(kind string) bool {
	return kind == "image/png" || kind == "image/jpeg" || kind == "image/gif" || kind == "image/webp"
}
