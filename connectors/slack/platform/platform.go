package platform

import (
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/simulation"
)

// Clock is the time that Slack lives by; shared/queue.Clock is one.
type Clock = simulation.Clock

// App is what Slack knows of the app.
type App struct {
	ID            string // A…
	SigningSecret string
	ClientID      string
	ClientSecret  string
	Address       string // where events, interactions and commands go; "": nowhere
	Rotates       bool   // its tokens end after twelve hours
}

// Options are what a Platform needs; all but Log and Faults are required.
type Options struct {
	Clock  Clock
	Rand   io.Reader    // for ids and tokens
	Client *http.Client // for calls of the app; Slack's own three seconds go by Clock
	Log    *slog.Logger // what was called, without texts, users and tokens
	App    App
	Faults Plan
}

// Platform plays Slack. It is the http.Handler of https://slack.com: /api/… and the places of files.
// It is safe for concurrent use.
type Platform struct {
	o        Options
	activity *simulation.Activity // calls of the app
	pushLuck *simulation.Luck[PushFault]
	callLuck *simulation.Luck[CallFault] // by method

	mu         sync.Mutex
	base       string // of this host, as it is called from outside
	workspaces map[string]*workspace
	channels   map[string]*Channel
	tokens     map[string]*token
	refreshes  map[string]*workspace
	codes      map[string]code
	files      map[string]*file
	counts     map[string]int // ids, by their kind
	lastTS     int64          // microseconds
	violations []Violation
}

// workspace is one that knows the app, or may.
type workspace struct {
	id, name  string
	installed bool
	removal   *Delivery // of app_uninstalled, once it is not installed any more
	bot       string    // the app's user there
	tokens    []string  // that are good, oldest first; two at most
	people    map[string]*Person
	calls     map[string][]time.Time // of methods with a tier, in the last minute
}

// New returns a Platform without workspaces. Errors: Config.
func New(o Options) (*Platform, error) {
	if o.Clock == nil || o.Rand == nil || o.Client == nil || o.App.SigningSecret == "" || o.App.ClientSecret == "" {
		return nil, fault.New(fault.Config, "platform.New", "Clock, Rand, Client and the App's secrets are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Platform{
		o: o, activity: simulation.NewActivity(o.Clock), pushLuck: simulation.NewLuck[PushFault](o.Faults.Seed), callLuck: simulation.NewLuck[CallFault](o.Faults.Seed),
		workspaces: map[string]*workspace{}, channels: map[string]*Channel{}, tokens: map[string]*token{}, refreshes: map[string]*workspace{},
		codes: map[string]code{}, files: map[string]*file{}, counts: map[string]int{},
	}, nil
}

// Close ends all that is under way. Call it once.
func (p *Platform) Close() { p.activity.Close() }

// Violation is a call that no app need have made.
type Violation struct {
	At      time.Time
	Channel string // of a message
	Method  string // of a call
	Error   string // that it was answered
}

// Violations returns those so far, oldest first: every message above one a second and channel, every
// call above a method's tier, every call with the token of an app that was removed and has heard so.
func (p *Platform) Violations() []Violation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Violation(nil), p.violations...)
}

// Person is somebody in a workspace. Its methods are what they do; each tells the app what Slack
// would, and returns without waiting for the answer.
type Person struct {
	p  *Platform
	of *workspace

	ID   string
	Name string

	told []told // what only they see: answers to commands; p.mu guards it
}

// told is an answer to a command, in the channel where it was given.
type told struct {
	ts   string
	in   *Channel
	text string
}

// Person returns the one of that name in a workspace; both are made if need be.
func (p *Platform) Person(team, name string) *Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.workspace(team)
	if w.people[name] == nil {
		w.people[name] = &Person{p: p, of: w, ID: p.id("U"), Name: name}
	}
	return w.people[name]
}

// workspace returns one, made if need be; p.mu is held.
func (p *Platform) workspace(id string) *workspace {
	w := p.workspaces[id]
	if w == nil {
		w = &workspace{id: id, name: id, bot: p.id("UAPP"), people: map[string]*Person{}, calls: map[string][]time.Time{}}
		p.workspaces[id] = w
	}
	return w
}

// Channel is where messages are: a channel, or the direct messages of a person and the app.
type Channel struct {
	ID string

	of     *workspace
	direct *Person // nil: it is a channel, with the app in it
	posts  []*Post
	last   time.Time // when the app posted here last
}

// Post is one message in a channel.
type Post struct {
	TS       string // its time and name
	Thread   string // the TS of the thread's first; "" outside one
	By       string // a user's id; the app's own is Bot
	Bot      bool
	Username string  // that the app gave itself
	Text     string  // as people see it
	Blocks   []Block // that it is made of; none where it is a text alone
	Button   bool    // the one that asks for a person is below it
	Files    []string
	Edited   bool // it was changed since; nobody sees that of blocks

	client string // its client_msg_id
}

// Channel returns the one of that name in a workspace, with the app in it.
func (p *Platform) Channel(team, name string) *Channel {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := team + "#" + name
	if p.channels[key] == nil {
		p.addChannel(key, &Channel{ID: p.id("C"), of: p.workspace(team)})
	}
	return p.channels[key]
}

// direct is the channel of a person and the app; p.mu is held.
func (p *Platform) direct(who *Person) *Channel { return p.dialogue("direct ", who) }

// dialogue is the channel of a person and the app, or whoever else that key is of; p.mu is held.
func (p *Platform) dialogue(whom string, who *Person) *Channel {
	key := whom + who.ID
	if p.channels[key] == nil {
		p.addChannel(key, &Channel{ID: p.id("D"), of: who.of, direct: who})
	}
	return p.channels[key]
}

func (p *Platform) addChannel(key string, c *Channel) { p.channels[key], p.channels[c.ID] = c, c }

// Posts returns what a channel shows, oldest first; of one thread where it is named.
func (p *Platform) Posts(c *Channel, thread string) []Post {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Post
	for _, post := range c.posts {
		if thread == "" || post.Thread == thread || post.TS == thread {
			all = append(all, *post)
		}
	}
	return all
}

// Direct is the channel of somebody and the app.
func (u *Person) Direct() *Channel {
	u.p.mu.Lock()
	defer u.p.mu.Unlock()
	return u.p.direct(u)
}

// Slackbot is the channel of somebody and Slackbot: what an app posts there by their id, in another
// name than its own, stands in no conversation of theirs with the app.
// https://docs.slack.dev/reference/methods/chat.postMessage (Sending messages as other entities)
func (u *Person) Slackbot() *Channel {
	u.p.mu.Lock()
	defer u.p.mu.Unlock()
	return u.p.dialogue("slackbot ", u)
}

// Told is what only they see, oldest first.
func (u *Person) Told() []string {
	u.p.mu.Lock()
	defer u.p.mu.Unlock()
	var all []string
	for _, t := range u.told {
		all = append(all, t.text)
	}
	return all
}

// id makes one; p.mu is held.
func (p *Platform) id(prefix string) string {
	p.counts[prefix]++
	return fmt.Sprintf("%s%08d", prefix, p.counts[prefix])
}

// secret makes an unguessable text; p.mu is held.
func (p *Platform) secret(prefix string) string {
	b := make([]byte, 16)
	if _, err := io.ReadFull(p.o.Rand, b); err != nil {
		panic("platform: Rand gave an error")
	}
	return prefix + hex.EncodeToString(b)
}

// ts is the name of something that happens now: no two are the same; p.mu is held.
func (p *Platform) ts() string {
	p.lastTS = max(p.lastTS+1, p.o.Clock.Now().UnixMicro())
	return fmt.Sprintf("%d.%06d", p.lastTS/1e6, p.lastTS%1e6)
}

// named is a channel by its id, or the direct messages with a user by theirs; p.mu is held.
func (p *Platform) named(w *workspace, id string) *Channel {
	if who := w.person(id); who != nil {
		return p.direct(who)
	}
	return p.byID(w, id)
}

// byID is a channel by its id only; p.mu is held.
func (p *Platform) byID(w *workspace, id string) *Channel {
	if c := p.channels[id]; c != nil && c.of == w && c.ID == id {
		return c
	}
	return nil
}

// person is one by their id; nil where there is none. p.mu is held.
func (w *workspace) person(id string) *Person {
	for _, who := range w.people {
		if who.ID == id {
			return who
		}
	}
	return nil
}
