package storetest

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
)

func (*model) Spend(context.Context, conversation.ID, conversation.Key, int) (conversation.Allowance, error) {
	return conversation.Allowance{}, nil
}

func (*model) Arrive(context.Context, conversation.ID, conversation.Key, []conversation.Part) (conversation.Message, error) {
	return conversation.Message{}, nil
}

func (*model) Erase(context.Context, conversation.ID, conversation.Key) error { return nil }
