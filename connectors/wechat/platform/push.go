package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// field is one element of a push. Its value is a string, an int64 or a float64.
type field struct {
	name  string
	value any
}

// push is what the webhook is told of an act.
type push struct {
	user    *User
	created time.Time
	fields  []field
	msgID   int64 // 0 of events
}

// body writes fields in an account's format, in their order.
func body(format Format, fields []field) []byte {
	if format == JSON {
		return jsonBody(fields)
	}
	var b strings.Builder
	b.WriteString("<xml>")
	for _, f := range fields {
		if text, ok := f.value.(string); ok {
			// A CDATA section ends with ]]>; a text that has it goes into two of them.
			text = strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>")
			fmt.Fprintf(&b, "<%s><![CDATA[%s]]></%s>", f.name, text, f.name)
			continue
		}
		fmt.Fprintf(&b, "<%s>%v</%s>", f.name, f.value, f.name)
	}
	b.WriteString("</xml>")
	return []byte(b.String())
}

func jsonBody(fields []field) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(marshal(f.name))
		b.WriteByte(':')
		b.Write(marshal(f.value))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// marshal writes JSON as WeChat does, with < and > as they are.
func marshal(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("platform: " + err.Error()) // only types of this package come here
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// message makes the push of an ordinary message or, without a msgID, of an event; p.mu is held.
func (u *User) push(kind string, msgID int64, rest ...field) *push {
	created := u.p.o.Clock.Now().Truncate(time.Second)
	fields := []field{
		{"ToUserName", u.account.Original}, {"FromUserName", u.OpenID},
		{"CreateTime", created.Unix()}, {"MsgType", kind},
	}
	fields = append(fields, rest...)
	if msgID != 0 {
		fields = append(fields, field{"MsgId", msgID})
	}
	return &push{user: u, created: created, fields: fields, msgID: msgID}
}

// request is a push made ready for one attempt: the address with its query, and the body.
type request struct {
	address, contentType string
	body                 []byte
}

// request signs and encrypts a push, anew for each attempt. p.mu is held.
func (p *Platform) request(a *account, push *push) (request, error) {
	timestamp := strconv.FormatInt(p.o.Clock.Now().Unix(), 10)
	nonce := strconv.FormatUint(uint64(p.nonce()), 10)
	query := url.Values{
		"signature": {signature(a.Token, timestamp, nonce)}, "timestamp": {timestamp}, "nonce": {nonce},
		"openid": {push.user.OpenID},
	}
	fields := push.fields
	if a.Mode != Plain {
		encrypted, err := seal(a.key, []byte(p.random(saltSize)), body(a.Format, fields), a.AppID)
		if err != nil {
			return request{}, err
		}
		if a.Mode == Safe {
			fields = fields[:1:1] // ToUserName
		}
		fields = append(fields[:len(fields):len(fields)], field{"Encrypt", encrypted})
		query.Set("encrypt_type", "aes")
		query.Set("msg_signature", signature(a.Token, timestamp, nonce, encrypted))
	}
	address, err := withQuery(a.Webhook, query)
	contentType := "text/xml"
	if a.Format == JSON {
		contentType = "application/json"
	}
	return request{address, contentType, body(a.Format, fields)}, err
}

func withQuery(address string, query url.Values) (string, error) {
	to, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	all := to.Query()
	for name, values := range query {
		all[name] = values
	}
	to.RawQuery = all.Encode()
	return to.String(), nil
}
