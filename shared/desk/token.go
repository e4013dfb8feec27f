package desk

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// A tool's token is zhd_<id of the tool>_<256 bits of chance>. The prefix tells it
// from people's tokens, and whoever finds one somewhere sees whose it is.
const (
	tokenPrefix = "zhd_"
	secretBytes = 32
	secretText  = 43 // characters of unpadded base64

	maxToolID  = 32  // characters
	maxName    = 64  // characters
	maxDays    = 365 // until a token expires
	day        = 24 * time.Hour
	toolLetter = "abcdefghijklmnopqrstuvwxyz0123456789-"
)

func toolID(id string) conversation.AgentID { return conversation.AgentID(ofTools + id) }

// bearer says which tool bears a token. Errors: Unauthenticated, Unavailable.
func (s *Service) bearer(ctx context.Context, token string) (Agent, error) {
	at := len(token) - secretText - 1
	if at <= len(tokenPrefix) || token[at] != '_' {
		return Agent{}, errToken
	}
	return s.tool(ctx, token[len(tokenPrefix):at], sha256.Sum256([]byte(token)))
}

var errToken = fault.New(fault.Unauthenticated, "desk.token", "the token is unknown, revoked or expired")

// tool returns the tool with a token of this digest.
func (s *Service) tool(ctx context.Context, id string, digest toolkey.Digest) (Agent, error) {
	if !toolIDShape(id) || s.o.Tools == nil {
		return Agent{}, errToken
	}
	key, err := s.o.Tools.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return Agent{}, errToken
	}
	if err != nil {
		return Agent{}, err
	}
	if subtle.ConstantTimeCompare(digest[:], key.Digest[:]) != 1 || !s.o.Now().Before(key.Expires) {
		return Agent{}, errToken
	}
	agent := Agent{
		ID: toolID(key.ID), Names: key.Names, Role: RoleAgent, Expires: key.Expires, Token: hex.EncodeToString(digest[:]),
	}
	for _, scope := range key.Scopes {
		agent.Scopes = append(agent.Scopes, Scope(scope))
	}
	return agent, nil
}

// still checks that a tool's token has not been revoked since it was shown. What
// people show ends by itself.
func (s *Service) still(ctx context.Context, agent Agent) error {
	if !isTool(agent.ID) {
		return nil
	}
	var digest toolkey.Digest
	if n, err := hex.Decode(digest[:], []byte(agent.Token)); err != nil || n != len(digest) {
		return errToken
	}
	_, err := s.tool(ctx, strings.TrimPrefix(string(agent.ID), ofTools), digest)
	return err
}

func toolIDShape(id string) bool {
	return len(id) >= 1 && len(id) <= maxToolID && strings.Trim(id, toolLetter) == ""
}

// NewTool is what an admin says of a tool that is to have a token.
type NewTool struct {
	ID     string                           `json:"id"`
	Names  map[conversation.Language]string `json:"name"`
	Scopes []Scope                          `json:"scopes"`
	Days   int                              `json:"expires_days"`
}

func (n NewTool) check() error {
	refuse := func(hint string) error { return fault.New(fault.BadRequest, "desk.token", hint) }
	if !toolIDShape(n.ID) {
		return refuse("id has 1 to 32 of a to z, 0 to 9 and -")
	}
	if len(n.Names) == 0 {
		return refuse("name is what customers see, such as {\"zh-CN\":\"小助手\",\"en\":\"Helper\"}")
	}
	for lang, name := range n.Names {
		if lang != conversation.Chinese && lang != conversation.English {
			return refuse("name is in zh-CN, en or both")
		}
		if utf8.RuneCountInString(name) > maxName || strings.TrimSpace(name) == "" || strings.ContainsFunc(name, unicode.IsControl) {
			return refuse("a name has 1 to 64 characters, on one line")
		}
	}
	if len(n.Scopes) == 0 {
		return refuse("scopes are some of read, claim and reply")
	}
	for i, scope := range n.Scopes {
		if !slices.Contains(Scopes(), scope) || slices.Contains(n.Scopes[:i], scope) {
			return refuse("scopes are some of read, claim and reply, each once")
		}
	}
	if n.Days < 1 || n.Days > maxDays {
		return refuse("expires_days is from 1 to 365")
	}
	return nil
}

// NewToken makes a tool's token. It is answered this once, and kept nowhere.
// Errors: BadRequest, Conflict if there is a tool of this id.
func (s *Service) NewToken(ctx context.Context, by Agent, n NewTool) (string, toolkey.Key, error) {
	if err := n.check(); err != nil {
		return "", toolkey.Key{}, err
	}
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.o.Rand, secret); err != nil {
		return "", toolkey.Key{}, fault.Wrap(err, fault.Internal, "desk.NewToken", "the system's source of chance does not answer")
	}
	token := tokenPrefix + n.ID + "_" + base64.RawURLEncoding.EncodeToString(secret)
	now := s.o.Now().UTC().Truncate(time.Millisecond)
	key := toolkey.Key{
		ID: n.ID, Digest: sha256.Sum256([]byte(token)), Names: n.Names, By: by.ID,
		Created: now, Expires: now.Add(time.Duration(n.Days) * day),
	}
	for _, scope := range n.Scopes {
		key.Scopes = append(key.Scopes, string(scope))
	}
	return token, key, s.o.Tools.Add(ctx, key)
}
