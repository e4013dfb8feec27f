package media

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Put stores content that was fetched from a provider as a part of a kind, and returns the
// part. It is looked at like an upload. What an earlier call has put under the key stays.
// Errors: TooLarge; BadMedia for what is not of that kind; NotPossible where no media are
// taken; the body's and the store's.
func (s *Service) Put(ctx context.Context, key blob.Key, kind conversation.PartKind, f channel.Fetched) (conversation.Part, error) {
	if s == nil {
		return conversation.Part{}, off()
	}
	content, err := s.read(f)
	if err != nil {
		return conversation.Part{}, err
	}
	name := cleanName(f.Name)
	if f.Name == "" {
		name = string(kind)
	}
	claim := claimedAs(kind, f.Type, name, content)
	looked := content[:min(len(content), maxLook)]
	c, err := inspect(claim, name, bytes.NewReader(looked))
	if err != nil {
		return conversation.Part{}, err
	}
	if c.kind != kind && kind != conversation.File {
		return conversation.Part{}, bad("this is not of the kind that it is said to be")
	}
	if err := s.checkSize(c.kind == conversation.Image, int64(len(content))); err != nil {
		return conversation.Part{}, err
	}
	if err := s.o.Blobs.Put(ctx, key, claim, content); err != nil && !fault.Is(err, fault.Conflict) {
		return conversation.Part{}, err
	}
	return s.look(ctx, handle{key: key, name: name})
}

// read takes what a provider hands over, whole, and no more than is taken.
func (s *Service) read(f channel.Fetched) ([]byte, error) {
	most := min(max(s.o.Limits.Picture, s.o.Limits.File), blob.MaxPut)
	tooLarge := fault.New(fault.TooLarge, "media.Put", fmt.Sprintf("at most %d bytes are taken", most))
	if f.Size > most {
		return nil, tooLarge
	}
	content, err := io.ReadAll(io.LimitReader(f.Body, most+1))
	switch {
	case err != nil:
		return nil, fault.Wrap(err, fault.Unavailable, "media.Put", "the provider's answer ended early")
	case int64(len(content)) > most:
		return nil, tooLarge
	case len(content) == 0:
		return nil, bad("there is nothing in it")
	}
	return content, nil
}

// claimedAs is claimed for content at hand: of a picture or a sound, what it is counts for
// more than what a provider calls it.
func claimedAs(kind conversation.PartKind, mediaType, name string, content []byte) string {
	found := sniff(content[:min(len(content), headSize)])
	if kind == conversation.Image && pictures[found] != "" || kind == conversation.Audio && sounds[found] != "" {
		return found
	}
	return claimed(mediaType, name)
}

// Forget removes all that a conversation shows, and all that was uploaded for it. Errors:
// the store's.
func (s *Service) Forget(ctx context.Context, id conversation.ID) error {
	if s == nil {
		return nil
	}
	return s.o.Blobs.Forget(ctx, id)
}

// Remove removes what some parts show. Errors: the store's.
func (s *Service) Remove(ctx context.Context, parts ...conversation.Part) error {
	if s == nil {
		return nil
	}
	for _, p := range parts {
		if p.Media.Key == "" {
			continue
		}
		if err := s.o.Blobs.Delete(ctx, blob.Key(p.Media.Key)); err != nil {
			return err
		}
	}
	return nil
}
