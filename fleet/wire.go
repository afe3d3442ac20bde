package fleet

import (
	"fmt"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/player"
	"soak/qoe"
)

// network carries requests as they are: signed, and without opinion. Both kinds
// of run implement it.
type network interface {
	// get starts a GET; done runs on the viewer's loop exactly once unless the
	// call is cancelled first, and never before get has returned. The answer is done's
	// until it returns. By then, or once the call is freed, g is the caller's again.
	get(g *get, done func(*answer)) call
	// hangUp closes the idle connections, and goes on from there.
	hangUp(from place)
}

// get is one GET on the wire.
type get struct {
	url   manifest.Address
	route *route // of the url, where it is known; nil for viewers without routes
	rng   manifest.Range
	media bool         // count the body instead of keeping it
	post  bool         // a POST with challengeBytes of body
	into  *answer      // where the answer may be written; nil: anywhere
	began loop.Instant // when the callback began that asked; over sockets, which set it, when it let the request go
}

// rangeOf is a Range header; empty when all is asked for.
func rangeOf(r manifest.Range) string {
	if r.Length <= 0 {
		return ""
	}
	return fmt.Sprintf("bytes=%d-%d", r.Offset, r.Offset+r.Length-1)
}

// challengeBytes is what a CDM's licence request weighs (Widevine: some 2 to 5 kB).
const challengeBytes = 3000

// call is a GET under way, until done is called: then the network may use it for
// another. The figures of one that was cancelled may be read until it is freed.
type call interface {
	cancel()
	loaded() int64
	total() int64 // -1 while unknown
	firstByte() loop.Instant
	// free says that nobody asks for the figures of a cancelled call any more.
	free()
}

// answer is how a GET ended.
type answer struct {
	player.Response               // as a page gets it; who asked fills in Asked and Start
	size            int64         // as the call's total was
	waited          time.Duration // since its End, for the viewer's loop to wake; 0 in virtual time
	wire            *qoe.Wire     // nil unless somebody watches, and in virtual time
}
