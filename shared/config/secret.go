package config

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden is all that printing, logging or encoding a Secret ever shows.
const hidden = "[secret]"

// Secret is a string that cannot be printed. Every verb of fmt, encoding/json,
// encoding.TextMarshaler and slog show "[secret]"; only Reveal gives it away.
// The zero Secret is empty.
type Secret struct {
	// A pointer, because fmt calls no methods on unexported fields or after a
	// verb it refuses (%p): there it prints fields as they are, and of a
	// pointer inside a struct that is an address.
	value *string
}

// NewSecret hides value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns a copy of what is hidden; nil if there is nothing.
func (s Secret) Reveal() []byte {
	if s.value == nil {
		return nil
	}
	return []byte(*s.value)
}

// Empty reports whether there is nothing to hide.
func (s Secret) Empty() bool { return s.value == nil }

// String hides the secret from Print and its like.
func (s Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return hidden }

// Format hides the secret from every verb that fmt hands on.
func (s Secret) Format(f fmt.State, _ rune) {
	// What cannot be written is lost here as in every fmt.Formatter.
	_, _ = io.WriteString(f, hidden)
}

// MarshalText hides the secret from encoders of text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON hides the secret from encoders of JSON.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
