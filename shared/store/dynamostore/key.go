package dynamostore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// key names an item. Everything of a conversation is in one partition:
//
//	c#<conversation>  conv                   its state, its undelivered keys, its Deliver work
//	                  m#<key>                a message; a customer's bears its Decide work
//	                  x#<cause>              what a commit stored; it bears a message that is yet to be delivered
//	                  l#<digest>#<n>         records that no other item of the partition can bear
//	                  seen                   how far the customer's client has come
//	                  w#<kind>#<key>#<agent> other work
//	a#<agent>         w#lapse##<agent>       an agent's lease
//	o#<cause>         once                   the same of a cause that is one in the whole store
//	s#<lane>          survey                 how long a line was, and where in it
//	t#<scope>         turn                   until when what may be done once in a while is taken
type key struct{ pk, sk string }

const (
	ofConversation = "c#"
	ofAgent        = "a#"
	ofOnce         = "o#"
	ofLane         = "s#"
	ofScope        = "t#"

	state   = "conv"
	message = "m#"
	cause   = "x#"
	record  = "l#"
	work    = "w#"
	fetches = work + string(store.Fetch) + "#"
	sight   = "seen"

	// afterMessages comes after every message, and before whatever else.
	afterMessages = "m$"
)

// maxKey is how long a message's key may be: DynamoDB sorts by at most 1024 bytes.
const maxKey = 1024 - len(message)

func stateKey(id conversation.ID) key { return key{ofConversation + string(id), state} }

func seenKey(id conversation.ID) key { return key{ofConversation + string(id), sight} }

func messageKey(id conversation.ID, k conversation.Key) key {
	return key{ofConversation + string(id), message + string(k)}
}

// causeKey is where a cause's item is, by the cause's digest; an id of "" is for
// the whole store.
func causeKey(id conversation.ID, digest string) key {
	if id == "" {
		return key{ofOnce + digest, "once"}
	}
	return key{ofConversation + string(id), cause + digest}
}

// recordsIn is the partition in which the records of an ask are.
func recordsIn(ask conversation.TicketID) string { return ofConversation + string(ask.Conversation()) }

func surveyKey(lane conversation.Lane) key { return key{ofLane + short(string(lane)), "survey"} }

func turnKey(scope string) key { return key{ofScope + short(scope), "turn"} }

// workKey is the item that bears a piece of work: a message for its own mark, a
// conversation for its deliveries, else an item of its own.
func workKey(w store.Work) key {
	switch {
	case w.Kind == store.Decide && w.Conversation != "" && w.Key != "" && w.Agent == "":
		return messageKey(w.Conversation, w.Key)
	case w.Kind == store.Deliver && w.Conversation != "" && w.Key == "" && w.Agent == "":
		return stateKey(w.Conversation)
	}
	k := key{ofConversation + string(w.Conversation), work + string(w.Kind) + "#" + short(string(w.Key)) + "#" + short(string(w.Agent))}
	if w.Conversation == "" {
		k.pk = ofAgent + short(string(w.Agent))
	}
	return k
}

// borne reports whether an item bears work besides what it is.
func (k key) borne() bool { return k.sk == state || strings.HasPrefix(k.sk, message) }

func (k key) item() map[string]types.AttributeValue {
	return map[string]types.AttributeValue{partition: text(k.pk), order: text(k.sk)}
}

// shards is how many partitions of the work index all work but leases is spread
// over. Leases have one of their own, so that one query tells whether anybody has
// one; Due asks them all.
const (
	shards = 16
	leases = "leases"
)

func (k key) shard(kind store.WorkKind) string {
	if kind == store.Lapse {
		return leases
	}
	h := fnv.New32a()
	h.Write([]byte(k.pk + k.sk))
	return fmt.Sprint(h.Sum32() % shards)
}

// waitingIn is a lane's partition of the line index.
func waitingIn(lane conversation.Lane) string { return "w#" + short(string(lane)) }

// place is a rank as the line is sorted by it: without the ask's own key, since a
// conversation has one place in a line. It is half as long, and is counted often.
func place(rank string) string {
	p, _, _ := strings.Cut(rank, ".")
	return cut(p)
}

// heldSince sorts the tickets an agent holds.
func heldSince(t conversation.Ticket) string {
	return cut(fmt.Sprintf("%013d#%s", max(t.AskedAt.UnixMilli(), 0), t.ID.Conversation()))
}

const longest = 512

// short keeps a text that is part of a key inside DynamoDB's limits. What it
// shortens is longer than what it leaves alone, so the two never meet.
func short(s string) string {
	if len(s) <= longest {
		return s
	}
	return whole(s[:longest-32]) + "~" + digest(s) + digest(s)
}

// cut shortens a text that need not stay unique.
func cut(s string) string {
	if len(s) <= 1024 {
		return s
	}
	return whole(s[:1024])
}

// whole drops what a cut left of a character.
func whole(s string) string {
	for s != "" {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
