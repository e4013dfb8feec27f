package inbound

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// fetchFor is how long media are asked for that a provider does not hand over: providers
// keep them about as long.
const fetchFor = 3 * 24 * time.Hour

// Fetch gets the media of a customer's message from the provider. What is not to be had,
// or not taken, is told in words in its place. Where that may change it is no error: the
// clock asks again. To fetch again changes nothing. Errors: the store's.
func (s *Service) Fetch(ctx context.Context, by channel.Connector, id conversation.ID, key conversation.Key) error {
	m, err := s.o.Store.Message(ctx, id, key)
	if fault.Is(err, fault.NotFound) || err == nil && !m.Awaited() {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := s.o.Store.Conversation(ctx, id)
	if err != nil {
		return err
	}
	parts := slices.Clone(m.Parts)
	for i, p := range parts {
		if p.Media.Remote == "" {
			continue
		}
		if parts[i], err = s.get(ctx, by, c, m, i); err != nil {
			return s.getLater(ctx, m, err)
		}
	}
	m, err = s.o.Store.Arrive(ctx, id, key, parts)
	if fault.Is(err, fault.NotFound) { // forgotten meanwhile, and so is this
		return s.o.Media.Remove(ctx, parts...)
	}
	if err != nil {
		return err
	}
	n := outbox.Of(c)
	n.State, n.Keys, n.Messages = c, []conversation.Key{key}, []conversation.Message{m}
	s.o.Outbox.Tell(ctx, n)
	return nil
}

// get fetches one part. Its errors may pass.
func (s *Service) get(ctx context.Context, by channel.Connector, c conversation.Conversation, m conversation.Message, nth int) (conversation.Part, error) {
	announced := m.Parts[nth]
	part, err := s.put(ctx, by, c, m, nth)
	if err == nil {
		part.Media.Seconds = announced.Media.Seconds
		return part, nil
	}
	if !lasts(err) && s.o.Now().Sub(m.Received) < fetchFor {
		return part, err
	}
	s.logFetch(ctx, slog.LevelWarn, "media are given up", m, err)
	return conversation.Lost(announced.Kind, lossOf(err), c.Language), nil
}

// lasts reports whether an error is about the content. Any other may pass: what a provider refuses
// today, somebody may put right while it still has the content.
func lasts(err error) bool {
	switch fault.CodeOf(err) {
	case fault.NotFound, fault.TooLarge, fault.BadMedia, fault.BadRequest, fault.NotPossible:
		return true
	default:
		return false
	}
}

// put stores one part under a key that is the same however often it comes.
func (s *Service) put(ctx context.Context, by channel.Connector, c conversation.Conversation, m conversation.Message, nth int) (conversation.Part, error) {
	fetcher, can := by.(channel.Fetcher)
	if !can || s.o.Media == nil {
		return conversation.Part{}, fault.New(fault.NotPossible, "inbound.Fetch", "no media are taken here")
	}
	fetched, err := fetcher.Fetch(ctx, c.Peer, m.Parts[nth].Media.Remote)
	if err != nil {
		return conversation.Part{}, err
	}
	defer func() { _ = fetched.Body.Close() }() // what is of use has been read
	if fetched.Name == "" {
		fetched.Name = m.Parts[nth].Media.Name
	}
	return s.o.Media.Put(ctx, blob.KeyOf(c.ID, "fetched", string(m.Key), strconv.Itoa(nth)), m.Parts[nth].Kind, fetched)
}

// lossOf is what is told of an error that lasts.
func lossOf(err error) conversation.Loss {
	switch fault.CodeOf(err) {
	case fault.TooLarge:
		return conversation.LostLarge
	case fault.BadMedia, fault.BadRequest:
		return conversation.LostWrong
	case fault.NotPossible:
		return conversation.LostClosed
	default:
		return conversation.LostGone
	}
}

// getLater leaves media to the clock, which has them as due work. Where the provider says
// when, it is not asked before.
func (s *Service) getLater(ctx context.Context, m conversation.Message, err error) error {
	s.logFetch(ctx, slog.LevelInfo, "media are put off", m, err)
	if wait := fault.PublicOf(err).Retry; wait > 0 {
		return s.o.Store.Defer(ctx, fetchWork(m), s.o.Now().Add(time.Duration(wait)*time.Millisecond))
	}
	return nil
}

func (s *Service) logFetch(ctx context.Context, level slog.Level, what string, m conversation.Message, err error) {
	s.o.Log.LogAttrs(ctx, level, what, slog.String("conversation", string(m.Conversation)),
		slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
}

// Refetch is what the clock does about media that are due: it asks for them again, or
// settles what has come.
func (s *Service) Refetch(ctx context.Context, w store.Work) error {
	m, err := s.o.Store.Message(ctx, w.Conversation, w.Key)
	if fault.Is(err, fault.NotFound) || err == nil && !m.Awaited() {
		return settled(s.o.Store.Settle(ctx, w))
	}
	if err != nil {
		return err
	}
	c, err := s.o.Store.Conversation(ctx, w.Conversation)
	if err != nil {
		return err
	}
	return s.o.Outbox.Fetch(ctx, c.Peer.Channel, c.ID, w.Key)
}
