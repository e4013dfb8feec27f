package wechat

import (
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"github.com/zhida-project/zhida/shared/config"
)

// The vectors with pinned random bytes that WeChat publishes: two of its sample
// program for Java (https://wximg.gtimg.com/shake_tv/mpwiki/cryptoDemo.zip,
// WXBizMsgCryptTest.java), one of
// https://developers.weixin.qq.com/doc/oplatform/Mobile_App/WeChat_Login/message_push.html,
// and the call of that page, encrypted again.
func TestPublishedVectors(t *testing.T) {
	const javaID, javaKey = "wxb11529c136998cb6", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	const docsID, docsKey = "wxba5fad812f8e6fb9", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, v := range map[string]struct{ id, key, random, message, want string }{
		"sample, short": {javaID, javaKey, "aaaabbbbccccdddd", "我是中文abcd123",
			"jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="},
		"sample, long": {javaID, javaKey, "aaaabbbbccccdddd",
			"<xml><ToUserName><![CDATA[oia2Tj我是中文jewbmiOUlr6X-1crbLOvLw]]></ToUserName><FromUserName><![CDATA[gh_7f083739789a]]></FromUserName><CreateTime>1407743423</CreateTime><MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[eYJ1MbwPRJtOvIEabaxHs7TX2D-HV71s79GUxqdUkjm6Gs2Ed1KF3ulAOA9H1xG0]]></MediaId><Title><![CDATA[testCallBackReplyVideo]]></Title><Description><![CDATA[testCallBackReplyVideo]]></Description></Video></xml>",
			"jn1L23DB+6ELqJ+6bruv23M2GmYfkv0xBh2h+XTBOKVKcgDFHle6gqcZ1cZrk3e1qjPQ1F4RsLWzQRG9udbKWesxlkupqcEcW7ZQweImX9+wLMa0GaUzpkycA8+IamDBxn5loLgZpnS7fVAbExOkK5DYHBmv5tptA9tklE/fTIILHR8HLXa5nQvFb3tYPKAlHF3rtTeayNf0QuM+UW/wM9enGIDIJHF7CLHiDNAYxr+r+OrJCmPQyTy8cVWlu9iSvOHPT/77bZqJucQHQ04sq7KZI27OcqpQNSto2OdHCoTccjggX5Z9Mma0nMJBU+jLKJ38YB1fBIz+vBzsYjrTmFQ44YfeEuZ+xRTQwr92vhA9OxchWVINGC50qE/6lmkwWTwGX9wtQpsJKhP+oS7rvTY8+VdzETdfakjkwQ5/Xka042OlUb1/slTwo4RscuQ+RdxSGvDahxAJ6+EAjLt9d8igHngxIbf6YyqqROxuxqIeIch3CssH/LqRs+iAcILvApYZckqmA7FNERspKA5f8GoJ9sv8xmGvZ9Yrf57cExWtnX8aCMMaBropU/1k+hKP5LVdzbWCG0hGwx/dQudYR/eXp3P0XxjlFiy+9DMlaFExWUZQDajPkdPrEeOwofJb"},
		"documents, answer": {docsID, docsKey, "707722b803182950", `{"demo_resp":"good luck"}`,
			"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="},
		"documents, call": {docsID, docsKey, "a8eedb185eb2fecf",
			`{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}`,
			"+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="},
	} {
		random, message, err := util.DecryptMsg(v.id, v.want, v.key)
		if err != nil || string(random) != v.random || string(message) != v.message {
			t.Errorf("%s: opened as %q, %q: %v", name, random, message, err)
		}
		c := call{account: Account{ID: v.id, Token: config.NewSecret("t")}, key: config.NewSecret(v.key)}
		if s, err := c.sealWith([]byte(v.random), "1", []byte(v.message), time.Time{}); err != nil || s.Encrypt != v.want {
			t.Errorf("%s: sealed as %q: %v", name, s.Encrypt, err)
		}
	}
}

// The whole answer of the same page.
func TestPublishedAnswer(t *testing.T) {
	c := call{
		account: Account{ID: "wxba5fad812f8e6fb9", Token: config.NewSecret("AAAAA")},
		key:     config.NewSecret("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	}
	s, err := c.sealWith([]byte("707722b803182950"), "415670741", []byte(`{"demo_resp":"good luck"}`), time.Unix(1_713_424_427, 0))
	if err != nil {
		t.Fatal(err)
	}
	body, err := s.encode(true)
	const want = `{"Encrypt":"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",` +
		`"MsgSignature":"1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1","TimeStamp":1713424427,"Nonce":"415670741"}`
	if err != nil || string(body) != want {
		t.Errorf("got %s, %v", body, err)
	}
}
