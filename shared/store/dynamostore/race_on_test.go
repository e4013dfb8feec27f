//go:build race

package dynamostore_test

// raceDetector says that these tests run several times slower than they need to.
const raceDetector = true
