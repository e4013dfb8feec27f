package scenario

import (
	"strings"
	"testing"
)

func TestParseErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"customers: ann\n\n# a comment\nbob> hi", "s:4: bob is no customer"},
		{"agents: lin\nlin>ann hi", "s:2: ann is no customer"},
		{"customers: ann\nlin claims ann", "s:2: lin is no agent"},
		{"customers: ann\nann shouts", "s:2: this is no step"},
		{"customers: ann\nann< hi", "s:2: who says it?"},
		{"customers: ann\nann<person hi", "s:2: a person has a name"},
		{"customers: ann\nann<bot  [转人工]", "s:2: nothing is said"},
		{"wait soon", "s:1: time: invalid duration"},
		{"wait -1h", "s:1: time does not"},
		{"refused not_yours", "s:1: what is refused?"},
		{"customers: ann\nann drops\nrefused not_yours", "s:3: what is refused?"},
		{"customers: ann\nline ann bob", "s:2: bob is no customer"},
		{"bot> hi", "s:1: there is no slow bot"},
		{"bot: fast", "s:1: there is no such bot"},
	} {
		_, err := Parse("s", c.text)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		want, text string
		match      bool
	}{
		{"您好", "您好", true}, {"您好", "您好！", false}, {"…", "", true}, {"您…", "您好", true}, {"…好", "您好", true},
		{"a…b…c", "a b c", true}, {"a…b…c", "a c b", false}, {"a…a", "a", false}, {"a…", "ba", false},
	} {
		if matches(c.want, c.text) != c.match {
			t.Errorf("%q and %q: want %v", c.want, c.text, c.match)
		}
	}
}
