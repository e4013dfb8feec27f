// Package bench measures what Zhida promises to be fast at, each figure beside
// what it is compared with. It holds benchmarks only: make bench runs them.
package bench
