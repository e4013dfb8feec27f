//go:build race

package outbound_test

// histories is how many are tried of anything that happens: the race detector makes each take seconds.
const histories = "10"
