// Package cloud is what the functions are put together from on AWS: the engines,
// the outbox and the audiences of one deployment, by the environment that
// template.yaml sets. A function's main takes what it serves from a [Deployment],
// and what it does not take is never made: no client, no secret, no permission. What
// only some functions take, secrets among it, is in packages beside this one: the
// others do not load it.
//
// Everything that is wrong with the environment is told at once, when the function
// starts.
package cloud
