package dynamostore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// The attributes of a cause's item, besides the records and the message that it bears.
const (
	causeMessages = "messages"     // the keys of the messages it led to, as JSON
	causeIn       = "conversation" // whose it was; of a cause in the whole store
)

// decision is a change on its way into the table, and what is known of the table
// from earlier tries.
//
// A transaction returns nothing, and the caller is told the state that it led to.
// So it is made on the state that the caller saw, all that it does not write
// included; where that was not the newest, the refusal tells what is, and the
// next try is made on that. The same goes for messages that are there already.
type decision struct {
	store.Change
	at       moment
	keys     string // of the messages, as the cause keeps them
	seen     conversation.Conversation
	stored   map[conversation.Key]conversation.Message // those that were there before
	delivers bool                                      // it adds what is to be delivered
	loose    bool                                      // the state moves too fast: read it afterwards
}

// rounds is how often a decision is tried on a state that turns out to be old;
// after looseAfter, what came in meanwhile is read afterwards instead.
const (
	rounds     = 20
	looseAfter = 3
)

// Commit is part of store.Store.
func (s *Store) Commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	done, err := s.commit(ctx, ch)
	if err != nil {
		return store.Committed{}, failed("Commit", err)
	}
	return done, nil
}

func (s *Store) commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	d, err := s.decide(ch)
	if err != nil {
		return store.Committed{}, err
	}
	for n := range rounds {
		d.loose = n >= looseAfter
		edits, err := d.edits()
		if err != nil {
			return store.Committed{}, err
		}
		refusals, err := s.transact(ctx, edits.list)
		switch {
		case err != nil:
			return store.Committed{}, err
		case refusals == nil:
			return s.committed(ctx, d)
		case refusals[0].refused:
			return s.repeated(ctx, d, refusals[0].item)
		}
		if err := d.learn(edits, refusals); err != nil {
			return store.Committed{}, err
		}
	}
	return store.Committed{}, errBusy
}

func (s *Store) decide(ch store.Change) (*decision, error) {
	t := &ch.Next.Ticket
	t.AskedAt, t.Answered, t.ClosedAt = exact(t.AskedAt), exact(t.Answered), exact(t.ClosedAt)
	keys := make([]conversation.Key, len(ch.Messages))
	ch.Messages = slices.Clone(ch.Messages)
	for i, m := range ch.Messages {
		m.Conversation = ch.Next.ID
		ch.Messages[i], keys[i] = kept(m), m.Key
	}
	encoded, err := json.Marshal(keys)
	return &decision{
		Change: ch, at: s.moment(), keys: string(encoded), seen: ch.Next, stored: map[conversation.Key]conversation.Message{},
	}, err
}

// cause is where the decision's cause is.
func (d *decision) cause() key {
	if d.Once {
		return causeKey("", conversation.CauseDigest(d.Cause))
	}
	return causeKey(d.Next.ID, conversation.CauseDigest(d.Cause))
}

// edits is the transaction: the cause first, since it tells a repeat.
func (d *decision) edits() (*edits, error) {
	all := newEdits(d.at)
	spent := all.of(d.cause())
	d.at.absent(spent, causeMessages)
	d.at.stamp(spent)
	spent.put(causeMessages, text(d.keys))
	spent.remove(rides, recorded, dayShard, dayAt) // of a cause that is forgotten
	spent.remove(messageAttributes...)
	d.delivers = false
	said, err := d.say(all, spent)
	if err != nil {
		return nil, err
	}
	d.enter(all, said)
	bearer := spent
	if d.Once {
		spent.put(causeIn, text(string(d.Next.ID)))
		bearer = nil // in no conversation; but what rides on it will be
		if len(said) > 0 {
			bearer = said[0].edit
		}
	}
	if err := all.note(d.Records, fmt.Sprint(d.cause()), bearer, d.Next.ID); err != nil {
		return nil, err
	}
	if d.Settles != "" {
		mark := all.of(messageKey(d.Next.ID, d.Settles))
		done(mark)
	}
	for _, w := range d.Work {
		e := all.of(workKey(w))
		do(e, w)
	}
	return all, nil
}

// saying is a message that a decision stores.
type saying struct {
	edit *edit
	open string // its key, if it is to be delivered
}

// say stores the messages that are not there yet: the first that can ride on the
// cause, all others in their place.
func (d *decision) say(all *edits, spent *edit) ([]saying, error) {
	var said []saying
	var rider conversation.Key
	for _, m := range d.Messages {
		k := messageKey(m.Conversation, m.Key)
		if _, there := d.stored[m.Key]; there || all.by[k] != nil || rider != "" && m.Key == rider {
			continue
		}
		e, err := d.at.say(m)
		if err != nil {
			return nil, err
		}
		if rider == "" && d.carries(m) && e.bytes <= mostRiding {
			rider, e = m.Key, spent
			spent.put(rides, text(string(m.Key)))
			if err := spent.utter(m); err != nil {
				return nil, err
			}
		} else {
			all.add(e)
		}
		one := saying{edit: e}
		if m.Outcome.Open() {
			one.open = string(m.Key)
		}
		said = append(said, one)
	}
	return said, nil
}

// carries reports whether a message may ride on the decision's cause: it will be
// put in its place when it is delivered, and its key tells where it is until then.
func (d *decision) carries(m conversation.Message) bool {
	return m.Outcome.Open() && m.Key.CauseDigest() == conversation.CauseDigest(d.Cause)
}

// enter moves the conversation to its next state, if it is where the decision saw it.
func (d *decision) enter(all *edits, said []saying) {
	e := all.of(stateKey(d.Next.ID))
	e.only(epoch, "@ = ?", number(d.Epoch))
	if !d.Seen.IsZero() {
		e.only(lastHeard, "@ <= ?", number(d.Seen.UnixMilli()))
	}
	next := d.next()
	e.only(lastOut, "@ <= ?", text(string(next.LastOut)))
	if !d.loose {
		e.only(lastIn, "@ = ?", text(string(next.LastIn)))
		e.only(lastHeard, "@ = ?", number(next.LastHeard.UnixMilli()))
		e.only(peer, "@ = ?", text(peerText(next.Peer)))
		e.still(name, next.Name)
		e.still(became, string(next.Became))
		e.still(granted, string(next.Allowance.Granted))
		if next.Allowance.Granted != "" {
			e.only(total, "@ = ?", number(int64(next.Allowance.Total)))
			e.only(left, "@ = ?", number(int64(next.Allowance.Left)))
			e.only(until, "@ = ?", number(next.Allowance.Until.UnixMilli()))
		}
		e.still(noteKey, string(next.Note.Key))
		e.still(notePlace, next.Note.Place)
		e.still(consentKey, string(next.Consent.Key))
	}
	transit(e, next)
	var open []string
	for _, one := range said {
		if one.open != "" {
			open = append(open, one.open)
		}
	}
	switch {
	case len(open) > 0:
		d.delivers = true
		e.include(undelivered, open...)
	case d.loose:
	case next.Undelivered:
		e.only(undelivered, "attribute_exists(@)")
	default:
		e.only(undelivered, "attribute_not_exists(@)")
	}
}

// next is the state that the decision leads to from the state that was seen.
func (d *decision) next() conversation.Conversation {
	c := d.Next
	c.Peer, c.Name, c.Became, c.LastIn, c.LastHeard = d.seen.Peer, d.seen.Name, d.seen.Became, d.seen.LastIn, d.seen.LastHeard
	c.Allowance, c.Note, c.Consent = d.seen.Allowance, d.seen.Note, d.seen.Consent
	c.Undelivered = d.seen.Undelivered || d.delivers
	c.LastOut = max(d.seen.LastOut, c.LastOut)
	return c
}

// learn takes from the refusals what the next try has to know, or why there is none.
func (d *decision) learn(all *edits, refusals []refusal) error {
	for i, r := range refusals {
		if !r.refused {
			continue
		}
		switch k := all.list[i].key; {
		case k == stateKey(d.Next.ID):
			if err := d.look(r.item); err != nil {
				return err
			}
		default:
			m := messageOf(r.item)
			d.stored[m.Key] = m
		}
	}
	return nil
}

func (d *decision) look(now item) error {
	if !said(now) {
		return errUnknownConversation
	}
	d.seen = stateOf(now)
	if d.seen.Epoch != d.Epoch || !d.Seen.IsZero() && d.seen.LastHeard.After(exact(d.Seen)) {
		return errMovedOn
	}
	return nil
}

// committed is what a decision led to that has just been stored.
func (s *Store) committed(ctx context.Context, d *decision) (store.Committed, error) {
	done := store.Committed{Conversation: d.next()}
	told := map[conversation.Key]conversation.Message{}
	for _, m := range d.Messages {
		if _, twice := told[m.Key]; !twice {
			told[m.Key] = m
		}
		if before, there := d.stored[m.Key]; there {
			told[m.Key] = before
		}
		done.Messages = append(done.Messages, told[m.Key])
	}
	if !d.loose {
		return done, nil
	}
	now, err := s.get(ctx, stateKey(d.Next.ID))
	if err != nil {
		return store.Committed{}, err
	}
	done.Conversation = stateOf(now)
	return done, nil
}

// Caused is part of store.Store.
func (s *Store) Caused(ctx context.Context, id conversation.ID, name string) (store.Committed, error) {
	found, err := s.get(ctx, causeKey(id, conversation.CauseDigest(name)))
	if err == nil && found == nil {
		err = errUnknownCause
	}
	if err != nil {
		return store.Committed{}, failed("Caused", err)
	}
	if id == "" {
		id = conversation.ID(found.text(causeIn))
	}
	done, err := s.recall(ctx, id, found)
	return done, failed("Caused", err)
}

// repeated answers a decision whose cause was committed before.
func (s *Store) repeated(ctx context.Context, d *decision, cause item) (store.Committed, error) {
	if d.Once && cause.text(causeIn) != string(d.Next.ID) {
		return store.Committed{}, errOnce
	}
	return s.recall(ctx, d.Next.ID, cause)
}

// recall answers what a cause led to. Messages that are forgotten are left out.
func (s *Store) recall(ctx context.Context, id conversation.ID, cause item) (store.Committed, error) {
	var said []conversation.Key
	if err := json.Unmarshal([]byte(cause.text(causeMessages)), &said); err != nil {
		return store.Committed{}, err
	}
	wanted := []key{stateKey(id)}
	for _, k := range said {
		wanted = append(wanted, messageKey(id, k))
	}
	found, err := s.all(ctx, wanted)
	if err != nil {
		return store.Committed{}, err
	}
	done := store.Committed{Conversation: stateOf(found[wanted[0]]), Repeat: true}
	for n, k := range said {
		if m, there := found[wanted[n+1]]; there {
			done.Messages = append(done.Messages, messageOf(m))
		} else if string(k) == cause.text(rides) {
			done.Messages = append(done.Messages, messageOf(cause))
		}
	}
	return done, nil
}
