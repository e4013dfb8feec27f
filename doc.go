// Package zhida is the map of the repository; it has no code of its own.
//
// Zhida (直达, "straight through to a person") connects chat channels to the
// people who answer: what a customer writes becomes one conversation, and asking
// for a person makes a ticket at once.
//
// # What a message meets, in order
//
//   - connectors/inapp, wechat, slack, sms: what Zhida knows about one channel. It turns bytes into
//     values and values into one call to the provider. It never decides, stores,
//     waits or answers.
//   - shared/inbound: takes customers' messages, and has them durable before it
//     acknowledges them.
//   - shared/intent: does this text ask for a person? Pure and fast, Chinese and English.
//   - shared/routing: what follows from a message: an answer, an offer, a ticket,
//     a position. The promises of the README live here.
//   - shared/bot, shared/bot/faq, shared/bot/webhook: the seam for answers, the
//     answers of zhida.yaml, and a bot that the company has, over HTTP.
//   - shared/media: pictures, voice notes and files: offered, uploaded, looked at, linked.
//   - shared/outbox: commits a decision, and rings what follows from it.
//   - shared/transfer: the published request for a person that agents' tools read.
//   - shared/outbound: delivers what we say through a connector, and records how it went.
//     shared/outbound/cut cuts what one call does not carry.
//   - shared/desk: the agents' side: the line, claim, read, reply, resolve; who may what.
//     shared/desk/oidc lets people in by the company's identity provider.
//   - shared/clock: does what is due: bells nobody rang, agents who vanished.
//   - shared/live, its engines hub and apigwlive: what connected browsers see as it happens.
//
// # What they stand on
//
//   - shared/conversation: the model, and the state machine, pure.
//   - shared/fault: the closed list of what can go wrong, with status, retry and hint.
//   - shared/channel, shared/store, shared/queue, shared/toolkey: the contracts. Beside
//     each are its engines, for SQLite and for AWS, and the one suite that every engine passes.
//   - shared/awsfault: AWS's errors as faults, without its words.
//   - shared/vault: the contract for tokens that providers give us, and for the leases
//     under which one instance renews them.
//   - shared/blob: the contract for where media are kept; engines for a folder and for S3.
//   - shared/secret: text that cannot be printed, and how it is sealed where it is kept.
//   - shared/jwks: the keys that an identity provider publishes, for customers' and agents' tokens.
//   - shared/netaddr: what an address tells of who is at the other end.
//   - shared/jsonhttp: JSON over HTTP in the one way Zhida reads and answers it.
//   - shared/sqlitefile: the one file, and the one writer, of the SQLite engines.
//   - shared/config: zhida.yaml and the secrets it names.
//   - shared/emulator: what stands in for the cloud when tests run.
//   - connectors/wechat/platform, connectors/slack/platform, connectors/sms/platform: what stands
//     in for WeChat, for Slack and for AWS's SMS and the phones behind it, in tests and in the
//     demo; shared/simulation is what they have in common.
//
// # Where it becomes a program
//
//   - cmd/zhida: the single binary; cmd/zhida/app puts the parts together.
//   - functions/inapp, wechat, slack, sms, bot, desk, clock: one Lambda each;
//     functions/internal/cloud makes their parts from what template.yaml sets, and
//     manager, gateway, people and talk beside it what only some of them have.
//   - shared/lambdahost: the same handlers on Lambda events.
//   - template.yaml, infra: the stack on AWS, and the tests that hold it to the code;
//     infra/template reads a template for tests, infra/localcloud deploys it on this machine.
//   - web: widget, desk and playground: plain ES modules, embedded, no build step;
//     web/pagetest drives them in a browser.
//   - examples/consumer: an agents' tool in a page of code.
//   - shared/scenario: stories played against the whole, on both hosts; bench: what a message costs.
//
// Who may import whom is decided, with reasons, in arch_test.go. Decisions that
// are dear to change are in docs/adr.
package zhida
