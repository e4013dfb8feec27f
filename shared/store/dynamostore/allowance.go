package dynamostore

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Spend is part of store.Store: one write. A client that makes it again because it got
// no answer may take twice, which the contract allows.
func (s *Store) Spend(ctx context.Context, id conversation.ID, of conversation.Key, n int) (conversation.Allowance, error) {
	e := change(stateKey(id))
	e.only(granted, "@ = ?", text(string(of)))
	e.take(left, int64(n))
	now, err := s.update(ctx, e, types.ReturnValueAllNew)
	if there, was := refused(err); was {
		err = errNotGranted
		if !said(there) {
			err = errUnknownConversation
		}
	}
	if err != nil {
		return conversation.Allowance{}, failed("Spend", err)
	}
	return allowanceOf(now), nil
}
