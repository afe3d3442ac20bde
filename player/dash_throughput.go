package player

import (
	"math"
	"time"
)

// throughput is what dash.js knows of one media type's connection: an EWMA pair,
// and the last samples for the arithmetic mean of 4.x. Its figures are kbit/s.
//
// Sources: src/streaming/models/ThroughputModel.js, controllers/ThroughputController.js;
// 4.7: src/streaming/rules/ThroughputHistory.js.
type throughput struct {
	fast, slow, weight float64
	recent             [maxSamples]float64 // a ring, newest at (count-1) mod maxSamples
	waits              [maxSamples]float64 // ms to the first byte, likewise
	count              int
	cached             bool    // 4.x: all samples came from a cache, for want of others
	saved              float64 // at the last change of quality: what 4.x starts the next period with
}

const (
	maxSamples     = 20     // sampleSettings.maxMeasurementsToKeep
	weightPerMs    = 0.0015 // ewma.weightDownloadTimeMultiplicationFactor
	oldWeightPerMs = 0.001  // updateEwmaEstimate of 4.x
	fastHalfLife   = 3.0    // ewma.throughputFastHalfLifeSeconds
	slowHalfLife   = 8.0    // ewma.throughputSlowHalfLifeSeconds
	latencySamples = 4      // AVERAGE_LATENCY_SAMPLE_AMOUNT of 4.x

	leastDownloadMs = 1.0    // Date counts milliseconds
	leastTimingMs   = 0.1    // resolution of Resource Timing without isolation
	headerBytes     = 300    // what transferSize adds to the body (Resource Timing, PerformanceResourceTiming)
	oneWindow       = 14_600 // a body that comes in one window of ten packets makes one progress event
)

// download is a media segment as a script sees it come.
type download struct {
	bytes      int64 // of the body
	ttfb, took time.Duration
	timed      bool // the answer lets scripts read Resource Timing
}

// atOnce tells that the body makes one progress event only: it comes in one window
// of packets, and not so slowly that a second event falls between them.
func (d download) atOnce() bool {
	return d.bytes <= oneWindow && d.took-d.ttfb < progressEveryMs*time.Millisecond
}

// add takes a finished download. A request faster than cached came from a cache
// and says nothing of the network: 5.x goes by the whole request, unless Resource
// Timing tells what came over the network; 4.x by the download alone, and lets
// cached ones count until another comes.
func (t *throughput) add(d download, s *dashSettings, cached time.Duration) {
	switch {
	case d.bytes <= 0:
	case s.old:
		t.addOld(d, cached)
	case d.timed && s.resourceTiming:
		if ms := millisOf(d.took - d.ttfb); ms >= leastTimingMs {
			t.push(d.bytes+headerBytes, ms, d.ttfb, weightPerMs)
		}
	case d.took < cached || d.atOnce(): // two progress events are needed
	default:
		t.push(d.bytes, max(millisOf(d.took-d.ttfb), leastDownloadMs), d.ttfb, weightPerMs)
	}
}

func (t *throughput) addOld(d download, cached time.Duration) {
	if d.atOnce() {
		d.ttfb = 0 // firstByteDate stays at the request's start
	}
	switch fast := d.took-d.ttfb < cached; {
	case fast && t.count > 0 && !t.cached:
		return
	case fast:
		t.cached = true
	case t.cached:
		*t = throughput{saved: t.saved}
	}
	t.push(d.bytes, max(millisOf(d.took-d.ttfb), leastDownloadMs), d.ttfb, oldWeightPerMs)
}

func (t *throughput) push(bytes int64, ms float64, ttfb time.Duration, perMs float64) {
	kbps := math.Round(8 * float64(bytes) / ms)
	w := perMs * ms
	af, as := math.Exp2(-w/fastHalfLife), math.Exp2(-w/slowHalfLife)
	t.fast = (1-af)*kbps + af*t.fast
	t.slow = (1-as)*kbps + as*t.slow
	t.weight += w
	t.recent[t.count%maxSamples] = kbps
	t.waits[t.count%maxSamples] = max(millisOf(ttfb), leastDownloadMs)
	t.count++
}

func millisOf(d time.Duration) float64 { return float64(d) / 1e6 }

// ewma is the lower of the two averages, corrected for their start at zero; NaN
// before the first sample.
func (t *throughput) ewma() float64 {
	if t.weight <= 0 {
		return math.NaN()
	}
	fast := t.fast / (1 - math.Exp2(-t.weight/fastHalfLife))
	slow := t.slow / (1 - math.Exp2(-t.weight/slowHalfLife))
	return math.Round(min(fast, slow))
}

// jump is by how much two samples must differ for the mean to look one further
// back: sampleSettings.increaseScale and decreaseScale; in 4.x one factor.
type jump struct{ up, down float64 }

// mean is the arithmetic mean of the last n samples, of more when they jumped;
// NaN before the first.
func (t *throughput) mean(n int, j jump) float64 {
	have := min(t.count, maxSamples)
	if have == 0 {
		return math.NaN()
	}
	if n >= have {
		n = have
	} else {
		for i := 1; i < n && n < have; i++ {
			if r := t.back(i) / t.back(i+1); r >= j.up || r <= j.down {
				n++
			}
		}
	}
	var sum float64
	for i := 1; i <= n; i++ {
		sum += t.back(i)
	}
	return sum / float64(n)
}

// back is the i-th newest sample, from 1.
func (t *throughput) back(i int) float64 { return t.recent[(t.count-i)%maxSamples] }

// average is the throughput by the method of the version.
func (t *throughput) average(s *dashSettings, live bool) float64 {
	n := s.sampleVOD
	if live {
		n = s.sampleLive
	}
	switch {
	case !s.mean:
		return t.ewma()
	case s.old:
		return t.mean(n, jump{1.3, 1 / 1.3})
	}
	return math.Round(t.mean(n, jump{1.3, 0.7}))
}

// usable is what a rule of 4.x makes of a bit rate: the time that a request waits
// for its first byte does not carry anything (AbrController.js,
// getQualityForBitrate with useDeadTimeLatency). 5.x takes it as it is.
func (t *throughput) usable(kbps float64, s *dashSettings, segment time.Duration) float64 {
	if !s.old || t.count == 0 || segment <= 0 {
		return kbps
	}
	n := min(t.count, latencySamples)
	var wait float64
	for i := 1; i <= n; i++ {
		wait += t.waits[(t.count-i)%maxSamples] / float64(n)
	}
	return kbps * max(0, 1-wait/millisOf(segment))
}
