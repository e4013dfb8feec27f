package channeltest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// edits changes a message that was sent: by its id, in one call, and with the provider's no and
// its silence told apart as Send does, but that silence may be told as busy, too, since a change
// can be made again.
func (s *suite) edits() {
	e, can := s.c.(channel.Editor)
	if info := s.c.Info(); can != (info.EditPace > 0 && info.EditBurst > 0) {
		s.problem("the connector is a channel.Editor: %v, and the pace of edits is %v, %d at once", can, info.EditPace, info.EditBurst)
	}
	if !can {
		return
	}
	s.double.tell(nil)
	sent, err := s.send("sample", s.h.Sending.Sample)
	if err != nil || sent.ProviderID == "" {
		s.problem("what is sent has no id by which it could be changed: %v", err)
		return
	}
	changed := s.h.Sending.Sample
	changed.Message.Parts = conversation.TextParts("changed words")
	s.double.tell(nil)
	if err := s.edit(e, changed, sent.ProviderID, false); err != nil {
		s.problem("what was sent is not changed: %v", err)
	}
	text, err := indented(s.double.got())
	if err != nil || len(s.double.got()) != 1 || !strings.Contains(string(text), "changed words") {
		s.problem("to change a message is %d calls, %s", len(s.double.got()), text)
	}
	for _, tr := range s.troubles() {
		if tr.reply.Body == "<html>" && tr.reply.Status == 200 && s.h.Sending.Yes.Body == "" {
			continue // as in sendFaults
		}
		s.double.tell(&tr.reply)
		err := s.edit(e, changed, sent.ProviderID, tr.reply.Hang)
		want := tr.want
		if slices.Contains(want, fault.Uncertain) {
			want = append(slices.Clone(want), fault.ProviderBusy)
		}
		var f *fault.Error
		if !errors.As(err, &f) || !slices.Contains(want, f.Code) {
			s.problem("editing, %s: got %v, want one of %v", tr.name, err, want)
		}
		if n := len(s.double.got()); n != 1 {
			s.problem("editing, %s: %d attempts, want 1", tr.name, n)
		}
		s.leak("editing, "+tr.name, err, s.secretsOf(changed))
	}
}

func (s *suite) edit(e channel.Editor, out channel.Outbound, id string, hangs bool) error {
	patience := sendWithin
	if hangs {
		patience = hangWithin
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return e.Edit(ctx, out, id)
}
