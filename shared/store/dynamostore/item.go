package dynamostore

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
)

// item is what DynamoDB returns. An attribute that is not there reads as its
// zero value.
type item map[string]types.AttributeValue

func (i item) key() key { return key{i.text(partition), i.text(order)} }

func (i item) has(name string) bool {
	_, there := i[name]
	return there
}

func (i item) text(name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func (i item) int(name string) int64 {
	if v, ok := i[name].(*types.AttributeValueMemberN); ok {
		n, err := strconv.ParseInt(v.Value, 10, 64)
		if err == nil {
			return n
		}
	}
	return 0
}

func (i item) flag(name string) bool {
	v, ok := i[name].(*types.AttributeValueMemberBOOL)
	return ok && v.Value
}

func (i item) time(name string) time.Time {
	if !i.has(name) {
		return time.Time{}
	}
	return time.UnixMilli(i.int(name)).UTC()
}

// words returns a text that was stored as words.
func (i item) words(name string) string {
	v, packed := i[name].(*types.AttributeValueMemberB)
	if !packed {
		return i.text(name)
	}
	units := make([]uint16, len(v.Value)/2)
	for n := range units {
		units[n] = binary.BigEndian.Uint16(v.Value[2*n:])
	}
	return string(utf16.Decode(units))
}

// words is a text in UTF-16 where that is shorter than UTF-8: Chinese takes a third
// less room.
func words(s string) types.AttributeValue {
	units := utf16.Encode([]rune(s))
	if 2*len(units) >= len(s) || !utf8.ValidString(s) {
		return text(s)
	}
	packed := make([]byte, 0, 2*len(units))
	for _, u := range units {
		packed = binary.BigEndian.AppendUint16(packed, u)
	}
	return &types.AttributeValueMemberB{Value: packed}
}

// ticket returns the name of an ask. Of the item's own conversation only the ask's
// key is stored: it begins with the dot.
func (i item) ticket(name string) conversation.TicketID {
	s := i.text(name)
	if strings.HasPrefix(s, ".") {
		s = strings.TrimPrefix(i.key().pk, ofConversation) + s
	}
	return conversation.TicketID(s)
}

// set returns a set of texts, sorted.
func (i item) set(name string) []string {
	v, ok := i[name].(*types.AttributeValueMemberSS)
	if !ok {
		return nil
	}
	return slices.Sorted(slices.Values(v.Value))
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func flag(b bool) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: b} }

func set(members ...string) types.AttributeValue {
	return &types.AttributeValueMemberSS{Value: members}
}

// exact is a time as the store keeps it: in UTC, to the millisecond.
func exact(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}
