package desk

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
