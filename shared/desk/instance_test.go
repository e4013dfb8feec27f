package desk_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// TestAClaimAfterASignOutElsewhereHasALease: an instance that remembers the lease it
// wrote does not know that another has ended it.
func TestAClaimAfterASignOutElsewhereHasALease(t *testing.T) {
	f := setUp(t)
	other, err := desk.New(f.options)
	f.must(err)
	f.must(f.Alive(t.Context(), "lin"))
	f.must(other.Leave(t.Context(), "lin"))
	f.asks("ann")
	f.claims(lin, "c1")
	f.clock.Advance(2 * lease)
	due, err := f.store.Due(t.Context(), f.clock.Now(), 10)
	f.must(err)
	for _, w := range due {
		if w.Kind == store.Lapse && w.Agent == "lin" && w.Due.After(time.UnixMilli(0)) {
			return
		}
	}
	t.Errorf("the claim lapses never: due is %+v", due)
}

// TestAReplyIntoAChannelThatIsOff: whoever waits is still served where it can be.
func TestAReplyIntoAChannelThatIsOff(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	f.claims(lin, "c1")
	f.options.Channels = desk.Channels{}
	off, err := desk.New(f.options)
	f.must(err)
	_, err = off.Reply(t.Context(), lin, id, "r1", "您好")
	f.want(err, fault.NotPossible)
	_, err = off.Resolve(t.Context(), lin, id, f.clock.Now())
	f.must(err)
}

// TestAClaimIsRepeatedOnlyWhileItIsTheirs: what the customer says to the bot
// afterwards is not for whoever once held the conversation.
func TestAClaimIsRepeatedOnlyWhileItIsTheirs(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	f.claims(lin, "c1")
	if c := f.claims(lin, "c1"); c.ID != id {
		t.Error("a repeat is another conversation")
	}
	_, err := f.Resolve(t.Context(), lin, id, f.clock.Now())
	f.must(err)
	if c := f.claims(lin, "c1"); c.ID != id {
		t.Error("a repeat after the end is another conversation")
	}
	c, _ := f.writes("ann", "again")
	next, err := c.Apply(conversation.Event{Kind: conversation.Reopened, At: f.clock.Now()})
	f.must(err)
	f.commits(c, next)
	_, err = f.ClaimNext(t.Context(), lin, conversation.Front, "c1")
	f.want(err, fault.Conflict)
}

// broken pushes to nobody.
type broken struct{}

func (broken) Push(context.Context, string, any) error {
	return fault.New(fault.Unavailable, "test", "the gateway is busy")
}

// TestALineIsNotHeldUpByOnePage: a queue would hand out the line's change again, and
// nothing behind it before.
func TestALineIsNotHeldUpByOnePage(t *testing.T) {
	f := setUp(t)
	var log bytes.Buffer
	a, err := desk.NewAudience(f.store, broken{}, desk.Channels{}, nil, f.clock.Now, slog.New(slog.NewJSONHandler(&log, nil)))
	f.must(err)
	f.must(a.ShowLine(t.Context(), conversation.Front))
	if !strings.Contains(log.String(), "a line did not reach every desk") {
		t.Errorf("the log: %s", &log)
	}
}
