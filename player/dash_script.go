package player

import "time"

// What dash.js itself takes, between an answer and the request that follows it:
// parsing, promises, timers of 0 that browsers stretch, and the source buffer's
// updateend. It is little, but it adds up in the period of the manifest, sets the
// start-up on a fast link, and keeps audio and video from moving in step. Measured
// in Chromium 156 with dash.js 5.2.1 on a machine of two cores.
const (
	scriptManifest = 20 * time.Millisecond // an MPD of a few periods, until its timer is armed or the clock is asked
	scriptStart    = 40 * time.Millisecond // media source, tracks and source buffers, once the clock is set
	scriptAppend   = 20 * time.Millisecond // a segment, until the next one is asked for
)
