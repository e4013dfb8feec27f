package localcloud

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Management is the API by which functions reach the connections of s, at
// /<stage>/@connections/<id>, see
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html.
func (s *Sockets) Management() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		encoded, ok := strings.CutPrefix(r.URL.EscapedPath(), "/"+s.stage+"/@connections/")
		id, err := url.PathUnescape(encoded)
		if !ok || err != nil || id == "" {
			complain(w, http.StatusForbidden, "ForbiddenException")
			return
		}
		c, there := s.find(id)
		if !there {
			complain(w, http.StatusGone, "GoneException")
			return
		}
		switch r.Method {
		case http.MethodPost:
			s.note(c)
			c.take(w, r)
		case http.MethodDelete:
			w.WriteHeader(http.StatusNoContent)
			go func() { _ = c.ws.Close(websocket.StatusNoStatusRcvd, "") }() // the client may take its time, or be gone
		case http.MethodGet:
			c.show(w)
		default:
			complain(w, http.StatusMethodNotAllowed, "MethodNotAllowedException")
		}
	})
}

// complain answers with an error, in the way that the SDK reads.
func complain(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("X-Amzn-ErrorType", kind)
	refuse(w, status, "")
}

// take sends a frame to the client.
func (c *socket) take(w http.ResponseWriter, r *http.Request) {
	frame, err := io.ReadAll(io.LimitReader(r.Body, maxPost+1))
	switch {
	case err != nil:
		complain(w, http.StatusBadRequest, "BadRequestException")
	case len(frame) > maxPost:
		complain(w, http.StatusRequestEntityTooLarge, "PayloadTooLargeException")
	case c.post(frame) != nil:
		complain(w, http.StatusGone, "GoneException")
	default:
		w.WriteHeader(http.StatusOK)
	}
}

func (c *socket) show(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{ // whoever asked is gone
		"connectedAt": c.since.UTC().Format(time.RFC3339), "identity": map[string]string{"sourceIp": c.source},
	})
}
