package sqsqueue

// Remembered is how many leases a Queue remembers.
func Remembered(q *Queue) int {
	q.leases.mu.Lock()
	defer q.leases.mu.Unlock()
	return len(q.leases.ends)
}
