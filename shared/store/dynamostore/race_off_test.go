//go:build !race

package dynamostore_test

const raceDetector = false
