package player

import (
	"math"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// The catch-up runs on timeupdate and progress events (src/streaming/controllers/
// CatchupController.js); a rate changes by steps of two per cent where half as fast
// again is the most, by smaller ones where it is less.
const (
	steerEvery    = timeUpdateEvery
	leastRateGap  = 0.04 // of the fastest
	usualFastest  = 0.5  // DEFAULT_CATCHUP_PLAYBACK_RATE_MAX
	usualSlowest  = -0.5 // DEFAULT_CATCHUP_PLAYBACK_RATE_MIN
	usualMaxDrift = 12.0 // s, DEFAULT_CATCHUP_MAX_DRIFT
	driftMargin   = 500 * time.Millisecond
)

// catchUp is how a viewer comes back to the live delay: rates are differences from 1.
type catchUp struct {
	slowest, fastest float64
	drift            float64 // s, more than which is jumped over; 0: never
	bufferMin        float64 // s, LoL+: below it the buffer decides; 0: the default mode
}

// catchesUp tells whether the catch-up runs (models/MediaPlayerModel.js,
// getCatchupModeEnabled).
func (d *dash) catchesUp() bool { return d.live && value(d.s.catchUp, d.wasLow) }

// catchUp is by the settings, else by the manifest's ServiceDescription, else by
// default (MediaPlayerModel.js, getCatchupPlaybackRates, getCatchupMaxDrift;
// dash/controllers/ServiceDescriptionController.js).
func (s *dashSettings) catchUpFor(l manifest.Latency) catchUp {
	c := catchUp{usualSlowest, usualFastest, usualMaxDrift, s.bufferMin}
	switch {
	case s.catchUpMin != 0 || s.catchUpMax != 0:
		c.slowest, c.fastest = s.catchUpMin, s.catchUpMax
	case l.MinRate > 0 || l.MaxRate > 0:
		c.slowest, c.fastest = min(or(l.MinRate, 1)-1, 0), max(or(l.MaxRate, 1)-1, 0)
	}
	switch {
	case s.catchUpDrift != nil:
		c.drift = *s.catchUpDrift
	case l.Max > l.Target:
		c.drift = (l.Max - l.Target + driftMargin).Seconds()
	}
	c.slowest, c.fastest = max(c.slowest, usualSlowest), min(c.fastest, 1) // CATCHUP_PLAYBACK_RATE_*_LIMIT
	return c
}

// rate is the playback rate for a latency that is off its target of delay seconds by
// drift (_calculateNewPlaybackRateDefault); while the buffer is empty it is 1.
func (c catchUp) rate(drift, delay, buffer float64, empty bool) float64 {
	if c.bufferMin > 0 {
		return c.rateLoLP(drift, delay, buffer)
	}
	if empty {
		return 1
	}
	return c.curve(drift)
}

// rateLoLP is that of LoL+ (_calculateNewPlaybackRateLolP): a short buffer slows the
// picture down whatever the latency, which may be two per cent off.
func (c catchUp) rateLoLP(drift, delay, buffer float64) float64 {
	const within = 0.02
	switch {
	case buffer < c.bufferMin:
		return c.curve(buffer - c.bufferMin)
	case math.Abs(drift) <= within*delay:
		return 1
	}
	return c.curve(drift)
}

// curve runs from the slowest rate to the fastest, 1 at 0.
func (c catchUp) curve(x float64) float64 {
	by := c.fastest
	if x < 0 {
		by = -c.slowest
	}
	return 1 - by + 2*by/(1+math.Exp(-5*x))
}

func (d *dash) steerLatency() {
	edge, ok := d.edge()
	if !ok || d.stopped {
		d.el.setRate(1)
		return
	}
	d.w.Media(&d.steer, steerEvery, d.onSteer)
	if d.el.status != playing {
		return
	}
	c := d.s.catchUpFor(d.p.Latency)
	drift := (edge - d.el.position() - d.delay).Seconds()
	if c.drift > 0 && drift > c.drift {
		d.seek(window(d.p.DASH, d.clock.now(), d.main()).end-d.delay, "seek-to-live")
		return
	}
	rate := c.rate(drift, d.delay.Seconds(), d.shortest().Seconds(), d.empty())
	if rate != d.el.rate && (rate == 1 || math.Abs(rate-d.el.rate) >= leastRateGap*c.fastest) {
		d.el.setRate(rate)
		d.relook()
	}
}

// shortest is the lowest buffer level (PlaybackController.js, getBufferLevel).
func (d *dash) shortest() time.Duration {
	level := time.Duration(math.MaxInt64)
	for _, t := range d.order {
		if t.media != qoe.Text {
			level = min(level, t.level())
		}
	}
	return level
}

// empty tells whether the buffer of a media was empty when it was last looked at.
func (d *dash) empty() bool {
	for _, t := range d.order {
		if t.media != qoe.Text && t.abr.empty {
			return true
		}
	}
	return false
}
