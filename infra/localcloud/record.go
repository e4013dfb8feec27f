package localcloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Call is what a function did to a resource, as IAM names both.
type Call struct {
	Function string
	Action   string // such as dynamodb:PutItem
	Resource string // its ARN
}

// Record is what functions have called, and how often.
type Record struct {
	mu      sync.Mutex
	calls   map[Call]int
	sends   map[string]int // by the queue's name, twice for each
	refused []error
	tell    func(error) // of what was refused; may be nil
	broken  func(Call) bool
}

func newRecord(tell func(error)) *Record {
	return &Record{calls: map[Call]int{}, sends: map[string]int{}, tell: tell}
}

// Calls returns what there was, sorted, and what was refused: calls that a role does
// not allow, and those that nobody could read.
func (r *Record) Calls() ([]Call, []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Call
	for c := range r.calls {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Call) int {
		return cmp.Or(strings.Compare(a.Function, b.Function), strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource))
	})
	return all, slices.Clone(r.refused)
}

func (r *Record) note(function string, permissions []permission, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		err = fmt.Errorf("%s: %w", function, err)
		r.refused = append(r.refused, err)
		if r.tell != nil {
			r.tell(err)
		}
	}
	for _, p := range permissions {
		r.calls[Call{function, p.action, p.resource}]++
	}
}

// fails reports whether one of these calls is to fail.
func (r *Record) fails(function string, needs []permission) bool {
	r.mu.Lock()
	broken := r.broken
	r.mu.Unlock()
	return broken != nil && slices.ContainsFunc(needs, func(n permission) bool { return broken(Call{function, n.action, n.resource}) })
}

// stir says that a queue may have got a message, or is about to.
func (r *Record) stir(queue string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sends[queue]++
}

// stirred changes whenever a queue may have got a message.
func (r *Record) stirred(queue string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sends[queue]
}
