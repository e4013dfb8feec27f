package desk

import (
	"net/http"

	"github.com/zhida-project/zhida/shared/jsonhttp"
)

// route is one thing that can be asked of the desk, and who may.
type route struct {
	pattern string // method and path, as http.ServeMux reads them
	least   Role   // what a person must be
	scope   Scope  // what a tool's token must allow; "" where no tool may
	serve   endpoint
}

// routes are the whole desk API. Whoever is not let through here has been asked
// for nothing else: no body was read, nothing was looked up.
func (s *Service) routes() []route {
	return []route{
		{"GET /desk/v1/line", RoleAgent, ScopeRead, s.getLine},
		{"GET /desk/v1/held", RoleAgent, ScopeRead, s.getHeld},
		{"GET /desk/v1/conversations/{id}", RoleAgent, ScopeRead, s.getConversation},

		{"POST /desk/v1/claim", RoleAgent, ScopeClaim, s.postClaim},
		{"POST /desk/v1/tickets/{ticket}/claim", RoleAgent, ScopeClaim, s.postClaimTicket},
		{"POST /desk/v1/conversations/{id}/return-to-line", RoleAgent, ScopeClaim, s.postReturnToLine},
		{"POST /desk/v1/heartbeat", RoleAgent, ScopeClaim, s.postHeartbeat},
		{"POST /desk/v1/logout", RoleAgent, ScopeClaim, s.postLogout},

		{"POST /desk/v1/conversations/{id}/replies", RoleAgent, ScopeReply, s.postReply},
		{"POST /desk/v1/conversations/{id}/media", RoleAgent, ScopeReply, s.postMedia},
		{"POST /desk/v1/conversations/{id}/typing", RoleAgent, ScopeReply, s.postTyping},
		{"POST /desk/v1/conversations/{id}/resolve", RoleAgent, ScopeReply, s.end(s.Resolve)},
		{"POST /desk/v1/conversations/{id}/return-to-bot", RoleAgent, ScopeReply, s.end(s.ReturnToBot)},

		{"GET /desk/v1/agents/{agent}/held", RoleLead, "", s.getAgentHeld},

		{"GET /desk/v1/tokens", RoleAdmin, "", s.getTokens},
		{"POST /desk/v1/tokens", RoleAdmin, "", s.postToken},
		{"DELETE /desk/v1/tokens/{tool}", RoleAdmin, "", s.deleteToken},
	}
}

// hello is the first frame of a live connection: the one thing asked otherwise.
var hello = route{pattern: "hello", least: RoleAgent, scope: ScopeRead}

// Handler is the desk API, version 1, below /desk/v1/.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.serve(r))
	}
	return jsonhttp.Known(mux)
}
