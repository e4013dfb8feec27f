package inbound_test

import (
	"context"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// erased is the store of a customer who left: of their messages nothing is there.
type erased struct {
	store.Store
	settled []store.Work
	err     error // of looking for a message
}

func (e *erased) Message(context.Context, conversation.ID, conversation.Key) (conversation.Message, error) {
	return conversation.Message{}, e.err
}

func (e *erased) Settle(_ context.Context, w store.Work) error {
	e.settled = append(e.settled, w)
	return nil
}

// TestNothingIsDecidedUponWhatWasErased: its mark, or the bot's turn, does not come again
// and again for ever. A store that does not answer says nothing of the kind.
func TestNothingIsDecidedUponWhatWasErased(t *testing.T) {
	for code, over := range map[fault.Code]bool{fault.NotFound: true, fault.Unavailable: false} {
		kept := &erased{err: fault.New(code, "test", "")}
		s, err := serviceWith(0, conversation.IDs{}, kept)
		if err != nil {
			t.Fatal(err)
		}
		w := store.Work{Kind: store.Decide, Conversation: "c", Key: "k", Due: time.UnixMilli(5)}
		if err := s.Redecide(t.Context(), w); (err == nil) != over || (len(kept.settled) == 1) != over {
			t.Errorf("a mark, %s: settled %v, %v", code, kept.settled, err)
		}
		turns := s.NewTurns(nil, time.Second)
		if err := turns.Handle(t.Context(), []byte(`{"conversation":"c","key":"k"}`)); (err == nil) != over {
			t.Errorf("a turn, %s: %v", code, err)
		}
	}
}
