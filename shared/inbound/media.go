package inbound

import (
	"context"
	"encoding/json"
	"net"
	"net/http"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/media"
)

// uploadFrame answers an offer.
type uploadFrame struct {
	Type string `json:"type"` // "upload"
	ID   string `json:"id"`   // the offer's
	media.Upload
}

// offered answers what a connector read from an offer that came by a door, from an address.
func (s *Service) offered(ctx context.Context, c channel.Connector, r channel.Request, d *Door, from string) (media.Upload, error) {
	by, ok := c.(channel.Uploader)
	if !ok {
		return media.Upload{}, fault.New(fault.NotPossible, "inbound.offer", "on this channel the platform itself carries media")
	}
	if err := prepare(ctx, c, r); err != nil {
		return media.Upload{}, err
	}
	o, err := by.Offer(ctx, r)
	if err != nil {
		return media.Upload{}, err
	}
	id := s.o.IDs.Of(o.Peer)
	if err := d.spendOffer(id, from, s.o.Now()); err != nil {
		return media.Upload{}, err
	}
	upload, err := s.o.Media.Offer(ctx, id, string(conversation.Customer), o)
	if err != nil {
		return media.Upload{}, err
	}
	// Last, as what is too large would never fit. Who hears of no link uploads nothing.
	if err := d.spendBytes(id, from, o.Size, s.o.Now()); err != nil {
		return media.Upload{}, err
	}
	return upload, nil
}

// NewMediaHandler answers offers over HTTP, for a connector that is a channel.Uploader.
func (s *Service) NewMediaHandler(c channel.Connector, d *Door) http.Handler {
	h := s.NewHandler(c, d)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := deadline(r.Context(), h.info.AckWithin)
		defer cancel()
		if goesOn, err := d.admit(w, r); err != nil {
			h.refuse(ctx, w, err)
			return
		} else if !goesOn {
			return
		}
		request, err := h.request(w, r)
		if err != nil {
			h.refuse(ctx, w, err)
			return
		}
		from, _, _ := net.SplitHostPort(r.RemoteAddr) // where it is none, nobody is known
		upload, err := s.offered(ctx, c, request, d, from)
		if err != nil {
			h.refuse(ctx, w, err)
			return
		}
		jsonhttp.Write(w, http.StatusOK, upload)
	})
}

// offer takes an offer over a connection as if it were a call: the connector checks
// the token again.
func (v *Visitors) offer(ctx context.Context, who visitor, frame []byte) ([]any, error) {
	ctx, cancel := context.WithTimeout(ctx, v.info.AckWithin)
	defer cancel()
	var o offerIn
	if err := json.Unmarshal(frame, &o); err != nil {
		return nil, fault.New(fault.BadRequest, "inbound.offer", "an offer has id, name, mime, size and, of sound, seconds")
	}
	body, err := json.Marshal(map[string]any{"id": o.ID, "name": o.Name, "type": o.Type, "size": o.Size, "seconds": o.Seconds})
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "inbound.offer", "")
	}
	upload, err := v.inbound.offered(ctx, v.connector, v.client.Submission(who.Token, body, v.inbound.o.Now()), v.door, live.AddressOf(ctx))
	if err != nil {
		return nil, err
	}
	return []any{uploadFrame{"upload", o.ID, upload}}, nil
}
