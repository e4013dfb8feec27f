// Package infra holds template.yaml to the code, by tests alone: every function has
// its folder, every queue its dead letters, every permission its call. The stack
// itself is written in template.yaml; functionurl.yaml here is the one part that
// not every region knows, and layer/ what the functions find at /opt.
package infra
