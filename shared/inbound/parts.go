package inbound

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/routing"
)

// askWaits is how long an ask for a person waits for the files beside it: as long as
// looking at a few takes where their store is well.
const askWaits = time.Second

// parts are what a message shows: what was written, and what was uploaded for it. An ask
// for a person is refused for no file's sake (promise P1): what did not arrive, or is not
// to be had now, is told in words. Errors: those of media.Take.
func (s *Service) parts(ctx context.Context, id conversation.ID, in channel.Inbound) ([]conversation.Part, error) {
	if len(in.Media) == 0 {
		return in.Parts, nil
	}
	written := conversation.Message{Parts: in.Parts}
	if !routing.Asks(written) {
		shown, err := s.o.Media.Take(ctx, id, in.Media)
		if err != nil {
			return s.partsOf(ctx, id, in.Key, err)
		}
		return slices.Concat(in.Parts, shown), nil
	}
	look, cancel := context.WithTimeout(ctx, askWaits)
	defer cancel()
	shown, err := s.o.Media.Take(look, id, in.Media)
	if err != nil {
		s.o.Log.LogAttrs(ctx, slog.LevelWarn, "an ask goes on without its files", slog.String("conversation", string(id)),
			slog.String("code", string(fault.CodeOf(err))))
		lost := conversation.NotArrived(routing.LanguageOf(written.Words(), "", ""))
		shown = slices.Repeat([]conversation.Part{lost}, len(in.Media))
	}
	return slices.Concat(in.Parts, shown), nil
}

// partsOf are those of a message that came before, when its files could be had: its
// acknowledgement was lost. If it did not, it is refused for what became of them.
func (s *Service) partsOf(ctx context.Context, id conversation.ID, key conversation.Key, refused error) ([]conversation.Part, error) {
	m, err := s.o.Store.Message(ctx, id, key)
	if err != nil {
		return nil, refused
	}
	return m.Parts, nil
}
