package conversation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
)

// ID names a conversation: 26 lower-case letters and digits that say nothing
// about the customer to whoever does not hold the deployment key.
type ID string

// AgentID names an agent, as the company's identity provider does.
type AgentID string

// Peer is the customer's side of a conversation, in the channel's own terms.
type Peer struct {
	Channel string `json:"channel"`          // the connector's name
	Account string `json:"account"`          // which of the company's accounts there was written to
	User    string `json:"user"`             // the customer's id on that channel
	Thread  string `json:"thread,omitempty"` // where the channel has threads
}

// IDs derives conversation ids. First contact needs no look-up and cannot race,
// and a phone number cannot be guessed from an id.
type IDs struct{ key []byte }

// MinDeploymentKey is the least length of a deployment key, in bytes.
const MinDeploymentKey = 32

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewIDs takes the fixed key of the deployment, at least MinDeploymentKey bytes.
// With another key every customer becomes a stranger, so it is never rotated.
func NewIDs(deploymentKey []byte) (IDs, error) {
	if len(deploymentKey) < MinDeploymentKey {
		return IDs{}, fault.New(fault.Config, "conversation.NewIDs",
			"the deployment key needs at least 32 random bytes")
	}
	return IDs{key: append([]byte(nil), deploymentKey...)}, nil
}

// Made reports whether ids came from NewIDs. The zero IDs would give ids that
// anybody can guess.
func (ids IDs) Made() bool { return len(ids.key) > 0 }

// Of returns the id of the one conversation with a peer. Fields are hashed with
// their lengths, so that no two peers run together.
func (ids IDs) Of(p Peer) ID {
	mac := hmac.New(sha256.New, ids.key)
	var size [4]byte
	for _, field := range []string{p.Channel, p.Account, p.User, p.Thread} {
		binary.BigEndian.PutUint32(size[:], uint32(len(field)))
		mac.Write(size[:])
		mac.Write([]byte(field))
	}
	return ID(idText.EncodeToString(mac.Sum(nil)[:16]))
}

// Valid reports whether id has the shape of an id.
func (id ID) Valid() bool {
	if len(id) != 26 {
		return false
	}
	return strings.Trim(string(id), "abcdefghijklmnopqrstuvwxyz234567") == ""
}
