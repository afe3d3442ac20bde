package player

import (
	"time"

	"soak/manifest"
)

// dvrWindow is what can be seen of a live presentation, in presentation time.
type dvrWindow struct{ start, end time.Duration }

// window is the DVR window at the synchronised client time: it ends at now, not
// at the last complete segment (src/dash/utils/TimelineConverter.js,
// calcTimeShiftBufferWindow). When the segments, as far as they are known, lie
// wholly before it, they are taken for it (timeShiftBuffer.fallbackToSegmentTimeline).
func window(t *manifest.DASHTiming, now time.Time, segments *manifest.Segments) dvrWindow {
	end := now.Sub(t.AvailabilityStart)
	w := dvrWindow{0, max(end, 0)}
	if t.TimeShiftBufferDepth > 0 {
		w.start = max(end-t.TimeShiftBufferDepth, 0)
	}
	first, after := segments.Window(now)
	if first == after {
		return w
	}
	if last, ok := segments.Number(after - 1); ok && last.End() < w.start {
		from, _ := segments.Number(first)
		return dvrWindow{from.Start, last.End()}
	}
	return w
}

// liveDelayOf is how far behind the edge playback starts: the first rule that
// applies, never more than the DVR window (src/streaming/controllers/
// PlaybackController.js, computeAndSetLiveDelay).
func liveDelayOf(s *dashSettings, t *manifest.DASHTiming) time.Duration {
	delay := liveDelayWish(s, t)
	if t.TimeShiftBufferDepth > 0 {
		return min(delay, t.TimeShiftBufferDepth)
	}
	return delay
}

func liveDelayWish(s *dashSettings, t *manifest.DASHTiming) time.Duration {
	const segments, minBuffers = 4, 4 // FRAGMENT_DURATION_FACTOR, MIN_BUFFER_TIME_FACTOR
	switch {
	case s.liveDelay > 0:
		return s.liveDelay
	case s.delayCount > 0 && t.MaxSegmentDuration > 0:
		return time.Duration(s.delayCount * float64(t.MaxSegmentDuration))
	case t.TargetLatency > 0:
		return t.TargetLatency
	case s.useSuggested && t.SuggestedDelay > 0:
		return t.SuggestedDelay
	case t.MaxSegmentDuration > 0:
		return segments * t.MaxSegmentDuration
	}
	return minBuffers * t.MinBufferTime
}

// startTime is where playback begins: the first period of a static presentation,
// delay behind the edge of a dynamic one but inside the window
// (src/streaming/controllers/StreamController.js, _getInitialStartTime).
func startTime(p *manifest.Presentation, w dvrWindow, delay time.Duration) time.Duration {
	if !p.Live {
		return p.Periods[0].Start
	}
	return max(w.end-delay, w.start)
}

// refreshDelay is how long after a manifest was processed the next one is asked
// for: minimumUpdatePeriod, less what its parts took to come, a second at least; false
// when it never changes
// (src/dash/models/DashManifestModel.js, getManifestUpdatePeriod).
func refreshDelay(t *manifest.DASHTiming, old time.Duration) (time.Duration, bool) {
	if t.MinimumUpdatePeriod < 0 {
		return 0, false
	}
	return max(t.MinimumUpdatePeriod-old, time.Second), true
}

// refreshURL is where the next manifest is asked for: the Location that the steering
// server wishes, else the first, else where the last one came from. The latter is the final URL of that answer, so
// redirects and whatever the integration wrote into the URL stick
// (src/streaming/ManifestUpdater.js, refreshManifest; ManifestLoader.js).
func (d *dash) refreshURL() string {
	t := d.p.DASH
	if len(t.Locations) == 0 {
		return d.p.URL
	}
	i := d.steering.location(t)
	d.steering.locations.use(t.LocationNames[i])
	return d.p.Resolve(t.Locations[i])
}

// initialBitrate in kbit/s chooses the first quality: the setting, what was
// measured before, else 1000 for video and 100 for everything else
// (src/streaming/controllers/AbrController.js, getInitialBitrateFor; a browser
// without localStorage).
func initialBitrate(t trackSettings, measured float64, video bool) float64 {
	switch {
	case t.initial > 0:
		return t.initial
	case measured > 0: // false for NaN
		return measured
	case video:
		return 1000
	}
	return 100
}
