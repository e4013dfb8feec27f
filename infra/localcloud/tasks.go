package localcloud

import "sync"

// tasks counts what is running. Unlike a sync.WaitGroup's, its number may rise from
// zero while somebody waits.
type tasks struct {
	mu      sync.Mutex
	running int
	rest    *sync.Cond
}

func newTasks() *tasks {
	t := &tasks{}
	t.rest = sync.NewCond(&t.mu)
	return t
}

// run runs f in the background.
func (t *tasks) run(f func()) {
	t.mu.Lock()
	t.running++
	t.mu.Unlock()
	go func() {
		defer func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.running--; t.running == 0 {
				t.rest.Broadcast()
			}
		}()
		f()
	}()
}

// wait waits until nothing is running.
func (t *tasks) wait() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.running > 0 {
		t.rest.Wait()
	}
}

// now is how many are running.
func (t *tasks) now() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.running
}
