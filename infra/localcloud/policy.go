package localcloud

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/zhida-project/zhida/infra/template"
)

// policy is what a function's role says.
type policy []template.Statement

// allows reports whether the role allows something, and nothing in it refuses it.
func (p policy) allows(want permission) bool {
	allowed := false
	for _, s := range p {
		if !matchesAny(s.Actions, want.action) || !matchesAny(s.Resources, want.resource) {
			continue
		}
		if s.Effect != "Allow" {
			return false
		}
		allowed = true
	}
	return allowed
}

func matchesAny(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if matches(pattern, name) {
			return true
		}
	}
	return false
}

// matches compares as IAM does: * is any text, ? any character.
func matches(pattern, name string) bool {
	for i, c := range []byte(pattern) {
		switch {
		case c == '*':
			for rest := range len(name) - i + 1 {
				if matches(pattern[i+1:], name[i+rest:]) {
					return true
				}
			}
			return false
		case i >= len(name) || c != '?' && c != name[i]:
			return false
		}
	}
	return len(pattern) == len(name)
}

// Grant is one action on one resource, or on a pattern of them, that a function's
// role allows.
type Grant struct {
	Function, Action, Resource string
}

// Fits reports whether a call needs the grant.
func (g Grant) Fits(c Call) bool {
	return g.Function == c.Function && matches(g.Action, c.Action) && matches(g.Resource, c.Resource)
}

// grants are the single grants of a policy.
func (p policy) grants(function string) []Grant {
	var all []Grant
	for _, s := range p {
		for _, action := range s.Actions {
			for _, resource := range s.Resources {
				all = append(all, Grant{function, action, resource})
			}
		}
	}
	return all
}

// Grants are what the roles of all functions allow.
func (c *Cloud) Grants() []Grant {
	var all []Grant
	for name, p := range c.policies {
		all = append(all, p.grants(name)...)
	}
	return all
}

// makePolicies reads the roles.
func (c *Cloud) makePolicies(s *template.Stack) error {
	for _, r := range s.Of(template.Function) {
		statements, err := s.Policies(r.Name)
		if err != nil {
			return err
		}
		c.policies[path.Base(r.Text("CodeUri"))] = statements
	}
	return nil
}

// denied is an error for what the role does not allow.
func (p policy) denied(function string, needs []permission) error {
	for _, want := range needs {
		if !p.allows(want) {
			return fmt.Errorf("the role of %s does not allow %s on %s", function, want.action, want.resource)
		}
	}
	return nil
}

// deny answers as AWS does where a role does not allow a call.
func deny(w http.ResponseWriter, service string) {
	kind := "AccessDeniedException"
	if service == "sqs" {
		kind = "AccessDenied"
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-ErrorType", kind)
	status := http.StatusBadRequest
	if service == "sqs" || service == "execute-api" {
		status = http.StatusForbidden
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"the function's role does not allow it"}`, kind) // as everywhere
}

// stackless is a name without the stack's, so that those of several deployments
// compare, and a secret's and a key's without what makes it unique.
func (c *Cloud) stackless(resource string) string {
	resource = strings.ReplaceAll(resource, c.o.Stack+"-", "STACK-")
	if before, ok := strings.CutSuffix(resource, "/"+c.o.Stack); ok {
		return before + "/STACK"
	}
	if before, _, ok := strings.Cut(resource, ":key/"); ok {
		return before + ":key/STACK"
	}
	if _, secret, ok := strings.Cut(resource, ":secret:"); ok {
		if i := strings.LastIndexByte(secret, '-'); i >= 0 {
			resource = strings.TrimSuffix(resource, secret[i:])
		}
	}
	return resource
}

// Use compares what the functions did with what their roles allow: which grants were
// needed, and which were not. The stack's name in resources is STACK.
func (c *Cloud) Use() map[Grant]bool {
	calls, _ := c.Calls()
	used := map[Grant]bool{}
	for _, g := range c.Grants() {
		needed := false
		for _, call := range calls {
			needed = needed || g.Fits(call)
		}
		g.Resource = c.stackless(g.Resource)
		used[g] = used[g] || needed
	}
	return used
}
