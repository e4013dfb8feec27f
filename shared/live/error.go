package live

import (
	"encoding/json"

	"github.com/zhida-project/zhida/shared/fault"
)

// maxID is the longest id of a frame that an error quotes, in bytes.
const maxID = 64

type errorFrame struct {
	Type  string       `json:"type"`
	ID    string       `json:"id,omitempty"`
	Error fault.Public `json:"error"`
}

// ErrorFrame is what every host tells a client whose frame could not be served:
// {"type":"error","id":…,"error":{…}}, with the frame's id if it had one.
func ErrorFrame(frame []byte, err error) any {
	var named struct {
		ID any `json:"id"`
	}
	_ = json.Unmarshal(frame, &named) // a frame that is no JSON has no id
	id, _ := named.ID.(string)
	if len(id) > maxID {
		id = ""
	}
	return errorFrame{"error", id, fault.PublicOf(err)}
}
