// Package loop is time and events for one browser tab.
//
// A real player is single-threaded: callbacks from timers and from the network,
// one after another. A [Loop] is that thread. Everything a viewer owns runs on
// its loop and nowhere else, so viewers hold no locks and never read the real
// clock. [Tab] is the loop in real time, one of many on the goroutine, the mailbox and
// the runtime timer of a [Thread]; [Wall] is one that has a thread to itself. [Virtual]
// is the loop in computed time: a queue of events.
//
// A [World] runs many Virtual loops. Each runs ahead on its own local time,
// because one viewer's state then stays in the processor's cache, and stops only
// where it is about to touch something shared (a token backend's queue, an
// edge's limit). Shared visits happen in global order of (time, viewer, sequence):
//
//	viewer 0  ──a──b──c──S────────────d──e──▶      a…e local, S shared
//	viewer 1  ──f──────────────S──g──────────▶      world runs a b c f, S₀, d e, S₁, g
//
// The result is the same as one global queue's, whatever GOMAXPROCS is. The loops of a
// world may be in several [Lane]s, which are computed on several cores; visits are made
// on one, while no loop runs.
//
// loop knows nothing of HTTP, viewers' behaviour or randomness.
package loop
