package channeltest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// trouble is an answer of the provider's and the faults it may become.
type trouble struct {
	name  string
	reply Reply
	want  []fault.Code
	after time.Duration // RetryAfter
}

// troubles are what every provider can do. A call that may have been taken is
// Uncertain, unless repeating it shows the message once.
func (s *suite) troubles() []trouble {
	lost := []fault.Code{fault.Uncertain}
	if s.c.Info().Repeatable {
		lost = append(lost, fault.ProviderBusy, fault.DeadlineExceeded)
	}
	busyOrLost := append([]fault.Code{fault.ProviderBusy}, lost...)
	all := []trouble{
		{"unavailable", Reply{Status: 503}, busyOrLost, 0},
		{"timeout", Reply{Hang: true}, lost, 0},
		{"connection reset", Reply{Reset: true}, lost, 0},
	}
	if s.h.Sending.HTTP {
		all = append(all,
			trouble{"too many", Reply{Status: 429}, []fault.Code{fault.ProviderBusy}, 0},
			trouble{"too many, come back", Reply{Status: 429, Header: map[string]string{"Retry-After": "7"}}, []fault.Code{fault.ProviderBusy}, 7 * time.Second},
			trouble{"broken", Reply{Status: 500}, busyOrLost, 0},
			trouble{"bad gateway", Reply{Status: 502, Body: "<html>"}, busyOrLost, 0},
			trouble{"an answer that is none", Reply{Status: 200, Body: "<html>"}, lost, 0},
		)
	}
	for _, name := range slices.Sorted(maps.Keys(s.h.Sending.Refusals)) {
		r := s.h.Sending.Refusals[name]
		all = append(all, trouble{name, r.Reply, []fault.Code{r.Want}, -1})
	}
	return all
}

func (s *suite) sendFaults() {
	s.double.tell(nil)
	if _, err := s.send("sample", s.h.Sending.Sample); err != nil {
		s.problem("the sample is not sent: %v", err)
	}
	if n := len(s.double.got()); n != 1 {
		s.problem("sending once makes %d calls", n)
	}
	for _, tr := range s.troubles() {
		if tr.reply.Body == "<html>" && tr.reply.Status == 200 && s.h.Sending.Yes.Body == "" {
			continue // a provider whose yes is empty says yes by the status alone
		}
		s.double.tell(&tr.reply)
		patience := sendWithin
		if tr.reply.Hang {
			patience = hangWithin
		}
		_, err := s.sendWithin(patience, tr.name, s.h.Sending.Sample)
		var f *fault.Error
		if !errors.As(err, &f) || !slices.Contains(tr.want, f.Code) {
			s.problem("%s: got %v, want one of %v", tr.name, err, tr.want)
			continue
		}
		if tr.after >= 0 && f.RetryAfter != tr.after {
			s.problem("%s: retry after %v, want %v", tr.name, f.RetryAfter, tr.after)
		}
		if n := len(s.double.got()); n != 1 {
			s.problem("%s: Send makes %d attempts, want 1", tr.name, n)
		}
		s.leak(tr.name, err, s.secretsOf(s.h.Sending.Sample))
	}
}

// labels sends the same words as a bot and as a person, and with and without
// the way to a person: what arrives must tell them apart (promises P2, P11).
func (s *suite) labels() { s.apart(s.h.Sending.Sample) }

// cards sends a link, which no channel may lose any words of, whether or not it has
// cards, nor who says it.
func (s *suite) cards() {
	card := conversation.Card{Title: "Returns & refunds", Description: "In three steps", URL: "https://shop.example/returns?from=chat", Picture: "https://shop.example/box.png"}
	out := s.h.Sending.Sample
	out.Message.Parts = []conversation.Part{{Kind: conversation.Link, Card: card}}
	if p, packs := s.c.(channel.Packer); packs && !p.Fits(out) {
		s.problem("a link does not fit into a call of its own")
	}
	arrived, written := s.apart(out), s.h.Sending.Written
	if written == nil {
		written = func(text string) string { return text }
	}
	for _, words := range []string{card.Title, card.Description, card.URL} {
		if !strings.Contains(arrived, written(words)) {
			s.problem("the link's %q does not arrive", words)
		}
	}
}

// apart sends a message as labels says, and returns what arrived of one.
func (s *suite) apart(sample channel.Outbound) (arrived string) {
	variant := func(author conversation.Author, way bool) string {
		out := sample
		out.Message.Author, out.Message.Purpose, out.Message.Way = author, "", way
		out.Message.Name = ""
		if author == conversation.Person {
			out.Message.Agent, out.Message.Name = "agent-1", "Li"
		}
		s.double.tell(nil)
		if _, err := s.send(string(author), out); err != nil {
			s.problem("a message of a %s is not sent: %v", author, err)
		}
		text, err := indented(s.double.got())
		if err != nil {
			s.problem("%v", err)
		}
		return string(text)
	}
	bot, person, way := variant(conversation.Bot, false), variant(conversation.Person, false), variant(conversation.Bot, true)
	if bot == person {
		s.problem("the customer cannot tell a bot's message from a person's")
	}
	if bot == way {
		s.problem("the way to a person is not shown")
	}
	return bot
}

func (s *suite) live() {
	l, ok := s.c.(channel.Live)
	if s.h.Live == nil || !ok {
		return // Info has checked that both say the same
	}
	ctx, at := context.Background(), s.h.Call.At
	who, err := l.Identify(ctx, s.h.Live.Token, at)
	if err != nil {
		s.problem("the good token is refused: %v", err)
		return
	}
	if !who.Expires.After(at) {
		s.problem("the good token ends at %v", who.Expires)
	}
	if _, err := l.Identify(ctx, s.h.Live.Token, who.Expires.Add(time.Second)); !fault.Is(err, fault.Unauthenticated) {
		s.problem("a token past its end gives %v", err)
	}
	s.submission(l, who)
	for name, token := range s.h.Live.BadTokens {
		visitor, err := l.Identify(ctx, token, at)
		if !fault.Is(err, fault.Unauthenticated) || visitor != (channel.Visitor{}) {
			s.problem("bad token %q: got %+v, %v", name, visitor, err)
		}
		words := append([]string(nil), s.h.Secrets...)
		if len(token) >= minProof {
			words = append(words, token)
		}
		s.leak(name, err, words)
	}
	for _, author := range []conversation.Author{conversation.Customer, conversation.Bot, conversation.Person} {
		m := s.h.Sending.Sample.Message
		m.Author = author
		var frame struct{ Author conversation.Author }
		data, err := json.Marshal(l.Frame(m, channel.View{}))
		if err != nil || json.Unmarshal(data, &frame) != nil || frame.Author != author {
			s.problem("a frame of a %s says it is of a %q", author, frame.Author)
		}
	}
}

// submission wants the same message over a connection as over a call.
func (s *suite) submission(l channel.Live, who channel.Visitor) {
	called, err := s.receive("call", s.call())
	if err != nil {
		s.problem("the sample call is refused: %v", err)
		return
	}
	framed, err := s.receive("frame", l.Submission(s.h.Live.Token, slices.Clone(s.h.Call.Body), s.h.Call.At))
	if err != nil {
		s.problem("the sample as a frame is refused: %v", err)
		return
	}
	if diff := cmp.Diff(called, framed); diff != "" {
		s.problem("a frame is another message than a call (-call +frame)\n%s", diff)
	}
	for _, m := range framed.Messages {
		if m.Peer != who.Peer {
			s.problem("Identify and Receive disagree who the customer is")
		}
	}
}

// concurrent is for the race detector.
func (s *suite) concurrent() {
	want, err := s.receive("sample", s.call())
	if err != nil {
		s.problem("the sample call is refused: %v", err)
		return
	}
	s.double.tell(nil)
	var all sync.WaitGroup
	var mu sync.Mutex
	for range 8 {
		all.Go(func() {
			for range 20 {
				got, err := s.c.Receive(context.Background(), s.call())
				_, sendErr := s.c.Send(context.Background(), s.h.Sending.Sample)
				if err != nil || sendErr != nil || !cmp.Equal(want, got) || s.c.Info().Name == "" {
					mu.Lock()
					s.problem("at the same time as others: %v, %v", err, sendErr)
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
}
