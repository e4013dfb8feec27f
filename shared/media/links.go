package media

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const (
	// linked is how many links are made at a time: each asks the store.
	linked = 8
	// linksWithin is how long whoever reads a conversation waits for all of them.
	linksWithin = time.Second
)

// Links makes the links to the media of messages, the newest first, within a second: a
// conversation is read whatever becomes of them. What is gone has none, and what is not
// to be had now has an empty one.
func (s *Service) Links(ctx context.Context, messages ...conversation.Message) channel.Links {
	wanted := mediaOf(messages)
	if s == nil || len(wanted) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, linksWithin)
	defer cancel()
	links := make(channel.Links, len(wanted))
	todo, done := make(chan conversation.Media, len(wanted)), make(chan made, len(wanted))
	for _, m := range wanted {
		links[m.Shown()] = channel.Link{}
		todo <- m
	}
	close(todo)
	for range min(linked, len(wanted)) {
		go func() {
			for m := range todo {
				done <- s.link(ctx, m)
			}
		}()
	}
	if err := gather(ctx, links, done, len(wanted)); err != nil {
		s.o.Log.LogAttrs(ctx, slog.LevelWarn, "a file has no link for now", slog.String("code", string(fault.CodeOf(err))))
	}
	return links
}

// gather puts in what is done in time, and returns why something is not.
func gather(ctx context.Context, links channel.Links, done <-chan made, wanted int) (failed error) {
	for range wanted {
		select {
		case l := <-done:
			switch {
			case l.err == nil:
				links[l.media.Shown()] = l.link
			case fault.Is(l.err, fault.NotFound):
				delete(links, l.media.Shown())
			default:
				failed = l.err
			}
		case <-ctx.Done():
			return late(ctx)
		}
	}
	return failed
}

func late(ctx context.Context) error {
	return fault.Wrap(ctx.Err(), fault.DeadlineExceeded, "media.Links", "")
}

// mediaOf are the media of messages, each once, those of the last message first.
func mediaOf(messages []conversation.Message) []conversation.Media {
	seen := map[conversation.Media]bool{}
	var all []conversation.Media
	for _, m := range slices.Backward(messages) {
		for _, p := range m.MediaParts() {
			if p.Media.Remote == "" && !seen[p.Media] {
				seen[p.Media] = true
				all = append(all, p.Media)
			}
		}
	}
	return all
}

type made struct {
	media conversation.Media
	link  channel.Link
	err   error
}

func (s *Service) link(ctx context.Context, m conversation.Media) made {
	if ctx.Err() != nil {
		return made{m, channel.Link{}, late(ctx)}
	}
	link, err := s.o.Blobs.Download(ctx, blob.Key(m.Key), blob.Tag(m.Tag), m.Name)
	return made{m, channel.Link{URL: link.URL, Until: link.Until}, err}
}
