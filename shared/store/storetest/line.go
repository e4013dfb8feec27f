package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

var lineTests = []test{
	{name: "by class, then time asked, then id", run: lineOrder},
	{name: "the first of the line", run: lineLimit},
	{name: "claimed, left and ended tickets are not in line", run: lineLeaves},
	{name: "a ticket that comes back has its old place", run: lineReturns},
	{name: "lanes are apart", run: lanesApart},
}

func lineOrder(f *fixture) {
	var want []store.Waiting
	for i, who := range []struct {
		class conversation.Class
		ms    int
	}{
		{conversation.Normal, 10},
		{conversation.Normal, 5},
		{conversation.Distress, 30},
		{conversation.Priority, 1},
		{conversation.Distress, 20},
		{conversation.Normal, 5}, // the same time: the ids decide
		{conversation.Normal, 5},
	} {
		c, err := ask(f.ctx, f.store, fmt.Sprint("user ", i), after(who.ms), who.class)
		f.ok(err)
		want = append(want, waitingOf(c))
	}
	slices.SortFunc(want, func(a, b store.Waiting) int {
		return cmpAll(int(a.Class)-int(b.Class), a.AskedAt.Compare(b.AskedAt), strings.Compare(string(a.Ticket), string(b.Ticket)))
	})
	f.same("line", f.line(), want)
}

// cmpAll returns the first comparison that tells a difference.
func cmpAll(all ...int) int {
	for _, one := range all {
		if one != 0 {
			return one
		}
	}
	return 0
}

func lineLimit(f *fixture) {
	f.same("nobody", f.line(), []store.Waiting(nil))
	for i := range 5 {
		f.ask(fmt.Sprint("user ", i), after(i))
	}
	all := f.line()
	for _, limit := range []int{0, 1, 4, 5, 6} {
		got, err := f.store.Line(f.ctx, conversation.Front, limit)
		f.ok(err)
		f.same(fmt.Sprint("limit ", limit), got, all[:min(limit, len(all))])
	}
}

func lineLeaves(f *fixture) {
	for i, user := range []string{"ann", "bob", "cid", "dan"} {
		f.ask(user, after(i))
	}
	f.claim("ann", "kim", after(10))
	f.step("bob", "left", conversation.Event{Kind: conversation.Left, At: after(11)})
	f.claim("cid", "kim", after(12))
	f.step("cid", "resolved", conversation.Event{Kind: conversation.Resolved, At: after(13), Agent: "kim"})
	f.same("line", f.line(), []store.Waiting{waitingOf(f.conversation("dan"))})
	// Who asks again is a new ask, at its own time.
	second := f.ask("bob", after(20))
	f.same("line", f.line(), []store.Waiting{waitingOf(f.conversation("dan")), waitingOf(second)})
}

func lineReturns(f *fixture) {
	for i, user := range []string{"ann", "bob", "cid"} {
		f.ask(user, after(i))
	}
	want := places(f.line())
	f.claim("bob", "kim", after(10))
	f.claim("ann", "kim", after(11))
	f.step("bob", "back", conversation.Event{Kind: conversation.Released, At: after(12), Agent: "kim"})
	f.same("line with bob back", places(f.line()), want[1:])
	f.step("ann", "back", conversation.Event{Kind: conversation.Released, At: after(13), Agent: "kim"})
	f.same("line with both back", places(f.line()), want)
	f.same("as it stands", f.line()[0], waitingOf(f.conversation("ann")))
}

// places is a line without what moves on while somebody keeps their place.
func places(line []store.Waiting) []store.Waiting {
	for i := range line {
		line[i].Epoch = 0
	}
	return line
}

// pass moves a user's waiting ticket to another lane.
func (f *fixture) pass(user string, lane conversation.Lane) conversation.Conversation {
	f.Helper()
	ch := stay(f.conversation(user), "pass to "+string(lane))
	ch.Next.Epoch++
	ch.Next.Ticket.Lane = lane
	return f.commit(ch).Conversation
}

func lanesApart(f *fixture) {
	for i, user := range []string{"ann", "bob", "cid"} {
		f.ask(user, after(i))
	}
	ann := f.pass("ann", "expert")
	f.same("front", f.line(), []store.Waiting{waitingOf(f.conversation("bob")), waitingOf(f.conversation("cid"))})
	expert, err := f.store.Line(f.ctx, "expert", 10)
	f.ok(err)
	f.same("expert", expert, []store.Waiting{waitingOf(ann)})
	none, err := f.store.Line(f.ctx, "no such lane", 10)
	f.ok(err)
	f.same("unknown lane", none, []store.Waiting(nil))
}
