package dynamostore

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Spend is part of store.Store.
func (s *Store) Spend(context.Context, conversation.ID, conversation.Key, int) (conversation.Allowance, error) {
	return conversation.Allowance{}, fault.New(fault.Internal, "dynamostore.Spend", "")
}

// Arrive is part of store.Store.
func (s *Store) Arrive(context.Context, conversation.ID, conversation.Key, []conversation.Part) (conversation.Message, error) {
	return conversation.Message{}, fault.New(fault.Internal, "dynamostore.Arrive", "")
}

// Erase is part of store.Store.
func (s *Store) Erase(context.Context, conversation.ID, conversation.Key) error {
	return fault.New(fault.Internal, "dynamostore.Erase", "")
}
