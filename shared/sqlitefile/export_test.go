package sqlitefile

// Waiting returns how many operations are queued and not started, abandoned ones included.
func (f *File) Waiting() int {
	f.queue.mu.Lock()
	defer f.queue.mu.Unlock()
	return len(f.queue.waiting) - f.queue.head
}
