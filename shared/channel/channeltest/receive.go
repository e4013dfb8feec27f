package channeltest

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func (s *suite) info() {
	info := s.c.Info()
	if info.Name != s.folder {
		s.problem("Info().Name is %q and the folder is %q", info.Name, s.folder)
	}
	if info.AckWithin <= 0 || info.MaxBody <= 0 || info.MaxText <= 0 {
		s.problem("a limit is missing: %+v", info)
	}
	if s.c.Info() != info {
		s.problem("Info changes from call to call")
	}
	if _, live := s.c.(channel.Live); live != (s.h.Live != nil) {
		s.problem("the connector is a channel.Live: %v, the harness describes one: %v", live, s.h.Live != nil)
	}
}

func (s *suite) emptySecret() {
	if s.h.WithoutSecret == nil {
		s.problem("the harness does not try an empty secret")
		return
	}
	err := s.h.WithoutSecret()
	if !fault.Is(err, fault.Config) {
		s.problem("an empty secret gives %v, want config", err)
	}
	s.leak("empty secret", err, s.h.Secrets)
}

// sample checks the harness as much as the connector: what every other check
// breaks must be whole.
func (s *suite) sample() {
	receipt, err := s.receive("sample", s.call())
	if err != nil {
		s.problem("the signed sample call is refused: %v", err)
		return
	}
	if len(receipt.Messages) != 1 {
		s.problem("the sample call has %d messages, want 1", len(receipt.Messages))
	}
	s.wellFormed("sample", receipt)
}

// maxProviderID is the most bytes of a provider's id in a key, which engines
// store and queues name things by.
const maxProviderID = 128

// wellFormed checks what holds for every receipt.
func (s *suite) wellFormed(what string, receipt channel.Receipt) {
	for _, m := range receipt.Messages {
		if m.Peer.Channel != s.c.Info().Name || m.Peer.Account == "" || m.Peer.User == "" {
			s.problem("%s: a peer is not whole", what)
		}
		_, id, _ := strings.Cut(string(m.Key), "-c.")
		if id == "" || len(id) > maxProviderID || m.Key.Time().UnixMilli() <= 0 || m.Key != conversation.InboundKey(m.Key.Time(), id) {
			s.problem("%s: the key %q is not conversation.InboundKey of a time and an id of 1 to %d bytes", what, m.Key, maxProviderID)
		}
		if len(m.Parts) == 0 && len(m.Media) == 0 {
			s.problem("%s: a message without parts", what)
		}
		if m.Origin != "" && m.Origin != id {
			s.problem("%s: the origin %q is not the id in the key", what, m.Origin)
		}
		if m.Answered && m.Keyword == "" {
			s.problem("%s: the platform answered no keyword", what)
		}
		for _, part := range m.Parts {
			if part.Kind == conversation.Link {
				if clean, err := channel.CleanCard(part.Card); err != nil || clean != part.Card || part.Text != "" {
					s.problem("%s: a link is not clean (channel.CleanCard), or has a text: %v", what, err)
				}
				continue
			}
			if part.Kind.Media() {
				if part.Text != "" || part.Media.Remote == "" || part.Media.Name == "" {
					s.problem("%s: a media part has a text, or does not say where its content lies and what it is called", what)
				}
				continue
			}
			if clean, err := channel.CleanText(part.Text); err != nil || clean != part.Text {
				s.problem("%s: a text is not clean (channel.CleanText): %v", what, err)
			}
		}
	}
	for _, report := range receipt.Reports {
		s.report(what, report)
	}
	if a := receipt.Answer; a != nil && (a.Status < 200 || a.Status > 299) {
		s.problem("%s: an answer with status %d", what, a.Status)
	}
}

// report checks what a provider is said to have told of a message of ours.
func (s *suite) report(what string, r channel.Report) {
	if !r.Conversation.Valid() || !r.Key.Shaped() {
		s.problem("%s: a report is of no message of ours", what)
	}
	o := r.Outcome
	switch o.Delivery {
	case conversation.Sent, conversation.Delivered:
		if o.Code != "" || o.Hint != "" {
			s.problem("%s: a report has a code or a hint, and tells that it went well", what)
		}
	case conversation.NotSent:
		if _, known := fault.Table()[fault.Code(o.Code)]; !known || o.Hint == "" {
			s.problem("%s: a report of a failure has no code of a fault, or no hint", what)
		}
	default:
		s.problem("%s: a report tells %q", what, o.Delivery)
	}
	if o.At.IsZero() {
		s.problem("%s: a report does not say when", what)
	}
}

func (s *suite) pure() {
	r := s.call()
	kept := cloneRequest(r)
	first, err := s.receive("first", r)
	second, again := s.receive("second", r)
	if diff := cmp.Diff(goldenOf(first, err), goldenOf(second, again)); diff != "" {
		s.problem("the same request gives another receipt (-first +second)\n%s", diff)
	}
	if !bytes.Equal(kept.Body, r.Body) || !cmp.Equal(kept.Header, r.Header) || !cmp.Equal(kept.Query, r.Query) {
		s.problem("Receive changes its request")
	}
	// A host may use the body's memory again once Receive has returned.
	said := strings.Clone(words(first))
	for i := range r.Body {
		r.Body[i] = 'x'
	}
	if words(first) != said {
		s.problem("the receipt changes with the request's body")
	}
	if got := s.double.got(); len(got) > 0 {
		s.problem("Receive calls the provider: it must be pure")
	}
}

func words(r channel.Receipt) string {
	var texts []string
	for _, m := range r.Messages {
		for _, part := range m.Parts {
			texts = append(texts, part.Text, part.Card.Title, part.Card.Description, part.Card.URL)
		}
	}
	return strings.Join(texts, "\n")
}

func (s *suite) forgeries() {
	for _, name := range Required() {
		if _, exempt := s.h.Exempt[name]; s.h.Forgeries[name] == nil && !exempt {
			s.problem("the harness has no forgery %q, nor a reason why", name)
		}
	}
	for name, forge := range s.h.Forgeries {
		r := forge(cloneRequest(s.h.Call))
		receipt, err := s.receive(name, r)
		if !fault.Is(err, fault.Unauthenticated) {
			s.problem("%s: got %v, want unauthenticated", name, err)
		}
		if !cmp.Equal(receipt, channel.Receipt{}) {
			s.problem("%s: a refused call has a receipt", name)
		}
		s.fault(name, r, err)
	}
}

// brokenBodies signs what no platform sends.
func (s *suite) brokenBodies() {
	whole := s.h.Call.Body
	broken := map[string][]byte{
		"empty":         {},
		"invalid UTF-8": slices.Concat(whole[:len(whole)/2], []byte{0xff, 0xfe}, whole[len(whole)/2:]),
		"no format":     []byte("\x00\x01\x02"),
		"deep arrays":   bytes.Repeat([]byte("["), 60_000),
		"deep objects":  bytes.Repeat([]byte(`{"a":`), 12_000),
		"deep elements": bytes.Repeat([]byte("<a>"), 20_000),
		"twice":         slices.Concat(whole, whole),
		"null":          []byte("null"),
		// Most formats allow white space at the end, so only its size tells it from
		// the sample.
		"oversized": slices.Concat(whole, bytes.Repeat([]byte(" "), int(s.c.Info().MaxBody))),
	}
	for name, body := range broken {
		s.broken(name, body, name == "oversized" || name == "empty")
	}
	for _, part := range []int{8, 4, 2} {
		s.broken("truncated", whole[:len(whole)-len(whole)/part], false)
	}
	s.broken("truncated by one", whole[:len(whole)-1], false)
}

// broken wants a fault, or, where the format allows to read something, a
// receipt of the right shape.
func (s *suite) broken(name string, body []byte, fatal bool) {
	r := cloneRequest(s.h.Call)
	r.Body = slices.Clone(body)
	r = s.h.Sign(r)
	receipt, err := s.receive(name, r)
	if err == nil && fatal {
		s.problem("%s: the body is taken", name)
	}
	if err != nil && !cmp.Equal(receipt, channel.Receipt{}) {
		s.problem("%s: a fault and a receipt", name)
	}
	s.fault(name, r, err)
	s.wellFormed(name, receipt)
}

// retries repeats the call as platforms do, with a proof of its own, and wants
// the key of the first.
func (s *suite) retries() {
	first, err := s.receive("first", s.call())
	if err != nil {
		s.problem("the first call is refused: %v", err)
		return
	}
	again := cloneRequest(s.h.Call)
	again.At = again.At.Add(time.Minute)
	if again.Header == nil {
		again.Header = http.Header{}
	}
	second, err := s.receive("retry", s.h.Sign(again))
	if err != nil {
		s.problem("the platform's retry a minute later is refused: %v", err)
		return
	}
	if diff := cmp.Diff(first.Messages, second.Messages); diff != "" {
		s.problem("a retry is another message (-first +retry)\n%s", diff)
	}
}
