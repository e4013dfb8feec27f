package platform

import (
	"crypto/subtle"
	"encoding/json"
	"encoding/xml"
	"errors"
	"strconv"
	"unicode/utf8"
)

// sealed is the envelope of an encrypted reply.
type sealed struct {
	Encrypt      string
	MsgSignature string
	TimeStamp    number
	Nonce        number
}

// passive is a reply to a push, in the clear:
// https://developers.weixin.qq.com/doc/subscription/guide/product/message/Passive_user_reply_message.html
type passive struct {
	ToUserName   string
	FromUserName string
	CreateTime   number
	MsgType      string
	Content      string
	Image        replyMedia
	Voice        replyMedia
	Video        replyMedia
	Articles     struct {
		Item []struct {
			Title string
			URL   string `xml:"Url" json:"Url"`
		} `xml:"item" json:"item"`
	}
}

// handOver is the reply that hands a customer over to WeChat's own customer service. It is the only
// one that mini-programs may give: https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/customer-message/trans.html
const handOver = "transfer_customer_service"

type replyMedia struct {
	ID    string `xml:"MediaId" json:"MediaId"`
	Title string
}

// number is one in either format, in quotes or without.
type number string

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	*n = number(text)
	return nil
}

var errReply = errors.New("not a reply that WeChat takes")

// answered does what a reply in time asks for.
func (p *Platform) answered(u *User, a answer) Outcome {
	text := string(a.body)
	if text == "" || text == "success" { // as it is, in any mode
		return Answered
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e, err := p.understand(u, a.body)
	if err != nil {
		u.show(Entry{Who: System, Kind: "fault", Text: u.account.faultText()})
		return Nonsense
	}
	if e.Kind != handOver { // that one shows nothing
		e.By = Passive
		u.told(e)
	}
	return Answered
}

// unheard notes a reply that was lost: who gave it cannot know that.
func (p *Platform) unheard(u *User, a answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, err := p.understand(u, a.body); err == nil {
		u.sends = append(u.sends, send{text: e.Text})
	}
}

// understand reads a reply in the account's own format and mode; p.mu is held.
func (p *Platform) understand(u *User, raw []byte) (Entry, error) {
	a := u.account
	var envelope sealed
	if err := a.decode(raw, &envelope); err != nil {
		return Entry{}, err
	}
	if envelope.Encrypt == "" && a.Mode == Safe || envelope.Encrypt != "" && a.Mode == Plain {
		return Entry{}, errReply
	}
	if envelope.Encrypt != "" {
		want := signature(a.Token, string(envelope.TimeStamp), string(envelope.Nonce), envelope.Encrypt)
		if subtle.ConstantTimeCompare([]byte(want), []byte(envelope.MsgSignature)) != 1 {
			return Entry{}, errReply
		}
		opened, err := unseal(a.key, envelope.Encrypt, a.AppID)
		if err != nil {
			return Entry{}, err
		}
		raw = opened
	}
	var reply passive
	if err := a.decode(raw, &reply); err != nil {
		return Entry{}, err
	}
	if _, err := strconv.ParseInt(string(reply.CreateTime), 10, 64); err != nil ||
		reply.ToUserName != u.OpenID || reply.FromUserName != a.Original {
		return Entry{}, errReply
	}
	return p.entry(a, reply)
}

func (a *account) decode(raw []byte, into any) error {
	if a.Format == JSON {
		return json.Unmarshal(raw, into)
	}
	named := struct {
		XMLName xml.Name
		Inner   []byte `xml:",innerxml"`
	}{}
	if err := xml.Unmarshal(raw, &named); err != nil || named.XMLName.Local != "xml" {
		return errReply
	}
	return xml.Unmarshal(raw, into)
}

// entry is what a reply looks like on the phone; p.mu is held.
func (p *Platform) entry(a *account, reply passive) (Entry, error) {
	e := Entry{Kind: reply.MsgType}
	if a.Kind == MiniProgram && reply.MsgType != handOver {
		return e, errReply
	}
	switch reply.MsgType {
	case "text":
		e.Text = reply.Content
		if e.Text == "" || len(e.Text) > maxText || !utf8.ValidString(e.Text) {
			return e, errReply
		}
	case "image":
		e.Media = reply.Image.ID
	case "voice":
		e.Media = reply.Voice.ID
	case "video":
		e.Media, e.Text = reply.Video.ID, reply.Video.Title
	case "news":
		if len(reply.Articles.Item) == 0 {
			return e, errReply
		}
		e.Text, e.URL = reply.Articles.Item[0].Title, reply.Articles.Item[0].URL
	case handOver:
	default:
		return e, errReply
	}
	if kind := reply.MsgType; kind == "image" || kind == "voice" || kind == "video" {
		if p.kept(a, e.Media, kind) == nil {
			return e, errReply
		}
	}
	return e, nil
}
