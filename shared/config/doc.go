// Package config turns one zhida.yaml and the secrets it names into typed
// values. Load tells every mistake at once, each with its line, what is wrong
// and what to do. It is pure: the caller brings the file's bytes and a function
// that looks up environment variables.
package config
