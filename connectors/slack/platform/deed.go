package platform

import (
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
)

// deed is the body of POST /act.
type deed struct {
	Team   string `json:"team"`
	Person string `json:"person"`
	Act    string `json:"act"`
	Place  string `json:"place"`
	Thread string `json:"thread"`
	TS     string `json:"ts"`
	Text   string `json:"text"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Data   []byte `json:"data"`
}

// humanCommand is the app's, as its manifest has it.
const humanCommand = "/human"

// perform does what somebody does in their window, and waits for nothing.
func (c *console) perform(d deed) (any, error) {
	u, err := c.person(d.Team, d.Person)
	if err != nil {
		return nil, err
	}
	do, known := map[string]func(*Person, *Channel, deed) error{
		"write": (*Person).writes, "attach": (*Person).attaches, "edit": (*Person).edits,
		"delete": (*Person).deletes, "tap": (*Person).taps, "human": (*Person).commands,
	}[d.Act]
	if !known {
		return nil, fault.New(fault.BadRequest, consoleOp, "there is no such act")
	}
	where, err := c.where(u, d)
	if err != nil {
		return nil, err
	}
	if !utf8.ValidString(d.Text) || utf8.RuneCountInString(d.Text) > maxSaid {
		return nil, fault.New(fault.TextTooLong, consoleOp, "a message has at most 12000 characters")
	}
	return struct{}{}, do(u, where, d)
}

// where is the channel of a deed, which is in their window, and has the thread that they name.
func (c *console) where(u *Person, d deed) (*Channel, error) {
	direct, shared := u.Direct(), c.p.Channel(c.team, c.channel)
	place := map[string]*Channel{direct.ID: direct, shared.ID: shared}[d.Place]
	if place == nil {
		return nil, fault.New(fault.NotFound, consoleOp, "there is no such place in their window")
	}
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if d.Thread != "" && place.post(d.Thread) == nil {
		return nil, fault.New(fault.NotFound, consoleOp, "there is no such thread")
	}
	return place, nil
}

// said is whether there is a text, as Slack asks for.
func (d deed) said() error {
	if strings.TrimSpace(d.Text) == "" {
		return fault.New(fault.BadText, consoleOp, "write something")
	}
	return nil
}

func (u *Person) writes(where *Channel, d deed) error {
	if err := d.said(); err != nil {
		return err
	}
	u.Say(where, d.Text, d.Thread)
	return nil
}

func (u *Person) attaches(where *Channel, d deed) error {
	if d.Name == "" || utf8.RuneCountInString(d.Name) > maxFileName || strings.ContainsFunc(d.Name, unicode.IsControl) || len(d.Data) == 0 {
		return fault.New(fault.BadRequest, consoleOp, "a file has a name of 1 to 255 characters in one line, and data")
	}
	kind, _, err := mime.ParseMediaType(d.Kind)
	if err != nil { // browsers know no media type of many files
		kind = "application/octet-stream"
	}
	u.p.mu.Lock()
	f := u.p.addFile(u.of, d.Name, kind, d.Data)
	u.p.mu.Unlock()
	u.say(where, d.Text, d.Thread, []*file{f})
	return nil
}

const maxFileName = 255 // characters

func (u *Person) edits(where *Channel, d deed) error {
	if err := d.said(); err != nil {
		return err
	}
	_, err := u.Edit(where, d.TS, d.Text)
	return err
}

func (u *Person) deletes(where *Channel, d deed) error {
	_, err := u.Delete(where, d.TS)
	return err
}

func (u *Person) taps(where *Channel, d deed) error {
	_, err := u.Tap(where, d.TS)
	return err
}

func (u *Person) commands(where *Channel, d deed) error {
	u.Command(where, humanCommand, d.Text)
	return nil
}
