package outbound

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// note keeps which message shows a waiting customer their place, where it can be changed as
// the line moves. Where that fails, the customer still has what the message says, and can ask.
func (l *look) note(ctx context.Context, call []piece, sent channel.Sent) {
	m := call[len(call)-1].of
	if l.d.editor == nil || sent.ProviderID == "" || l.c.Status != conversation.Waiting || !tellsPlace(*m, l.c.Ticket.ID) {
		return
	}
	if err := l.d.o.Store.PutNote(ctx, l.c.ID, conversation.Note{Key: m.Key, ProviderID: sent.ProviderID}); err != nil {
		l.d.unchanged(ctx, l.c.ID, err)
	}
}

// tellsPlace reports whether a message tells who waits with that ask where they stand: what
// is said about it before an agent has it does.
func tellsPlace(m conversation.Message, ask conversation.TicketID) bool {
	return m.Ask == ask && (m.Purpose == conversation.Acknowledgement || m.Purpose == conversation.Notice)
}

func (d *Drain) unchanged(ctx context.Context, id conversation.ID, err error) {
	d.o.Log.LogAttrs(ctx, slog.LevelWarn, "a customer is not shown that their place changed", slog.String("conversation", string(id)),
		slog.String("channel", d.info.Name), slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
}

// ShowLine shows the channel's customers at the head of a line where they stand now
// (promise P3): the message is changed that told them, and nothing new is said. What the
// channel's pace of edits leaves no room for waits for the next time, the first of the line
// coming first. Errors: the store's.
func (d *Drain) ShowLine(ctx context.Context, lane conversation.Lane) error {
	if d.editor == nil {
		return nil
	}
	line, err := d.o.Store.Line(ctx, lane, outbox.Followed)
	if err != nil || !slices.ContainsFunc(line, d.noted) {
		return err
	}
	first, err := d.o.Store.Position(ctx, lane, line[0].Rank)
	if err != nil {
		return err
	}
	stale := map[string][]*staleNote{} // by account
	for i, w := range line {
		n, err := d.stale(ctx, w, store.Place{Ahead: i, Exact: true, Every: first.Every})
		if err != nil {
			return err
		}
		if n != nil {
			stale[n.c.Peer.Account] = append(stale[n.c.Peer.Account], n)
		}
	}
	for account, notes := range stale {
		if err := d.refresh(ctx, account, notes); err != nil {
			return err
		}
	}
	return nil
}

// noted reports whether somebody who waits has a message that shows them their place.
func (d *Drain) noted(w store.Waiting) bool { return w.Channel == d.info.Name && w.Note.Key != "" }

// staleNote is a message that shows another place than its customer has.
type staleNote struct {
	c   conversation.Conversation
	m   conversation.Message // as it is to be now
	now conversation.Note
}

// stale looks at one who waits; nil where there is nothing to change.
func (d *Drain) stale(ctx context.Context, w store.Waiting, p store.Place) (*staleNote, error) {
	mark := routing.PlaceMark(p)
	if !d.noted(w) || w.Note.Place == mark {
		return nil, nil
	}
	c, err := d.o.Store.Conversation(ctx, w.Conversation)
	if err != nil || c.Status != conversation.Waiting || c.Epoch != w.Epoch {
		return nil, err
	}
	m, err := d.o.Store.Message(ctx, w.Conversation, w.Note.Key)
	if fault.Is(err, fault.NotFound) || err == nil && !tellsPlace(m, w.Ticket) {
		return nil, nil // it is of an ask before this one, or forgotten
	}
	if err != nil {
		return nil, err
	}
	n := &staleNote{c: c, m: m, now: w.Note}
	n.now.Place = mark
	text := routing.NoteText(c.Language, m.Purpose, p)
	if w.Note.Place == "" && m.Words() == text {
		return nil, d.o.Store.PutNote(ctx, c.ID, n.now)
	}
	n.m.Parts = conversation.TextParts(text)
	return n, nil
}

// refresh changes as many of an account's notes as its pace lets it.
func (d *Drain) refresh(ctx context.Context, account string, notes []*staleNote) error {
	if burst := max(d.info.EditBurst, 1); len(notes) > burst {
		notes = notes[:burst]
	}
	now := d.o.Now()
	free, err := d.o.Store.Turn(ctx, scope("edit", d.info.Name, account), now, now.Add(time.Duration(len(notes))*d.info.EditPace))
	if err != nil || free.After(now) {
		return err
	}
	for _, n := range notes {
		if d.late(ctx) {
			return nil
		}
		goesOn, err := d.edit(ctx, n)
		if err != nil || !goesOn {
			return err
		}
	}
	return nil
}

// editWithin bounds one edit: others wait behind it.
const editWithin = 5 * time.Second

// edit changes one message. What the provider refuses for good is not tried again until the
// place has changed once more; where it may be of another mind later, no other of the account's
// is tried now.
func (d *Drain) edit(ctx context.Context, n *staleNote) (goesOn bool, err error) {
	calling, cancel := context.WithTimeout(ctx, editWithin)
	defer cancel()
	err = d.editor.Edit(calling, channel.Outbound{Peer: n.c.Peer, Message: n.m, Language: n.c.Language, Attempt: 1}, n.now.ProviderID)
	if err != nil {
		d.unchanged(ctx, n.c.ID, err)
		if fault.RetryOf(err) != fault.Never {
			return false, nil
		}
	}
	return true, d.o.Store.PutNote(ctx, n.c.ID, n.now)
}
