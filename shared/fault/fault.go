// Package fault is the closed list of things that can go wrong in Zhida.
//
// Programs act on an error's Code, people read its Hint. Every code has one
// row in the table below: the HTTP status it becomes, whether trying again can
// help, and what it means. Nothing else in the program decides any of those.
package fault

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Code names one kind of fault. Codes are published: they appear in HTTP
// answers and on WebSockets, and never change their meaning.
type Code string

// The codes. Their meaning, status and retry advice stand in the table.
const (
	BadRequest      Code = "bad_request"
	BadText         Code = "bad_text"
	TooLarge        Code = "too_large"
	TextTooLong     Code = "text_too_long"
	BadLink         Code = "bad_link"
	BadMedia        Code = "bad_media"
	MediaMissing    Code = "media_missing"
	ClockSkew       Code = "clock_skew"
	Unauthenticated Code = "unauthenticated"
	Forbidden       Code = "forbidden"
	NotFound        Code = "not_found"
	WrongMethod     Code = "wrong_method"
	Unsupported     Code = "unsupported"
	FloodLimit      Code = "flood_limit"

	Conflict       Code = "conflict"
	NotPossible    Code = "not_possible"
	AlreadyClaimed Code = "already_claimed"
	NobodyWaiting  Code = "nobody_waiting"
	NotYours       Code = "not_yours"
	Closed         Code = "conversation_closed"

	ProviderBusy     Code = "provider_busy"
	ProviderRefused  Code = "provider_refused"
	ProviderAuth     Code = "provider_auth"
	RecipientGone    Code = "recipient_gone"
	WindowClosed     Code = "window_closed"
	AllowanceSpent   Code = "allowance_spent"
	AccountLimit     Code = "account_limit"
	OptedOut         Code = "opted_out"
	TemplateOnly     Code = "template_only"
	Undelivered      Code = "undelivered"
	Uncertain        Code = "uncertain"
	DeadlineExceeded Code = "deadline_exceeded"

	Config      Code = "config"
	Unavailable Code = "unavailable"
	Internal    Code = "internal"
)

// Retry says what repeating the same call can bring.
type Retry int

// The kinds of retry advice.
const (
	Never       Retry = iota // the same call fails again
	Later                    // the same call may work after a while
	AfterChange              // it may work once something named in the hint has changed
	Unknown                  // it may have worked: repeating it may do it twice
)

// Row is what the closed list says of one code.
type Row struct {
	Status  int    // HTTP status of an answer that carries the code
	Retry   Retry  // whether repeating helps
	Meaning string // one sentence, for people
}

var table = map[Code]Row{
	BadRequest:      {http.StatusBadRequest, Never, "the request is not of the documented shape"},
	BadText:         {http.StatusUnprocessableEntity, Never, "the text is empty or is not valid UTF-8"},
	TooLarge:        {http.StatusRequestEntityTooLarge, Never, "the body is larger than this address takes"},
	TextTooLong:     {http.StatusUnprocessableEntity, Never, "the text is longer than the channel carries"},
	BadLink:         {http.StatusUnprocessableEntity, Never, "a link has no title or no address that can be shown, or is longer than a card"},
	BadMedia:        {http.StatusUnprocessableEntity, Never, "a file is not what it says it is"},
	MediaMissing:    {http.StatusUnprocessableEntity, AfterChange, "a file of the message was never uploaded, or is no longer kept"},
	ClockSkew:       {http.StatusUnprocessableEntity, AfterChange, "the client's clock is too far from the server's"},
	Unauthenticated: {http.StatusUnauthorized, AfterChange, "there is no valid proof of who is calling"},
	Forbidden:       {http.StatusForbidden, Never, "the caller is known and may not do this"},
	NotFound:        {http.StatusNotFound, Never, "there is no such thing"},
	WrongMethod:     {http.StatusMethodNotAllowed, Never, "the address exists, with another method"},
	Unsupported:     {http.StatusUnsupportedMediaType, Never, "the content is of a kind this address does not take"},
	FloodLimit:      {http.StatusTooManyRequests, Later, "too many calls from one caller"},

	Conflict:       {http.StatusConflict, AfterChange, "what this was decided on has changed meanwhile: look again and decide again"},
	NotPossible:    {http.StatusConflict, AfterChange, "the conversation is not in a state in which this can happen"},
	AlreadyClaimed: {http.StatusConflict, Never, "another agent holds this ticket"},
	NobodyWaiting:  {http.StatusNotFound, Later, "the line is empty"},
	NotYours:       {http.StatusForbidden, Never, "only the agent who holds the ticket may do this"},
	Closed:         {http.StatusConflict, AfterChange, "the conversation is closed until the customer writes again"},

	ProviderBusy:     {http.StatusServiceUnavailable, Later, "the channel's provider asks to wait or is not reachable"},
	ProviderRefused:  {http.StatusBadGateway, Never, "the channel's provider will not take this message"},
	ProviderAuth:     {http.StatusBadGateway, AfterChange, "the channel's provider does not accept our credentials"},
	RecipientGone:    {http.StatusGone, Never, "the customer can no longer be reached on this channel"},
	WindowClosed:     {http.StatusConflict, AfterChange, "the channel allows no message until the customer writes again"},
	AllowanceSpent:   {http.StatusConflict, AfterChange, "the channel's count of messages is used up until the customer writes again"},
	AccountLimit:     {http.StatusBadGateway, AfterChange, "the channel's provider does not let the company's account send this"},
	OptedOut:         {http.StatusConflict, AfterChange, "the customer does not want to be written to on this channel"},
	TemplateOnly:     {http.StatusUnprocessableEntity, Never, "the channel carries only texts that its provider approved before"},
	Undelivered:      {http.StatusBadGateway, Unknown, "the provider took the message, and could not deliver it"},
	Uncertain:        {http.StatusBadGateway, Unknown, "the provider did not answer: the message may or may not have arrived"},
	DeadlineExceeded: {http.StatusGatewayTimeout, Later, "the call did not finish inside its deadline"},

	Config:      {http.StatusInternalServerError, AfterChange, "the deployment is configured wrongly"},
	Unavailable: {http.StatusServiceUnavailable, Later, "a part of the deployment does not answer"},
	Internal:    {http.StatusInternalServerError, Later, "a defect in Zhida"},
}

// Table returns a copy of the closed list.
func Table() map[Code]Row {
	rows := make(map[Code]Row, len(table))
	for code, row := range table {
		rows[code] = row
	}
	return rows
}

// Error is a fault: what kind, where, and what whoever reads it should do next.
// Neither Hint nor Op ever holds a secret, a message text or a user id.
type Error struct {
	Code       Code
	Op         string        // the operation that failed, such as "sqlitestore.Commit"
	Hint       string        // what to do next, one sentence
	RetryAfter time.Duration // how long to wait, where the other side said so; else 0
	Now        time.Time     // the server's time, with ClockSkew; else zero
	Err        error         // the cause, for logs; never shown to callers
}

// New makes a fault with no further cause.
func New(code Code, op, hint string) *Error {
	return &Error{Code: code, Op: op, Hint: hint}
}

// Wrap gives err a code at a boundary. An err that already is a fault keeps its
// own code and hint, and nil stays nil.
func Wrap(err error, code Code, op, hint string) error {
	if err == nil {
		return nil
	}
	var f *Error
	if errors.As(err, &f) {
		return &Error{Code: f.Code, Op: op, Hint: f.Hint, RetryAfter: f.RetryAfter, Now: f.Now, Err: err}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		code = DeadlineExceeded
	}
	return &Error{Code: code, Op: op, Hint: hint, Err: err}
}

// Error says where and what. The cause follows, for logs.
func (e *Error) Error() string {
	text := e.Op + ": " + string(e.Code)
	if e.Err != nil {
		return text + ": " + e.Err.Error()
	}
	if e.Hint != "" {
		return text + ": " + e.Hint
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns err's code, Internal for an error that is no fault, and "" for nil.
func CodeOf(err error) Code {
	var f *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Code
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	default:
		return Internal
	}
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Public is what a caller may see of a fault: its JSON is the body of every
// error answer.
type Public struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`         // the code's meaning
	Hint    string `json:"hint,omitempty"`  // what to do next
	Now     int64  `json:"now,omitempty"`   // the server's time in Unix milliseconds, with clock_skew
	Retry   int64  `json:"retry,omitempty"` // how long to wait, in milliseconds
}

// PublicOf strips err of everything a caller must not see. Faults of our own
// keep their code but not their hint: that one is for the operator.
func PublicOf(err error) Public {
	code := CodeOf(err)
	p := Public{Code: code, Message: table[code].Meaning}
	var f *Error
	if errors.As(err, &f) && table[code].Status != http.StatusInternalServerError {
		p.Hint = f.Hint
		p.Retry = f.RetryAfter.Milliseconds()
		if !f.Now.IsZero() {
			p.Now = f.Now.UnixMilli()
		}
	}
	return p
}

// StatusOf returns the HTTP status for err; 200 for nil.
func StatusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return table[CodeOf(err)].Status
}

// RetryOf returns whether repeating what gave err can help.
func RetryOf(err error) Retry { return table[CodeOf(err)].Retry }
