package dynamostore

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// Line is part of store.Store.
func (s *Store) Line(ctx context.Context, in conversation.Lane, limit int) ([]store.Waiting, error) {
	q := prefixed(lineIndex, lineLane, waitingIn(in), lineRank, "")
	var line []store.Waiting
	for more := true; more && len(line) < limit; {
		q.Limit = aws.Int32(int32(min(limit-len(line), 1<<20)))
		p, err := s.query(ctx, q)
		if err != nil {
			return nil, failed("Line", err)
		}
		found, err := s.read(ctx, p.items)
		if err != nil {
			return nil, failed("Line", err)
		}
		line = append(line, waiting(in, p.items, found)...)
		q.ExclusiveStartKey, more = p.next, p.next != nil
	}
	return line, nil
}

// waiting returns who still waits where the index shows them.
func waiting(in conversation.Lane, shown, found []item) []store.Waiting {
	ranks := make(map[key]string, len(shown))
	for _, i := range shown {
		ranks[i.key()] = i.text(lineRank)
	}
	var line []store.Waiting
	for _, i := range found {
		t := ticketOf(i)
		if t.Status != conversation.TicketWaiting || t.Lane != in || i.text(lineRank) != ranks[i.key()] {
			continue
		}
		from := peerOf(i)
		line = append(line, store.Waiting{
			Ticket: t.ID, Conversation: t.ID.Conversation(), Rank: t.Rank(), AskedAt: t.AskedAt, Class: t.Class, Epoch: i.int(epoch),
			Channel: from.Channel, Account: from.Account, Note: noteOf(i),
		})
	}
	return line
}

// Position is part of store.Store. It counts entries of the line's index, exact up
// to ExactTo; the lane's last survey, its pace, and whether anybody is there, are
// asked for at the same time. All of it is one trip and three read units, however
// many wait.
//
// Every is the time since the oldest of the newest 20 claims in this lane within
// the last hour that did not go back in line, shared out over the claims after
// it. The time since the last claim is in it, so that it grows when nobody claims
// any more. With fewer than three claims, or with nobody at a desk, nothing
// honest can be said, and it is 0.
func (s *Store) Position(ctx context.Context, in conversation.Lane, rank string) (store.Place, error) {
	var ahead, about int
	var every time.Duration
	var staffed bool
	var errs [4]error
	var all sync.WaitGroup
	now := s.now()
	all.Go(func() { ahead, errs[0] = s.ahead(ctx, in, rank) })
	all.Go(func() { about, errs[1] = s.surveyed(ctx, in, rank, now) })
	all.Go(func() { every, errs[2] = s.pace(ctx, in, now) })
	all.Go(func() { staffed, errs[3] = s.staffed(ctx, now) })
	all.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return store.Place{}, failed("Position", err)
	}
	p := store.Place{Ahead: ahead, Exact: ahead <= ExactTo}
	if staffed {
		p.Every = every
	}
	if !p.Exact {
		p.Ahead, p.About = max(about, ExactTo), about > ExactTo
	}
	return p, nil
}

// staffed reports whether any agent has a lease.
func (s *Store) staffed(ctx context.Context, now time.Time) (bool, error) {
	q := within(workIndex, workShard, leases, workDue, number(now.UnixMilli()+1), number(math.MaxInt64))
	q.Limit, q.Select = aws.Int32(1), types.SelectCount
	p, err := s.query(ctx, q)
	return p.count > 0, err
}

// ahead stops one past ExactTo.
func (s *Store) ahead(ctx context.Context, in conversation.Lane, rank string) (int, error) {
	if rank == "" {
		return 0, nil // nothing is less, and DynamoDB compares no empty keys
	}
	p, err := s.query(ctx, dynamodb.QueryInput{
		IndexName: aws.String(lineIndex), Select: types.SelectCount, Limit: aws.Int32(ExactTo + 1),
		KeyConditionExpression:    aws.String("#h = :h AND #s < :rank"),
		ExpressionAttributeNames:  map[string]string{"#h": lineLane, "#s": lineRank},
		ExpressionAttributeValues: map[string]types.AttributeValue{":h": text(waitingIn(in)), ":rank": text(place(rank))},
	})
	return p.count, err
}

// Held is part of store.Store.
func (s *Store) Held(ctx context.Context, by conversation.AgentID) ([]conversation.Ticket, error) {
	shown, _, err := s.find(ctx, prefixed(agentIndex, agentID, ofAgent+short(string(by)), agentAsked, ""), everything)
	if err != nil {
		return nil, failed("Held", err)
	}
	found, err := s.read(ctx, shown)
	if err != nil {
		return nil, failed("Held", err)
	}
	var held []conversation.Ticket
	for _, i := range found {
		if t := ticketOf(i); t.Status == conversation.TicketClaimed && t.Assignee == by {
			held = append(held, t)
		}
	}
	slices.SortFunc(held, func(a, b conversation.Ticket) int {
		return cmp.Or(a.AskedAt.Compare(b.AskedAt), cmp.Compare(a.ID, b.ID))
	})
	return held, nil
}
