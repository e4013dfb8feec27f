package dynamostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
)

// recorded is the list of the records that an item bears, each as JSON. Records
// ride on an item that is written anyway, since every item of a transaction costs
// twice; one entry in the day's index finds them all.
const recorded = "records"

// recordText is a record as it is stored.
type recordText struct {
	Ask   conversation.TicketID    `json:"ask"`
	Event conversation.RecordEvent `json:"event"`
	Nth   int                      `json:"nth,omitempty"`
	Lane  conversation.Lane        `json:"lane,omitempty"`
	At    int64                    `json:"at"` // Unix milliseconds
	Agent conversation.AgentID     `json:"agent,omitempty"`
	Why   string                   `json:"why,omitempty"`
}

// leaf is what one item bears of a ledger: records of asks of one conversation, of
// one UTC day, at most one of which tells of the pace.
type leaf struct {
	in    string // the partition
	date  string
	shard string // in the day's index; "" for one by the item's key
	at    string
	texts []types.AttributeValue
}

// leavesOf shares records out.
func leavesOf(records []conversation.Record) ([]*leaf, error) {
	var leaves []*leaf
	for _, r := range records {
		encoded, err := json.Marshal(recordText{r.Ask, r.Event, r.Nth, r.Lane, r.At.UnixMilli(), r.Agent, r.Why})
		if err != nil {
			return nil, err
		}
		in, date, shard := recordsIn(r.Ask), dateOf(r.At), ""
		if paces(r) {
			shard = paceShard(r.Lane)
		}
		l := fitting(leaves, in, date, shard)
		if l == nil {
			l = &leaf{in: in, date: date, at: padded(r.At.UnixMilli())}
			leaves = append(leaves, l)
		}
		if shard != "" {
			l.shard, l.at = shard, paceAt(r)
		}
		l.texts = append(l.texts, text(string(encoded)))
	}
	return leaves, nil
}

func fitting(leaves []*leaf, in, date, shard string) *leaf {
	for _, l := range leaves {
		if l.in == in && l.date == date && (shard == "" || l.shard == "") {
			return l
		}
	}
	return nil
}

func dateOf(at time.Time) string { return at.UTC().Format(time.DateOnly) }

func padded(ms int64) string { return fmt.Sprintf("%013d", max(ms, 0)) }

// dayShards is how many partitions of the index a day's records are spread over,
// besides those that tell of the pace.
const dayShards = 8

// day is the leaf's partition of the day's index, on an item.
func (l *leaf) day(k key) string {
	if l.shard != "" {
		return l.shard
	}
	h := fnv.New32a()
	h.Write([]byte(k.pk + k.sk))
	return fmt.Sprintf("%s#%d", l.date, h.Sum32()%dayShards)
}

// bear makes an edit's item bear a leaf.
func (e *edit) bear(l *leaf) {
	e.put(recorded, &types.AttributeValueMemberL{Value: l.texts})
	e.put(dayShard, text(l.day(e.key)))
	e.put(dayAt, text(l.at))
}

// mayBear reports whether a message's item can bear a leaf besides what it bears: one
// entry in the index is of one day.
func (i item) mayBear(l *leaf) bool {
	return !i.key().inPlace() || !i.has(dayShard) || strings.HasPrefix(i.text(dayShard), l.date+"#")
}

// bearMore makes an edit's item bear a leaf besides what it bears.
func (e *edit) bearMore(l *leaf) {
	e.only(dayShard, "attribute_not_exists(@) OR begins_with(@, ?)", text(l.date+"#"))
	e.extend(recorded, l.texts)
	e.keep(dayShard, text(l.day(e.key)))
	e.keep(dayAt, text(l.at))
}

// note stores records: those of one conversation on an item that is written anyway,
// if there is one, as far as one can bear them; each other leaf on an item of its
// own, which is named after whatever the records come from.
func (all *edits) note(records []conversation.Record, from string, bearer *edit, of conversation.ID) error {
	leaves, err := leavesOf(records)
	if err != nil {
		return err
	}
	for n, l := range leaves {
		if bearer != nil && l.in == ofConversation+string(of) {
			bearer.bear(l)
			bearer = nil
			continue
		}
		e := all.of(key{l.in, fmt.Sprintf("%s%s#%d", record, digest(from), n)})
		e.bear(l)
		all.at.stamp(e)
	}
	return nil
}

// recordsOn returns the records that an item bears.
func recordsOn(i item) []conversation.Record {
	list, ok := i[recorded].(*types.AttributeValueMemberL)
	if !ok {
		return nil
	}
	records := make([]conversation.Record, 0, len(list.Value))
	for _, v := range list.Value {
		var r recordText
		s, ok := v.(*types.AttributeValueMemberS)
		if !ok || json.Unmarshal([]byte(s.Value), &r) != nil {
			continue // nobody but this package writes them
		}
		records = append(records, conversation.Record{
			Ask: r.Ask, Event: r.Event, Nth: r.Nth, Lane: r.Lane, At: time.UnixMilli(r.At).UTC(), Agent: r.Agent, Why: r.Why,
		})
	}
	return records
}

// Ledger is part of store.Store. It reads all of the ask's conversation.
func (s *Store) Ledger(ctx context.Context, of conversation.TicketID) ([]conversation.Record, error) {
	apart, err := s.ridingApart(ctx, of.Conversation())
	if err != nil {
		return nil, failed("Ledger", err)
	}
	q := prefixed("", partition, recordsIn(of), order, "")
	q.FilterExpression = aws.String("attribute_exists(#r)")
	q.ExpressionAttributeNames["#r"] = recorded
	found, _, err := s.find(ctx, q, everything)
	if err != nil {
		return nil, failed("Ledger", err)
	}
	return chosen(slices.AppendSeq(found, maps.Values(apart)), func(r conversation.Record) bool { return r.Ask == of }), nil
}

// everything is more than there is of anything.
const everything = 1 << 30

// Records is part of store.Store.
func (s *Store) Records(ctx context.Context, day time.Time) ([]conversation.Record, error) {
	year, month, date := day.UTC().Date()
	start := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	from, to := text(padded(start.UnixMilli())), text(padded(start.AddDate(0, 0, 1).UnixMilli()-1)+"~")
	var queries []dynamodb.QueryInput
	for n := range dayShards {
		queries = append(queries, prefixed(dayIndex, dayShard, fmt.Sprintf("%s#%d", dateOf(start), n), dayAt, ""))
	}
	for n := range uint32(paceShards) {
		queries = append(queries, within(dayIndex, dayShard, paceShardName(n), dayAt, from, to))
	}
	shown := make([][]item, len(queries))
	errs := make([]error, len(queries))
	var all sync.WaitGroup
	for n, q := range queries {
		all.Go(func() { shown[n], _, errs[n] = s.find(ctx, q, everything) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, failed("Records", err)
	}
	found, err := s.read(ctx, slices.Concat(shown...))
	if err != nil {
		return nil, failed("Records", err)
	}
	return chosen(found, func(r conversation.Record) bool { return dateOf(r.At) == dateOf(start) }), nil
}

func chosen(found []item, fits func(conversation.Record) bool) []conversation.Record {
	var records []conversation.Record
	for _, i := range found {
		for _, r := range recordsOn(i) {
			if fits(r) {
				records = append(records, r)
			}
		}
	}
	return conversation.Ledger(records)
}

// read returns the items that an index shows, in its order, as they are now.
// Those that are gone are left out.
func (s *Store) read(ctx context.Context, shown []item) ([]item, error) {
	keys := make([]key, len(shown))
	for i, one := range shown {
		keys[i] = one.key()
	}
	found, err := s.all(ctx, keys)
	if err != nil {
		return nil, err
	}
	now := make([]item, 0, len(keys))
	for _, k := range keys {
		if i, there := found[k]; there {
			now = append(now, i)
		}
	}
	return now, nil
}
