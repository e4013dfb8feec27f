package inbound

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// linker gives a link to whoever asks.
type linker struct{ blob.Store }

func (linker) Upload(context.Context, blob.Key, string, int64) (blob.Link, error) {
	return blob.Link{URL: "/media/"}, nil
}

// TestOffersCountByTheirBytes: what they announce, of what is taken.
func TestOffersCountByTheirBytes(t *testing.T) {
	f := newFlood(t, DoorOptions{CustomerMB: Rate{1, time.Second}})
	f.takesFrom(linker{})
	offers := func(user string, size int64) error {
		_, err := f.service.offered(t.Context(), offerer{size: size}, channel.Request{Body: []byte(user)}, f.door, here)
		return err
	}
	for i := range 1025 { // of a byte each, which counts as a kilobyte
		err := offers("ann", 1)
		if full := i == 1024; full != fault.Is(err, fault.FloodLimit) || !full && err != nil {
			t.Fatalf("offer %d: %v", i, err)
		}
	}
	if first, second := offers("eve", 600<<10), offers("eve", 600<<10); first != nil || !fault.Is(second, fault.FloodLimit) {
		t.Errorf("two of 600 KB, where there is room for one: %v, %v", first, second)
	}
	if err := offers("bob", 1); err != nil {
		t.Errorf("another's: %v", err)
	}
}

// TestHowMuchMayBeUploaded in an hour, by offers of the largest file as often as may be.
func TestHowMuchMayBeUploaded(t *testing.T) {
	const largest, hour = 25 << 20, 4 * 3600 // quarters of a second
	some := DoorOptions{CustomerMB: Rate{250, 20 * time.Second}, AddressMB: Rate{1000, 4 * time.Second}}
	uploads := func(who func(i int) conversation.ID) (mb int) {
		d, now := NewDoor(some), noon
		for i := range hour {
			now = now.Add(time.Second / 4)
			switch err := d.spendBytes(who(i), here, largest, now); {
			case err == nil:
				mb += 25
			case !fault.Is(err, fault.FloodLimit) || fault.PublicOf(err).Retry <= 0:
				t.Fatal(err)
			}
		}
		return mb
	}
	if mb := uploads(func(int) conversation.ID { return "ann" }); mb != 250+175 {
		t.Errorf("one customer uploads %d MB", mb)
	}
	if mb := uploads(func(i int) conversation.ID { return conversation.ID(fmt.Sprint(i % 100)) }); mb > 1000+900 || mb < 1850 {
		t.Errorf("one address uploads %d MB", mb)
	}
	if err := NewDoor(DoorOptions{}).spendBytes("ann", here, 1<<40, noon); err != nil {
		t.Errorf("without a limit: %v", err)
	}
	d := NewDoor(some)
	for range 2000 { // by the kilobyte: a small file is not a whole megabyte
		if err := d.spendBytes("ann", here, 100<<10, noon); err != nil {
			t.Fatal(err)
		}
	}
	var none *Door
	if err := none.spendBytes("ann", here, 1<<40, noon); err != nil {
		t.Errorf("without a door: %v", err)
	}
}
