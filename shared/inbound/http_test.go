package inbound

import (
	"context"
	"testing"
	"time"
)

func TestTheDeadlineIsTheEarlierOne(t *testing.T) {
	for name, c := range map[string]struct{ hosts, want time.Duration }{
		"the host's":     {time.Second, time.Second},
		"the platform's": {time.Hour, time.Minute},
	} {
		caller, hangUp := context.WithTimeout(t.Context(), c.hosts)
		ctx, cancel := deadline(caller, time.Minute)
		hangUp()
		if ctx.Err() != nil {
			t.Errorf("%s: hanging up undid the call", name)
		}
		if end, _ := ctx.Deadline(); time.Until(end).Round(time.Second) != c.want {
			t.Errorf("%s: the call ends in %s, want %s", name, time.Until(end), c.want)
		}
		cancel()
	}
}
