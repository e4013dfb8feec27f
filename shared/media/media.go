// Package media is the use case of pictures, voice notes and files in a
// conversation. Whoever sends one makes three steps: an offer, which is answered with
// a link; the upload by that link, which passes through no program of ours on AWS; and
// a message that shows it. Only then is the content looked at: what it is said to be is
// not believed.
package media

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Limits are what people may send, as clients are told.
type Limits struct {
	Picture int64 `json:"picture_bytes"` // of a picture
	File    int64 `json:"file_bytes"`    // of anything else
	Most    int   `json:"most"`          // of one message
}

// Options are what a Service needs; all are required.
type Options struct {
	Blobs  blob.Store
	Limits Limits
	Log    *slog.Logger
}

// Service takes and shows media. A nil *Service is a deployment without: it takes
// none.
type Service struct{ o Options }

// New makes a Service; fault.Config if something is missing or out of range.
func New(o Options) (*Service, error) {
	l := o.Limits
	if o.Blobs == nil || o.Log == nil || l.Picture < 1 || l.File < 1 || l.Most < 1 || max(l.Picture, l.File) > blob.MaxSize {
		return nil, fault.New(fault.Config, "media.New", "a part is missing, or a limit is not from 1 byte to 100 MiB")
	}
	return &Service{o}, nil
}

// Limits returns what people may send, nil where they may send nothing.
func (s *Service) Limits() *Limits {
	if s == nil {
		return nil
	}
	return &s.o.Limits
}

// Upload is the answer to an offer, as clients read it.
type Upload struct {
	Handle string `json:"key"` // what a message names it by
	Link   Link   `json:"upload"`
}

// Link is the one request that stores the content.
type Link struct {
	Method string            `json:"method"`
	URL    string            `json:"url"`    // absolute, or relative to the address that was asked
	Header map[string]string `json:"header"` // to be sent with it, as it is
	Until  int64             `json:"until"`  // Unix milliseconds
}

// Offer answers an offer of author's with how to upload what it says. The same offer
// again is the same upload: where that was made already, the link is answered with 409
// or 412. Errors: BadRequest, TooLarge, NotPossible where no media are taken, the
// store's.
func (s *Service) Offer(ctx context.Context, id conversation.ID, author string, o channel.Offer) (Upload, error) {
	if s == nil {
		return Upload{}, off()
	}
	if o.Size < 1 {
		return Upload{}, fault.New(fault.BadRequest, "media.Offer", "size is the file's, at least one byte")
	}
	name := cleanName(o.Name)
	claim := claimed(o.Type, name)
	if err := s.checkSize(pictures[claim] != "", o.Size); err != nil {
		return Upload{}, err
	}
	key := blob.KeyOf(id, author, o.ID, name, claim, fmt.Sprint(o.Size))
	link, err := s.o.Blobs.Upload(ctx, key, claim, o.Size)
	if err != nil {
		return Upload{}, err
	}
	return Upload{
		Handle: handle{key, name, min(max(o.Seconds, 0), maxSeconds)}.String(),
		Link:   Link{link.Method, link.URL, link.Header, link.Until.UnixMilli()},
	}, nil
}

// maxSeconds bounds what a client says of a sound's length.
const maxSeconds = 24 * 60 * 60

func off() error {
	return fault.New(fault.NotPossible, "media", "pictures and files are switched off here: send a text")
}

func (s *Service) checkSize(picture bool, size int64) error {
	limit := s.o.Limits.File
	if picture {
		limit = s.o.Limits.Picture
	}
	if size > limit {
		return fault.New(fault.TooLarge, "media", fmt.Sprintf("send at most %d bytes of this kind", limit))
	}
	return nil
}

// Take looks at what was uploaded for a message, and returns the parts that show it,
// in the order of the handles. Errors: BadRequest for what is no handle, or is there
// twice; TooLarge for too many or too much; Forbidden for what was uploaded for another
// conversation; MediaMissing; BadMedia for what is not what it says; NotPossible where
// no media are taken; the store's.
func (s *Service) Take(ctx context.Context, id conversation.ID, handles []string) ([]conversation.Part, error) {
	if len(handles) == 0 {
		return nil, nil
	}
	if s == nil {
		return nil, off()
	}
	if len(handles) > s.o.Limits.Most {
		return nil, fault.New(fault.TooLarge, "media.Take", fmt.Sprintf("a message has at most %d files", s.o.Limits.Most))
	}
	var parts []conversation.Part
	for _, text := range handles {
		h, err := readHandle(text)
		if err != nil {
			return nil, err
		}
		if h.key.Conversation() != id {
			return nil, fault.New(fault.Forbidden, "media.Take", "this was uploaded for another conversation: upload it for this one")
		}
		if slices.ContainsFunc(parts, func(p conversation.Part) bool { return p.Media.Key == string(h.key) }) {
			return nil, fault.New(fault.BadRequest, "media.Take", "name each file once")
		}
		part, err := s.look(ctx, h)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// look reads the beginning of what was uploaded.
func (s *Service) look(ctx context.Context, h handle) (p conversation.Part, err error) {
	info, content, err := s.o.Blobs.Get(ctx, h.key)
	if fault.Is(err, fault.NotFound) {
		return p, fault.New(fault.MediaMissing, "media.Take", "upload the file by the link that its offer was answered with, then submit again")
	}
	if err != nil {
		return p, err
	}
	defer func() { _ = content.Close() }() // what is of use has been read
	if err := s.checkSize(pictures[info.Type] != "", info.Size); err != nil {
		return p, err
	}
	c, err := inspect(info.Type, h.name, io.LimitReader(content, maxLook))
	if err != nil {
		return p, err
	}
	// Again by what it is: the name in a handle makes a picture of what was offered as a file.
	if err := s.checkSize(c.kind == conversation.Image, info.Size); err != nil {
		return p, err
	}
	if err := s.o.Blobs.Keep(ctx, h.key); err != nil {
		return p, err
	}
	p.Kind = c.kind
	p.Media = conversation.Media{Key: string(h.key), Tag: string(info.Tag), Name: c.name, Type: c.mediaType, Size: info.Size, Width: c.width, Height: c.height}
	if c.kind == conversation.Audio {
		p.Media.Seconds = h.seconds
	}
	return p, nil
}
