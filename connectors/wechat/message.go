package wechat

import (
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// What a customer's acts let us send:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
// and, of a mini program's session,
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/customer-message/send.html
var (
	wrote   = conversation.Grant{Messages: 5, Lasts: 48 * time.Hour}
	tapped  = conversation.Grant{Messages: 3, Lasts: time.Minute} // a menu, and an item of a message's menu
	arrived = conversation.Grant{Messages: 3, Lasts: time.Minute} // followed, or scanned a code
	entered = conversation.Grant{Messages: 2, Lasts: time.Minute} // a mini program's session
)

// HumanKey is the key of the menu's item that asks for a person, and human what tapping
// it says.
const (
	HumanKey = "human"
	human    = "转人工"
)

// message translates what a customer wrote or sent.
func (w words) message(p push) channel.Inbound {
	in := channel.Inbound{Grant: wrote}
	switch kind := p.get("MsgType"); kind {
	case "text":
		in.Parts = w.texts(p.get("Content"))
		if p.get("bizmsgmenuid") != "" { // an item of a menu of ours was tapped: an ask
			in.Grant = tapped
			if in.Parts[0].Kind != conversation.Text {
				in.Parts = conversation.TextParts(human)
			}
		}
	case "image":
		in.Parts = w.media(p, conversation.Image, "image/jpeg", "image")
	case "voice":
		in.Parts = w.voice(p)
	case "video", "shortvideo":
		in.Parts = w.media(p, conversation.Video, "video/mp4", "video.mp4")
	case "location":
		in.Parts = w.texts(w.location, p.get("Label"), w.coordinates(p))
	case "link":
		in.Parts = w.link(p)
	case "miniprogrampage":
		in.Parts = w.texts(w.page, p.get("Title"), p.get("PagePath"))
	default:
		in.Parts = []conversation.Part{w.unsupported(w.unknown)}
	}
	return in
}

// maxText is how much of a text is kept, in Unicode code points: WeChat's own clients
// send less.
const maxText = 8_000

// texts makes one part of lines; empty ones are left out. Where nothing in them can be
// seen, the part says so: whoever sent it is not refused, but offered a person.
func (w words) texts(lines ...string) []conversation.Part {
	clean, cut := joined(lines)
	if clean == "" {
		return []conversation.Part{w.unsupported(w.empty)}
	}
	parts := conversation.TextParts(clean)
	if cut {
		parts = append(parts, w.unsupported(w.tooLong))
	}
	return parts
}

// joined cleans lines, and says whether they were too long.
func joined(lines []string) (text string, cut bool) {
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		if clean, err := channel.CleanText(line); err == nil {
			kept = append(kept, clean)
		}
	}
	runes := []rune(strings.Join(kept, "\n"))
	if len(runes) <= maxText {
		return string(runes), false
	}
	text, _ = joined([]string{string(runes[:maxText])}) // what is cut may be no more than spaces
	return text, true
}

func (w words) unsupported(text string) conversation.Part {
	return conversation.Part{Kind: conversation.Unsupported, Text: text}
}

// media is content that lies with WeChat for three days. What it is said to be here is
// looked at when it is fetched.
func (w words) media(p push, kind conversation.PartKind, mediaType, name string) []conversation.Part {
	remote := p.get("MediaId")
	if remote == "" || len(remote) > maxMediaID {
		return []conversation.Part{w.unsupported(w.notArrived)}
	}
	return []conversation.Part{{Kind: kind, Media: conversation.Media{Remote: remote, Type: mediaType, Name: name}}}
}

// maxMediaID is more than a media id has: some 70 characters.
const maxMediaID = 512

// voice has what WeChat understood beside what was said, where the account has speech
// recognition.
func (w words) voice(p push) []conversation.Part {
	mediaType, name := "audio/amr", "voice.amr"
	if strings.EqualFold(p.get("Format"), "speex") {
		mediaType, name = "audio/speex", "voice.speex"
	}
	parts := w.media(p, conversation.Audio, mediaType, name)
	if text, _ := joined([]string{p.get("Recognition")}); text != "" {
		parts = append(parts, conversation.Part{Kind: conversation.Text, Text: text})
	}
	return parts
}

// coordinates are "" where one of them is no number.
func (w words) coordinates(p push) string {
	latitude, north := degrees(p.get("Location_X"), 90)
	longitude, east := degrees(p.get("Location_Y"), 180)
	if !north || !east {
		return ""
	}
	return w.latitude + latitude + w.longitude + longitude
}

func degrees(text string, most float64) (string, bool) {
	text = strings.TrimSpace(text)
	value, err := strconv.ParseFloat(text, 64)
	return text, err == nil && value >= -most && value <= most
}
