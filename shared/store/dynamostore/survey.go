package dynamostore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
)

// ExactTo is how far Position counts: beyond it, Ahead is what the last survey
// says, or ExactTo where there was none.
const ExactTo = 128

// The attributes of a survey.
const (
	surveyedAt = "surveyed" // Unix milliseconds
	milestones = "milestones"
)

// surveyLasts is how long a survey is told of: several calls of the clock may fail.
const surveyLasts = 5 * time.Minute

// milestone says that so many waited before a rank, that rank included.
type milestone struct {
	Rank   string `json:"r"`
	Before int    `json:"n"`
}

// Survey is part of store.Store. It walks the line's index, from milestone to
// milestone: each is a tenth further back than the one before, so that a hundred of
// them reach from ExactTo to a million and more, in one item that is one read.
func (s *Store) Survey(ctx context.Context, lane conversation.Lane) error {
	var marks []milestone
	counted := 0
	var from map[string]types.AttributeValue
	for step := ExactTo; ; step = max(counted/10, 1) {
		n, last, err := s.walk(ctx, lane, from, step)
		if err != nil {
			return failed("Survey", err)
		}
		if counted += n; n < step || last == nil {
			break
		}
		marks, from = append(marks, milestone{mileRank(item(last).text(lineRank)), counted}), last
	}
	if len(marks) == 0 {
		return nil // whoever is in line is counted exactly
	}
	encoded, err := json.Marshal(marks)
	if err != nil {
		return failed("Survey", err)
	}
	e := change(surveyKey(lane))
	e.put(surveyedAt, number(s.now().UnixMilli()))
	e.put(milestones, text(string(encoded)))
	_, err = s.update(ctx, e, "")
	return failed("Survey", err)
}

// walk counts up to n entries of a line, and returns the last one's keys; nil where
// the line ends.
func (s *Store) walk(ctx context.Context, lane conversation.Lane, from map[string]types.AttributeValue, n int) (counted int, last map[string]types.AttributeValue, err error) {
	q := prefixed(lineIndex, lineLane, waitingIn(lane), lineRank, "")
	q.Select, q.ExclusiveStartKey = types.SelectCount, from
	for counted < n {
		q.Limit = aws.Int32(int32(n - counted))
		p, err := s.query(ctx, q)
		if err != nil {
			return 0, nil, err
		}
		if counted += p.count; p.next == nil {
			return counted, nil, nil
		}
		q.ExclusiveStartKey = p.next
	}
	return counted, q.ExclusiveStartKey, nil
}

// mileRank is how much of a rank a milestone keeps: its class and its time.
func mileRank(place string) string { return place[:min(len(place), len("2-1767340800000"))] }

// surveyed returns about how many wait before a rank, by the last survey; 0 where
// that says nothing of it.
func (s *Store) surveyed(ctx context.Context, lane conversation.Lane, rank string, now time.Time) (int, error) {
	var found item
	err := s.again(ctx, func() error {
		out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: surveyKey(lane).item()})
		if err == nil {
			found = out.Item
		}
		return err
	})
	if err != nil || now.Sub(found.time(surveyedAt)) > surveyLasts {
		return 0, err
	}
	var marks []milestone
	if err := json.Unmarshal([]byte(found.text(milestones)), &marks); err != nil {
		return 0, err
	}
	about := 0
	for _, m := range marks {
		if m.Rank < place(rank) {
			about = m.Before
		}
	}
	return round(about), nil
}

// round leaves two digits.
func round(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}
