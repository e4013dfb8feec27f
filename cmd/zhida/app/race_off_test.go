//go:build !race

package app

// raceDetector says that these tests run several times slower than they need to.
const raceDetector = false
