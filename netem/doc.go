// Package netem is the access link between one viewer and the servers.
//
// A [Profile] says what the link is: round trip, rate over time (steps or a
// measured trace), jitter, loss. From the same profile come [Model], which
// computes transfers in virtual time, and [Dialer], which shapes real
// connections.
//
// netem knows nothing of status codes, paths or tokens.
package netem
