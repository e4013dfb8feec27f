package slack

import (
	"errors"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// longestRetry bounds what is believed of a Retry-After.
const longestRetry = time.Hour

const (
	hintBusy    = "Slack takes no more for now: it goes out by itself"
	hintRemoved = "the workspace removed the app, or took its token back: it has to be installed there again"
	hintInvite  = "the app is not in this channel any more: somebody has to invite it"
	hintGone    = "this customer or channel is gone: they can be reached elsewhere only"
	hintScope   = "the app lacks a right that it needs: compare its rights with connectors/slack/manifest.yaml, and install it again"
)

// meaning is the fault that an error of Slack's becomes.
type meaning struct {
	code fault.Code
	hint string
}

// meanings are what chat.postMessage may answer: https://docs.slack.dev/reference/methods/chat.postMessage
// (Errors). What is not listed is ProviderRefused.
var meanings = map[string]meaning{
	"token_revoked":          {fault.RecipientGone, hintRemoved},
	"token_expired":          {fault.ProviderAuth, hintRemoved},
	"account_inactive":       {fault.RecipientGone, hintRemoved},
	"invalid_auth":           {fault.ProviderAuth, hintRemoved},
	"not_authed":             {fault.ProviderAuth, hintRemoved},
	"missing_scope":          {fault.ProviderAuth, hintScope},
	"not_allowed_token_type": {fault.ProviderAuth, hintScope},
	"no_permission":          {fault.ProviderAuth, hintScope},
	"access_denied":          {fault.ProviderAuth, hintScope},
	"ratelimited":            {fault.ProviderBusy, hintBusy},
	"rate_limited":           {fault.ProviderBusy, hintBusy},
	"service_unavailable":    {fault.ProviderBusy, hintBusy},
	"team_added_to_org":      {fault.ProviderBusy, hintBusy},
	"channel_not_found":      {fault.RecipientGone, hintGone},
	"user_not_found":         {fault.RecipientGone, hintGone},
	"user_disabled":          {fault.RecipientGone, hintGone},
	"cannot_dm_bot":          {fault.RecipientGone, hintGone},
	"is_archived":            {fault.RecipientGone, hintGone},
	"not_in_channel":         {fault.RecipientGone, hintInvite},
	"msg_too_long":           {fault.TextTooLong, "Slack finds the text too long: send it in parts"},
	"msg_blocks_too_long":    {fault.TextTooLong, "Slack finds the text too long: send it in parts"},
	"no_text":                {fault.BadText, "Slack finds nothing in the text: write something"},
	"restricted_action":      {fault.ProviderRefused, "an administrator of the workspace does not let the app write here"},
	"fatal_error":            {fault.Uncertain, "Slack failed: it may have arrived"},
	"internal_error":         {fault.Uncertain, "Slack failed: it may have arrived"},
	"request_timeout":        {fault.Uncertain, "Slack failed: it may have arrived"},
}

// refused are the errors for a token that Slack does not take (any more), after which another
// may be had.
var refused = map[string]bool{"token_revoked": true, "token_expired": true, "invalid_auth": true, "account_inactive": true, "not_authed": true}

// slackError is the error's name, for the log.
type slackError string

func (e slackError) Error() string { return "Slack says " + string(e) }

// refusal is what an answer with ok false means.
func refusal(name string) error {
	m, known := meanings[name]
	if !known {
		m = meaning{fault.ProviderRefused, "look up the error in the documents of chat.postMessage"}
	}
	if !goodID(name) {
		name = "something unreadable"
	}
	return &fault.Error{Code: m.code, Op: sendOp, Hint: m.hint, Err: slackError(name)}
}

func tokenRefused(err error) bool {
	var said slackError
	return errors.As(err, &said) && refused[string(said)]
}
