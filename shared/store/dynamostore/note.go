package dynamostore

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
)

// PutNote is part of store.Store: one write.
func (s *Store) PutNote(ctx context.Context, id conversation.ID, n conversation.Note) error {
	e := change(stateKey(id))
	e.only(status, "attribute_exists(@)")
	e.only(noteKey, "attribute_not_exists(@) OR @ <= ?", text(string(n.Key)))
	e.put(noteKey, text(string(n.Key)))
	e.text(noteID, n.ProviderID)
	e.text(notePlace, n.Place)
	_, err := s.update(ctx, e, "")
	if there, was := refused(err); was {
		err = nil
		if !said(there) {
			err = errUnknownConversation
		}
	}
	return failed("PutNote", err)
}

func noteOf(i item) conversation.Note {
	return conversation.Note{Key: conversation.Key(i.text(noteKey)), ProviderID: i.text(noteID), Place: i.text(notePlace)}
}
