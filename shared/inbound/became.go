package inbound

import (
	"context"
	"encoding/json"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/outbox"
)

// session is who a connection is of: whom the token names, in their own conversation, or,
// while that waits for a person or is with one, in the conversation that they had as a
// visitor before (promise P4). Errors: Unauthenticated, also for a call from a
// conversation that is neither.
func (v *Visitors) session(ctx context.Context, f frameIn, now time.Time) (live.Session, error) {
	if err := prepare(ctx, v.connector, v.client.Submission(f.Token, nil, now)); err != nil {
		return live.Session{}, err
	}
	who, err := v.client.Identify(ctx, f.Token, now)
	if err != nil {
		return live.Session{}, err
	}
	as := visitor{Token: f.Token, Conversation: v.inbound.o.IDs.Of(who.Peer), Name: who.Name}
	ends := who.Expires
	if !who.Anonymous && f.Visitor != "" {
		before, c, err := v.before(ctx, f.Visitor, as, now)
		switch {
		case err != nil:
			return live.Session{}, err
		case c.Became != as.Conversation: // nobody's yet, or somebody else's
		case f.In == c.ID || f.In == "" && withPeople(c.Status):
			as = visitor{Token: f.Visitor, Conversation: c.ID, Name: as.Name, Also: as.Conversation, Before: true}
			if before.Expires.Before(ends) {
				ends = before.Expires
			}
		default:
			as.Also = c.ID
		}
	}
	if f.In != "" && f.In != as.Conversation {
		return live.Session{}, helloAgain("inbound.session")
	}
	state, err := json.Marshal(as)
	if err != nil {
		return live.Session{}, fault.Wrap(err, fault.Internal, "inbound.session", "")
	}
	return live.Session{Topics: []string{string(as.Conversation)}, State: state, Expires: ends}, nil
}

// before returns the visitor whom somebody who is known now was, and the conversation
// that they had. While that waits for a person or is with one, they go on with it, unless
// another customer has: a browser has one visitor, and may have many customers. A
// visitor's token that proves nothing keeps nobody out who has proven who they are.
func (v *Visitors) before(ctx context.Context, token string, as visitor, now time.Time) (who channel.Visitor, c conversation.Conversation, err error) {
	who, err = v.client.Identify(ctx, token, now)
	if err != nil || !who.Anonymous {
		return channel.Visitor{}, c, nil
	}
	c, err = v.inbound.o.Store.Conversation(ctx, v.inbound.o.IDs.Of(who.Peer))
	if fault.Is(err, fault.NotFound) {
		return who, conversation.Conversation{}, nil
	}
	if err != nil || !withPeople(c.Status) {
		return who, c, err
	}
	if c.Became == "" || c.Became == as.Conversation && as.Name != "" && as.Name != c.Name {
		c, err = v.become(ctx, c, as)
	}
	return who, c, err
}

// become has a visitor's conversation be a customer's, under their name, for whoever sees it.
func (v *Visitors) become(ctx context.Context, c conversation.Conversation, as visitor) (conversation.Conversation, error) {
	now, err := v.inbound.o.Store.Become(ctx, c.ID, as.Conversation, as.Name)
	if err == nil && now.Name != c.Name {
		n := outbox.Of(now)
		n.Moved = true
		v.inbound.o.Outbox.Tell(ctx, n)
	}
	return now, err
}

// stays is an error where a customer is in the conversation that they had as a visitor,
// and it is over: whatever they do next is of their own.
func (v *Visitors) stays(ctx context.Context, who visitor) error {
	if !who.Before {
		return nil
	}
	c, err := v.inbound.o.Store.Conversation(ctx, who.Conversation)
	if err != nil || withPeople(c.Status) {
		return err
	}
	return helloAgain("inbound.stays")
}

// withPeople reports whether a conversation waits for a person or is with one.
func withPeople(s conversation.Status) bool {
	return s == conversation.Waiting || s == conversation.WithPerson
}

func helloAgain(op string) error {
	return fault.New(fault.Unauthenticated, op, "this conversation is not yours any more: say hello again")
}

// again takes a message that was submitted in the other conversation of a customer who
// was a visitor, and may have come in there before that was over: once is enough.
func (v *Visitors) again(ctx context.Context, who visitor, frame []byte) ([]any, error) {
	if err := v.door.takeFrame(ctx, who.Conversation, v.inbound.o.Now()); err != nil {
		return nil, err
	}
	receipt, err := receive(ctx, v.connector, v.client.Submission(who.Token, frame, v.inbound.o.Now()))
	if err != nil {
		return nil, err
	}
	var acks []any
	for _, in := range receipt.Messages {
		m, err := v.inbound.o.Store.Message(ctx, who.Also, in.Key)
		if fault.Is(err, fault.NotFound) {
			return v.submit(ctx, who, frame)
		}
		if err != nil {
			return nil, err
		}
		acks = append(acks, ackOf(m))
	}
	return acks, nil
}
