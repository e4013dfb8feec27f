package platform_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"

	"github.com/zhida-project/zhida/connectors/sms/platform"
)

// reported has a message's events told.
func reported(in *input) { in.ConfigurationSetName = aws.String("zhida") }

// heard is the event types that came since.
func (w *world) heard() (kinds []string) {
	w.t.Helper()
	for _, n := range w.hears(eventTopic) {
		kinds = append(kinds, n.event.Type)
	}
	return kinds
}

// TestEventsAreAsPublished, in their shape and their fields.
func TestEventsAreAsPublished(t *testing.T) {
	w := newWorld(t, nil)
	id, err := w.sends(managed, strings.Repeat("长", 71), func(in *input) {
		reported(in)
		in.Context = map[string]string{"conversation": "c1"}
		in.MessageType = types.MessageTypePromotional
	})
	w.must(err)
	w.passes(time.Second, time.Second, 3*time.Second)
	all := w.hears(eventTopic)
	if len(all) != 4 {
		t.Fatalf("%d events", len(all))
	}
	for i, want := range []struct {
		kind  string
		final bool
		after time.Duration
	}{{"QUEUED", false, 0}, {"PENDING", false, time.Second}, {"SUCCESSFUL", true, 2 * time.Second}, {"DELIVERED", true, 5 * time.Second}} {
		e := all[i].event
		if e.Type != "TEXT_"+want.kind || e.Status != want.kind || e.Final != want.final || e.At != start.Add(want.after).UnixMilli() {
			t.Errorf("event %d: %+v", i, e)
		}
		if e.ID != id || e.Context["conversation"] != "c1" || e.Parts != 2 || e.Price != 0.01162 || e.Encoding != "Unicode" || e.MessageType != "PROMOTIONAL" {
			t.Errorf("event %d: %+v", i, e)
		}
		alike(t, "an event", fields(t, []byte(all[i].Message)), published(t, "event/successful.json"))
	}
	if got := all[2].event.Description; got != published(t, "event/successful.json")["messageStatusDescription"] {
		t.Errorf("described as %q", got)
	}
}

// TestFates: what each is heard of, and whether the message arrives.
func TestFates(t *testing.T) {
	for fate, want := range map[platform.Fate]struct {
		arrives bool
		last    string
		after   time.Duration
	}{
		platform.Delivered: {true, "DELIVERED", 5 * time.Second}, platform.Accepted: {true, "SUCCESSFUL", 2 * time.Second},
		platform.Silent: {true, "UNKNOWN", 72 * time.Hour}, platform.Vanished: {false, "UNKNOWN", 72 * time.Hour},
		platform.Unreachable: {false, "UNREACHABLE", 2 * time.Second}, platform.CarrierUnreachable: {false, "CARRIER_UNREACHABLE", 2 * time.Second},
		platform.Invalid: {false, "INVALID", 2 * time.Second}, platform.InvalidMessage: {false, "INVALID_MESSAGE", 2 * time.Second},
		platform.Blocked: {false, "BLOCKED", 2 * time.Second}, platform.CarrierBlocked: {false, "CARRIER_BLOCKED", 2 * time.Second},
		platform.Spam: {false, "SPAM", 2 * time.Second}, platform.Expired: {false, "TTL_EXPIRED", time.Minute},
	} {
		w := newWorld(t, nil)
		w.p.Decide(phone, fate)
		_, err := w.sends(managed, "hi", func(in *input) { reported(in); in.TimeToLive = aws.Int32(60) })
		w.must(err)
		w.passes(time.Second, time.Second, 3*time.Second)
		before := w.heard()
		if len(before) < 2 || !slices.Equal(before[:2], []string{"TEXT_QUEUED", "TEXT_PENDING"}) {
			t.Errorf("fate %d: %v", fate, before)
			continue
		}
		rest := before[2:]
		if left := want.after - 5*time.Second; left > 0 {
			w.passes(left - time.Millisecond)
			if early := w.heard(); len(early) > 0 {
				t.Errorf("fate %d: early %v", fate, early)
			}
			w.passes(time.Millisecond)
			rest = append(rest, w.heard()...)
		}
		if len(rest) == 0 || rest[len(rest)-1] != "TEXT_"+want.last || len(rest) > 1 && rest[0] != "TEXT_SUCCESSFUL" || len(rest) > 2 {
			t.Errorf("fate %d: %v, want %s", fate, rest, want.last)
		}
		if (len(w.inbox()) == 1) != want.arrives {
			t.Errorf("fate %d: arrived %v", fate, w.inbox())
		}
		w.must(w.p.Settled(w.patience()))
	}
}

// TestThreeDaysByDefault: a message that has no TimeToLive.
func TestThreeDaysByDefault(t *testing.T) {
	w := newWorld(t, nil)
	w.p.Decide(phone, platform.Expired)
	_, err := w.sends(managed, "hi", reported)
	w.must(err)
	w.passes(time.Second, 72*time.Hour-time.Second-1)
	if got := w.heard(); len(got) != 2 {
		t.Errorf("before: %v", got)
	}
	w.passes(1)
	if got := w.heard(); !slices.Equal(got, []string{"TEXT_TTL_EXPIRED"}) {
		t.Errorf("after: %v", got)
	}
}

// TestEventsGoNowhere without a configuration set, or where it has no topic.
func TestEventsGoNowhere(t *testing.T) {
	w := newWorld(t, nil)
	_, err := w.sends(managed, "hi", nil)
	w.must(err)
	other := newWorld(t, func(o *platform.Options) { o.EventTopic = "" })
	_, err = other.sends(managed, "hi", reported)
	w.must(err)
	if len(w.heard())+len(other.heard()) > 0 {
		t.Error("events of nobody's")
	}
	w.must(w.p.Settled(w.patience()))
}

// TestEventFaults: twice and out of order.
func TestEventFaults(t *testing.T) {
	w := newWorld(t, nil)
	w.p.FailEvents(platform.Late, platform.Twice, platform.Again, platform.NoPushFault)
	_, err := w.sends(managed, "hi", reported)
	w.must(err)
	w.passes(time.Second, time.Second, 3*time.Second)
	if got := w.heard(); !slices.Equal(got, []string{"TEXT_PENDING", "TEXT_PENDING", "TEXT_SUCCESSFUL", "TEXT_DELIVERED"}) {
		t.Errorf("at first %v", got)
	}
	w.passes(85*time.Second, time.Hour)
	if got := w.heard(); !slices.Equal(got, []string{"TEXT_QUEUED", "TEXT_SUCCESSFUL"}) {
		t.Errorf("later %v", got)
	}
}

// TestFatesByChance: about as often as planned, and to each phone the same with the same seed.
func TestFatesByChance(t *testing.T) {
	luck := func(seed uint64) (arrived []int) {
		w := newWorld(t, func(o *platform.Options) {
			o.Faults = platform.Plan{Seed: seed, Fates: []platform.Odds{{Chance: 0.3, What: platform.Unreachable}, {Chance: 0.1, What: platform.Silent}}}
			o.Numbers[0].PartsPerSecond = 1000
		})
		for n := range 100 {
			before := len(w.inbox())
			_, err := w.sends(managed, "hi", nil)
			w.must(err)
			if len(w.inbox()) > before {
				arrived = append(arrived, n)
			}
		}
		return arrived
	}
	one := luck(1)
	if n := len(one); n < 55 || n > 85 {
		t.Errorf("%d of 100 arrived, want about 70", n)
	}
	if !slices.Equal(one, luck(1)) || slices.Equal(one, luck(2)) {
		t.Error("luck is not its seed's")
	}
}
