package outbound

import (
	"context"
	"errors"
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

// tellsLine reports whether the channel's customers are told of the line as it moves.
func (d *Drain) tellsLine() bool { return d.editor != nil || d.info.Costly }

// note keeps which message told a waiting customer their place, where they are told as the line
// moves. Where that fails, the customer still has what the message says, and can ask.
func (l *look) note(ctx context.Context, call []piece, sent channel.Sent) {
	m := call[len(call)-1].of
	if !l.d.tellsLine() || sent.ProviderID == "" || l.c.Status != conversation.Waiting || !tellsPlace(*m, l.c.Ticket.ID) {
		return
	}
	n := conversation.Note{Key: m.Key, ProviderID: sent.ProviderID}
	if l.c.Note.Key == m.Key { // whoever said it has kept what it says
		n.Place = l.c.Note.Place
	} else if place, err := l.d.o.Store.Position(ctx, l.c.Ticket.Lane, l.c.Ticket.Rank()); err == nil {
		n.Place = l.d.shows(l.c, *m, place)
	}
	if err := l.d.o.Store.PutNote(ctx, l.c.ID, n); err != nil {
		l.d.unchanged(ctx, l.c.ID, err)
	}
}

// shows is the mark of the place that a message shows, "" for another than this one. What will be
// changed is to have the very text; of what stays as it is, it is enough that it tells the place.
func (d *Drain) shows(c conversation.Conversation, m conversation.Message, p store.Place) string {
	switch {
	case d.editor == nil:
		return routing.MarkIn(m.Words(), c.Language, p)
	case saysOf(c, m, p) == m.Words():
		return routing.PlaceMark(p)
	}
	return ""
}

// saysOf is what a note says of a place.
func saysOf(c conversation.Conversation, m conversation.Message, place store.Place) string {
	return routing.NoteText(c.Language, m.Purpose, place)
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
// (promise P3): the message is changed that told them, and nothing new is said. Where that
// cannot be and each message costs, they are told anew when it matters. What the
// channel's pace of edits leaves no room for waits for the next time, the first of the line
// coming first. Errors: the store's.
func (d *Drain) ShowLine(ctx context.Context, lane conversation.Lane) error {
	if !d.tellsLine() {
		return nil
	}
	line, err := d.o.Store.Line(ctx, lane, outbox.Followed)
	if err != nil || !slices.ContainsFunc(line, d.follows) {
		return err
	}
	first, err := d.o.Store.Position(ctx, lane, line[0].Rank)
	if err != nil {
		return err
	}
	if d.editor == nil {
		return d.tellLine(ctx, line, first)
	}
	stale := map[string][]staleNote{} // by account
	for i, w := range line {
		now := store.Place{Ahead: i, Exact: true, Every: first.Every}
		if d.noted(w) && w.Note.Place != routing.PlaceMark(now) {
			stale[w.Account] = append(stale[w.Account], staleNote{w, now})
		}
	}
	for account, notes := range stale {
		if err := d.refresh(ctx, account, notes); err != nil {
			return err
		}
	}
	return nil
}

// follows reports whether somebody who waits is to be told as the line moves.
func (d *Drain) follows(w store.Waiting) bool {
	return d.noted(w) || d.editor == nil && w.Channel == d.info.Name
}

// noted reports whether somebody who waits has a message that shows them their place.
func (d *Drain) noted(w store.Waiting) bool { return w.Channel == d.info.Name && w.Note.Key != "" }

// staleNote is somebody whose message shows another place than theirs now, unless it is of an
// ask before this one.
type staleNote struct {
	store.Waiting
	now store.Place
}

// refresh changes as many of an account's notes as its pace lets it.
func (d *Drain) refresh(ctx context.Context, account string, notes []staleNote) error {
	if burst := max(d.info.EditBurst, 1); len(notes) > burst {
		notes = notes[:burst]
	}
	now := d.o.Now()
	edits, until := store.Scope("edit", d.info.Name, account), now.Add(time.Duration(len(notes))*d.info.EditPace)
	free, err := d.o.Store.Turn(ctx, edits, now, until)
	if err != nil || free.After(now) {
		return err
	}
	failed := 0
	for _, n := range notes {
		if d.late(ctx) {
			return nil
		}
		later, err := d.show(ctx, n)
		if err != nil {
			return err
		}
		if later == nil {
			continue
		}
		if failed++; later.RetryAfter > 0 { // none of the account's is to be tried before
			if after := now.Add(later.RetryAfter); after.After(until) { // a turn is never made shorter: what was done in it counts
				_, err = d.o.Store.Turn(ctx, edits, until, after)
			}
			return err
		}
		if failed == mostFailed {
			return nil
		}
	}
	return nil
}

// mostFailed is after how many that fail the others of an account are left for the next time: one
// that always does holds up nobody.
const mostFailed = 3

// show looks at one note, and changes it where it has to be. It returns later where the provider
// may be of another mind then.
func (d *Drain) show(ctx context.Context, n staleNote) (later *fault.Error, err error) {
	c, err := d.o.Store.Conversation(ctx, n.Conversation)
	if err != nil || c.Status != conversation.Waiting || c.Epoch != n.Epoch {
		return nil, err
	}
	shows := n.Note
	shows.Place = routing.PlaceMark(n.now)
	m, err := d.o.Store.Message(ctx, n.Conversation, n.Note.Key)
	switch {
	case fault.Is(err, fault.NotFound) || err == nil && !tellsPlace(m, n.Ticket): // it is forgotten, or of an ask before this one
		return nil, d.o.Store.PutNote(ctx, n.Conversation, shows)
	case err != nil:
		return nil, err
	}
	m.Parts = conversation.TextParts(saysOf(c, m, n.now))
	return d.edit(ctx, channel.Outbound{Peer: c.Peer, Message: m, Language: c.Language, Attempt: 1}, shows)
}

// editWithin bounds one edit: others wait behind it.
const editWithin = 5 * time.Second

// edit changes one message. What the provider refuses for good is not tried again until the
// place has changed once more.
func (d *Drain) edit(ctx context.Context, out channel.Outbound, shows conversation.Note) (later *fault.Error, err error) {
	calling, cancel := context.WithTimeout(ctx, editWithin)
	defer cancel()
	if err := d.editor.Edit(calling, out, shows.ProviderID); err != nil {
		d.unchanged(ctx, out.Message.Conversation, err)
		if fault.RetryOf(err) != fault.Never && errors.As(err, &later) {
			return later, nil
		}
	}
	return nil, d.o.Store.PutNote(ctx, out.Message.Conversation, shows)
}
