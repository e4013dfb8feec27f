package storetest

import (
	"github.com/zhida-project/zhida/shared/conversation"
)

var heldTests = []test{
	{name: "what an agent holds, the oldest ask first", run: heldOrder},
	{name: "nothing that was given back or ended", run: heldGone},
}

func (f *fixture) held(agent conversation.AgentID, want ...conversation.Ticket) {
	f.Helper()
	got, err := f.store.Held(f.ctx, agent)
	f.ok(err)
	f.same("held by "+string(agent), got, want)
}

func heldOrder(f *fixture) {
	f.held("kim")
	for i, user := range []string{"ann", "bob", "cid", "dan"} {
		f.ask(user, after(i))
	}
	cid := f.claim("cid", "kim", after(10))
	ann := f.claim("ann", "kim", after(11))
	bob := f.claim("bob", "lee", after(12))
	f.held("kim", ann.Ticket, cid.Ticket)
	f.held("lee", bob.Ticket)
	f.held("")
}

func heldGone(f *fixture) {
	for i, user := range []string{"ann", "bob", "cid"} {
		f.ask(user, after(i))
		f.claim(user, "kim", after(10+i))
	}
	f.step("ann", "back", conversation.Event{Kind: conversation.Released, At: after(20), Agent: "kim"})
	f.step("bob", "done", conversation.Event{Kind: conversation.Resolved, At: after(21), Agent: "kim"})
	f.held("kim", f.conversation("cid").Ticket)
	ann := f.claim("ann", "lee", after(22))
	f.held("lee", ann.Ticket)
	f.step("cid", "to bot", conversation.Event{Kind: conversation.ReturnedToBot, At: after(23), Agent: "kim"})
	f.held("kim")
}
