package desk_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/live"
)

// ready is what the first frame to a desk page says.
type ready struct {
	Lease int64 `json:"lease_seconds"`
	Ping  int64 `json:"ping_seconds"`
}

func (f *fixture) ready(agent desk.Agent) (r ready) {
	f.Helper()
	state, err := json.Marshal(agent)
	f.must(err)
	frames, err := f.Board().Ready(f.Context(), live.Session{State: state})
	f.must(err)
	text, err := json.Marshal(frames[0])
	f.must(err)
	f.must(json.Unmarshal(text, &r))
	return r
}

// TestPagesPingWithinTheLease: two pings may be lost before it ends.
func TestPagesPingWithinTheLease(t *testing.T) {
	f := setUp(t)
	for lease, ping := range map[time.Duration]int64{
		time.Second: 1, 5 * time.Second: 1, 30 * time.Second: 10, 2 * time.Minute: 40, 10 * time.Minute: 60,
	} {
		f.options.Lease = lease
		var err error
		f.Service, err = desk.New(f.options)
		f.must(err)
		if got, want := f.ready(lin), (ready{int64(lease / time.Second), ping}); got != want {
			t.Errorf("%s: told %+v, want %+v", lease, got, want)
		}
	}
}
