package platform

import (
	"encoding/json"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// Follow follows an official account; scene is of the QR code that led there, or "".
func (u *User) Follow(scene string) (*Delivery, error) {
	return u.act(Official, "Follow", func() (*push, *grant, error) {
		if u.following {
			return nil, nil, fault.New(fault.NotPossible, "platform.Follow", "this user follows already")
		}
		u.following, u.followed = true, true
		u.show(Entry{Who: Customer, Kind: "event", Text: "subscribe"})
		push := u.event("subscribe", field{"EventKey", ""})
		if scene != "" {
			push = u.event("subscribe", field{"EventKey", "qrscene_" + scene}, field{"Ticket", u.p.random(72)})
		}
		return push, u.grant("follow", byFollow, push.created), nil
	})
}

// Unfollow ends it: nothing can be sent from then on.
func (u *User) Unfollow() (*Delivery, error) {
	return u.follower("Unfollow", func() (*push, *grant, error) {
		u.following = false
		u.show(Entry{Who: Customer, Kind: "event", Text: "unsubscribe"})
		push := u.event("unsubscribe", field{"EventKey", ""})
		return push, u.grant("unfollow", byNothing, push.created), nil
	})
}

// Scan scans a QR code of an account that the user follows already.
func (u *User) Scan(scene string) (*Delivery, error) {
	return u.follower("Scan", func() (*push, *grant, error) {
		u.show(Entry{Who: Customer, Kind: "event", Text: "SCAN"})
		push := u.event("SCAN", field{"EventKey", scene}, field{"Ticket", u.p.random(72)})
		return push, u.grant("scan", byScan, push.created), nil
	})
}

// ReportLocation is what the app does for accounts that want it. It grants nothing.
func (u *User) ReportLocation(latitude, longitude, precision float64) (*Delivery, error) {
	return u.follower("ReportLocation", func() (*push, *grant, error) {
		return u.event("LOCATION", field{"Latitude", latitude}, field{"Longitude", longitude}, field{"Precision", precision}), nil, nil
	})
}

// EnterSession opens the customer-service chat of a mini-program.
func (u *User) EnterSession(from string) (*Delivery, error) {
	return u.act(MiniProgram, "EnterSession", func() (*push, *grant, error) {
		u.show(Entry{Who: Customer, Kind: "event", Text: "user_enter_tempsession"})
		push := u.event("user_enter_tempsession", field{"SessionFrom", from})
		return push, u.grant("session", bySession, push.created), nil
	})
}

// Tap taps what the account's menu has under a key (CLICK, scancode_…) or an address (VIEW).
// Errors: NotFound where the menu has none.
func (u *User) Tap(key string) (*Delivery, error) {
	return u.follower("Tap", func() (*push, *grant, error) {
		b, ok := find(buttons(u.account.menu), key)
		if !ok {
			return nil, nil, fault.New(fault.NotFound, "platform.Tap", "the menu has no such key: create it first")
		}
		u.show(Entry{Who: Customer, Kind: "event", Text: b.Name})
		if b.Type == "view" {
			return u.event("VIEW", field{"EventKey", b.URL}), nil, nil
		}
		event := b.Type
		if event == "click" {
			event = "CLICK"
		}
		push := u.event(event, field{"EventKey", b.Key})
		return push, u.grant("menu", byMenu, push.created), nil
	})
}

// TapItem taps an item of a message on the phone. WeChat writes its text for the user, and
// counts it as the tap of a menu: it opens no 48 hours.
func (u *User) TapItem(id string) (*Delivery, error) {
	return u.message("TapItem", byMenu, func() (Entry, []field, error) {
		item, err := u.item(id)
		return Entry{Kind: "text", Text: item.Content}, []field{{"Content", item.Content}, {"bizmsgmenuid", id}}, err
	})
}

// Write writes a text.
func (u *User) Write(text string) (*Delivery, error) {
	return u.message("Write", byMessage, func() (Entry, []field, error) {
		return Entry{Kind: "text", Text: text}, []field{{"Content", text}}, nil
	})
}

// SendImage sends a picture (JPEG, PNG or GIF).
func (u *User) SendImage(data []byte) (*Delivery, error) {
	return u.message("SendImage", byMessage, func() (Entry, []field, error) {
		id := u.p.keep(u.account, "image", data)
		address := "http://mmbiz.qpic.cn/" + u.p.random(40) + "/0"
		return Entry{Kind: "image", Media: id}, []field{{"PicUrl", address}, {"MediaId", id}}, nil
	})
}

// SendVoice sends a voice note (AMR); recognition is what WeChat heard, or "" where the
// account did not switch that on.
func (u *User) SendVoice(data []byte, recognition string) (*Delivery, error) {
	return u.message("SendVoice", byMessage, func() (Entry, []field, error) {
		id := u.p.keep(u.account, "voice", data)
		fields := []field{{"MediaId", id}, {"Format", "amr"}}
		if recognition != "" {
			fields = append(fields, field{"Recognition", recognition})
		}
		return Entry{Kind: "voice", Media: id, Text: recognition}, fields, nil
	})
}

// SendVideo sends a video (MP4).
func (u *User) SendVideo(data []byte) (*Delivery, error) {
	return u.message("SendVideo", byMessage, func() (Entry, []field, error) {
		id, thumb := u.p.keep(u.account, "video", data), u.p.keep(u.account, "thumb", nil)
		return Entry{Kind: "video", Media: id}, []field{{"MediaId", id}, {"ThumbMediaId", thumb}}, nil
	})
}

// SendLocation sends a place.
func (u *User) SendLocation(latitude, longitude float64, label string) (*Delivery, error) {
	return u.message("SendLocation", byMessage, func() (Entry, []field, error) {
		return Entry{Kind: "location", Text: label}, []field{
			{"Location_X", latitude}, {"Location_Y", longitude}, {"Scale", int64(20)}, {"Label", label},
		}, nil
	})
}

// SendLink sends a link.
func (u *User) SendLink(title, description, address string) (*Delivery, error) {
	return u.message("SendLink", byMessage, func() (Entry, []field, error) {
		return Entry{Kind: "link", Text: title, Description: description, URL: address}, []field{{"Title", title}, {"Description", description}, {"Url", address}}, nil
	})
}

// message is act for what has a MsgId. The MsgType is the entry's kind.
func (u *User) message(op string, gives allowance, make func() (Entry, []field, error)) (*Delivery, error) {
	within := u.follower
	if u.account.Kind == MiniProgram {
		within = func(op string, do func() (*push, *grant, error)) (*Delivery, error) {
			return u.act(MiniProgram, op, do)
		}
	}
	return within(op, func() (*push, *grant, error) {
		e, fields, err := make()
		if err != nil {
			return nil, nil, err
		}
		e.Who = Customer
		u.show(e)
		u.p.lastMsgID += 1 + int64(u.p.nonce()%1000)
		push := u.push(e.Kind, u.p.lastMsgID, fields...)
		u.talked = u.p.o.Clock.Now()
		return push, u.grant(op, gives, push.created), nil
	})
}

// event makes the push of an event; p.mu is held.
func (u *User) event(name string, rest ...field) *push {
	return u.push("event", 0, append([]field{{"Event", name}}, rest...)...)
}

// follower is act for those who follow an official account.
func (u *User) follower(op string, do func() (*push, *grant, error)) (*Delivery, error) {
	return u.act(Official, op, func() (*push, *grant, error) {
		if !u.following {
			return nil, nil, fault.New(fault.NotPossible, "platform."+op, "this user does not follow the account: Follow first")
		}
		return do()
	})
}

// act does something and has it pushed. do runs with p.mu held.
func (u *User) act(kind Kind, op string, do func() (*push, *grant, error)) (*Delivery, error) {
	p := u.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if u.account.Kind != kind {
		return nil, fault.New(fault.NotPossible, "platform."+op, "this is for accounts of kind "+string(kind))
	}
	push, g, err := do()
	if err != nil {
		return nil, err
	}
	d := &Delivery{MsgID: push.msgID, CreateTime: push.created, done: make(chan struct{}), push: push, grant: g}
	if u.account.Webhook == "" {
		close(d.done)
		return d, nil
	}
	p.activity.Go(func() { p.deliver(d) })
	return d, nil
}

// Delivery is a push under way.
type Delivery struct {
	MsgID      int64     // 0 of events
	CreateTime time.Time // in seconds

	done     chan struct{}
	push     *push
	grant    *grant // what the act granted; nil: nothing
	attempts []Attempt
}

// button is a part of a menu, as /cgi-bin/menu/create takes it.
type button struct {
	Type string   `json:"type"`
	Name string   `json:"name"`
	Key  string   `json:"key"`
	URL  string   `json:"url"`
	Sub  []button `json:"sub_button"`
}

// buttons reads a menu that was checked when it was created.
func buttons(menu []byte) []button {
	var m struct {
		Button []button `json:"button"`
	}
	if menu == nil || json.Unmarshal(menu, &m) != nil {
		return nil
	}
	return m.Button
}

func find(in []button, key string) (button, bool) {
	for _, b := range in {
		if len(b.Sub) == 0 && (b.Key == key || b.Type == "view" && b.URL == key) {
			return b, true
		}
		if found, ok := find(b.Sub, key); ok {
			return found, true
		}
	}
	return button{}, false
}
