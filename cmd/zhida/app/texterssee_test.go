package app

import (
	"slices"

	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// keeps looks whether all that customers wrote is there, once, in the order in which they wrote it.
func (w *texters) keeps() {
	w.Helper()
	for _, p := range w.people {
		var wrote, kept []string
		for _, e := range p.Messages() {
			if e.Who == platform.Customer {
				wrote = append(wrote, e.Text)
			}
		}
		id := w.app.inbound.ID(conversation.Peer{Channel: "sms", Account: p.number, User: p.Number})
		messages, err := w.app.engines.Store.Messages(w.Context(), id, "", 10_000)
		if !fault.Is(err, fault.NotFound) {
			w.must(err)
		}
		for _, m := range messages {
			if m.Author == conversation.Customer {
				kept = append(kept, m.Words())
			}
		}
		if !slices.Equal(wrote, kept) {
			w.Errorf("of %s are kept %q, and they wrote %q", p.Number, kept, wrote)
		}
	}
}

// shows looks at what customers got: each message of ours once and in order, none that was forbidden; what is
// not there was refused, or did not arrive, or nobody knows.
func (w *texters) shows() {
	w.Helper()
	for _, v := range w.aws.Violations() {
		w.Errorf("a violation: %+v", v)
	}
	sum := map[string]int{"acts": w.acts, "conversations": len(w.all)}
	for _, k := range w.all {
		seen, last := map[string]int{}, conversation.Key("")
		for _, e := range w.aws.Phone(k.peer.User).Inbox() {
			if e.Who != platform.Company || e.Number != k.peer.Account {
				continue
			}
			for _, found := range marks.FindAllStringSubmatch(e.Text, -1) {
				seen[found[1]]++
				if key := k.said[found[1]].key; key <= last {
					w.Errorf("%s came after what is newer", found[1])
				} else {
					last = key
				}
			}
		}
		for mark, s := range k.said {
			m, err := w.app.engines.Store.Message(w.Context(), w.app.inbound.ID(k.peer), s.key)
			w.must(err)
			sum[w.judged(mark, m.Outcome, seen[mark])]++
		}
	}
	if n := w.unsure.Load(); int64(sum["never known"]) > n {
		w.Errorf("of %d messages nobody knows, and AWS told nothing of %d", sum["never known"], n)
	}
	if most := 2 + w.aws.Spent().Messages/25; sum["vanished"] > most { // 2 of 100 do
		w.Errorf("%d messages vanished, which is more than %d", sum["vanished"], most)
	}
	w.Logf("%v, %d answers lost, %+v", sum, w.unsure.Load(), w.aws.Spent())
}

// judged says how a message ended, which is an error where it ended as it must not.
func (w *texters) judged(mark string, o conversation.Outcome, seen int) string {
	w.Helper()
	switch {
	case seen > 1:
		w.Errorf("%s came %d times", mark, seen)
	case o.Delivery == conversation.Delivered && seen == 1:
		return "delivered"
	case o.Delivery == conversation.Sent && seen == 1:
		return "sent"
	case o.Delivery == conversation.Sent:
		return "vanished" // no carrier tells of it
	case o.Delivery == conversation.NotSent && o.Code == string(fault.OptedOut) && seen == 0:
		return "forbidden"
	case o.Delivery == conversation.NotSent && seen == 0 && (o.Code == string(fault.Undelivered) || o.Code == string(fault.ProviderRefused)):
		return "did not arrive"
	case o.Delivery == conversation.UnknownSent && o.Code == string(fault.Uncertain):
		return "never known"
	}
	w.Errorf("%s came %d times, and is kept as %+v", mark, seen, o)
	return "wrong"
}
