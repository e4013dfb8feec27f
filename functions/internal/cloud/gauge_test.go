package cloud

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/store"
)

func TestGauges(t *testing.T) {
	now := time.UnixMilli(1_760_000_000_000)
	for name, c := range map[string]struct {
		line []store.Waiting
		want string
	}{
		"nobody": {nil, `"Waiting":0,"OldestWaitingSeconds":0}`},
		"whoever is first may have come last": {
			[]store.Waiting{{AskedAt: now.Add(-5 * time.Second)}, {AskedAt: now.Add(-90500 * time.Millisecond)}},
			`"Waiting":2,"OldestWaitingSeconds":90.5}`,
		},
		"a clock that runs ahead": {[]store.Waiting{{AskedAt: now.Add(time.Second)}}, `"Waiting":1,"OldestWaitingSeconds":0}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(gaugesOf(c.line, now, now, "zhida"))
			if err != nil {
				t.Fatal(err)
			}
			want := `{"_aws":{"Timestamp":1760000000000,"CloudWatchMetrics":[{"Namespace":"Zhida","Dimensions":[["Stack"]],` +
				`"Metrics":[{"Name":"Waiting","Unit":"Count"},{"Name":"OldestWaitingSeconds","Unit":"Seconds"}]}]},"Stack":"zhida",` + c.want
			if string(got) != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}
