// Package live serves a run over sockets while it is under way: a page that shows it
// and can steer it, and its figures for Prometheus.
//
// The one idea: a server knows nothing of how a run works. It is given a function that
// looks at the run and functions that do something to it, looks at most once a second
// however many watch or scrape, and tells each page what has changed since the last
// look.
//
// Whoever reaches the server can stop the run, so it listens on loopback unless
// visitors need a token. Pages of other sites cannot use a browser on this machine to
// reach it: the Host header must not be a name that anybody could point here, requests
// that change something must come from the page itself, and no other origin may read
// an answer.
package live
