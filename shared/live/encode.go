package live

import (
	"bytes"
	"encoding/json"

	"github.com/zhida-project/zhida/shared/fault"
)

// Encode writes a frame as JSON, with <, > and & as they are: frames are never
// HTML. Errors: Internal for what is no JSON.
func Encode(frame any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(frame); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "live.Encode", "")
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
