package scenario

import (
	"sync"
	"time"
)

// patience is how long a test waits, in real time, for what must happen. It is
// spent only where it does not.
const patience = 20 * time.Second

// monitor guards values that other goroutines change, for those who wait.
type monitor struct {
	mu      sync.Mutex
	changed chan struct{} // closed with the next change; nil while nobody waits
}

// change runs f alone, and wakes whoever waits.
func (m *monitor) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	if m.changed != nil {
		close(m.changed)
		m.changed = nil
	}
}

// look runs f alone.
func (m *monitor) look(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// await runs ok alone, again after every change, until it is true; false if it
// never was.
func (m *monitor) await(ok func() bool) bool {
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		m.mu.Lock()
		if ok() {
			m.mu.Unlock()
			return true
		}
		if m.changed == nil {
			m.changed = make(chan struct{})
		}
		changed := m.changed
		m.mu.Unlock()
		select {
		case <-changed:
		case <-end.C:
			return false
		}
	}
}
