package jsonhttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

func TestReadIsStrict(t *testing.T) {
	for _, c := range []struct {
		name, kind, body string
		want             fault.Code
	}{
		{"good", "application/json; charset=utf-8", `{"a":1}`, ""},
		{"no type", "", `{"a":1}`, fault.Unsupported},
		{"a form", "application/x-www-form-urlencoded", `a=1`, fault.Unsupported},
		{"unknown field", "application/json", `{"a":1,"b":2}`, fault.BadRequest},
		{"wrong type", "application/json", `{"a":"x"}`, fault.BadRequest},
		{"half", "application/json", `{"a":`, fault.BadRequest},
		{"two values", "application/json", `{"a":1}{"a":2}`, fault.BadRequest},
		{"a bracket behind", "application/json", `{"a":1}]`, fault.BadRequest},
		{"null", "application/json", `null`, fault.BadRequest},
		{"empty", "application/json", ``, fault.BadRequest},
		{"no UTF-8", "application/json", "{\"a\":1,\"\xff\":2}", fault.BadText},
		{"large", "application/json", `{"a":1` + strings.Repeat(" ", 200) + `}`, fault.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			var into struct{ A int }
			if err := jsonhttp.Read(httptest.NewRecorder(), r, 100, &into); fault.CodeOf(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestRefuseShowsOnlyWhatCallersMaySee(t *testing.T) {
	w := httptest.NewRecorder()
	jsonhttp.Refuse(w, fault.Wrap(http.ErrBodyNotAllowed, fault.Unavailable, "secret op", "hint"))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") ||
		!strings.Contains(w.Body.String(), `"code":"unavailable"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
