package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/config"
)

// The headers that say who asks, and who answers.
const (
	TimestampHeader = "Zhida-Timestamp" // Unix seconds
	SignatureHeader = "Zhida-Signature" // v1=<hex>
)

// maxSkew is how far apart the clocks of both sides may be.
const maxSkew = 5 * time.Minute

// signature signs questions and checks answers, at a time.
type signature struct {
	secret config.Secret
	at     time.Time
}

func (s signature) question(body []byte) http.Header {
	timestamp := strconv.FormatInt(s.at.Unix(), 10)
	h := http.Header{}
	h.Set(TimestampHeader, timestamp)
	h.Set(SignatureHeader, s.of(timestamp+".", body))
	return h
}

// check is of an answer. What it signs begins with a word, so that no question's
// signature is ever an answer's, and holds the signature of the question, so that no
// answer fits another question.
func (s signature) check(q question, a answer) error {
	given := a.header.Get(SignatureHeader)
	if given == "" {
		return wrongAnswer("it is not signed: sign it as docs/bots.md says, or set bot.answers to unsigned")
	}
	timestamp := a.header.Get(TimestampHeader)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return wrongAnswer("its " + TimestampHeader + " is not a number of seconds")
	}
	if s.at.Sub(time.Unix(seconds, 0)).Abs() > maxSkew {
		return wrongAnswer("its " + TimestampHeader + " is more than five minutes off: set the bot's clock")
	}
	want := s.of("answer."+timestamp+"."+q.header.Get(SignatureHeader)+".", a.body)
	for one := range strings.SplitSeq(given, ",") {
		if hmac.Equal([]byte(strings.TrimSpace(one)), []byte(want)) {
			return nil
		}
	}
	return wrongAnswer("its signature does not fit: it is made of the same secret, the question's signature and every byte of the body")
}

// of returns the signature of a body and of what stands before it.
func (s signature) of(before string, body []byte) string {
	mac := hmac.New(sha256.New, s.secret.Reveal())
	mac.Write([]byte(before))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}
