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

// accepted checks an answer's status and kind.
func accepted(r *http.Response) error {
	status := "the bot answered with status " + strconv.Itoa(r.StatusCode)
	switch code := r.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fault.New(fault.Config, opAnswer, status+": it must know the same secret and the same time")
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= http.StatusInternalServerError:
		return fault.New(fault.Unavailable, opAnswer, status+": look at the bot's own log")
	case code >= http.StatusMultipleChoices && code < http.StatusBadRequest:
		return fault.New(fault.Config, opAnswer, status+": redirects are not followed; set bot.url to where it leads")
	case code != http.StatusOK:
		return fault.New(fault.Config, opAnswer, status+": 200 is wanted; look at bot.url")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fault.New(fault.Config, opAnswer, "the bot's answer must have Content-Type application/json")
	}
	return nil
}
