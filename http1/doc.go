// Package http1 is HTTP/1.1 as one browser speaks it, over connections that somebody
// else makes: a pool with a browser's limit of six to an origin, requests that cost no
// garbage once a connection is open, and bodies that may be dropped unread.
//
// It is the lean half of soak's sockets. net/http stands beside it for HTTP/2, whose
// servers answer here with [ErrHTTP2], and for whatever else a viewer may meet; both
// are held to one table of answers, byte by byte (TestConformance).
//
// A [Client] is one viewer's. An [Exchange] is one request and its answer, on the
// goroutine that calls [Client.Do]:
//
//	Do ── idle connection? ── no ── wait for one: dialled for us, or given back ──┐
//	       │ yes                                                                  │
//	       └── peek, write, wait ── head ── Read … | Discard | ReadAll ── back to the pool
//
// An idle connection costs no goroutine and no buffer; one that waits for its answer
// costs a buffer only once there is something to read, where the system can tell
// (Linux, TCP, with TLS or without). There, too, bodies that nobody wants are dropped
// in the kernel (MSG_TRUNC) instead of being copied.
//
// Closing is what browsers do with HTTP/1.1: a request that is given up takes its
// connection along. A request whose kept-alive connection turns out to be closed,
// before anything came back, is sent again on another one.
//
// The package knows nothing of viewers, tokens, links or failures' names, and reads no
// clock but the one it is given.
package http1
