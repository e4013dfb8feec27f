package scenario

import (
	"fmt"
	"slices"
	"sync"

	"github.com/zhida-project/zhida/infra/localcloud"
)

// grants are what the roles of all deployments allow, and whether a story needed it.
type grants struct {
	mu     sync.Mutex
	needed map[localcloud.Grant]bool
}

func (g *grants) add(used map[localcloud.Grant]bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.needed == nil {
		g.needed = map[localcloud.Grant]bool{}
	}
	for one, needed := range used {
		g.needed[one] = g.needed[one] || needed
	}
}

// unused says which grants no story needed. What is missing, a story finds out: the
// local cloud refuses it.
func (g *grants) unused() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []string
	for one, needed := range g.needed {
		if !needed {
			all = append(all, fmt.Sprintf("%s may %s on %s, and never does", one.Function, one.Action, one.Resource))
		}
	}
	slices.Sort(all)
	return all
}
