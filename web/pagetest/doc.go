// Package pagetest drives the pages in a real browser, against the real binary.
// It holds tests only.
package pagetest
