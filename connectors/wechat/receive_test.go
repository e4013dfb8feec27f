package wechat_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// one wants a call to be one message.
func one(t *testing.T, r channel.Request) channel.Inbound {
	t.Helper()
	receipt, err := connector(t, options("")).Receive(context.Background(), r)
	if err != nil || len(receipt.Messages) != 1 {
		t.Fatalf("%d messages, ignored %q, %v", len(receipt.Messages), receipt.Ignored, err)
	}
	return receipt.Messages[0]
}

func words(in channel.Inbound) string { return conversation.Message{Parts: in.Parts}.Words() }

// message is a text with some fields otherwise.
func message(content, rest string) string {
	return "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[openid-1]]></FromUserName><CreateTime>1714112445</CreateTime>" +
		"<MsgType><![CDATA[text]]></MsgType><Content>" + content + "</Content>" + rest + "</xml>"
}

// scanned is the event of a menu's scan as JSON, with something in place of what was scanned.
func scanned(info string) string {
	return `{"ToUserName":"gh_1","FromUserName":"openid-1","CreateTime":1714112445,"MsgType":"event","Event":"scancode_push","EventKey":"6","ScanCodeInfo":` + info + `}`
}

// TestWhatStandsInsideJSON is read one level deep, whatever it holds: a call that names
// itself inside once had no end.
func TestWhatStandsInsideJSON(t *testing.T) {
	const nothing = "从菜单扫了码"
	for info, want := range map[string]string{
		`{"ScanType":"qrcode","ScanResult":"1"}`:                nothing + "（1）",
		`{"ScanCodeInfo":{"ScanCodeInfo":{}},"ScanResult":"2"}`: nothing + "（2）",
		`"{\"ScanResult\":\"3\"}"`:                              nothing + "（3）",
		`"{broken"`:                                             nothing, `{}`: nothing, `[]`: nothing, `null`: nothing, `7`: nothing,
	} {
		in := one(t, post(plainID, scanned(info)))
		if len(in.Parts) != 1 || in.Parts[0].Kind != conversation.Act || in.Parts[0].Text != want {
			t.Errorf("%s: %+v", info, in.Parts)
		}
	}
}

// What is malformed in one field costs that field.
func TestMalformedFields(t *testing.T) {
	const id = "<MsgId>77</MsgId>"
	const key = "1714112445000-c.00000000000000000077"
	for name, c := range map[string]struct {
		body, words string
		key         conversation.Key // "" for any
	}{
		"control characters":        {message("<![CDATA[找\x08人\x00工]]>", id), "找人工", key},
		"invalid UTF-8":             {message("<![CDATA[找\xff人工]]>", id), "找\uFFFD人工", key},
		"MsgId is no number":        {message("<![CDATA[hi]]>", "<MsgId>7x7</MsgId>"), "hi", ""},
		"MsgId is huge":             {message("<![CDATA[hi]]>", "<MsgId>"+strings.Repeat("7", 21)+"</MsgId>"), "hi", ""},
		"MsgId is missing":          {message("<![CDATA[hi]]>", ""), "hi", ""},
		"bizmsgmenuid is no number": {message("<![CDATA[hi]]>", id+"<bizmsgmenuid>x</bizmsgmenuid>"), "hi", key},
		"no CDATA":                  {message("a &lt;b&gt; &amp;amp; &nbsp; < c & d", id), "a <b> &amp; &nbsp; < c & d", key},
		"the end of a section":      {message("<![CDATA[a]]]]><![CDATA[>b]]>", id), "a]]>b", key},
		"the end of one, bare":      {message("<![CDATA[a]]>b</Content>c]]>", id), "a]]>b</Content>c", key},
		"a section without end":     {message("<![CDATA[hi", id), "hi", key},
		"an empty element":          {message("<![CDATA[hi]]>", "<Idx/>"+id+"<MsgDataId />"), "hi", key},
		"an XML declaration":        {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + message("<![CDATA[hi]]>", id), "hi", key},
		"an entity":                 {`<!DOCTYPE xml [<!ENTITY x "y">]>` + message("&x;", id), "&x;", key},
		"JSON numbers as texts":     {`{"ToUserName":"gh_1","FromUserName":"openid-1","CreateTime":"1714112445","MsgType":"text","Content":"hi","MsgId":"77"}`, "hi", key},
		"JSON control characters":   {"{\"ToUserName\":\"gh_1\",\"FromUserName\":\"openid-1\",\"CreateTime\":1714112445,\"MsgType\":\"text\",\"Content\":\"h\x08i\",\"MsgId\":77}", "h i", key},
		"another CreateTime":        {strings.Replace(message("<![CDATA[hi]]>", id), "1714112445", "soon", 1), "hi", "1714112446000-c.00000000000000000077"},
		"CreateTime far ahead":      {strings.Replace(message("<![CDATA[hi]]>", id), "1714112445", "9714112445", 1), "hi", "1714112446000-c.00000000000000000077"},
	} {
		if name == "an entity" {
			if _, err := connector(t, options("")).Receive(context.Background(), post(plainID, c.body)); !fault.Is(err, fault.BadRequest) {
				t.Errorf("%s: got %v", name, err)
			}
			continue
		}
		in := one(t, post(plainID, c.body))
		if got := words(in); got != c.words {
			t.Errorf("%s: the words are %q, want %q", name, got, c.words)
		}
		if c.key != "" && in.Key != c.key {
			t.Errorf("%s: the key is %s", name, in.Key)
		}
		if again := one(t, post(plainID, c.body)); again.Key != in.Key {
			t.Errorf("%s: another try is another message", name)
		}
	}
}

// What a customer writes takes no place of another field, also where WeChat would not
// escape it.
func TestNothingIsInjected(t *testing.T) {
	in := one(t, post(plainID, message("<![CDATA[x]]></Content><FromUserName>somebody</FromUserName><MsgType>event</MsgType><Content><![CDATA[y]]>", "<MsgId>1</MsgId>")))
	if in.Peer.User != "openid-1" || len(in.Parts) != 1 || in.Parts[0].Kind != conversation.Text {
		t.Errorf("a text became %+v", in)
	}
	in = one(t, post(plainID, message("&lt;MsgId&gt;5&lt;/MsgId&gt;", "<MsgId>1</MsgId>")))
	if in.Key != "1714112445000-c.00000000000000000001" {
		t.Errorf("the key is %s", in.Key)
	}
}

// What WeChat signs says when it began to wait, also after 2038.
func TestWhenACallBegan(t *testing.T) {
	for _, began := range []time.Time{now().Add(-4 * time.Second), time.Unix(1<<31+7, 0)} {
		r := sign(channel.Request{Method: http.MethodPost, Path: "/channels/wechat/" + plainID, At: began, Body: []byte(message("x", ""))})
		r.At = began.Add(4500 * time.Millisecond)
		receipt, err := connector(t, options("")).Receive(context.Background(), r)
		if err != nil || !receipt.Began.Equal(began) {
			t.Errorf("got %+v, %v", receipt, err)
		}
	}
}

// Numbers in JSON are numbers: a library that matches fields by Go's names loses these two.
func TestPlacesAndVoiceInJSON(t *testing.T) {
	in := one(t, post(plainID, `{"ToUserName":"gh_1","FromUserName":"openid-1","CreateTime":1714112445,"MsgType":"location","Location_X":23.134521,"Location_Y":113.358803,"Scale":20,"Label":"广州","MsgId":77}`))
	if got := words(in); !strings.Contains(got, "23.134521") || !strings.Contains(got, "113.358803") || !strings.Contains(got, "广州") {
		t.Errorf("a place: %q", got)
	}
	in = one(t, post(plainID, `{"ToUserName":"gh_1","FromUserName":"openid-1","CreateTime":1714112445,"MsgType":"voice","MediaId":"m","Format":"amr","Recognition":"转人工。","MsgId":78}`))
	if got := words(in); !strings.Contains(got, "转人工") || len(in.Parts) != 2 {
		t.Errorf("a voice: %q, %+v", got, in.Parts)
	}
}

// The same openid and MsgId at two accounts are two customers' messages.
func TestAccountsShareNothing(t *testing.T) {
	a, b := one(t, post(plainID, message("x", "<MsgId>1</MsgId>"))), one(t, post(docsID, message("x", "<MsgId>1</MsgId>")))
	ids, err := conversation.NewIDs([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	if a.Key != b.Key || a.Peer == b.Peer || ids.Of(a.Peer) == ids.Of(b.Peer) {
		t.Errorf("%+v and %+v", a.Peer, b.Peer)
	}
}

// Messages that nobody can read are kept, and never refused.
func TestWhatCannotBeRead(t *testing.T) {
	for name, body := range map[string]string{
		"nothing visible":   message("<![CDATA[\u200b \u2800]]>", ""),
		"empty":             message("", ""),
		"an unknown type":   strings.Replace(message("x", ""), "[text]", "[hologram]", 1),
		"a picture without": strings.Replace(message("x", ""), "[text]", "[image]", 1),
	} {
		in := one(t, post(plainID, body))
		if len(in.Parts) != 1 || in.Parts[0].Kind != conversation.Unsupported || in.Grant.Messages != 5 {
			t.Errorf("%s: got %+v", name, in)
		}
	}
	in := one(t, post(plainID, message(strings.Repeat("长", 9000), "")))
	if len([]rune(in.Parts[0].Text)) != 8000 || len(in.Parts) != 2 || in.Parts[1].Kind != conversation.Unsupported {
		t.Errorf("a long text has %d parts", len(in.Parts))
	}
}

func TestWordsInBothLanguages(t *testing.T) {
	for lang, want := range map[conversation.Language]string{
		"": "扫码关注了公众号（7）", conversation.Chinese: "扫码关注了公众号（7）", conversation.English: "followed the account by scanning a code (7)",
	} {
		o := options("")
		o.Language = lang
		r := post(plainID, `{"FromUserName":"u","MsgType":"event","Event":"subscribe","EventKey":"qrscene_7","CreateTime":1}`)
		receipt, err := connector(t, o).Receive(context.Background(), r)
		if err != nil || receipt.Messages[0].Parts[0].Text != want {
			t.Errorf("%q: got %+v, %v", lang, receipt, err)
		}
	}
}

// A tapped item without words is the ask, as ours all are.
func TestTappedItem(t *testing.T) {
	in := one(t, post(plainID, message("", "<bizmsgmenuid>1</bizmsgmenuid>")))
	if words(in) != "转人工" || in.Grant != (conversation.Grant{Messages: 3, Lasts: time.Minute}) {
		t.Errorf("got %+v", in)
	}
}

// Two taps on the same item are told apart by their second, and a customer's id is in
// no key.
func TestEventKeys(t *testing.T) {
	event := func(user, key, at string) channel.Inbound {
		return one(t, post(plainID, `{"FromUserName":"`+user+`","MsgType":"event","Event":"CLICK","EventKey":"`+key+`","CreateTime":`+at+`}`))
	}
	first := event("u1", "a", "1714112440")
	for name, other := range map[string]channel.Inbound{"key": event("u1", "b", "1714112440"), "time": event("u1", "a", "1714112441")} {
		if other.Key == first.Key {
			t.Errorf("another %s has the same key", name)
		}
	}
	if other := event("u2", "a", "1714112440"); other.Key != first.Key || other.Peer == first.Peer {
		t.Error("the customer is in the key, or not in the peer")
	}
}

// While a key is changed calls come with either.
func TestKeyChange(t *testing.T) {
	for _, key := range []string{sampleKey, docsKey} {
		r := channel.Request{Method: http.MethodPost, Path: "/channels/wechat/" + turnID, At: now(), Body: []byte(sampleBody)}
		a := accountOf(r)
		a.AESKey = config.NewSecret(key)
		r = signWith(r, a)
		one(t, r)
		answer, ok := connector(t, options("")).Inline(r, reply("好的"))
		if !ok {
			t.Fatal("no answer")
		}
		encrypted := between(string(answer.Body), "<Encrypt><![CDATA[", "]]>")
		if message, id := decrypt(t, key, encrypted); id != turnID || !strings.Contains(message, "好的") {
			t.Error("the answer is not encrypted with the key of the call")
		}
	}
}

func TestRefusedCalls(t *testing.T) {
	good := post(plainID, message("x", ""))
	bad := func(change func(r *channel.Request)) channel.Request { r := good; change(&r); return r }
	for name, c := range map[string]struct {
		r    channel.Request
		want fault.Code
	}{
		"no such account":   {bad(func(r *channel.Request) { r.Path = "/channels/wechat/wxnobody" }), fault.NotFound},
		"no account":        {bad(func(r *channel.Request) { r.Path = "/channels/wechat/" }), fault.NotFound},
		"method":            {bad(func(r *channel.Request) { r.Method = http.MethodPut }), fault.WrongMethod},
		"encrypted, no key": {with(good, "encrypt_type", "aes"), fault.Unauthenticated},
		"no signature":      {with(good, "signature", ""), fault.Unauthenticated},
		"a piece of it":     {with(good, "signature", good.Query.Get("signature")[:20]), fault.Unauthenticated},
		"echostr by POST":   {with(post(plainID, ""), "echostr", "x"), fault.BadRequest},
		"another original":  {post(sampleID, message("x", "")), fault.BadRequest},
		"a long openid":     {post(plainID, strings.Replace(message("x", ""), "openid-1", strings.Repeat("o", 129), 1)), fault.BadRequest},
		"endless sections":  {post(plainID, message("<![CDATA[x", "<Idx><![CDATA[y</Idx>")), fault.BadRequest},
		"many fields":       {post(plainID, strings.Replace(message("x", ""), "<MsgType>", strings.Repeat("<a></a>", 64)+"<MsgType>", 1)), fault.BadRequest},
	} {
		if receipt, err := connector(t, options("")).Receive(context.Background(), c.r); !fault.Is(err, c.want) || receipt.Answer != nil {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// All mistakes are told at once, and no secret with them.
func TestMistakes(t *testing.T) {
	of := config.NewSecret
	_, err := wechat.New(wechat.Options{API: "http://api.example", Accounts: []wechat.Account{
		{ID: "wx 1", Token: of("t"), PreviousAESKey: of(docsKey)},
		{ID: "wx2", Original: "gh_1", Kind: wechat.Official, AESKey: of("short and secret")},
		{ID: "wx2", Original: "gh_1", Kind: wechat.MiniProgram, Token: of("t"), AESKey: of(strings.Repeat("!", 43))},
	}})
	if !fault.Is(err, fault.Config) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"account 1 (wx 1): the AppID", "kind is neither", "a previous EncodingAESKey and no current", "account 2 (wx2): the token is empty",
		"account 2 (wx2): the EncodingAESKey", "account 3 (wx2): the EncodingAESKey", "the AppID stands there twice", "the original ID stands there twice",
		"the API's address", "nothing that reaches the API", "access tokens", "no source of chance",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %q in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "!!!") {
		t.Errorf("a secret is told: %v", err)
	}
	if _, err := wechat.New(wechat.Options{Client: &http.Client{}, Tokens: tokens{}, Rand: zeros{}}); !fault.Is(err, fault.Config) {
		t.Errorf("no account: %v", err)
	}
}

func between(text, start, end string) string {
	_, rest, _ := strings.Cut(text, start)
	inside, _, _ := strings.Cut(rest, end)
	return inside
}

// TestOneSecond: WeChat counts seconds, and what grants more is to be the newest of one; but
// who leaves has left.
func TestOneSecond(t *testing.T) {
	key := func(fields string) conversation.Key {
		return one(t, post(plainID, `{"FromUserName":"u","CreateTime":1714112440,`+fields+`}`)).Key
	}
	text := key(`"MsgType":"text","Content":"转人工","MsgId":1`)
	for _, event := range []string{"subscribe", "CLICK", "SCAN", "user_enter_tempsession"} {
		if got := key(`"MsgType":"event","Event":"` + event + `","EventKey":"human"`); got >= text {
			t.Errorf("%s comes after a message: %s, %s", event, got, text)
		}
	}
	if got := key(`"MsgType":"event","Event":"unsubscribe"`); got <= text {
		t.Errorf("leaving comes before a message: %s, %s", got, text)
	}
}

// TestALongCardIsShortened: words that are too many for a card are not read for what they ask, either.
func TestALongCardIsShortened(t *testing.T) {
	r := harness().Call
	r.Body = []byte(`<xml><ToUserName>gh_10f6c3c3ac5a</ToUserName><FromUserName>u</FromUserName><CreateTime>1351776360</CreateTime><MsgType>link</MsgType><Title>` +
		strings.Repeat("长", channel.MaxCardTitle) + `转人工</Title><Description>` + strings.Repeat("述", channel.MaxCardDescription+1) + `</Description><Url>https://a.example/</Url><MsgId>1</MsgId></xml>`)
	in := one(t, harness().Sign(r))
	want := conversation.Card{Title: strings.Repeat("长", channel.MaxCardTitle-1) + "…", Description: strings.Repeat("述", channel.MaxCardDescription-1) + "…", URL: "https://a.example/"}
	if len(in.Parts) != 1 || in.Parts[0].Card != want {
		t.Errorf("got %+v", in.Parts)
	}
}

// TestWhatMakesNoCardIsText: nothing that a customer shared is lost, and nobody is refused.
func TestWhatMakesNoCardIsText(t *testing.T) {
	for name, c := range map[string]struct{ title, about, address, want string }{
		"http":       {"标题", "说明", "http://mp.weixin.qq.com/s?a=1", "[链接]\n标题\n说明\nhttp://mp.weixin.qq.com/s?a=1"},
		"no title":   {"", "说明", "https://mp.weixin.qq.com/s", "[链接]\n说明\nhttps://mp.weixin.qq.com/s"},
		"no address": {"标题", "", "", "[链接]\n标题"},
		"a script":   {"标题", "", "javascript:alert(1)", "[链接]\n标题\njavascript:alert(1)"},
	} {
		r := harness().Call
		r.Body = []byte(`<xml><ToUserName>gh_10f6c3c3ac5a</ToUserName><FromUserName>u</FromUserName><CreateTime>1351776360</CreateTime><MsgType>link</MsgType><Title><![CDATA[` +
			c.title + `]]></Title><Description><![CDATA[` + c.about + `]]></Description><Url><![CDATA[` + c.address + `]]></Url><MsgId>1</MsgId></xml>`)
		receipt, err := connector(t, options("")).Receive(t.Context(), harness().Sign(r))
		if err != nil || len(receipt.Messages) != 1 {
			t.Errorf("%s: %+v, %v", name, receipt, err)
			continue
		}
		if got := receipt.Messages[0].Parts; len(got) != 1 || got[0] != (conversation.Part{Kind: conversation.Text, Text: c.want}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
