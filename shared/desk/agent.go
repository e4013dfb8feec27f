package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Role is what a person at the desk may do. Each may all that the one before may.
type Role string

// The roles, least first. Any other has no rights.
const (
	RoleAgent Role = "agent" // the line, and what is in their own hands
	RoleLead  Role = "lead"  // reads what waits, is in hand or has ended, and takes tickets out of others' hands
	RoleAdmin Role = "admin" // makes and revokes the tokens of tools
)

// Roles returns every role, least first.
func Roles() []Role { return []Role{RoleAgent, RoleLead, RoleAdmin} }

// covers reports whether r may all that least may.
func (r Role) covers(least Role) bool {
	has, needs := slices.Index(Roles(), r), slices.Index(Roles(), least)
	return needs >= 0 && has >= needs
}

// Scope is a part of what an agent may do, as a tool's token may have it.
type Scope string

// The scopes. What a lead or an admin may, no tool may.
const (
	ScopeRead  Scope = "read"  // see the line and what the tool holds; listen live
	ScopeClaim Scope = "claim" // claim, give back to the line, say that it is there, sign out
	ScopeReply Scope = "reply" // write to the customer, and end the conversation
)

// Scopes returns every scope.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeClaim, ScopeReply} }

// Agent is who calls.
type Agent struct {
	ID      conversation.AgentID
	Names   map[conversation.Language]string // as customers see them
	Role    Role                             // a tool's is RoleAgent
	Expires time.Time                        // the proof of who it is ends here

	Scopes []Scope // what a tool's token allows; people have none, and need none
	Token  string  // names a tool's token: the digest of it, in hex; "" for people
}

// Name returns the display name in a language, or any there is, or "".
func (a Agent) Name(lang conversation.Language) string {
	for _, l := range []conversation.Language{lang, conversation.English, conversation.Chinese} {
		if name := a.Names[l]; name != "" {
			return name
		}
	}
	return ""
}

// Authenticator says who bears a token. Errors: Unauthenticated, Forbidden for who
// is known and has no role, Unavailable where that cannot be told now. No error
// quotes the token.
type Authenticator interface {
	Agent(ctx context.Context, token string, at time.Time) (Agent, error)
}

// Nobody is an Authenticator where no agent calls.
type Nobody struct{}

// Agent refuses whoever calls.
func (Nobody) Agent(context.Context, string, time.Time) (Agent, error) {
	return Agent{}, fault.New(fault.Unauthenticated, "desk.Nobody", "no agents are served here")
}

// ofTools begins the ids of tools. No person has one that begins so.
const ofTools = "tool:"

func isTool(id conversation.AgentID) bool { return strings.HasPrefix(string(id), ofTools) }

// maxToken bounds a token, in bytes: API Gateway passes 10,240 of all headers.
const maxToken = 8 << 10

// who says who bears a token, a tool's or a person's.
func (s *Service) who(ctx context.Context, token string) (Agent, error) {
	switch {
	case token == "" || len(token) > maxToken:
		return Agent{}, fault.New(fault.Unauthenticated, "desk.who", "send Authorization: Bearer <token>")
	case strings.HasPrefix(token, tokenPrefix):
		return s.bearer(ctx, token)
	}
	agent, err := s.o.Auth.Agent(ctx, token, s.o.Now())
	if err == nil && (agent.ID == "" || isTool(agent.ID)) {
		return Agent{}, fault.New(fault.Unauthenticated, "desk.who", "this token names nobody who can sit at the desk")
	}
	return agent, err
}

// may refuses what the agent may not do: Forbidden.
func (a Agent) may(r route) error {
	switch {
	case !isTool(a.ID) && !a.Role.covers(r.least):
		return fault.New(fault.Forbidden, "desk.may", "this needs the role "+string(r.least))
	case isTool(a.ID) && r.scope == "":
		return fault.New(fault.Forbidden, "desk.may", "no tool may do this: it needs a person with the role "+string(r.least))
	case isTool(a.ID) && !slices.Contains(a.Scopes, r.scope):
		return fault.New(fault.Forbidden, "desk.may", "this needs a token with the scope "+string(r.scope))
	}
	return nil
}
