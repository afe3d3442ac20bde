package player

import (
	"math/rand/v2"
	"time"
)

// What dash.js itself takes, between an answer and the request that follows it:
// parsing, promises, timers of 0 that browsers stretch, and the source buffer's
// updateend. It is little, but it adds up in the period of the manifest and sets the
// start-up on a fast link. Measured in Chromium 156 with dash.js 5.2.1 on a machine
// of two cores.
const (
	scriptCreate   = 45 * time.Millisecond // MediaPlayer().create() and initialize(), until the manifest is asked for
	scriptManifest = 10 * time.Millisecond // an MPD of a few periods, until its timer is armed or the clock is asked
	scriptStart    = 40 * time.Millisecond // media source, tracks and source buffers, once the clock is set
	scriptAppend   = 16 * time.Millisecond // a segment of video, until the next one is asked for
	scriptSound    = 5 * time.Millisecond  // one of audio: so audio's looks slowly overtake video's
	scriptFirst    = 28 * time.Millisecond // the same before the first picture
	scriptFailure  = 10 * time.Millisecond // until a failed request is handled
	scriptLook     = 4 * time.Millisecond  // by which the timers between two looks are late
)

// thread is the tab's main thread: what comes while it works waits, and no two
// pieces of work take equally long. So audio and video do not move in step, which
// decides what becomes of the one when the other gives up ([dash.resolutionFailed]):
// the real player varies there from play to play.
type thread struct {
	rng  *rand.Rand // nil: all work takes its mean
	free instant
}

// work is after what time a piece of work that takes so long on average is done.
func (t *thread) work(w World, mean time.Duration) time.Duration {
	now := instant(w.Since()) + 1
	if now.After(t.free) {
		t.free = now
	}
	t.free = t.free.Add(vary(t.rng, decoding(w, mean)))
	return t.free.Sub(now)
}

// vary is a duration between half and one and a half of its mean.
func vary(rng *rand.Rand, mean time.Duration) time.Duration {
	if rng == nil || mean <= 0 {
		return mean
	}
	return mean/2 + time.Duration(rng.Int64N(int64(mean)))
}
