// Package store is the contract of the conversation store: what is said, who
// waits, and what is still to be done. The store is the truth; queues only say
// where to look. Suite: storetest. Engines: sqlitestore, dynamostore.
package store

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Store keeps conversations. It is safe for concurrent use. Whatever a method
// answered without error is durable: it survives a crash and a power loss.
// Errors are faults: NotFound, Conflict where said, TooLarge for more than the engine
// holds in one piece, Config where the deployment is refused what it asks for, Internal
// for a defect, else Unavailable or DeadlineExceeded, after which the change may or
// may not have been made and repeating the call is safe. Times are kept to the millisecond and given in UTC;
// lists of what there is none of are empty, not NotFound.
//
// An engine may be told to forget messages, causes and records when they are old,
// a month at least; what it forgot was never there. Otherwise they are kept for
// ever, as conversations always are.
type Store interface {
	// Receive stores one customer message and advances its conversation, without
	// a prior read, creating the conversation on first contact. The message's key
	// alone decides whether it is a repeat, for ever; a stored message is never
	// overwritten, and a repeat returns the current state like any other call.
	// A message that is the newest by its key brings its grant, in the same step, and
	// the peer, where that was erased; a repeat and one that came late bring neither.
	// With a mark, the message becomes due work at that time unless a Commit or
	// Settle took it up before. A repeat neither makes nor moves a mark.
	Receive(ctx context.Context, in Incoming) (Received, error)

	// Become keeps which customer a visitor turned out to be, by that customer's own
	// conversation, and the name they are called by from now on, unless it is "". The
	// first who comes counts, for ever: for anybody else nothing changes. It returns the
	// state now, which says who counts. NotFound if nothing was ever said.
	Become(ctx context.Context, id, own conversation.ID, name string) (conversation.Conversation, error)

	// Commit applies a decision taken at an epoch, all or nothing. A repeat of
	// the same cause changes nothing and returns what the first stored, whatever
	// the epoch is by now. Otherwise, an epoch other than Change.Epoch is
	// fault.Conflict and nothing is changed; the cause is not spent. Messages that
	// are there already stay as they are; but no two causes may have a message in
	// common whose key names one of them. Work is replaced. NotFound if nothing was
	// ever said.
	Commit(ctx context.Context, ch Change) (Committed, error)

	// Caused returns what an earlier Commit of a cause stored; NotFound if there
	// was none. It is asked by whoever cannot rebuild the change to repeat it. An
	// id of "" asks for a cause that was committed Once, in whichever conversation.
	Caused(ctx context.Context, id conversation.ID, cause string) (Committed, error)

	// Conversation returns the current state; NotFound if nothing was ever said.
	Conversation(ctx context.Context, id conversation.ID) (conversation.Conversation, error)

	// Messages returns the newest limit messages with keys before the given key
	// ("" for no bound), oldest first.
	Messages(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error)

	// Message returns one message; NotFound if there is none.
	Message(ctx context.Context, id conversation.ID, key conversation.Key) (conversation.Message, error)

	// Undelivered returns the current state, and our messages without a final
	// outcome in key order; NotFound if nothing was ever said.
	Undelivered(ctx context.Context, id conversation.ID, limit int) (conversation.Conversation, []conversation.Message, error)

	// Outcome records how far delivering one message came, and reports whether the
	// conversation has undelivered messages now. A final outcome is never changed
	// again, and a record that comes too late for it is not stored. The
	// conversation's Deliver work goes with its last undelivered message; one that
	// a change adds meanwhile keeps it. NotFound if there is no such message of ours.
	Outcome(ctx context.Context, o Outcome) (more bool, err error)

	// Report records what a provider tells of a message after it took it, as
	// Outcome.Reported of the conversation package has it: also of a final outcome. It
	// returns whether that changed anything; the record is stored if so. An outcome that
	// was not final and is now is as if recorded by Outcome. NotFound if there is no such
	// message of ours.
	Report(ctx context.Context, o Outcome) (changed bool, err error)

	// Spend takes n messages off the allowance that counts from the message with that key,
	// or, with n below 0, gives them back, and returns what is left. Conflict where it
	// counts from another meanwhile, or less than n is left, or nothing was
	// ever granted: nothing is changed then. NotFound if nothing was ever said. It knows
	// no repeats: of a call that got no answer nobody knows whether it spent, and to make
	// it again may spend twice. Then less is sent than might be, which harms nobody; to
	// give back twice makes the channel refuse, which the outcome tells.
	Spend(ctx context.Context, id conversation.ID, granted conversation.Key, n int) (conversation.Allowance, error)

	// PutNote keeps which message shows a customer their place in line, and what it shows.
	// A note whose message is older than the one that is kept changes nothing. NotFound
	// if nothing was ever said.
	PutNote(ctx context.Context, id conversation.ID, n conversation.Note) error

	// PutConsent keeps what a customer said of whether we may write to them. What an older
	// message said than that whose word is kept changes nothing. NotFound if nothing was
	// ever said.
	PutConsent(ctx context.Context, id conversation.ID, said conversation.Consent) error

	// Turn takes a scope from a time on until another, where it is free by then, and
	// returns the first of them: so what may be done once in a while is, by whoever there
	// is. Where it is taken, nothing is changed, and Turn returns until when, which is
	// after from. Scopes are texts of the caller's, and known to nobody else. It knows no
	// repeats: who got no answer may find the turn taken by themselves.
	Turn(ctx context.Context, scope string, from, until time.Time) (free time.Time, err error)

	// Arrive gives a stored message the parts that it has now that its media have come,
	// or will not come: once, and only where a part of it has a Media.Remote, which none
	// of the new ones is to have. Otherwise nothing is changed. It returns the message as
	// it is stored. NotFound if there is no such message.
	Arrive(ctx context.Context, id conversation.ID, key conversation.Key, parts []conversation.Part) (conversation.Message, error)

	// Erase forgets a customer who left: every message with a key up to the given one,
	// ours too, wherever it is kept, whatever came of delivering it, and the Decide and
	// Fetch work upon these. Unless the customer has written since, it also forgets the
	// name, how far their client has come, the note, and of the peer the user and the thread, which
	// the customer's next word brings again. The records of asks stay, the causes, which
	// lead to no messages then, and the state without the person. It is not one step:
	// after an error a part may be erased, and whoever erases again goes on. To erase
	// again changes nothing. A message that comes after it is new, also if it was erased
	// before. NotFound if nothing was ever said.
	Erase(ctx context.Context, id conversation.ID, upTo conversation.Key) error

	// See keeps how far a customer's client says it has come with our messages. It
	// returns what is kept now, and whether either key of it grew: a key never gets
	// less, and where none grows nothing is written. What was never said there is
	// harmless.
	See(ctx context.Context, id conversation.ID, s Seen) (kept Seen, grew bool, err error)

	// Seen returns how far a customer's client has come, as far as it ever said.
	Seen(ctx context.Context, id conversation.ID) (Seen, error)

	// Line returns the first limit tickets waiting in a lane, by rank.
	Line(ctx context.Context, lane conversation.Lane, limit int) ([]Waiting, error)

	// Position says how many wait in the lane with a rank less than this one.
	Position(ctx context.Context, lane conversation.Lane, rank string) (Place, error)

	// Survey counts a line, so that for a few minutes Position can say about how
	// many are ahead of those whom it does not count exactly. It is called every
	// minute, and costs next to nothing while the line is short.
	Survey(ctx context.Context, lane conversation.Lane) error

	// Held returns the tickets an agent holds, oldest ask first.
	Held(ctx context.Context, agent conversation.AgentID) ([]conversation.Ticket, error)

	// Lease says that an agent is there until a time. It only ever grows the
	// lease, but for until zero, which ends it at once: a lapsed lease is due
	// Lapse work, and an ended one is due since the Unix epoch.
	Lease(ctx context.Context, agent conversation.AgentID, until time.Time) error

	// Due returns work with a due time up to now, earliest first. It takes
	// nothing: until it is settled or deferred, work is returned again.
	Due(ctx context.Context, now time.Time, limit int) ([]Work, error)

	// Defer gives work a new due time and counts one attempt more; it creates
	// the work where there was none. Work that has another due time than w was
	// renewed meanwhile: it stays, and the answer is fault.Conflict. A w with a
	// zero Due moves it whatever it has.
	// Deliver work of a conversation that has nothing undelivered is removed
	// instead: it has no end otherwise.
	Defer(ctx context.Context, w Work, due time.Time) error

	// Settle removes work that is done. Work that has another due time than w was
	// renewed meanwhile: it stays, and the answer is fault.Conflict. Work that is
	// gone already is no error.
	Settle(ctx context.Context, w Work) error

	// Ledger returns the records of one ask, as conversation.Ledger has them.
	Ledger(ctx context.Context, ask conversation.TicketID) ([]conversation.Record, error)

	// Records returns the records of one UTC day, as conversation.Ledger has them.
	Records(ctx context.Context, day time.Time) ([]conversation.Record, error)
}

// Incoming is a customer's message on its way into the store.
type Incoming struct {
	Peer    conversation.Peer
	Name    string               // the customer's, kept with the conversation; "" changes nothing
	Message conversation.Message // Conversation and Key name it; Author is Customer
	Mark    time.Time            // when to decide upon it if nobody has; zero for never
	Grant   conversation.Grant   // what it adds to the allowance, once: see conversation.Allowance.After
}

// Received is the state after a customer's message.
type Received struct {
	Conversation conversation.Conversation
	Message      conversation.Message // as stored: on a repeat, the first one's
	Repeat       bool                 // the key was there already: it may be this call's own, made twice by a client that got no answer
}

// Change is a decision. Its Cause is unique in its conversation for ever; Once,
// it is unique in the whole store, and apart from the causes of conversations.
type Change struct {
	Cause    string
	Once     bool                      // Conflict if a change of another conversation has the cause
	Epoch    int64                     // the epoch the decision was taken at
	Seen     time.Time                 // Conflict if a message of the customer's has arrived after it; zero for whatever came
	Next     conversation.Conversation // the state it leads to; LastIn, LastHeard, Name, Became, Allowance, Note, Consent and Undelivered are not written, LastOut only grows
	Messages []conversation.Message    // of ours; stored with the outcome they have: Pending is to be delivered
	Records  []conversation.Record
	Settles  conversation.Key // the inbound message whose mark this decides; else ""
	Work     []Work           // what must follow: the outbox
}

// Committed is what a cause led to.
type Committed struct {
	Conversation conversation.Conversation // the state now
	Messages     []conversation.Message    // as stored by the first commit of this cause
	Repeat       bool
}

// Outcome is the state of delivering one message, and what the ledger says of it.
type Outcome struct {
	Conversation conversation.ID
	Key          conversation.Key
	Outcome      conversation.Outcome
	Record       *conversation.Record // nil for none
}

// Seen is how far a customer's client has come with what people wrote to them. It is
// what the client says, and never needed for anything to be right.
type Seen struct {
	Received conversation.Key // the newest message that the client has; "" before it said so
	Read     conversation.Key // the newest that it has shown
}

// Waiting is one entry of a line.
type Waiting struct {
	Ticket       conversation.TicketID
	Conversation conversation.ID
	Rank         string
	AskedAt      time.Time
	Class        conversation.Class
	Epoch        int64             // of the conversation, while it waits there
	Channel      string            // of its customer
	Account      string            // of the channel
	Note         conversation.Note // what shows them their place, where the channel lets it be changed
}

// Place is a position in a line: exact, or about so far back, or, if it is
// neither, behind more than Ahead.
type Place struct {
	Ahead int           // how many are served before
	Exact bool          // Ahead is right
	About bool          // Ahead is a round figure that was right within the last minutes
	Every time.Duration // time between two claims in this lane that lasted, from at least three of the last hour; 0 for fewer, and while no agent has a lease
}

// WorkKind is a kind of due work.
type WorkKind string

// The kinds.
const (
	Decide  WorkKind = "decide"  // the message Key has not been decided upon
	Deliver WorkKind = "deliver" // the conversation may have undelivered messages
	Ring    WorkKind = "ring"    // the ticket asked for by Key may have no permit in its queue
	Lapse   WorkKind = "lapse"   // Agent's lease ends
	Fetch   WorkKind = "fetch"   // the media of the message Key have not come yet
	Erase   WorkKind = "erase"   // the customer left with the message Key: what is known of them is to be forgotten
)

// Work is something to do at a time if nobody has done it by then. Kind,
// Conversation, Key and Agent name it.
type Work struct {
	Kind         WorkKind
	Conversation conversation.ID
	Key          conversation.Key
	Agent        conversation.AgentID
	Due          time.Time
	Attempts     int
}
