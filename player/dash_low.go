package player

import (
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// lowLatency is dash.js' low latency mode. It is on while the rendition chosen last,
// of video or audio, lets its segments be asked for before they are complete
// (availabilityTimeComplete="false": src/streaming/controllers/PlaybackController.js,
// _onRepresentationSwitch), and changes what the settings mean:
//
//   - every kind of request is tried five times as often again, ten times as fast
//     (models/MediaPlayerModel.js, getRetryAttemptsForType, getRetryIntervalsForType):
//     a manifest 16 times in 0.75 s, a segment 16 times in 1.5 s, and what the answers
//     take on top
//   - the schedule timer looks again at once (scheduling.lowLatencyTimeout, 0 ms)
//   - a segment counts nothing against the buffer target, nothing that is buffered is
//     replaced by better, and InsufficientBufferRule keeps silent
//   - a playhead outside of the window goes to the live delay, not to its beginning
//   - the catch-up runs, and goes on if the mode ends
//
// Segments come by fetch(), which has no timeout, and what has come of them is
// appended chunk by chunk (net/FetchLoader.js). Not modelled: the DVB property that
// does the same, k-numbered parts of segments, the rules of LoL+ and L2A.
type lowLatency struct {
	low    bool
	wasLow bool // initialCatchupModeActivated
}

const (
	lowRetries  = 5                    // LOW_LATENCY_MULTIPLY_FACTOR
	lowInterval = 10                   // LOW_LATENCY_REDUCTION_FACTOR
	lowLook     = 4 * time.Millisecond // what browsers make of a chain of timers of 0 (HTML standard)
)

// represented is REPRESENTATION_SWITCH.
func (t *dashTrack) represented() {
	if t.media == qoe.Text {
		return
	}
	t.d.low = t.rendition().Chunked
	t.d.wasLow = t.d.wasLow || t.d.low
}

// retried is how often a kind of request is tried in the mode that is on.
func (d *dash) retried(r dashRetry) dashRetry {
	if d.low {
		r.retries *= lowRetries
		r.interval /= lowInterval
	}
	return r
}

// lookAgain is the schedule timer's interval.
func (d *dash) lookAgain() time.Duration {
	if d.low {
		return lowLook
	}
	return d.s.lookAgain
}

// chunks follows a segment that is appended as it comes. Neither the boxes in it nor
// its size are known here, only how much has come: a chunk is what is missing of the
// segment when it can first be asked for (availabilityTimeOffset), and a segment is
// as large as the last one of its rendition, or as its bandwidth says.
type chunks struct {
	timer  loop.Timer
	onLook func()
	of     string // id of the rendition that size is of
	size   int64  // bytes of the last whole segment
	seen   instant
	loaded int64   // bytes at that time
	best   float64 // kbit/s: the fastest stretch between two looks
}

// watchChunks begins to follow the request in flight.
func (t *dashTrack) watchChunks() {
	c := &t.chunks
	c.seen, c.loaded, c.best = t.d.now(), 0, 0
	t.d.w.Set(&c.timer, progressEveryMs*time.Millisecond, c.onLook)
}

// lookAtChunks appends the chunks that have become complete.
func (t *dashTrack) lookAtChunks() {
	c := &t.chunks
	if !t.load.active {
		return
	}
	if tr := t.load.transfer; tr != nil {
		c.book(t.d.now(), tr.Loaded())
		if have := t.come(tr); have > 0 {
			t.put(t.last.Start+have, t.rendition().Bandwidth)
			t.d.begin()
		}
	}
	t.d.w.Set(&c.timer, progressEveryMs*time.Millisecond, c.onLook)
}

// book takes in how much has come by now. A chunk that was complete before it was
// asked for comes as fast as the network carries it, the others as fast as they are
// made: so the fastest stretch is what the network carries at least.
func (c *chunks) book(now instant, loaded int64) {
	if loaded < c.loaded { // another attempt
		c.loaded = 0
	}
	if ms := millisOf(now.Sub(c.seen)); ms > 0 {
		c.best = max(c.best, 8*float64(loaded-c.loaded)/ms)
	}
	c.seen, c.loaded = now, loaded
}

// come is how much of the segment in flight can be played: whole chunks, never all of
// it before its end, and no more than has been made by now.
func (t *dashTrack) come(tr Transfer) time.Duration {
	size := float64(tr.Total())
	if size <= 0 {
		size = t.sizeOf()
	}
	return playableOf(t.last, t.rendition().Early, float64(tr.Loaded())/size, t.d.clock.now())
}

// sizeOf is what a segment is thought to weigh whose answer does not tell.
func (t *dashTrack) sizeOf() float64 {
	if t.chunks.of == t.rendition().ID {
		return float64(t.chunks.size)
	}
	return float64(t.rendition().Bandwidth) / 8 * t.last.Duration.Seconds()
}

// playableOf is how much of a segment can be played when a share of its bytes has
// come: early is how long before its end it can be asked for.
func playableOf(seg manifest.Segment, early time.Duration, share float64, now time.Time) time.Duration {
	have := time.Duration(share * float64(seg.Duration))
	chunk := progressEveryMs * time.Millisecond // one look, when the manifest does not tell
	if early > 0 && early < seg.Duration {
		chunk = seg.Duration - early
		if !seg.Available.IsZero() {
			have = min(have, now.Sub(seg.Available.Add(early-seg.Duration)))
		}
	}
	have = (have + rounding) / chunk * chunk
	return max(0, min(have, seg.Duration-chunk))
}

// measureChunks is what a segment that came in chunks says of the network: all of it
// at the speed of its fastest stretch, where dash.js takes the time from moof to the
// end of mdat (FetchLoader.js, _calculateThroughputByMoofMdatTimes).
func (t *dashTrack) measureChunks(d download, end instant) {
	c := &t.chunks
	c.book(end, d.bytes)
	c.of, c.size = t.rendition().ID, d.bytes
	if d.bytes <= 0 || c.best <= 0 || d.took < t.setting.cached {
		return
	}
	perMs := weightPerMs
	if t.d.s.old {
		perMs = oldWeightPerMs
	}
	t.abr.through.push(d.bytes, max(8*float64(d.bytes)/c.best, leastDownloadMs), d.ttfb, perMs)
}
