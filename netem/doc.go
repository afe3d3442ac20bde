// Package netem is the access link between one viewer and the servers.
//
// A [Profile] says what the link is: round trip, rate over time (steps or a
// measured trace), jitter, loss. From the same profile come [Model], which
// computes transfers in virtual time, and [Dialer], which shapes real
// connections; they agree to the millisecond where nothing is drawn.
//
// The one idea: without loss, a fluid that runs at the link's rate after the
// handshakes and TCP's slow start is within 5 % of real TCP from 250 kB on, and
// packets need not be simulated:
//
//	│ SYN ⇄ │ TLS ⇄ │ ½ request ▶ server ◀ answer ½ │ 10 ▁ 20 ▁ 40 ▁ │ link rate, shared ▶ │
//	└ fresh connections only ┘                      └ slow start ────┘
//
// With loss no closed form comes that near: what a sender reaches is drawn.
//
// netem knows nothing of status codes, paths or tokens.
package netem
