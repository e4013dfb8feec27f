// Package jwks is what an identity provider publishes: the public keys that it signs
// tokens with (RFC 7517), fetched, kept and judged in one way for whoever believes
// its tokens.
//
// What it said is kept for an hour. It is asked anew when a token names an unknown key,
// at most once a minute: made-up tokens must not become calls to the provider. A key
// that it publishes no more is good until it is asked next. While it does not answer,
// what it said last is good for a day, and nobody waits for it but one caller a minute.
//
// Times are the callers'. An answer is read up to a bound, redirects are not followed,
// and no error quotes a token, an address or an answer.
package jwks
