package platform_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/fault"
)

// published reads one of AWS's examples.
func published(t *testing.T, name string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return fields(t, raw)
}

func fields(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// alike fails a test where one of two objects has a field that the other has not, or one of another type.
func alike(t *testing.T, what string, got, want map[string]any) {
	t.Helper()
	kind := func(v any) string {
		switch v.(type) {
		case string:
			return "string"
		case float64:
			return "number"
		case bool:
			return "bool"
		}
		return "object"
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if v, there := got[key]; !there || kind(v) != kind(want[key]) {
			t.Errorf("%s: %s is %v, AWS's is %v", what, key, v, want[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, there := want[key]; !there {
			t.Errorf("%s: %s is not AWS's", what, key)
		}
	}
}

// TestWhatPhonesWrite is as AWS publishes it.
func TestWhatPhonesWrite(t *testing.T) {
	w := newWorld(t, nil)
	w.writes(managed, spoken)
	first := w.hears(topic)
	if len(first) != 1 || first[0].inbound.Previous != "" || strings.Contains(first[0].Message, "previous") {
		t.Fatalf("the first: %+v", first)
	}
	id, err := w.sends(managed, "hi", nil)
	w.must(err)
	_, err = w.sends(own, "from another number", nil)
	w.must(err)
	d := w.writes(managed, spoken)
	got := w.hears(topic)
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	n := got[0]
	if want := (inbound{From: phone, To: managed, Keyword: "KEYWORD_123456789012", Body: spoken, ID: d.InboundMessageID, Previous: id}); n.inbound != want {
		t.Errorf("got %+v, want %+v", n.inbound, want)
	}
	alike(t, "the payload", fields(t, []byte(n.Message)), published(t, "inbound/payload.json"))
	if n.Type != "Notification" || n.Timestamp != "2026-03-02T09:00:00.000Z" || n.MessageID == first[0].MessageID || n.inbound.ID == first[0].inbound.ID {
		t.Errorf("%+v", n)
	}
	if !strings.HasPrefix(n.SigningCertURL, "https://sns.us-west-2.amazonaws.com/") || !strings.Contains(n.UnsubscribeURL, topic) {
		t.Errorf("%+v", n)
	}
	want := published(t, "notification/notification.json")
	delete(want, "Subject")
	alike(t, "the notification", fields(t, n.raw), want)
	if _, err := w.p.Phone(phone).Write("+12065559999", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("to a number of nobody: %v", err)
	}
	if _, err := w.p.Phone(phone).Write(managed, " "); !fault.Is(err, fault.BadText) {
		t.Errorf("nothing: %v", err)
	}
}

// TestInOrder: without faults, as a phone wrote.
func TestInOrder(t *testing.T) {
	w := newWorld(t, nil)
	var want, got []string
	for range 50 {
		want = append(want, w.writes(managed, spoken).InboundMessageID)
	}
	for _, n := range w.hears(topic) {
		got = append(got, n.inbound.ID)
	}
	if !slices.Equal(got, want) {
		t.Error("they came in another order")
	}
}

// TestDeliveryFaults: at least once, and in no order.
func TestDeliveryFaults(t *testing.T) {
	w := newWorld(t, nil)
	w.p.FailInbound(platform.Twice, platform.Again, platform.Anew, platform.Late, platform.NoPushFault)
	var ids []string
	for range 5 {
		ids = append(ids, w.writes(managed, spoken).InboundMessageID)
	}
	names := map[string][]string{} // MessageIds, by inboundMessageID
	times := map[string][]string{}
	note := func() (n int) {
		for _, one := range w.hears(topic) {
			names[one.inbound.ID] = append(names[one.inbound.ID], one.MessageID)
			times[one.inbound.ID] = append(times[one.inbound.ID], one.Timestamp)
			n++
		}
		return n
	}
	if n := note(); n != 5 || len(names[ids[0]]) != 2 || len(names[ids[3]]) != 0 || len(names[ids[4]]) != 1 {
		t.Errorf("at once: %d, %v", n, names)
	}
	w.passes(89 * time.Second)
	if n := note(); n != 0 {
		t.Errorf("before the late one: %d", n)
	}
	w.passes(time.Second)
	if n := note(); n != 1 || len(names[ids[3]]) != 1 {
		t.Errorf("the late one: %d", n)
	}
	w.passes(time.Hour - 90*time.Second)
	if n := note(); n != 2 {
		t.Errorf("after an hour: %d", n)
	}
	for i, same := range map[int]bool{0: true, 1: true, 2: false} {
		if got := names[ids[i]]; len(got) != 2 || (got[0] == got[1]) != same || (times[ids[i]][0] == times[ids[i]][1]) != same {
			t.Errorf("message %d: %v", i, got)
		}
	}
	w.must(w.p.Settled(w.patience()))
}

// TestQueueThatRefuses: SNS's policy, https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
func TestQueueThatRefuses(t *testing.T) {
	w := newWorld(t, nil)
	w.refuses = 17
	d := w.writes(managed, spoken)
	refused := func() int {
		w.must(w.p.Rests(w.patience()))
		w.mu.Lock()
		defer w.mu.Unlock()
		return 17 - w.refuses
	}
	if n := refused(); n != 4 { // the first, and three without a delay
		t.Errorf("at once: %d", n)
	}
	for want := 5; want <= 6; want++ {
		w.passes(time.Second)
		if n := refused(); n != want {
			t.Errorf("after a second: %d, want %d", n, want)
		}
	}
	began, waits := w.clock.Now(), 0
	for refused() < 16 {
		w.passes(100 * time.Millisecond)
		waits++
	}
	if took := w.clock.Now().Sub(began); took < 60*time.Second || took > 90*time.Second || waits < 600 {
		t.Errorf("ten waits from 1 to 20 seconds took %v", took)
	}
	w.passes(20 * time.Second)
	if got := w.hears(topic); len(got) > 0 || refused() != 17 {
		t.Errorf("%d refused, %d came", refused(), len(got))
	}
	w.passes(20 * time.Second)
	attempts, taken, err := d.Wait(w.patience())
	if err != nil || !taken || attempts != 18 || len(w.hears(topic)) != 1 {
		t.Errorf("%d attempts, taken %v, %v", attempts, taken, err)
	}
}

// TestOthersPassWhatIsRefused: what cannot be delivered holds nobody up.
func TestOthersPassWhatIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.refuses = 4
	first, second := w.writes(managed, spoken).InboundMessageID, ""
	w.must(w.p.Rests(w.patience()))
	second = w.writes(managed, spoken).InboundMessageID
	if got := w.hears(topic); len(got) != 1 || got[0].inbound.ID != second {
		t.Errorf("at once: %+v", got)
	}
	w.passes(time.Second)
	if got := w.hears(topic); len(got) != 1 || got[0].inbound.ID != first {
		t.Errorf("then: %+v", got)
	}
}
