//go:build race

package app

// raceDetector says that these tests run several times slower than they need to.
const raceDetector = true

// few is how many customers a crowd has where nobody says: `make crowd` has hundreds, without the detector.
const few = 8
