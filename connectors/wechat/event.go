package wechat

import (
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// event translates what a customer did instead of writing, or says why it means nothing:
// a page or a mini program was opened, a position reported by itself, or it is an event
// that nobody waits for. See
// https://developers.weixin.qq.com/doc/service/guide/product/message/Receiving_event_pushes.html
// and https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Custom_Menu_Push_Events.html
func (w words) event(p push) (in channel.Inbound, ignored string) {
	key := p.get("EventKey")
	switch strings.ToLower(p.get("Event")) {
	case "subscribe":
		if scene, scanned := strings.CutPrefix(key, "qrscene_"); scanned {
			return channel.Inbound{Parts: w.act(w.followedByCode, scene), Grant: arrived}, ""
		}
		return channel.Inbound{Parts: w.act(w.followed, ""), Grant: arrived}, ""
	case "unsubscribe":
		return channel.Inbound{Parts: w.act(w.unfollowed, ""), Gone: true}, ""
	case "scan":
		return channel.Inbound{Parts: w.act(w.scanned, key), Grant: arrived}, ""
	case "click":
		if key == HumanKey {
			key = human
		}
		return channel.Inbound{Parts: w.texts(key), Grant: tapped}, ""
	case "scancode_push", "scancode_waitmsg":
		return channel.Inbound{Parts: w.act(w.scannedCode, p.get("ScanResult")), Grant: tapped}, ""
	case "user_enter_tempsession":
		return channel.Inbound{Parts: w.act(w.opened, p.get("SessionFrom")), Grant: entered}, ""
	case "view", "view_miniprogram":
		return channel.Inbound{}, "view"
	case "location":
		return channel.Inbound{}, "location_report"
	default:
		return channel.Inbound{}, "unknown_event"
	}
}

// maxDetail is how much of a scene or of a code's content is told, in code points.
const maxDetail = 200

// act tells what was done, with the detail in brackets, where there is one.
func (w words) act(what, detail string) []conversation.Part {
	if clean, err := channel.CleanText(strings.Join(strings.Fields(detail), " ")); err == nil {
		if runes := []rune(clean); len(runes) > maxDetail {
			clean = string(runes[:maxDetail]) + "…"
		}
		what += w.open + clean + w.shut
	}
	return []conversation.Part{{Kind: conversation.Act, Text: what}}
}
