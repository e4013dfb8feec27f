package wechat

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// answer is what every answer of WeChat's in JSON may hold.
type answer struct {
	Code    *int   `json:"errcode"`
	Message string `json:"errmsg"`
}

// The errcodes that more is done about than telling them.
const (
	badMediaID    = 40007
	badAccount    = 40200 // "invalid account type": this account sends no menus
	strangeIP     = 40164
	strangeIPToo  = 61004
	dayIsSpent    = 45009
	minuteIsSpent = 45011
	typesAlready  = 45081
)

// refusedTokens are the errcodes for an access token that WeChat does not take (any more).
// 40001 is also that of a wrong AppSecret, where a token is asked for.
var refusedTokens = []int{40001, 40014, 42001}

// meaning is the fault that an errcode becomes.
type meaning struct {
	code fault.Code
	hint string
}

const (
	hintToken  = "WeChat does not take the access token, or the AppSecret that it was asked for with: compare AppID and AppSecret with those of the account"
	hintSecret = "WeChat does not know this AppID with this AppSecret: compare both with those in 微信公众平台, and set the secret anew if it was reset"
	hintGone   = "this customer does not follow the account, or blocked it: they can be reached elsewhere only"
)

// meanings are WeChat's errcodes.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage, section 错误码,
// https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken, and the list of all
// (全局返回码, https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html).
// What is not listed is ProviderRefused.
var meanings = map[int]meaning{
	-1:            {fault.ProviderBusy, "WeChat is busy: try again"},
	40001:         {fault.ProviderAuth, hintToken},
	40014:         {fault.ProviderAuth, hintToken},
	42001:         {fault.ProviderAuth, hintToken},
	41001:         {fault.ProviderAuth, hintToken},
	40002:         {fault.ProviderAuth, hintSecret},
	40013:         {fault.ProviderAuth, hintSecret},
	40125:         {fault.ProviderAuth, hintSecret},
	41002:         {fault.ProviderAuth, hintSecret},
	41004:         {fault.ProviderAuth, hintSecret},
	40243:         {fault.ProviderAuth, "the account's AppSecret is frozen: unfreeze it in 微信开发者平台, which takes ten minutes"},
	strangeIP:     {fault.ProviderAuth, ""},
	strangeIPToo:  {fault.ProviderAuth, ""},
	48001:         {fault.ProviderAuth, "this account has no right to this part of WeChat's API: verify the account (微信认证) or look at its rights in 微信公众平台"},
	48004:         {fault.ProviderAuth, "WeChat has banned the account from this part of its API: look at its notices in 微信公众平台"},
	40003:         {fault.RecipientGone, hintGone},
	43004:         {fault.RecipientGone, hintGone},
	43005:         {fault.RecipientGone, hintGone},
	43019:         {fault.RecipientGone, hintGone},
	45015:         {fault.WindowClosed, "the customer last wrote too long ago, or does not follow the account any more: nothing can be sent until they write again"},
	45047:         {fault.AllowanceSpent, "WeChat takes no further message until the customer writes again"},
	dayIsSpent:    {fault.ProviderBusy, "the account's calls of this day are used up: they are counted anew at midnight in Beijing, or once somebody resets them in 微信公众平台"},
	minuteIsSpent: {fault.ProviderBusy, "the account's calls of this minute are used up"},
	45002:         {fault.TextTooLong, "the text is longer than WeChat carries: send it in parts"},
	45003:         {fault.BadLink, "WeChat takes no title of this length: shorten it"},
	45004:         {fault.BadLink, "WeChat takes no description of this length: shorten it"},
	45005:         {fault.BadLink, "WeChat takes no address of this length: shorten it"},
	45006:         {fault.BadLink, "WeChat takes no picture's address of this length: shorten it, or leave the picture out"},
	44004:         {fault.BadText, "the text is empty: write something"},
	badAccount:    {fault.ProviderRefused, "this account sends no menus: only verified service accounts do"},
}

// refusal is WeChat's no, as logs may hold it: its words are not told, since they can name
// whom a call was for.
type refusal struct {
	code    int
	rid     string // WeChat's name for the call, by which its support finds it; "" where it gave none
	address string // of ours, if it is not on the account's IP list; else ""
}

func (r refusal) Error() string {
	text := fmt.Sprintf("errcode %d", r.code)
	if r.rid != "" {
		text += ", rid " + r.rid
	}
	if r.address != "" {
		text += ", of the address " + r.address
	}
	return text
}

// fault makes an answer's errcode a fault. at is when WeChat said it; zero where not known.
func (a answer) fault(op string, at time.Time) error {
	code := *a.Code
	known, ok := meanings[code]
	if !ok {
		known = meaning{fault.ProviderRefused, fmt.Sprintf("WeChat refused with errcode %d: look it up in WeChat's list of return codes (全局返回码)", code)}
	}
	no := refusal{code: code, rid: ridIn(a.Message)}
	f := &fault.Error{Code: known.code, Op: op, Hint: known.hint}
	switch code {
	case strangeIP, strangeIPToo:
		no.address = addressIn(a.Message)
		f.Hint = hintIP(no.address)
	case dayIsSpent:
		f.RetryAfter = untilNextDay(at)
	case minuteIsSpent:
		f.RetryAfter = time.Minute
	}
	f.Err = no
	return f
}

var rid = regexp.MustCompile(`\brid: ?([0-9a-fA-F-]{8,64})`)

func ridIn(message string) string {
	if found := rid.FindStringSubmatch(message); found != nil {
		return found[1]
	}
	return ""
}

// addressIn finds the address that WeChat refused: "invalid ip 101.45.43.1 ipv6
// ::ffff:101.45.43.1, not in whitelist …"; "" where there is none.
// Source: https://github.com/overtrue/laravel-wechat/issues/367
func addressIn(message string) string {
	for _, word := range strings.Fields(message) {
		if ip, err := netip.ParseAddr(strings.TrimRight(word, ",.;")); err == nil {
			return ip.Unmap().String()
		}
	}
	return ""
}

func hintIP(address string) string {
	return "add " + cmp.Or(address, "the address that this program calls from") +
		" to the account's IP 白名单 in 微信公众平台, or let the calls for tokens come from an address that is on it"
}

// untilNextDay is how long WeChat's day still lasts: till midnight in Beijing. An hour is the
// least, and what is told where the time is not known.
func untilNextDay(at time.Time) time.Duration {
	const least = time.Hour
	if at.IsZero() {
		return least
	}
	beijing := at.In(time.FixedZone("Beijing", 8*60*60))
	midnight := time.Date(beijing.Year(), beijing.Month(), beijing.Day()+1, 0, 0, 0, 0, beijing.Location())
	return max(midnight.Sub(beijing), least)
}

// errcodeOf returns the errcode behind an error; 0 for one that is no refusal of WeChat's.
func errcodeOf(err error) int {
	var no refusal
	if errors.As(err, &no) {
		return no.code
	}
	return 0
}

func tokenRefused(err error) bool { return slices.Contains(refusedTokens, errcodeOf(err)) }
