package dynamostore

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
)

// edit is one conditional change of one item, which it makes where there is
// none. All names and values are aliased, so that no attribute's name can be a
// word of DynamoDB's.
type edit struct {
	key     key
	clauses map[string]clause // by attribute
	conds   []string
	names   map[string]string // alias of each attribute
	values  map[string]types.AttributeValue
	bytes   int // of names and values
}

// clause is what happens to one attribute.
type clause struct {
	verb string // SET, REMOVE, ADD, DELETE
	text string
}

func change(k key) *edit {
	return &edit{key: k, clauses: map[string]clause{}, names: map[string]string{}, values: map[string]types.AttributeValue{}}
}

func (e *edit) name(attribute string) string {
	alias, known := e.names[attribute]
	if !known {
		alias = fmt.Sprintf("#%d", len(e.names))
		e.names[attribute] = alias
	}
	return alias
}

func (e *edit) value(v types.AttributeValue) string {
	alias := fmt.Sprintf(":%d", len(e.values))
	e.values[alias] = v
	return alias
}

func (e *edit) put(attribute string, v types.AttributeValue) {
	e.clauses[attribute] = clause{"SET", e.name(attribute) + " = " + e.value(v)}
	e.bytes += len(attribute) + size(v)
}

// keep sets an attribute where there is none.
func (e *edit) keep(attribute string, v types.AttributeValue) {
	n := e.name(attribute)
	e.clauses[attribute] = clause{"SET", fmt.Sprintf("%s = if_not_exists(%s, %s)", n, n, e.value(v))}
	e.bytes += len(attribute) + size(v)
}

// count adds one to an attribute, or to what it would begin with.
func (e *edit) count(attribute string, begin int64) {
	n := e.name(attribute)
	e.clauses[attribute] = clause{"SET", fmt.Sprintf("%s = if_not_exists(%s, %s) + %s", n, n, e.value(number(begin)), e.value(number(1)))}
}

// take subtracts from a number that is there, if that leaves 0 at least.
func (e *edit) take(attribute string, n int64) {
	e.only(attribute, "@ >= ?", number(n))
	e.clauses[attribute] = clause{"SET", fmt.Sprintf("%s = %s - %s", e.name(attribute), e.name(attribute), e.value(number(n)))}
}

// extend adds to the end of a list.
func (e *edit) extend(attribute string, members []types.AttributeValue) {
	n := e.name(attribute)
	none, more := e.value(&types.AttributeValueMemberL{}), e.value(&types.AttributeValueMemberL{Value: members})
	e.clauses[attribute] = clause{"SET", fmt.Sprintf("%s = list_append(if_not_exists(%s, %s), %s)", n, n, none, more)}
}

func (e *edit) remove(attributes ...string) {
	for _, a := range attributes {
		e.clauses[a] = clause{"REMOVE", e.name(a)}
	}
}

// include adds members to a set.
func (e *edit) include(attribute string, members ...string) {
	e.clauses[attribute] = clause{"ADD", e.name(attribute) + " " + e.value(set(members...))}
}

// exclude takes a member out of a set.
func (e *edit) exclude(attribute, member string) {
	e.clauses[attribute] = clause{"DELETE", e.name(attribute) + " " + e.value(set(member))}
}

// text puts a text, and nothing for an empty one.
func (e *edit) text(attribute, s string) {
	if s == "" {
		e.remove(attribute)
		return
	}
	e.put(attribute, text(s))
}

// ticket puts the name of an ask as item.ticket reads it, and nothing for none.
func (e *edit) ticket(attribute string, t conversation.TicketID) {
	s := string(t)
	if id := strings.TrimPrefix(e.key.pk, ofConversation); id != "" && strings.HasPrefix(s, id+".") {
		s = strings.TrimPrefix(s, id)
	}
	e.text(attribute, s)
}

// int puts a number, and nothing for 0.
func (e *edit) int(attribute string, n int64) {
	if n == 0 {
		e.remove(attribute)
		return
	}
	e.put(attribute, number(n))
}

// flag puts true, and nothing for false.
func (e *edit) flag(attribute string, b bool) {
	if !b {
		e.remove(attribute)
		return
	}
	e.put(attribute, flag(b))
}

// time puts a time, and nothing for the zero time.
func (e *edit) time(attribute string, t time.Time) {
	if t.IsZero() {
		e.remove(attribute)
		return
	}
	e.put(attribute, number(t.UnixMilli()))
}

// only adds a condition. Its @ and ? stand for the attribute and the values.
func (e *edit) only(attribute, condition string, values ...types.AttributeValue) {
	condition = strings.ReplaceAll(condition, "@", e.name(attribute))
	for _, v := range values {
		condition = strings.Replace(condition, "?", e.value(v), 1)
	}
	e.conds = append(e.conds, "("+condition+")")
}

// still adds the condition that a text is what it was, "" for none.
func (e *edit) still(attribute, was string) {
	if was == "" {
		e.only(attribute, "attribute_not_exists(@)")
		return
	}
	e.only(attribute, "@ = ?", text(was))
}

func (e *edit) condition() *string {
	if len(e.conds) == 0 {
		return nil
	}
	return aws.String(strings.Join(e.conds, " AND "))
}

func (e *edit) expression() *string {
	byVerb := map[string][]string{}
	for _, attribute := range slices.Sorted(maps.Keys(e.clauses)) {
		c := e.clauses[attribute]
		byVerb[c.verb] = append(byVerb[c.verb], c.text)
	}
	var all []string
	for _, verb := range slices.Sorted(maps.Keys(byVerb)) {
		all = append(all, verb+" "+strings.Join(byVerb[verb], ", "))
	}
	if len(all) == 0 {
		return nil
	}
	return aws.String(strings.Join(all, " "))
}

// used returns the aliases that the edit's texts mention: DynamoDB refuses others.
func (e *edit) used() (map[string]string, map[string]types.AttributeValue) {
	said := strings.Join(e.conds, " ")
	if x := e.expression(); x != nil {
		said += " " + *x
	}
	mentioned := map[string]bool{}
	for _, word := range strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune(" (),=<>+-", r) }) {
		mentioned[word] = true
	}
	names, values := map[string]string{}, map[string]types.AttributeValue{}
	for attribute, alias := range e.names {
		if mentioned[alias] {
			names[alias] = attribute
		}
	}
	for alias, v := range e.values {
		if mentioned[alias] {
			values[alias] = v
		}
	}
	if len(names) == 0 {
		names = nil
	}
	if len(values) == 0 {
		values = nil
	}
	return names, values
}

// update makes the edit a call of its own. A refused condition tells the item.
func (e *edit) update(table string) *dynamodb.UpdateItemInput {
	names, values := e.used()
	return &dynamodb.UpdateItemInput{
		TableName: &table, Key: e.key.item(),
		UpdateExpression: e.expression(), ConditionExpression: e.condition(),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// action makes the edit part of a transaction. A refused condition tells the item.
func (e *edit) action(table string) types.TransactWriteItem {
	names, values := e.used()
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &table, Key: e.key.item(),
		UpdateExpression: e.expression(), ConditionExpression: e.condition(),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}
}

// maxItem is how much DynamoDB keeps of one item, names and values together;
// overhead is left of it for the names of the keys, and for work that is borne later.
const (
	maxItem  = 400 << 10
	overhead = 128
)

// fits refuses an edit that makes an item which is too large. What is made by
// several calls must not find that out half-way.
func (e *edit) fits() error {
	if e.bytes+len(e.key.pk)+len(e.key.sk)+overhead > maxItem {
		return errTooLarge
	}
	return nil
}

// size is what an attribute's value counts towards an item's size, or a little more.
func size(v types.AttributeValue) int {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value) + 1
	default:
		return 1
	}
}
