package storetest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

func (h *compared) spend(t *rapid.T) {
	id, granted := idOf(h.user(t)), inboundKey(t)
	if c, err := h.model.Conversation(h.ctx, id); err == nil && rapid.IntRange(0, 3).Draw(t, "newest") > 0 {
		granted = c.Allowance.Granted
	}
	n := rapid.IntRange(-1, 4).Draw(t, "n")
	both(h, "Spend", func(s store.Store) (conversation.Allowance, error) { return s.Spend(h.ctx, id, granted, n) }, nil)
}

func (h *compared) arrive(t *rapid.T) {
	id, key := idOf(h.user(t)), anyKey(t)
	parts := conversation.TextParts(rapid.SampledFrom([]string{"", "one", "两"}).Draw(t, "text"))
	if rapid.Bool().Draw(t, "here") {
		parts = append(parts, conversation.Part{Kind: conversation.Image, Media: conversation.Media{Key: "k", Size: 3}})
	}
	both(h, "Arrive", func(s store.Store) (conversation.Message, error) { return s.Arrive(h.ctx, id, key, parts) }, nil)
}

func (h *compared) note(t *rapid.T) {
	id := idOf(h.user(t))
	n := conversation.Note{
		Key: ownKey(t), ProviderID: rapid.SampledFrom([]string{"", "p1", "p2"}).Draw(t, "provider"),
		Place: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "place"),
	}
	both(h, "PutNote", func(s store.Store) (nothing, error) { return nothing{}, s.PutNote(h.ctx, id, n) }, nil)
}

func (h *compared) consent(t *rapid.T) {
	id, said := idOf(h.user(t)), conversation.Consent{Key: inboundKey(t), Out: rapid.Bool().Draw(t, "out"), Told: rapid.Bool().Draw(t, "told")}
	both(h, "PutConsent", func(s store.Store) (nothing, error) { return nothing{}, s.PutConsent(h.ctx, id, said) }, nil)
}

func (h *compared) turn(t *rapid.T) {
	scope := h.user(t)
	from := after(rapid.IntRange(0, 9).Draw(t, "from"))
	until := from.Add(time.Duration(rapid.IntRange(1, 5).Draw(t, "long")) * time.Millisecond)
	both(h, "Turn", func(s store.Store) (time.Time, error) { return s.Turn(h.ctx, scope, from, until) }, nil)
}

func (h *compared) erase(t *rapid.T) {
	id, upTo := idOf(h.user(t)), anyKey(t)
	both(h, "Erase", func(s store.Store) (nothing, error) { return nothing{}, s.Erase(h.ctx, id, upTo) }, nil)
}

// anyKey is a customer's key more often than one of ours.
func anyKey(t *rapid.T) conversation.Key {
	if rapid.IntRange(0, 3).Draw(t, "ours") == 0 {
		return ownKey(t)
	}
	return inboundKey(t)
}
