package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

const op = "slack.Receive"

// freshness is how far a call's timestamp may be from our clock, as Slack advises:
// https://docs.slack.dev/authentication/verifying-requests-from-slack
const freshness = 5 * time.Minute

const version = "v0"

// verify checks who calls: the signature of version, timestamp and body as they came. The
// library's own verifier reads the machine's clock, and no other.
func (c *Connector) verify(r channel.Request) error {
	stamp := r.Header.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Unix(seconds, 0).Sub(r.At).Abs() > freshness {
		return unauthenticated("the timestamp is missing, or more than five minutes from the server's time")
	}
	mac := hmac.New(sha256.New, c.o.SigningSecret.Reveal())
	mac.Write([]byte(version + ":" + stamp + ":"))
	mac.Write(r.Body)
	want := version + "=" + hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(want), []byte(r.Header.Get("X-Slack-Signature"))) {
		return unauthenticated("the signature is not made with this app's signing secret")
	}
	return nil
}

func unauthenticated(hint string) error { return fault.New(fault.Unauthenticated, op, hint) }

func badRequest(hint string) error { return fault.New(fault.BadRequest, op, hint) }
