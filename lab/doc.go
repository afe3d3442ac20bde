// Package lab is a protected stream in one process: a token API, an edge that
// judges every request, and a CMAF origin behind it.
//
// The one idea: every answer is a function of (request, now). [Lab.Edge] and
// [Lab.Token] are that function; a run in virtual time calls them directly, and
// the HTTP handlers of [Lab.Listen] do nothing but carry their answers. So both
// kinds of run meet the same edge, and any moment of a live event can be asked for.
//
// Live is anchored at the Unix epoch. Segment n covers n·d ≤ t < (n+1)·d for the
// segment duration d and exists from (n+1)·d on:
//
//	Unix time   …   n·d      (n+1)·d    (n+2)·d
//	                 ├─ seg n ─┼─ seg n+1 ─┼──▶
//	                           ▲ n is listed and can be fetched
//
// The media is real: a few seconds of H.264 and AAC, looped for ever with the tfdt
// and sequence number of its place, and padded with a free box up to exactly the
// bit rate of its rung of the ladder. One set of segments stands behind an HLS and
// a DASH manifest. Sizes are known without making a byte of media.
//
// What the token API does wrong (slow, failing, hanging, full) is drawn from
// (seed, viewer, call) or told by the call's number, and what edges do wrong by
// kind, segment and scenario time, so a fault hits the same request of the same
// viewer in real and in virtual time. What is counted for that, and the token API's
// queue, is the only state.
//
// lab knows nothing of players and refreshers, and reads no clock.
package lab
