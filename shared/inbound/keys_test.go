package inbound_test

import (
	"strconv"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/conversation"
)

// conversationBlob is something that lies in the store for a conversation.
func conversationBlob(id conversation.ID) blob.Key { return blob.KeyOf(id, "test") }

func blobKey(p conversation.Part) blob.Key { return blob.Key(p.Media.Key) }

// fetchedBlob is where the nth part of a message is put.
func fetchedBlob(id conversation.ID, key conversation.Key, nth int) blob.Key {
	return blob.KeyOf(id, "fetched", string(key), strconv.Itoa(nth))
}
