// Package scenario is tests only: stories, readable transcripts of customers,
// agents and the bot, played on a running Zhida. The stories are in the folder
// stories; how they are written stands at the top of parse_test.go. The promises
// of the README each have a test here that is named after them.
//
// Stories know nothing of the program they are played on: whatever implements
// Host plays them. There are two: the single binary in this process, and the
// template deployed on this machine, with the functions' real bootstraps (see
// infra/localcloud).
package scenario
