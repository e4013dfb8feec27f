// Package conversation is the model that every channel is translated into: who
// writes (Peer), what is said (Message, Part), who asks for a person and how far
// that is (Ticket), and the state machine that ties them together
// (Conversation.Apply). It is pure: no clock, no storage, no I/O.
package conversation
