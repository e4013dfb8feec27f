package channeltest

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

// fault checks what Receive gives instead of a receipt.
func (s *suite) fault(what string, r channel.Request, err error) {
	if err == nil {
		return
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		s.problem("%s: the error is no fault: %v", what, err)
		return
	}
	if status := fault.StatusOf(err); status >= 500 {
		s.problem("%s: what a caller sent became a fault of ours: %s, %d", what, f.Code, status)
	}
	s.leak(what, err, s.secretsIn(r))
}

// leak looks for words in everything that may be shown of a fault.
func (s *suite) leak(what string, err error, words []string) {
	if err == nil {
		return
	}
	public, bad := json.Marshal(fault.PublicOf(err))
	if bad != nil {
		s.problem("%s: %v", what, bad)
	}
	shown := err.Error() + "\n" + string(public)
	for f := (*fault.Error)(nil); errors.As(err, &f); err = f.Err {
		shown += "\n" + f.Op + "\n" + f.Hint
		if f.Err == nil {
			break
		}
	}
	for _, word := range words {
		if strings.Contains(shown, word) {
			s.problem("%s: a fault holds what nobody may read there: %q", what, word)
		}
	}
}

// The shortest words that are looked for: shorter ones stand in hints by chance.
const (
	minProof = 12 // of proofs, in headers and queries
	minWord  = 8  // of what stands in a body
)

// secretsIn collects what no fault about r may hold: the secrets, the proofs in
// its header and query, the words in its body, and the customer.
func (s *suite) secretsIn(r channel.Request) []string {
	words := append([]string(nil), s.h.Secrets...)
	proof := func(values []string) {
		for _, value := range values {
			for _, word := range append(strings.Fields(value), strings.Split(value, ".")...) {
				if len(word) >= minProof {
					words = append(words, word)
				}
			}
		}
	}
	for name, values := range r.Header {
		if name != "Content-Type" {
			proof(values)
		}
	}
	for _, values := range r.Query {
		proof(values)
	}
	var body any
	if json.Unmarshal(r.Body, &body) == nil {
		words = append(words, stringsIn(body)...)
	}
	if receipt, err := s.receive("sample", s.call()); err == nil {
		for _, m := range receipt.Messages {
			words = append(words, m.Peer.User)
			for _, part := range m.Parts {
				words = append(words, part.Text)
			}
		}
	}
	return words
}

func (s *suite) secretsOf(out channel.Outbound) []string {
	words := append([]string{out.Peer.User}, s.h.Secrets...)
	for _, p := range out.Message.Parts {
		for _, word := range []string{p.Text, p.Card.Title, p.Card.Description, p.Card.URL, p.Card.Picture} {
			if word != "" {
				words = append(words, word)
			}
		}
	}
	return words
}

func stringsIn(value any) []string {
	var words []string
	switch v := value.(type) {
	case string:
		if len(v) >= minWord {
			words = append(words, v)
		}
	case []any:
		for _, inner := range v {
			words = append(words, stringsIn(inner)...)
		}
	case map[string]any:
		for _, inner := range v {
			words = append(words, stringsIn(inner)...)
		}
	}
	return words
}
