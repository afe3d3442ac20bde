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
	count              int
}

const (
	maxSamples      = 20     // sampleSettings.maxMeasurementsToKeep
	weightPerMs     = 0.0015 // ewma.weightDownloadTimeMultiplicationFactor
	fastHalfLife    = 3.0    // ewma.throughputFastHalfLifeSeconds
	slowHalfLife    = 8.0    // ewma.throughputSlowHalfLifeSeconds
	sampleIncrease  = 1.3    // a jump beyond these makes the mean look one sample further back
	sampleDecrease  = 0.7
	leastDownloadMs = 1.0
)

// add takes a finished media segment: body bytes, from the request to the first
// byte and to the end. Requests faster than cached came from a cache and say
// nothing of the network.
func (t *throughput) add(bytes int64, ttfb, took, cached time.Duration) {
	if took < cached || bytes <= 0 {
		return
	}
	ms := max(float64(took-ttfb)/1e6, leastDownloadMs)
	kbps := math.Round(8 * float64(bytes) / ms)
	w := weightPerMs * ms
	af, as := math.Exp2(-w/fastHalfLife), math.Exp2(-w/slowHalfLife)
	t.fast = (1-af)*kbps + af*t.fast
	t.slow = (1-as)*kbps + as*t.slow
	t.weight += w
	t.recent[t.count%maxSamples] = kbps
	t.count++
}

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

// mean is the arithmetic mean of the last n samples, of more when they jumped;
// NaN before the first.
func (t *throughput) mean(n int) float64 {
	have := min(t.count, maxSamples)
	if have == 0 {
		return math.NaN()
	}
	if n >= have {
		n = have
	} else {
		for i := 1; i < n && n < have; i++ {
			if r := t.back(i) / t.back(i+1); r >= sampleIncrease || r <= sampleDecrease {
				n++
			}
		}
	}
	var sum float64
	for i := 1; i <= n; i++ {
		sum += t.back(i)
	}
	return math.Round(sum / float64(n))
}

// back is the i-th newest sample, from 1.
func (t *throughput) back(i int) float64 { return t.recent[(t.count-i)%maxSamples] }

// average is the throughput by the method of the version.
func (t *throughput) average(s *dashSettings, live bool) float64 {
	if !s.mean {
		return t.ewma()
	}
	if live {
		return t.mean(s.sampleLive)
	}
	return t.mean(s.sampleVOD)
}
