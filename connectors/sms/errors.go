package sms

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
)

// way is how far a call came.
type way struct{ wanted, got atomic.Bool } // a connection

func traced(ctx context.Context) (context.Context, *way) {
	w := &way{}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.got.Store(true) },
	}), w
}

// meaning is the fault that a no of AWS's becomes.
type meaning struct {
	code fault.Code
	hint string // for the agent, and what an administrator does
}

const (
	hintOptedOut   = "they opted out: nothing reaches them until they write START, or an administrator takes them off the opt-out list at AWS; reach them another way"
	hintSandbox    = "the AWS account is in the sandbox, which reaches verified numbers only: an administrator asks for production access"
	hintSpent      = "the AWS account has spent its limit for the month: an administrator raises it"
	hintCapability = "this number cannot send such messages: an administrator looks at what it is registered for"
	hintNumber     = "AWS does not have this number, or the configuration set, any more, or it is not active: an administrator looks at channels.sms and at the console"
	hintCountry    = "this number cannot write to their country: an administrator looks at the number's registration and at the countries that are open"
	hintPrice      = "a message to them costs more than max_price allows: an administrator decides"
	hintAccount    = "AWS has suspended this account's messages: an administrator asks its support"
	hintDenied     = "AWS does not accept our credentials, or they may not send: an administrator looks at the role of the SMS function"
	hintBusy       = "AWS takes no more for now: it goes out by itself"
	hintRefused    = "AWS does not take it: an administrator looks up the reason in the log"
)

// meanings are AWS's reasons, of every exception that has one; those that are not here are
// ProviderRefused. Source: the Reason of each error in https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html
var meanings = map[string]meaning{
	"DESTINATION_PHONE_NUMBER_OPTED_OUT":                          {fault.OptedOut, hintOptedOut},
	"DESTINATION_PHONE_NUMBER_NOT_VERIFIED":                       {fault.AccountLimit, hintSandbox},
	"MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT":                        {fault.AccountLimit, hintSpent},
	"MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA":                       {fault.AccountLimit, hintSpent},
	"NUMBER_CAPABILITIES_MISMATCH":                                {fault.AccountLimit, hintCapability},
	"MESSAGE_TYPE_MISMATCH":                                       {fault.AccountLimit, hintCapability},
	"CHANNEL_NOT_ENABLED":                                         {fault.AccountLimit, hintCapability},
	"REGISTRATION_NOT_COMPLETE":                                   {fault.AccountLimit, hintCapability},
	"NO_ORIGINATION_IDENTITIES_FOUND":                             {fault.AccountLimit, hintNumber},
	"RESOURCE_NOT_ACTIVE":                                         {fault.AccountLimit, hintNumber},
	"RESOURCE_NOT_ACCESSIBLE":                                     {fault.AccountLimit, hintNumber},
	"PHONE_NUMBER_NOT_IN_REGISTRATION_REGION":                     {fault.AccountLimit, hintNumber},
	"INVALID_IDENTITY_FOR_DESTINATION_COUNTRY":                    {fault.AccountLimit, hintCountry},
	"INTERNATIONAL_SENDING_NOT_SUPPORTED":                         {fault.AccountLimit, hintCountry},
	"COUNTRY_NOT_ENABLED":                                         {fault.AccountLimit, hintCountry},
	"COUNTRY_CODE_MISMATCH":                                       {fault.AccountLimit, hintCountry},
	"DESTINATION_COUNTRY_BLOCKED":                                 {fault.AccountLimit, hintProtect},
	"DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION":        {fault.AccountLimit, hintProtect},
	"DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": {fault.AccountLimit, hintProtect},
	"PRICE_OVER_THRESHOLD":                                        {fault.AccountLimit, hintPrice},
	"MAXIMUM_SIZE_EXCEEDED":                                       {fault.TextTooLong, "AWS finds it too long: send it in parts"},
	"MEDIA_TYPE_NOT_SUPPORTED":                                    {fault.ProviderRefused, hintFile},
	"ATTACHMENT_TYPE_NOT_SUPPORTED":                               {fault.ProviderRefused, hintFile},
	"INSUFFICIENT_ACCOUNT_REPUTATION":                             {fault.AccountLimit, hintAccount},
	"ACCOUNT_DISABLED":                                            {fault.AccountLimit, hintAccount},
}

// codes are AWS's errors without a reason. Sources: the same, and
// https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/CommonErrors.html
var codes = map[string]meaning{
	"ThrottlingException":         {fault.ProviderBusy, hintBusy},
	"Throttling":                  {fault.ProviderBusy, hintBusy},
	"TooManyRequestsException":    {fault.ProviderBusy, hintBusy},
	"RequestLimitExceeded":        {fault.ProviderBusy, hintBusy},
	"ResourceNotFoundException":   {fault.AccountLimit, hintNumber},
	"AccessDeniedException":       {fault.ProviderAuth, hintDenied},
	"AccessDenied":                {fault.ProviderAuth, hintDenied},
	"NotAuthorized":               {fault.ProviderAuth, hintDenied},
	"OptInRequired":               {fault.ProviderAuth, hintDenied},
	"UnrecognizedClientException": {fault.ProviderAuth, hintDenied},
	"InvalidClientTokenId":        {fault.ProviderAuth, hintDenied},
	"ExpiredTokenException":       {fault.ProviderAuth, hintDenied},
	"ExpiredToken":                {fault.ProviderAuth, hintDenied},
	"RequestExpired":              {fault.ProviderAuth, hintDenied},
	"InvalidSignatureException":   {fault.ProviderAuth, hintDenied},
	"SignatureDoesNotMatch":       {fault.ProviderAuth, hintDenied},
	"IncompleteSignature":         {fault.ProviderAuth, hintDenied},
	"MissingAuthenticationToken":  {fault.ProviderAuth, hintDenied},
}

// fault is what an error of the client's means. Only what AWS says it did not take was not sent,
// and what never reached it. 503 is a no, too: the service was not there
// (https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/CommonErrors.html, ServiceUnavailable); an
// outage is not to make every reply one of which nobody knows.
func (w *way) fault(err error) error {
	m, said := meaningOf(err)
	status, wait := answerOf(err)
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable, m.code == fault.ProviderBusy:
		return &fault.Error{Code: fault.ProviderBusy, Op: sendOp, Hint: hintBusy, RetryAfter: wait, Err: awsfault.Quiet(err)}
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout:
		return uncertain(awsfault.Quiet(err))
	case said:
		return &fault.Error{Code: m.code, Op: sendOp, Hint: m.hint, Err: caused(err)}
	case status >= http.StatusMultipleChoices:
		return &fault.Error{Code: fault.ProviderRefused, Op: sendOp, Hint: hintRefused, Err: caused(err)}
	case w.got.Load():
		return uncertain(awsfault.Quiet(err))
	case w.wanted.Load(), isOver(err):
		return &fault.Error{Code: fault.ProviderBusy, Op: sendOp, Hint: "AWS cannot be reached, and nothing was sent: it goes out by itself", Err: awsfault.Quiet(err)}
	default: // it ended before any connection: there was nothing to sign it with
		return &fault.Error{Code: fault.ProviderAuth, Op: sendOp, Hint: hintDenied, Err: awsfault.Quiet(err)}
	}
}

// answerOf returns the status of AWS's answer, 0 where there is none, and how long it asks to wait.
func answerOf(err error) (status int, wait time.Duration) {
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &answer) || answer.Response == nil || answer.Response.Response == nil {
		return 0, 0
	}
	seconds, bad := strconv.Atoi(answer.Response.Header.Get("Retry-After"))
	if bad != nil || seconds < 0 {
		seconds = 0
	}
	return answer.HTTPStatusCode(), time.Duration(min(seconds, longestRetry)) * time.Second
}

// meaningOf returns what an exception of AWS's means, false where it is none that is known.
func meaningOf(err error) (meaning, bool) {
	if m, known := meanings[reasonOf(err)]; known {
		return m, true
	}
	var bad *types.ValidationException
	if errors.As(err, &bad) {
		switch {
		case names(bad, "DestinationPhoneNumber"):
			return meaning{fault.RecipientGone, hintInvalid}, true
		case names(bad, "MessageBody"):
			return meaning{fault.BadText, hintWords}, true
		}
	}
	m, known := codes[awsfault.CodeOf(err)]
	return m, known
}

func names(e *types.ValidationException, field string) bool {
	return slices.ContainsFunc(e.Fields, func(f types.ValidationExceptionField) bool { return f.Name != nil && *f.Name == field })
}

// reasonOf is the Reason of an exception, "" where it has none.
func reasonOf(err error) string {
	var (
		conflict *types.ConflictException
		quota    *types.ServiceQuotaExceededException
		bad      *types.ValidationException
		denied   *types.AccessDeniedException
	)
	switch {
	case errors.As(err, &conflict):
		return string(conflict.Reason)
	case errors.As(err, &quota):
		return string(quota.Reason)
	case errors.As(err, &bad):
		return string(bad.Reason)
	case errors.As(err, &denied):
		return string(denied.Reason)
	}
	return ""
}

// reasoned is an error of AWS's with its reason, for the log.
type reasoned struct {
	error
	reason string
}

func (r reasoned) Error() string { return r.error.Error() + ", " + r.reason }

func (r reasoned) Unwrap() error { return r.error }

func caused(err error) error {
	if reason := reasonOf(err); reason != "" {
		return reasoned{awsfault.Quiet(err), reason}
	}
	return awsfault.Quiet(err)
}

// longestRetry bounds what is believed of a Retry-After, in seconds.
const longestRetry = 3_600

func isOver(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

var errNameless = errors.New("the answer does not say which message it is of")

func uncertain(cause error) error {
	return &fault.Error{Code: fault.Uncertain, Op: sendOp, Hint: "AWS did not say whether it took the message: it may have arrived", Err: cause}
}
