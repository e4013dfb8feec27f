package blob

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"mime"
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Key names stored content: the conversation's id, a slash, and 26 letters and digits
// that nobody can guess.
type Key string

// NewKey makes a key of a conversation, never made before.
func NewKey(id conversation.ID) Key {
	return Key(string(id) + "/" + strings.ToLower(rand.Text()))
}

// KeyOf makes the key of a conversation that stands for something, such as the author
// and the id of an upload: the same gives the same key, so that whoever asks again
// goes on where they were. Nobody guesses it who does not know all of it.
func KeyOf(id conversation.ID, of ...string) Key {
	sum := sha256.New()
	for _, part := range append([]string{string(id)}, of...) {
		_, _ = fmt.Fprintf(sum, "%d:%s", len(part), part) // a hash takes whatever it is given
	}
	text := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").EncodeToString(sum.Sum(nil))
	return Key(string(id) + "/" + text[:26])
}

// Conversation returns whose content it is.
func (k Key) Conversation() conversation.ID {
	id, _, _ := strings.Cut(string(k), "/")
	return conversation.ID(id)
}

// Check returns a fault if k has not the shape of a key. Engines call it first of all:
// nothing else may become part of a path.
func (k Key) Check() error {
	id, random, _ := strings.Cut(string(k), "/")
	// Both parts are 26 letters and digits of the same alphabet.
	if conversation.ID(id).Valid() && conversation.ID(random).Valid() {
		return nil
	}
	return fault.New(fault.BadRequest, "blob", "use a key that NewKey made")
}

// maxType is how many bytes a media type may have.
const maxType = 100

// CheckPut returns a fault if no store keeps such content.
func CheckPut(key Key, mediaType string, content []byte) error {
	if len(content) > MaxPut {
		return fault.New(fault.TooLarge, "blob.Put", "hand over more than 16 MiB by a link")
	}
	return CheckUpload(key, mediaType, int64(len(content)))
}

// CheckUpload returns a fault if no store gives a link for such content.
func CheckUpload(key Key, mediaType string, size int64) error {
	switch {
	case size < 1:
		return fault.New(fault.BadRequest, "blob", "content has at least one byte")
	case size > MaxSize:
		return fault.New(fault.TooLarge, "blob", "content has at most 100 MiB")
	case !typeOK(mediaType):
		return fault.New(fault.BadRequest, "blob", "give a media type such as image/png, of at most 100 bytes")
	}
	return key.Check()
}

func typeOK(mediaType string) bool {
	if len(mediaType) > maxType || strings.ContainsFunc(mediaType, func(c rune) bool { return c < ' ' || c > '~' }) {
		return false
	}
	bare, _, err := mime.ParseMediaType(mediaType)
	return err == nil && strings.Contains(bare, "/")
}
