package media

import (
	"context"
	"io"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Open reads the content that a part of a message shows; the caller closes it. It is a
// channel.Opener. Errors: NotFound for what is no longer kept, has not come from its
// provider yet, or is other content by now; NotPossible where no media are taken; the
// store's.
func (s *Service) Open(ctx context.Context, m conversation.Media) (io.ReadCloser, error) {
	if s == nil {
		return nil, off()
	}
	if m.Key == "" {
		return nil, fault.New(fault.NotFound, "media.Open", "it has not come from the customer's channel yet")
	}
	info, content, err := s.o.Blobs.Get(ctx, blob.Key(m.Key))
	if err != nil {
		return nil, err
	}
	if string(info.Tag) != m.Tag {
		_ = content.Close() // nothing of it was wanted
		return nil, fault.New(fault.NotFound, "media.Open", "the file that was shown is no longer kept")
	}
	return content, nil
}
