package platform

import (
	"regexp"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// User is somebody with WeChat on their phone, as one account knows them. Its methods are
// what they do; each pushes what WeChat would, and returns without waiting for the answer.
type User struct {
	p       *Platform
	account *account

	AppID  string
	Name   string
	OpenID string

	following bool
	followed  bool // ever
	grants    []*grant
	balance   balance
	phone     []Entry
	talked    time.Time // the last message either way
	typing    time.Time // until when 对方正在输入 is shown
	wishes    []Wish
	sends     []send // whose sender got no answer
}

// Who wrote an entry.
type Who string

// The writers.
const (
	Customer Who = "customer"
	Company  Who = "company" // the account
	System   Who = "system"  // WeChat itself
)

// By is how an entry of the company came.
type By string

// The ways.
const (
	Passive By = "passive" // in the answer to a push
	API     By = "api"
)

// Entry is one line of what a user sees.
type Entry struct {
	N     int    `json:"n"` // grows; unique for the platform
	Who   Who    `json:"who"`
	Kind  string `json:"kind"` // text, image, voice, video, location, link, news, msgmenu, miniprogrampage, event, fault
	Text  string `json:"text,omitempty"`
	Media string `json:"media,omitempty"` // media_id
	URL   string `json:"url,omitempty"`

	Description string `json:"description,omitempty"` // of a card, as the next; Text is its title
	Picture     string `json:"picture,omitempty"`     // the address of one, which WeChat fetches and this phone does not

	Items []Item    `json:"items,omitempty"` // of an msgmenu, or links in a text that act as one
	By    By        `json:"by,omitempty"`
	At    time.Time `json:"at"`
}

// Item is what can be tapped in a message.
type Item struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// What WeChat writes itself when a webhook does not answer or answers nonsense. The
// mini-program's is published with the format of its pushes; the other is what phones show
// where the page on passive replies says 该公众号暂时无法提供服务，请稍后再试.
const (
	officialFault    = "该公众号提供的服务出现故障，请稍后再试"
	miniProgramFault = "该小程序客服暂时无法提供服务，请稍后再试"
)

func (a *account) faultText() string {
	if a.Kind == MiniProgram {
		return miniProgramFault
	}
	return officialFault
}

// Phone returns what a user sees, oldest first.
func (p *Platform) Phone(u *User) []Entry { return p.PhoneAfter(u, 0) }

// PhoneAfter returns what came after the entry with number n.
func (p *Platform) PhoneAfter(u *User, n int) []Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	var after []Entry
	for _, e := range u.phone {
		if e.N > n {
			after = append(after, e)
		}
	}
	return after
}

// show puts an entry on a phone, and returns its number; p.mu is held.
func (u *User) show(e Entry) int {
	u.p.entries++
	e.N, e.At = u.p.entries, u.p.o.Clock.Now()
	if e.Kind == "text" && e.Who == Company {
		e.Items = links(e.Text)
	}
	u.phone = append(u.phone, e)
	return e.N
}

// told is show for what the company says; p.mu is held.
func (u *User) told(e Entry) {
	e.Who = Company
	u.show(e)
	u.talked, u.typing = u.p.o.Clock.Now(), time.Time{}
}

// menuLink is the undocumented link that acts like an msgmenu's item.
var menuLink = regexp.MustCompile(`weixin://bizmsgmenu\?msgmenucontent=([^&"']*)&(?:amp;)?msgmenuid=([^&"']*)`)

func links(text string) []Item {
	var items []Item
	for _, m := range menuLink.FindAllStringSubmatch(text, -1) {
		items = append(items, Item{ID: m[2], Content: m[1]})
	}
	return items
}

// item finds the newest thing with that id that can be tapped; p.mu is held.
func (u *User) item(id string) (Item, error) {
	for i := len(u.phone) - 1; i >= 0; i-- {
		for _, item := range u.phone[i].Items {
			if item.ID == id {
				return item, nil
			}
		}
	}
	return Item{}, fault.New(fault.NotFound, "platform.TapItem", "no message on this phone has an item with this id")
}
