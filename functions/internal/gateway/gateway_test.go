package gateway_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/gateway"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

// TestAnApiWithoutItsAddress: it is told with the rest of what is wrong.
func TestAnApiWithoutItsAddress(t *testing.T) {
	var log bytes.Buffer
	code := cloud.Run(nil, &log, time.Now, func(d *cloud.Deployment) (o lambdahost.Options, err error) {
		gateway.New(d)
		return o, nil
	})
	for _, name := range []string{"ZHIDA_CONNECTIONS", "ZHIDA_TABLE", "ZHIDA_TRANSFERS_FRONT"} {
		if code == 0 || strings.Count(log.String(), name+": ") != 1 {
			t.Errorf("%s is not told once: %d, %s", name, code, &log)
		}
	}
}
