// Package audit asks a token API and the edge behind it a few questions, one after
// another, and tells what of their protection holds: who gets tokens, for how long
// and for which address, what a cache may keep, which requests the edge looks at,
// and when it calls a token dead.
//
// The one idea: nothing is known of either side but what it answers. Every finding
// comes from one or two requests that an honest and a careless server answer
// differently. Where an answer fits both, the finding is unknown and says what
// would tell:
//
//	ask for 5 s          E − 0.3 s        E       E + 0.5 s     E + 1.5 s
//	────┼────────────────────┼────────────┼───────────┼─────────────┼──────▶ edge's clock
//	  token            start a transfer   expiry   strict is    whole seconds
//	                   that outlives it            dead         are dead; else grace
//
// The edge's clock is read from its Date headers, each of which bounds it.
//
// Audit knows nothing of players and of load: it makes at most [Most] requests.
package audit
