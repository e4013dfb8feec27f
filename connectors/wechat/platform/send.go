package platform

import (
	"encoding/json"
	"time"
	"unicode/utf8"
)

// The limits of texts and of the typing sign, by the pages of grant.go and
// https://developers.weixin.qq.com/miniprogram/en/dev/framework/open-ability/customer-message/typing.html.
const (
	maxText     = 2048 // bytes
	typingLasts = 15 * time.Second
	talkLasts   = 30 * time.Second // since the last message either way
)

// send is a call of custom/send of which its caller does not know how it went.
type send struct {
	text  string
	taken bool
}

// outgoing is the body of custom/send.
type outgoing struct {
	To   string `json:"touser"`
	Type string `json:"msgtype"`
	Text struct {
		Content string `json:"content"`
	} `json:"text"`
	Image mediaRef `json:"image"`
	Voice mediaRef `json:"voice"`
	Video mediaRef `json:"video"`
	News  struct {
		Articles []card `json:"articles"`
	} `json:"news"`
	Link card `json:"link"`
	Page struct {
		Title string `json:"title"`
		Thumb string `json:"thumb_media_id"`
		Path  string `json:"pagepath"`
	} `json:"miniprogrampage"`
	Menu struct {
		Head string `json:"head_content"`
		Tail string `json:"tail_content"`
		List []Item `json:"list"`
	} `json:"msgmenu"`
}

type (
	mediaRef struct {
		ID    string `json:"media_id"`
		Title string `json:"title"`
	}
	// card is an article of news, whose picture is picurl, or a link, whose is thumb_url.
	card struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
		Picture     string `json:"picurl"`
		Thumb       string `json:"thumb_url"`
	}
)

// customSend is POST /cgi-bin/message/custom/send. p.mu is held.
func (p *Platform) customSend(c call) result {
	if !c.account.Verified {
		return refuse(codeUnauthorized)
	}
	if escaped(c.body) {
		return refuse(codeEscapes)
	}
	var out outgoing
	if !utf8.Valid(c.body) || json.Unmarshal(c.body, &out) != nil {
		return refuse(codeBadJSON)
	}
	u := p.users[out.To]
	if u == nil || u.account != c.account {
		return refuse(codeBadOpenID)
	}
	e, code := p.outgoing(c.account, out)
	if code != 0 {
		return refuse(code)
	}
	if code, why, known := u.refusal(c.now); code != 0 {
		p.violated(u.OpenID, code, why, known)
		return refuse(code)
	}
	u.spend()
	e.By = API
	u.told(e)
	return result{}
}

// outgoing is what a message looks like on the phone, or why it is none; p.mu is held.
func (p *Platform) outgoing(a *account, out outgoing) (Entry, int) {
	e := Entry{Kind: out.Type}
	if !mayType(a.Kind, out.Type) {
		return e, codeBadMsgType
	}
	var wants []string // kinds of media, one of which it shows
	switch out.Type {
	case "text":
		e.Text = out.Text.Content
	case "image":
		e.Media, wants = out.Image.ID, []string{"image"}
	case "voice":
		e.Media, wants = out.Voice.ID, []string{"voice"}
	case "video":
		e.Media, e.Text, wants = out.Video.ID, out.Video.Title, []string{"video"}
	case "news":
		switch articles := out.News.Articles; {
		case len(articles) == 0 || articles[0] == card{}:
			return e, codeEmptyNews
		case len(articles) > 1:
			return e, codeArticles
		default:
			e.show(articles[0], articles[0].Picture)
		}
	case "link":
		e.show(out.Link, out.Link.Thumb)
	case "miniprogrampage":
		e.Text, e.URL, e.Media, wants = out.Page.Title, out.Page.Path, out.Page.Thumb, []string{"thumb", "image"}
	case "msgmenu":
		if !a.Menus {
			return e, codeAccountType
		}
		e.Text, e.Items = menuText(out), out.Menu.List
	}
	switch {
	case wants != nil && p.kept(a, e.Media, wants...) == nil:
		return e, codeBadMediaID
	case wants == nil && e.Text == "":
		return e, codeEmptyText
	case len(e.Text) > maxText:
		return e, codeTooLong
	}
	return e, 0
}

// words are what a send says, of whatever type it is.
func (out outgoing) words() string {
	text := out.Text.Content + menuText(out) + out.Link.Title
	for _, article := range out.News.Articles {
		text += article.Title
	}
	return text
}

// show makes an entry of a card.
func (e *Entry) show(c card, picture string) {
	e.Text, e.Description, e.URL, e.Picture = c.Title, c.Description, c.URL, picture
}

func menuText(out outgoing) string {
	text := out.Menu.Head
	for _, item := range out.Menu.List {
		text += "\n" + item.Content
	}
	if out.Menu.Tail != "" {
		text += "\n" + out.Menu.Tail
	}
	return text
}

// mayType reports whether accounts of a kind may send a type.
func mayType(kind Kind, msgType string) bool {
	switch msgType {
	case "text", "image", "miniprogrampage":
		return true
	case "link":
		return kind == MiniProgram
	case "voice", "video", "news", "msgmenu":
		return kind == Official
	}
	return false
}

// escaped reports whether JSON has a \u escape, which WeChat does not take.
func escaped(body []byte) bool {
	for i := 0; i+1 < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		if body[i+1] == 'u' {
			return true
		}
		i++ // what is escaped begins no escape
	}
	return false
}

// unanswered and taken note a send whose caller gets no answer: none of it was taken, or
// all. p.mu is held.
func (p *Platform) unanswered(c call) { p.uncertain(c, false) }
func (p *Platform) taken(c call)      { p.uncertain(c, true) }

func (p *Platform) uncertain(c call, taken bool) {
	var out outgoing
	if json.Unmarshal(c.body, &out) != nil {
		return // not a send
	}
	if u := p.users[out.To]; u != nil {
		u.sends = append(u.sends, send{text: out.words(), taken: taken})
	}
}

// typingPaths are where accounts of a kind say that somebody types:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_typing.html, section 注意事项.
var typingPaths = map[Kind]string{
	Official:    "/cgi-bin/message/custom/typing",
	MiniProgram: "/cgi-bin/message/custom/business/typing",
}

// customTyping is POST to one of the typingPaths. p.mu is held.
func (p *Platform) customTyping(c call) result {
	var ask struct {
		To      string `json:"touser"`
		Command string `json:"command"`
	}
	if json.Unmarshal(c.body, &ask) != nil {
		return refuse(codeBadJSON)
	}
	u := p.users[ask.To]
	switch {
	case !c.account.Verified || c.path != typingPaths[c.account.Kind]:
		return refuse(codeUnauthorized)
	case u == nil || u.account != c.account:
		return refuse(codeBadOpenID)
	case ask.Command == "CancelTyping":
		u.typing = time.Time{}
		return result{}
	case ask.Command != "Typing":
		return refuse(codeBadCommand)
	case c.now.Sub(u.talked) > talkLasts:
		return refuse(codeNoTalk)
	case c.now.Before(u.typing):
		return refuse(codeIsTyping)
	}
	u.typing = c.now.Add(typingLasts)
	return result{}
}

// Typing reports whether a phone shows 对方正在输入 now.
func (p *Platform) Typing(u *User) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.o.Clock.Now().Before(u.typing)
}
