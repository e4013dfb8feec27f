package outbound

import (
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// verdict is what came of a call, for each message in it.
type verdict struct {
	delivery conversation.Delivery // Pending is to be tried again
	code     fault.Code
	hint     string // for the agent
}

// unknown is the verdict on what may have gone out: it is never repeated.
var unknown = verdict{conversation.UnknownSent, fault.Uncertain, "it may have arrived; ask the customer before you send it again"}

// optedOut is the verdict on what the customer does not want to be sent.
var optedOut = verdict{
	conversation.NotSent, fault.OptedOut, "the customer has forbidden messages here: call them, or write elsewhere; their ticket stays as it is",
}

// judge turns a send's error into a verdict. What a connector may not have told apart
// is never repeated where that could show.
func (d *Drain) judge(err error) verdict {
	if err == nil {
		return verdict{delivery: conversation.Sent}
	}
	v := verdict{code: fault.CodeOf(err), hint: fault.PublicOf(err).Hint}
	switch v.code {
	case fault.ProviderBusy, fault.ProviderAuth:
		v.delivery = conversation.Pending
	case fault.WindowClosed, fault.AllowanceSpent:
		if d.info.Limited {
			return keep(v.code, v.hint)
		}
		v.delivery = conversation.NotSent
	case fault.ProviderRefused, fault.RecipientGone, fault.OptedOut, fault.AccountLimit, fault.TextTooLong, fault.BadText, fault.BadLink:
		v.delivery = conversation.NotSent
	default:
		if !d.info.Repeatable {
			return unknown
		}
		v.delivery = conversation.Pending
	}
	return v
}

// keep is the verdict on what may not go now.
func keep(code fault.Code, hint string) verdict {
	if hint == "" {
		hint = "it is kept, and goes out by itself when the customer writes again"
	}
	return verdict{conversation.Held, code, hint}
}

// ofWords reports whether a provider's no is about what was said: said without the
// others of its call, a message may be taken.
func (v verdict) ofWords() bool {
	switch v.code {
	case fault.ProviderRefused, fault.TextTooLong, fault.BadText, fault.BadLink:
		return v.delivery == conversation.NotSent
	default:
		return false
	}
}

// of is the outcome that a verdict makes of one before.
func (v verdict) of(before conversation.Outcome) conversation.Outcome {
	return conversation.Outcome{
		Delivery: v.delivery, Attempts: before.Attempts, Code: string(v.code), Hint: v.hint, Gone: before.Gone,
	}
}
