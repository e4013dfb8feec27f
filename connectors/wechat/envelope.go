package wechat

import (
	"crypto/subtle"
	"encoding/binary"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// freshness is how far a call's timestamp may be from our clock. WeChat demands none;
// without it a call that somebody saw could be repeated for ever.
const freshness = 10 * time.Minute

// call is a call whose caller is proven.
type call struct {
	account Account
	pushed  time.Time     // by the caller's clock, to the second
	key     config.Secret // that opened it, and closes the answer; empty in plain mode
	push    push          // empty with GET
}

// open proves who calls, and reads what they say. Where the account has an
// EncodingAESKey nothing but what it encrypts is believed: the signature of a plain call
// does not cover its body. See
// https://developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption.html
func (c *Connector) open(r channel.Request) (call, error) {
	account, ok := c.accounts[r.Path[strings.LastIndexByte(r.Path, '/')+1:]]
	switch {
	case !ok:
		return call{}, fault.New(fault.NotFound, op, "no account of this AppID is configured: the address ends with the AppID")
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return call{}, fault.New(fault.WrongMethod, op, "WeChat calls with GET and POST")
	case len(r.Body) > maxBody:
		return call{}, fault.New(fault.TooLarge, op, "a call has at most 1 MiB")
	}
	opened := call{account: account}
	seconds, err := strconv.ParseInt(r.Query.Get("timestamp"), 10, 64)
	if opened.pushed = time.Unix(seconds, 0).UTC(); err != nil || opened.pushed.Sub(r.At).Abs() > freshness {
		return call{}, unauthenticated("the timestamp is missing, or more than ten minutes from the server's time")
	}
	if r.Method == http.MethodGet || account.AESKey.Empty() {
		err = opened.plain(r)
	} else {
		err = opened.encrypted(r)
	}
	return opened, err
}

const op = "wechat.Receive"

func unauthenticated(hint string) error { return fault.New(fault.Unauthenticated, op, hint) }

// plain takes a call in plain mode, and any GET.
func (c *call) plain(r channel.Request) error {
	if !signed(r, c.account, r.Query.Get("signature")) {
		return unauthenticated("the signature is not made with this account's token")
	}
	if r.Method == http.MethodGet {
		return nil
	}
	if mode := r.Query.Get("encrypt_type"); mode != "" && mode != "raw" {
		return unauthenticated("the account encrypts its calls, and no EncodingAESKey is configured for it")
	}
	var err error
	c.push, err = read(r.Body)
	return err
}

// encrypted takes a call in safe mode, and the encrypted half of one in compatible mode.
func (c *call) encrypted(r channel.Request) error {
	if r.Query.Get("encrypt_type") != "aes" {
		return unauthenticated("this account takes encrypted calls only: choose safe mode (安全模式) in WeChat's console")
	}
	outer, err := read(r.Body)
	if err != nil {
		return err
	}
	text := outer.get("Encrypt")
	if text == "" || !signed(r, c.account, r.Query.Get("msg_signature"), text) {
		return unauthenticated("the msg_signature is not made with this account's token")
	}
	for _, key := range []config.Secret{c.account.AESKey, c.account.PreviousAESKey} {
		if key.Empty() {
			continue
		}
		// The signature was right, so that the padding tells nobody anything.
		_, message, err := util.DecryptMsg(c.account.ID, text, string(key.Reveal()))
		if err == nil {
			c.key = key
			c.push, err = read(message)
			return err
		}
	}
	return unauthenticated("the call is encrypted with a key that is not configured, or is for another AppID")
}

// signed compares a call's signature in constant time. It is the SHA-1 of the token,
// the timestamp, the nonce and what else it covers, in the order of the texts.
func signed(r channel.Request, a Account, signature string, more ...string) bool {
	if a.Token.Empty() {
		return false
	}
	want := sign(a, r.Query.Get("timestamp"), r.Query.Get("nonce"), more...)
	return subtle.ConstantTimeCompare([]byte(want), []byte(signature)) == 1
}

func sign(a Account, timestamp, nonce string, more ...string) string {
	return util.Signature(append(more, string(a.Token.Reveal()), timestamp, nonce)...)
}

func read(body []byte) (push, error) {
	p, whole := readPush(body)
	if !whole {
		return push{}, fault.New(fault.BadRequest, op, "the body is neither XML nor JSON as WeChat sends it, or not whole")
	}
	return p, nil
}

// sealed is an encrypted answer.
type sealed struct {
	Encrypt      string
	MsgSignature string
	TimeStamp    int64 // Unix seconds
	Nonce        string
}

// The random bytes of an answer: those that start the text, without which equal answers
// would look the same, and the nonce.
const (
	textRandom  = 16
	nonceRandom = 4
)

// seal encrypts an answer with the key that opened the call, and signs it.
func (c call) seal(rand io.Reader, answer []byte, at time.Time) (sealed, error) {
	random := make([]byte, textRandom+nonceRandom)
	if _, err := io.ReadFull(rand, random); err != nil {
		return sealed{}, err
	}
	nonce := strconv.FormatUint(uint64(binary.BigEndian.Uint32(random[textRandom:])), 10)
	return c.sealWith(random[:textRandom], nonce, answer, at)
}

func (c call) sealWith(random []byte, nonce string, answer []byte, at time.Time) (sealed, error) {
	text, err := util.EncryptMsg(random, answer, c.account.ID, string(c.key.Reveal()))
	s := sealed{Encrypt: string(text), TimeStamp: at.Unix(), Nonce: nonce}
	s.MsgSignature = sign(c.account, strconv.FormatInt(s.TimeStamp, 10), nonce, s.Encrypt)
	return s, err
}
