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
	return failed("PutNote", s.newer(ctx, e))
}

// PutConsent is part of store.Store: one write.
func (s *Store) PutConsent(ctx context.Context, id conversation.ID, says conversation.Consent) error {
	e := change(stateKey(id))
	e.only(status, "attribute_exists(@)")
	e.only(consentKey, "attribute_not_exists(@) OR @ <= ?", text(string(says.Key)))
	e.put(consentKey, text(string(says.Key)))
	e.flag(optedOut, says.Out)
	e.flag(consentTold, says.Told)
	return failed("PutConsent", s.newer(ctx, e))
}

// newer makes an edit of a conversation that is refused where what is kept is newer.
func (s *Store) newer(ctx context.Context, e *edit) error {
	_, err := s.update(ctx, e, "")
	if there, was := refused(err); was {
		err = nil
		if !said(there) {
			err = errUnknownConversation
		}
	}
	return err
}

func noteOf(i item) conversation.Note {
	return conversation.Note{Key: conversation.Key(i.text(noteKey)), ProviderID: i.text(noteID), Place: i.text(notePlace)}
}
