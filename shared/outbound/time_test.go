package outbound_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
)

// ending is the time that a host gives, by the room's clock.
type ending struct {
	context.Context
	at time.Time
}

func (e ending) Deadline() (time.Time, bool) { return e.at, true }

// slow is a phone whose provider does something at each send before it answers.
type slow struct {
	*phone
	meanwhile func()
}

func (s slow) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	s.meanwhile()
	return s.phone.Send(ctx, out)
}

// bells keeps what is rung.
type bells struct {
	queue.Queue
	rung []queue.Message
}

func (b *bells) Publish(_ context.Context, m queue.Message) error {
	b.rung = append(b.rung, m)
	return nil
}

// TestNoCallIsBegunThatIsCutOff: what is cut off in the middle may have gone, and nobody knows.
func TestNoCallIsBegunThatIsCutOff(t *testing.T) {
	r, rung := openRoom(t).withPerson(), &bells{}
	for _, letter := range []string{"aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"} {
		r.person(letter)
	}
	var err error
	r.box, err = outbox.New(outbox.Options{
		Store: r.store, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: rung}, Outbound: map[string]queue.Queue{"x": rung},
		MaxText: map[string]int{"x": 100}, Audience: nobody{}, Now: r.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	r.rewire(r.store, slow{r.phone, func() { r.clock.Advance(12 * time.Second) }})
	must(t, r.drain.Conversation(ending{t.Context(), r.clock.Now().Add(30 * time.Second)}, r.id))
	r.want("aaaaaaaaaa bbbbbbbbbb", sent, sent, pending)
	r.wantLeft(3)
	if len(rung.rung) != 1 || rung.rung[0].Group != string(r.id) {
		t.Errorf("rung: %+v", rung.rung)
	}
	// However little time a host gives, something goes each time.
	must(t, r.drain.Conversation(ending{t.Context(), r.clock.Now().Add(time.Second)}, r.id))
	r.want("aaaaaaaaaa bbbbbbbbbb cccccccccc", sent, sent, sent)
	if len(rung.rung) != 1 {
		t.Errorf("rung for nothing: %+v", rung.rung)
	}
}

// TestWhatIsKnownIsRecorded, though the time is over by then.
func TestWhatIsKnownIsRecorded(t *testing.T) {
	r := openRoom(t).withPerson()
	r.person("a")
	ctx, end := context.WithCancel(t.Context())
	r.rewire(r.store, slow{r.phone, end})
	_ = r.drain.Conversation(ctx, r.id) // the rest of its work has no time
	r.want("a", sent)
}

// silent is a phone whose provider never answers.
type silent struct{ *phone }

func (silent) Send(ctx context.Context, _ channel.Outbound) (channel.Sent, error) {
	<-ctx.Done()
	return channel.Sent{}, fault.New(fault.Uncertain, "silent", "")
}

// TestASendEndsBeforeItsAttemptIsGivenUp: else a message that another process gave up might go out yet.
func TestASendEndsBeforeItsAttemptIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRoom(t).withPerson()
		r.person("a")
		r.rewire(r.store, silent{r.phone})
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		must(t, r.drain.Conversation(ctx, r.id))
		r.want("", unknown)
		if took := time.Since(began); took >= time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}
