//go:build !race

package outbound_test

// histories is how many are tried of anything that happens.
const histories = "40"
