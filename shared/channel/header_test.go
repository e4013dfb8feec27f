package channel_test

import (
	"net/http"
	"testing"

	"github.com/zhida-project/zhida/shared/channel"
)

func TestBearer(t *testing.T) {
	for name, c := range map[string]struct {
		values []string
		want   string
	}{
		"one":            {[]string{"Bearer abc"}, "abc"},
		"any case":       {[]string{"bEARER  abc "}, "abc"},
		"none":           {nil, ""},
		"empty":          {[]string{"Bearer "}, ""},
		"another scheme": {[]string{"Basic abc"}, ""},
		"no scheme":      {[]string{"abc"}, ""},
		"two":            {[]string{"Bearer abc", "Bearer abc"}, ""},
	} {
		if got := channel.Bearer(http.Header{"Authorization": c.values}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestIsJSON(t *testing.T) {
	for kind, want := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "Application/JSON;charset=UTF-8": true,
		"": false, "text/json": false, "application/json; charset=gbk": false, "application/json;;": false, "text/plain": false,
	} {
		if got := channel.IsJSON(http.Header{"Content-Type": {kind}}); got != want {
			t.Errorf("%q: %t, want %t", kind, got, want)
		}
	}
}
