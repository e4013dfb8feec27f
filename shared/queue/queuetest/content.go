package queuetest

import (
	"bytes"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

func contentCases() []testCase {
	return []testCase{
		{name: "bodies come back byte for byte", heavy: true, run: testBodies},
		{name: "what no queue takes is refused", heavy: true, run: testRefused},
	}
}

func testBodies(b *bench) {
	var controls strings.Builder
	for c := range rune(0x20) {
		controls.WriteRune(c)
	}
	for name, body := range map[string]string{
		"empty":             "",
		"text":              "找个活人",
		"emoji":             "👩‍👩‍👧‍👦 👍🏽 🇪🇸",
		"not characters":    "\uFFFE \uFFFF \U0010FFFF \uFDD0",
		"control":           controls.String() + "\x7f\u0085",
		"byte order mark":   "\uFEFFtext",
		"white space":       " \t\r\n \u2028 ",
		"JSON and XML":      `{"a": "<b>&amp;\u0000</b>"}`,
		"largest":           strings.Repeat("x", queue.MaxBody),
		"largest controls":  strings.Repeat("\x00", queue.MaxBody/4*3-10),
		"looks like base64": "aGVsbG8=",
		"looks wrapped":     queue.Wrap([]byte("\x00")),
		"begins wrapped":    "base64:",
	} {
		b.send(queue.Message{Body: []byte(body)})
		leases := b.receive(1)
		if len(leases) != 1 {
			b.Fatalf("%s: received %d messages", name, len(leases))
		}
		if !bytes.Equal(leases[0].Body, []byte(body)) {
			b.Errorf("%s: %d bytes came back as %d, other ones", name, len(body), len(leases[0].Body))
		}
		b.ack(leases...)
	}
}

func testRefused(b *bench) {
	long := strings.Repeat("x", queue.MaxName+1)
	for name, tc := range map[string]struct {
		m    queue.Message
		want fault.Code
	}{
		"too large":          {queue.Message{Body: make([]byte, queue.MaxBody+1)}, fault.TooLarge},
		"not UTF-8":          {queue.Message{Body: []byte{'a', 0xff}}, fault.BadText},
		"half a character":   {queue.Message{Body: []byte("活"[:2])}, fault.BadText},
		"a surrogate":        {queue.Message{Body: []byte("\xed\xa0\x80")}, fault.BadText},
		"long ID":            {queue.Message{ID: long}, fault.BadRequest},
		"long group":         {queue.Message{Group: long}, fault.BadRequest},
		"space in an ID":     {queue.Message{ID: "a b"}, fault.BadRequest},
		"group not in ASCII": {queue.Message{Group: "组"}, fault.BadRequest},
	} {
		if err := b.Queue.Publish(b.ctx, tc.m); !fault.Is(err, tc.want) {
			b.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	b.none()
	b.send(queue.Message{ID: long[1:], Group: long[1:], Body: bytes.Repeat([]byte("x"), queue.MaxBody)})
	leases := b.receive(1)
	if len(leases) != 1 || leases[0].ID != long[1:] || leases[0].Group != long[1:] || len(leases[0].Body) != queue.MaxBody {
		b.Fatalf("the longest names on the largest body: %d messages", len(leases))
	}
	b.ack(leases...)
}
