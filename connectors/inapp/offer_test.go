package inapp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

func offer(t *testing.T, change func(*channel.Request)) (channel.Offer, error) {
	t.Helper()
	c, err := inapp.New(options(nil))
	if err != nil {
		t.Fatal(err)
	}
	r := sign(harness().Call)
	change(&r)
	return c.Offer(t.Context(), r)
}

func TestOffers(t *testing.T) {
	got, err := offer(t, body(`{"id":"up-1","name":"发票.png","type":"image/png","size":7,"seconds":3}`))
	if err != nil || got.ID != "up-1" || got.Name != "发票.png" || got.Type != "image/png" || got.Size != 7 || got.Seconds != 3 || got.Peer.User != "customer-4711" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := offer(t, body(`{"id":"up-1","name":"","type":"","size":1}`)); err != nil || got.Name != "" {
		t.Errorf("nameless: %+v, %v", got, err)
	}
	const private = "hunter2"
	for name, c := range map[string]struct {
		text string
		code fault.Code
	}{
		"no object":    {`[]`, fault.BadRequest},
		"cut off":      {`{"id":"a"`, fault.BadRequest},
		"trailing":     {`{"id":"a","name":"a","type":"","size":1}{}`, fault.BadRequest},
		"unknown":      {`{"id":"a","name":"a","type":"","size":1,"` + private + `":1}`, fault.BadRequest},
		"no id":        {`{"name":"a","type":"","size":1}`, fault.BadRequest},
		"a path as id": {`{"id":"../` + private + `","name":"a","type":"","size":1}`, fault.BadRequest},
		"a long id":    {`{"id":"` + strings.Repeat("a", 65) + `","name":"a","type":"","size":1}`, fault.BadRequest},
		"no name":      {`{"id":"a","type":"","size":1}`, fault.BadRequest},
		"a long name":  {`{"id":"a","name":"` + strings.Repeat("a", 1025) + `","type":"","size":1}`, fault.BadRequest},
		"no type":      {`{"id":"a","name":"a","size":1}`, fault.BadRequest},
		"no size":      {`{"id":"a","name":"a","type":""}`, fault.BadRequest},
		"below 0":      {`{"id":"a","name":"a","type":"","size":-1}`, fault.BadRequest},
		"seconds":      {`{"id":"a","name":"a","type":"","size":1,"seconds":-1}`, fault.BadRequest},
		"a number":     {`{"id":"a","name":7,"type":"","size":1}`, fault.BadRequest},
		"a fraction":   {`{"id":"a","name":"a","type":"","size":1.5}`, fault.BadRequest},
		"no UTF-8":     {"{\"id\":\"a\",\"name\":\"" + private + "\xff\",\"type\":\"\",\"size\":1}", fault.BadText},
		"too large":    {strings.Repeat(" ", 64<<10+1), fault.TooLarge},
	} {
		got, err := offer(t, body(c.text))
		if !fault.Is(err, c.code) || got != (channel.Offer{}) || strings.Contains(fmt.Sprint(err), private) || fault.PublicOf(err).Hint == "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, forged := range badTokens() {
		if _, err := offer(t, func(r *channel.Request) { *r = bearing(forged)(*r) }); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHandlesAreBounded: whoever submits names some uploads, in no more than they take.
func TestHandlesAreBounded(t *testing.T) {
	submit := func(media string) error {
		_, err := receive(t, body(fmt.Sprintf(`{"type":"message","id":"m","at":%d,"text":"","media":%s}`, now().UnixMilli(), media)))
		return err
	}
	many := func(n int) string { return `["a"` + strings.Repeat(`,"a"`, n-1) + `]` }
	for _, good := range []string{many(1), many(50), `["` + strings.Repeat("a", 600) + `"]`} {
		if err := submit(good); err != nil {
			t.Errorf("%.20s: %v", good, err)
		}
	}
	for _, wrong := range []string{many(51), `["` + strings.Repeat("a", 601) + `"]`, `[""]`, `[1]`, `[["a"]]`, `"a"`, `null`, `{"a":1}`, `["a"`} {
		if err := submit(wrong); !fault.Is(err, fault.BadRequest) {
			t.Errorf("%.20s: %v", wrong, err)
		}
	}
}
