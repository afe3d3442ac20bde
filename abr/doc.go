// Package abr plays a table of segment sizes over a trace of bandwidth, to look at
// a player's decisions without anything else in the way: no manifests to wait for,
// no TCP, no tokens, no other viewers.
//
// A [Table] says how many bits each segment has on each rung of a ladder. [Play]
// makes an HLS or MPD text of it, gives that to one of the real profiles of package
// player, and answers its requests by arithmetic: one latency a request, then the
// rate of the trace, which starts over at its end.
//
//	request        first byte                       end
//	  |── latency ──|── bits at the trace's rate ────|
//
// This is the model of the ABR research community's simulators (sabre, Pensieve's),
// so that their tables and traces can be used, and figures compared.
//
// Times are exact to the nanosecond: a download ends at the first nanosecond at
// which its last bit has come. Manifests and playlists cost nothing.
package abr
