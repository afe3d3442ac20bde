// Package tune finds the token life and the lead for an audience, and says how sure
// it is.
//
// The one idea: whatever is simulated is also computed. Between two tokens a viewer
// is exposed for a time G, by which the wait for the next token, W, exceeds the lead.
// A [Cycle] has the distribution of W in closed form, retries and timeouts included,
// and from it the probability that some request goes out with a dead token. A
// [Control] counts the same with the refresher that real runs use, on a loop in
// virtual time. Where the two part by more than chance allows, one of them is wrong.
//
// [Run] sweeps a grid of choices. What it tries, in order of cost:
//
//	closed form ─▶ refreshers alone ─▶ whole viewers
//	every cell     10⁴ viewer-hours     those whose tokens may come late
//	               a second             and some others, to be sure
//
// All cells meet the same luck, more is spent where the interval still holds the
// target, and the same counts give the same answer, on any number of cores and in any
// number of processes ([Part]).
//
// tune knows neither flags nor sockets.
package tune
