// Package refresher keeps one viewer's token fresh.
//
// A [Refresher] does what the script on the page does: it calls the token API,
// puts the grant into every URL at the moment of dispatch, and calls again some
// lead before the grant expires.
//
//	Start            expires-lead        expires
//	  │ call 1              │ call 2        │
//	  ├──────▶ grant 1      ├──────▶ grant 2│
//	──┴─────────────────────┴───────────────┴──▶ viewer's clock
//	         └── margin of a request: expires - dispatch
//
// How well it does that is its [Policy], which is plain data. Three built-in
// policies copy refreshers that people run today, faults included (the guide's
// samples for hls.js and dash.js, Gcore's plugin); [Steady] is the one we would
// run. Behaviour follows from a policy's fields, never from its name.
//
// The Refresher lives on a [loop.Loop]: no locks, no goroutines, no real clock,
// and it reaches the token API through a [Source], so virtual and real runs share
// every line. For programs with real sockets there are [HTTPSource], [Transport]
// (an http.RoundTripper that rewrites) and [Session], which joins them.
//
// refresher does not know manifests, players or secrets.
package refresher
