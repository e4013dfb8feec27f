package desk

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Route is what a test may know of a route.
type Route struct {
	Pattern string
	Least   Role
	Scope   Scope
}

// Routes returns the whole table.
func (s *Service) Routes() []Route {
	var all []Route
	for _, r := range s.routes() {
		all = append(all, Route{r.pattern, r.least, r.scope})
	}
	return all
}

// Hello is the rule of live connections.
func Hello() Route { return Route{hello.pattern, hello.least, hello.scope} }

// Line is what the API answers of a lane.
func (s *Service) Line(ctx context.Context, lane conversation.Lane) (lineView, error) {
	return s.line(ctx, lane)
}

// Held is what the API answers of an agent's hands.
func (s *Service) Held(ctx context.Context, agent Agent) ([]history, error) {
	return s.held(ctx, agent)
}

// History is what the API answers of a conversation.
func (s *Service) History(ctx context.Context, agent Agent, id conversation.ID, before conversation.Key) (history, error) {
	return s.read(ctx, agent, id, before)
}
