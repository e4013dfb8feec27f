package platform

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
)

// maxAct is the size of an act in bytes: a video in base64.
const maxAct = 16 << 20

// Console serves what a page needs to be a user's phone; the package comment has the shapes.
// It asks nobody who they are: it is for one's own machine.
func (p *Platform) Console() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /accounts", func(w http.ResponseWriter, _ *http.Request) { respond(w, p.list(), nil) })
	mux.HandleFunc("POST /user", func(w http.ResponseWriter, r *http.Request) { respondTo(w, r, p.person) })
	mux.HandleFunc("POST /act", func(w http.ResponseWriter, r *http.Request) { respondTo(w, r, p.perform) })
	mux.HandleFunc("GET /phone", func(w http.ResponseWriter, r *http.Request) {
		u, err := p.user(r.FormValue("user"))
		if err != nil {
			respond(w, nil, err)
			return
		}
		after, err := strconv.Atoi(r.FormValue("after"))
		if err != nil && r.FormValue("after") != "" {
			respond(w, nil, fault.New(fault.BadRequest, "platform.Console", "after is a number"))
			return
		}
		respond(w, p.screen(u, after), nil)
	})
	mux.HandleFunc("GET /media", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		m := p.media[r.FormValue("id")]
		p.mu.Unlock()
		if m == nil {
			respond(w, nil, fault.New(fault.NotFound, "platform.Console", "there is no such medium"))
			return
		}
		p.write(w, result{file: notNil(m.data), mime: sniff(m.data)})
	})
	return mux
}

type shownAccount struct {
	AppID string          `json:"appid"`
	Kind  Kind            `json:"kind"`
	Menu  json.RawMessage `json:"menu"`
}

func (p *Platform) list() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := []shownAccount{}
	for _, a := range p.accounts {
		menu := json.RawMessage(a.menu)
		if menu == nil {
			menu = json.RawMessage(`{"button":[]}`)
		}
		all = append(all, shownAccount{a.AppID, a.Kind, menu})
	}
	slices.SortFunc(all, func(a, b shownAccount) int { return strings.Compare(a.AppID, b.AppID) })
	return struct {
		Accounts []shownAccount `json:"accounts"`
	}{all}
}

type screen struct {
	User      string  `json:"user"`
	Name      string  `json:"name"`
	AppID     string  `json:"appid"`
	Following bool    `json:"following"`
	Typing    bool    `json:"typing"`
	Entries   []Entry `json:"entries"`
}

func (p *Platform) screen(u *User, after int) screen {
	entries, typing := p.PhoneAfter(u, after), p.Typing(u)
	p.mu.Lock()
	defer p.mu.Unlock()
	return screen{u.OpenID, u.Name, u.AppID, u.following, typing, append([]Entry{}, entries...)}
}

func (p *Platform) user(openID string) (*User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u := p.users[openID]; u != nil {
		return u, nil
	}
	return nil, fault.New(fault.NotFound, "platform.Console", "there is no such user: POST /user first")
}

func (p *Platform) person(ask struct{ AppID, Name string }) (any, error) {
	u, err := p.User(ask.AppID, ask.Name)
	if err != nil {
		return nil, err
	}
	return p.screen(u, 0), nil
}

// deed is the body of POST /act.
type deed struct {
	User, Act                                   string
	Text, Scene, Key, ID, From                  string
	Label, Title, Description, URL, Recognition string
	Latitude, Longitude                         float64
	Data                                        []byte // base64
}

func (p *Platform) perform(d deed) (any, error) {
	u, err := p.user(d.User)
	if err != nil {
		return nil, err
	}
	do, known := map[string]func() (*Delivery, error){
		"follow":   func() (*Delivery, error) { return u.Follow(d.Scene) },
		"unfollow": func() (*Delivery, error) { return u.Unfollow() },
		"scan":     func() (*Delivery, error) { return u.Scan(d.Scene) },
		"enter":    func() (*Delivery, error) { return u.EnterSession(d.From) },
		"write":    func() (*Delivery, error) { return u.Write(d.Text) },
		"image":    func() (*Delivery, error) { return u.SendImage(d.Data) },
		"voice":    func() (*Delivery, error) { return u.SendVoice(d.Data, d.Recognition) },
		"video":    func() (*Delivery, error) { return u.SendVideo(d.Data) },
		"location": func() (*Delivery, error) { return u.SendLocation(d.Latitude, d.Longitude, d.Label) },
		"link":     func() (*Delivery, error) { return u.SendLink(d.Title, d.Description, d.URL) },
		"tap":      func() (*Delivery, error) { return u.Tap(d.Key) },
		"item":     func() (*Delivery, error) { return u.TapItem(d.ID) },
	}[d.Act]
	if !known {
		return nil, fault.New(fault.BadRequest, "platform.Console", "there is no such act")
	}
	if _, err := do(); err != nil {
		return nil, err
	}
	return struct{}{}, nil
}

// respondTo reads a JSON body for do, and writes what it returns.
func respondTo[T any](w http.ResponseWriter, r *http.Request, do func(T) (any, error)) {
	var ask T
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAct)).Decode(&ask); err != nil {
		respond(w, nil, fault.New(fault.BadRequest, "platform.Console", "the body is not the JSON that this address takes"))
		return
	}
	value, err := do(ask)
	respond(w, value, err)
}

// respond writes a value, or what callers may see of a fault, with its status.
func respond(w http.ResponseWriter, value any, err error) {
	status := http.StatusOK
	if err != nil {
		status = fault.StatusOf(err)
		value = map[string]fault.Public{"error": fault.PublicOf(err)}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(marshal(value)) // a caller who left is no concern of ours
}
