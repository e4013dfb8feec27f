package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"mime"
	"net"
	"net/http"
	"strconv"

	"github.com/zhida-project/zhida/shared/fault"
)

const opAnswer = "webhook.Answer"

// broken makes a fault of a call that came to no answer. Most such errors quote
// the URL, or bytes of the answer: only those that cannot are passed on.
func broken(ctx context.Context, err error) error {
	var certificate *tls.CertificateVerificationError
	var network *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.New(fault.DeadlineExceeded, opAnswer, "the bot thinks longer than its patience: see bot.patience")
	case ctx.Err() != nil:
		return fault.Wrap(ctx.Err(), fault.Unavailable, opAnswer, "this program is ending")
	case errors.As(err, &certificate):
		return fault.Wrap(certificate, fault.Config, opAnswer, "the bot's certificate does not fit its URL")
	case errors.As(err, &network):
		return fault.Wrap(network, fault.Unavailable, opAnswer, "the bot cannot be reached at its URL")
	default:
		return fault.New(fault.Unavailable, opAnswer, "the bot's connection broke before its answer was whole")
	}
}

// accepted checks an answer's status and kind. refused says more of a status, where
// the kind of bot knows more.
func accepted(a answer, refused func(answer) string) error {
	status := "the bot answered with status " + strconv.Itoa(a.status)
	why := func(usual string) string {
		if more := refused(a); more != "" {
			return status + ": " + more
		}
		return status + ": " + usual
	}
	switch code := a.status; {
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= http.StatusInternalServerError:
		return fault.New(fault.Unavailable, opAnswer, why("look at the bot's own log"))
	case code >= http.StatusMultipleChoices && code < http.StatusBadRequest:
		return fault.New(fault.Config, opAnswer, why("redirects are not followed; set bot.url to where it leads"))
	case code != http.StatusOK:
		return fault.New(fault.Config, opAnswer, why("200 is wanted; look at bot.url"))
	}
	if kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fault.New(fault.Config, opAnswer, "the bot's answer must have Content-Type application/json")
	}
	return nil
}

func wrongAnswer(why string) error {
	return fault.New(fault.Config, opAnswer, "correct the bot's answer: "+why)
}
