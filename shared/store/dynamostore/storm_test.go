package dynamostore_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore/dynamotest"
)

// TestStorm plays ten thousand messages of customers who ask for a person, and
// agents who claim, reply and resolve, through all use cases, while three calls in
// ten are lost or unheard, the table is busy and transactions collide. A platform
// delivers a message up to four times until it is told that it was taken, and some
// once more later. Afterwards time passes until nothing is left to do. Then nothing
// that was acknowledged is lost, behind or doubled, and every stored ask was a ticket.
func TestStorm(t *testing.T) {
	t.Parallel()
	customers := 125
	if testing.Short() || raceDetector {
		customers = 8
	}
	began := time.Now()
	s := newStorm(t, &dynamotest.Weather{
		Lost: 0.15, Unheard: 0.15, Throttled: 0.02, Conflicts: 0.03, Random: rand.New(rand.NewPCG(11, 12)),
	})
	s.play(customers)
	for n := range customers {
		s.check(s.ids.Of(stormPeer(n)), n)
	}
	t.Logf("%d messages in %d deliveries, of which %d failed, with %d replies; the weather: %v; %.0f s",
		customers*stormMessages, s.attempts, s.refused, s.replies(), s.weather.Hit(), time.Since(began).Seconds())
}

const (
	stormMessages = 80
	stormAgents   = 8
	stormDrains   = 4
	deliveries    = 4 // of one message by a platform that hears nothing
)

func agentName(n int) conversation.AgentID { return conversation.AgentID(fmt.Sprint("agent ", n)) }

func stormPeer(n int) conversation.Peer {
	return conversation.Peer{Channel: stormChannel, Account: "acme", User: fmt.Sprint("customer ", n)}
}

// play lets everybody do what they do, at once.
func (s *stormWorld) play(customers int) {
	var writing, working sync.WaitGroup
	written, over := make(chan struct{}), make(chan struct{})
	for n := range stormDrains {
		working.Go(func() { s.deliver(n, over) })
	}
	for n := range stormAgents {
		working.Go(func() { s.work(agentName(n), written, over) })
	}
	working.Go(func() { s.tick(over) })
	hands := make(chan struct{}, 32)
	for n := range customers {
		hands <- struct{}{}
		writing.Go(func() {
			defer func() { <-hands }()
			s.write(n)
		})
	}
	writing.Wait()
	close(written)
	s.quiet()
	close(over)
	working.Wait()
}

// write lets a customer write, not always in order; the platform delivers.
func (s *stormWorld) write(n int) {
	random := rand.New(rand.NewPCG(uint64(n), 5))
	var late []channel.Inbound
	asks := 2 + random.IntN(3)
	for i := range stormMessages {
		text := fmt.Sprintf("第 %d 句：我的鞋还没有到", i)
		switch i {
		case 1:
			text = "退款多久到账"
		case asks:
			text = "转人工"
		}
		at := s.now()
		in := channel.Inbound{
			Peer: stormPeer(n), Key: conversation.InboundKey(at, fmt.Sprintf("%024d", i)), Parts: conversation.TextParts(text), Name: "安",
		}
		if random.IntN(10) == 0 {
			late = append(late, in) // it comes after others
			continue
		}
		s.hand(in)
		if random.IntN(4) == 0 {
			late = append(late, in) // it comes once more
		}
		if len(late) > 2 {
			s.hand(late[0])
			late = late[1:]
		}
	}
	for _, in := range late {
		s.hand(in)
	}
}

// hand delivers a message until it is taken, or the platform gives up.
func (s *stormWorld) hand(in channel.Inbound) {
	for range deliveries {
		got, err := s.inbound.Accept(s.Context(), stormProvider{}.Info(), channel.Receipt{Messages: []channel.Inbound{in}})
		s.mu.Lock()
		s.attempts++
		if err != nil {
			s.refused++
			s.mu.Unlock()
			continue
		}
		id := got[0].Message.Conversation
		if s.acked[id] == nil {
			s.acked[id] = map[conversation.Key]string{}
		}
		s.acked[id][in.Key] = in.Parts[0].Text
		s.mu.Unlock()
		if got[0].Conversation.LastIn < in.Key {
			s.Errorf("the state is behind an acknowledged message")
		}
		return
	}
}

// deliver handles the bells of some conversations, one at a time each.
func (s *stormWorld) deliver(n int, over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		case m := <-s.bells.sent[n]:
			if s.drain.Handle(s.Context(), m.Body) != nil {
				s.bells.put(m) // its lease lapses, and it comes again
			}
		}
	}
}

// tick lets the clock look, again and again.
func (s *stormWorld) tick(over <-chan struct{}) {
	every := time.NewTicker(300 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-over:
			return
		case <-every.C:
			_ = s.clock.Tick(s.Context()) // what fails comes again
		}
	}
}

// work lets an agent serve whoever is next, for each permit that comes. A few are
// served at a time, and all that are left when nobody writes any more are ended.
func (s *stormWorld) work(id conversation.AgentID, written, over <-chan struct{}) {
	agent := desk.Agent{ID: id, Names: map[conversation.Language]string{conversation.Chinese: "小林"}}
	var serving []conversation.ID
	for n := 0; ; n++ {
		select {
		case <-over:
			return
		case <-written:
			written = nil
			for _, id := range serving {
				s.end(agent, id, n)
			}
			serving = nil
		case <-s.permits.sent[0]:
			claim := fmt.Sprint("claim-", n)
			c, err := again(func() (conversation.Conversation, error) {
				return s.desk.ClaimNext(s.Context(), agent, conversation.Front, claim)
			})
			if err != nil {
				continue
			}
			s.serve(agent, c.ID, n)
			if serving = append(serving, c.ID); len(serving) > 12 || written == nil {
				s.end(agent, serving[0], n)
				serving = serving[1:]
			}
		}
	}
}

// again makes a call with the same id until it is answered one way or the other, or
// whoever calls gives up.
func again[T any](call func() (T, error)) (got T, err error) {
	for range 8 {
		if got, err = call(); err == nil || !fault.Is(err, fault.Unavailable) {
			return got, err
		}
	}
	return got, err
}

// serve replies a few times, each reply repeated under its id until it is taken.
func (s *stormWorld) serve(agent desk.Agent, id conversation.ID, n int) {
	for i := range 3 {
		text := fmt.Sprintf("%s %d.%d", agent.ID, n, i)
		_, err := again(func() (conversation.Message, error) {
			return s.desk.Reply(s.Context(), agent, id, fmt.Sprintf("r%d-%d", n, i), text)
		})
		if err == nil {
			s.mu.Lock()
			s.told[id] = append(s.told[id], text)
			s.mu.Unlock()
		}
	}
}

// end ends a conversation, or puts it back in line.
func (s *stormWorld) end(agent desk.Agent, id conversation.ID, n int) {
	if n%5 == 4 {
		_, _ = again(func() (conversation.Conversation, error) { return s.desk.ReturnToLine(s.Context(), agent, id) })
		return
	}
	for range 50 { // until the agent has read what came meanwhile
		now, err := again(func() (conversation.Conversation, error) { return s.bad.Conversation(s.Context(), id) })
		if err == nil {
			_, err = again(func() (conversation.Conversation, error) {
				return s.desk.Resolve(s.Context(), agent, id, now.LastHeard)
			})
		}
		if !fault.Is(err, fault.Conflict) {
			return
		}
	}
}

// quiet lets time pass until nobody has anything left to do.
func (s *stormWorld) quiet() {
	for range 2000 {
		s.ms.Add(time.Minute.Milliseconds())
		_ = s.clock.Tick(s.Context()) // what fails comes again
		if s.bells.left()+s.permits.left() == 0 && len(s.left()) == 0 {
			return
		}
	}
	s.Errorf("there is still something to do: %v", s.left())
}

// left is what is to be done: a permit of those who wait is for agents to take.
func (s *stormWorld) left() (left []string) {
	due, err := s.good.Due(s.Context(), s.now().Add(1000*time.Hour), 1<<20)
	ok(s.T, err)
	for _, w := range due {
		if w.Kind == store.Decide || w.Kind == store.Deliver {
			left = append(left, fmt.Sprintf("%+v", w))
		}
	}
	line, err := s.good.Line(s.Context(), conversation.Front, 1<<20)
	ok(s.T, err)
	for _, w := range line {
		left = append(left, "waits: "+string(w.Ticket))
	}
	for n := range stormAgents {
		held, err := s.good.Held(s.Context(), agentName(n))
		ok(s.T, err)
		for _, t := range held {
			left = append(left, "held: "+string(t.ID))
		}
	}
	if n := s.bells.left() + s.permits.left(); n > 0 {
		left = append(left, fmt.Sprint(n, " bells"))
	}
	return left
}

func (s *stormWorld) replies() (n int) {
	for _, texts := range s.told {
		n += len(texts)
	}
	return n
}

// check checks one conversation when all is quiet.
func (s *stormWorld) check(id conversation.ID, n int) {
	s.Helper()
	c, err := s.good.Conversation(s.Context(), id)
	ok(s.T, err)
	all, err := s.good.Messages(s.Context(), id, "", 1<<20)
	ok(s.T, err)
	stored, ours, causes := map[conversation.Key]string{}, []conversation.Key(nil), map[string]bool{}
	replied := map[string]int{}
	for _, m := range all {
		if m.Author == conversation.Customer {
			stored[m.Key] = m.Words()
			continue
		}
		ours = append(ours, m.Key)
		_, cause, _ := strings.Cut(string(m.Key), "-")
		if causes[cause] || m.Outcome.Delivery != conversation.Sent {
			s.Errorf("customer %d: %q is %s, said before for the same reason: %t", n, m.Words(), m.Outcome.Delivery, causes[cause])
		}
		causes[cause] = true
		if m.Author == conversation.Person {
			replied[m.Words()]++
		}
	}
	for key, text := range s.acked[id] {
		if stored[key] != text {
			s.Errorf("customer %d: %q was acknowledged, %q is stored", n, text, stored[key])
		}
		if c.LastIn < key {
			s.Errorf("customer %d: the state is behind %q", n, text)
		}
	}
	if len(stored) > stormMessages {
		s.Errorf("customer %d: %d messages are stored", n, len(stored))
	}
	if heard := firsts(s.reached[id]); !slices.Equal(heard, ours) {
		s.Errorf("customer %d: heard %q, we said %q", n, heard, ours)
	}
	for _, text := range s.told[id] {
		if replied[text] != 1 {
			s.Errorf("customer %d: the reply %q is there %d times", n, text, replied[text])
		}
	}
	for key, text := range stored {
		if text == "转人工" {
			s.checkAsk(conversation.NewTicketID(id, key), n)
		}
	}
}

// firsts is what a client shows, that merges by key.
func firsts(keys []conversation.Key) (shown []conversation.Key) {
	seen := map[conversation.Key]bool{}
	for _, k := range keys {
		if !seen[k] {
			seen[k] = true
			shown = append(shown, k)
		}
	}
	return shown
}

// checkAsk: a stored ask was a ticket, with its whole ledger.
func (s *stormWorld) checkAsk(ask conversation.TicketID, n int) {
	s.Helper()
	records, err := s.good.Ledger(s.Context(), ask)
	ok(s.T, err)
	count := map[conversation.RecordEvent]int{}
	for _, r := range records {
		count[r.Event]++
	}
	returned := count[conversation.RecordBackInLine]
	if count[conversation.RecordAsked] != 1 || count[conversation.RecordAcknowledged] != 1 || count[conversation.RecordResolved] != 1 ||
		count[conversation.RecordQueued] != 1+returned || count[conversation.RecordClaimed] != 1+returned || count[conversation.RecordFirstWord] > 1 {
		s.Errorf("customer %d: the ledger of the ask is %v", n, count)
	}
}
