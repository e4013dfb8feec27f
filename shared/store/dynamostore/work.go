package dynamostore

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// The attributes of work, besides workShard and workDue. What names it is in the
// item's own key where an item bears it.
const (
	tried = "tries" // Work.Attempts: a message has attempts of its own

	workKind  = "kind"
	workWhich = "key"
)

// do makes an edit's item bear work, in place of what work of that name it bore.
func do(e *edit, w store.Work) {
	due(e, w, w.Due)
	e.put(tried, number(int64(w.Attempts)))
}

func due(e *edit, w store.Work, at time.Time) {
	e.put(workShard, text(e.key.shard(w.Kind)))
	e.put(workDue, number(at.UnixMilli()))
	if !e.key.borne() {
		e.text(workKind, string(w.Kind))
		e.text(workWhich, string(w.Key))
		e.text(agent, string(w.Agent))
	}
}

// done takes the work off an edit's item.
func done(e *edit) { e.remove(workShard, workDue, tried) }

func workOf(i item) store.Work {
	k := i.key()
	w := store.Work{Due: i.time(workDue), Attempts: int(i.int(tried))}
	if id, ok := strings.CutPrefix(k.pk, ofConversation); ok {
		w.Conversation = conversation.ID(id)
	}
	if k.sk == state {
		w.Kind = store.Deliver
		return w
	}
	if which, ok := strings.CutPrefix(k.sk, message); ok {
		w.Kind, w.Key = store.Decide, conversation.Key(which)
		return w
	}
	w.Kind = store.WorkKind(i.text(workKind))
	w.Key = conversation.Key(i.text(workWhich))
	w.Agent = conversation.AgentID(i.text(agent))
	return w
}

// Lease is part of store.Store.
func (s *Store) Lease(ctx context.Context, of conversation.AgentID, until time.Time) error {
	w := store.Work{Kind: store.Lapse, Agent: of, Due: until}
	e := change(workKey(w))
	if until.IsZero() {
		w.Due = time.UnixMilli(0)
	} else {
		e.only(workDue, "attribute_not_exists(@) OR @ < ?", number(until.UnixMilli()))
	}
	do(e, w)
	_, err := s.update(ctx, e, "")
	if _, longer := refused(err); longer {
		return nil
	}
	return failed("Lease", err)
}

// Defer is part of store.Store.
func (s *Store) Defer(ctx context.Context, w store.Work, to time.Time) error {
	k := workKey(w)
	if k.sk == state {
		return failed("Defer", s.deferDelivery(ctx, w, to))
	}
	_, err := s.update(ctx, deferral(k, w, to), "")
	if _, renewed := refused(err); renewed {
		err = errRenewed
	}
	return failed("Defer", err)
}

// deferral is the edit that gives work a new due time, unless it was renewed.
func deferral(k key, w store.Work, to time.Time) *edit {
	e := change(k)
	if !w.Due.IsZero() {
		e.only(workDue, "attribute_not_exists(@) OR @ = ?", number(w.Due.UnixMilli()))
	}
	due(e, w, to)
	e.count(tried, int64(w.Attempts))
	return e
}

// deferDelivery removes the work instead where there is nothing to deliver.
func (s *Store) deferDelivery(ctx context.Context, w store.Work, to time.Time) error {
	for range tries {
		e := deferral(stateKey(w.Conversation), w, to)
		e.only(undelivered, "attribute_exists(@)")
		_, err := s.update(ctx, e, "")
		old, was := refused(err)
		switch {
		case !was:
			return err
		case !old.has(workDue):
			return nil
		case !w.Due.IsZero() && old.int(workDue) != w.Due.UnixMilli():
			return errRenewed
		}
		gone, err := s.dropDelivery(ctx, w.Conversation, old.int(workDue))
		if gone || err != nil {
			return err
		}
	}
	return errBusy
}

// dropDelivery removes the Deliver work that is due at a time, if there is nothing
// to deliver. It reports whether that is so.
func (s *Store) dropDelivery(ctx context.Context, id conversation.ID, dueAt int64) (bool, error) {
	e := change(stateKey(id))
	e.only(workDue, "@ = ?", number(dueAt))
	e.only(undelivered, "attribute_not_exists(@)")
	done(e)
	_, err := s.update(ctx, e, "")
	if _, was := refused(err); was {
		return false, nil
	}
	return err == nil, err
}

// Settle is part of store.Store.
func (s *Store) Settle(ctx context.Context, w store.Work) error {
	e := change(workKey(w))
	e.only(workDue, "@ = ?", number(w.Due.UnixMilli()))
	var err error
	if e.key.borne() {
		done(e)
		_, err = s.update(ctx, e, "")
	} else {
		err = s.delete(ctx, e)
	}
	if old, was := refused(err); was {
		if !old.has(workDue) {
			return nil
		}
		err = errRenewed
	}
	return failed("Settle", err)
}

// delete removes an edit's item, if its conditions hold.
func (s *Store) delete(ctx context.Context, e *edit) error {
	names, values := e.used()
	return s.again(ctx, func() error {
		_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: &s.table, Key: e.key.item(), ConditionExpression: e.condition(),
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
		return err
	})
}
