// Package secret is the text that must not be seen: one that cannot be printed
// while the program holds it, and cannot be read where it is kept.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden is all that printing, logging or encoding a Value ever shows.
const hidden = "[secret]"

// Value is a string that cannot be printed. Every verb of fmt, encoding/json,
// encoding.TextMarshaler and slog show "[secret]"; only Reveal gives it away.
// The zero Value is empty.
type Value struct {
	// A pointer, because fmt calls no methods on unexported fields or after a
	// verb it refuses (%p): there it prints fields as they are, and of a
	// pointer inside a struct that is an address.
	value *string
}

// New hides value.
func New(value string) Value {
	if value == "" {
		return Value{}
	}
	return Value{value: &value}
}

// Reveal returns a copy of what is hidden; nil if there is nothing.
func (v Value) Reveal() []byte {
	if v.value == nil {
		return nil
	}
	return []byte(*v.value)
}

// Empty reports whether there is nothing to hide.
func (v Value) Empty() bool { return v.value == nil }

// String hides the secret from Print and its like.
func (v Value) String() string { return hidden }

// GoString hides the secret from %#v.
func (v Value) GoString() string { return hidden }

// Format hides the secret from every verb that fmt hands on.
func (v Value) Format(f fmt.State, _ rune) {
	// What cannot be written is lost here as in every fmt.Formatter.
	_, _ = io.WriteString(f, hidden)
}

// MarshalText hides the secret from encoders of text.
func (v Value) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON hides the secret from encoders of JSON.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue hides the secret from slog.
func (v Value) LogValue() slog.Value { return slog.StringValue(hidden) }
