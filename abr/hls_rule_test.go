package abr

import (
	"math"
	"testing"

	"soak/netem"
	"soak/player"
)

// hlsRule reckons hls.js' choices anew from the printed figures of the requests
// before, straight from its sources: utils/ewma.ts, ewma-bandwidth-estimator.ts and
// abr-controller.ts, for a VOD of one codec whose peak and average bit rates agree.
type hlsRule struct {
	rates     []float64 // bit/s
	d         float64   // segment duration, s
	fast      mean
	slow      mean
	wait      mean // time to the first byte, ms
	estimate0 float64
	known     map[int]bool // levels whose playlist is there
}

// mean is an exponentially weighted mean of a half-life.
type mean struct{ half, sum, weight float64 }

func (m *mean) add(weight, value float64) {
	keep := math.Pow(0.5, weight/m.half)
	m.sum = value*(1-keep) + m.sum*keep
	m.weight += weight
}

func (m *mean) value() float64 { return m.sum / (1 - math.Pow(0.5, m.weight/m.half)) }

func newHLSRule(t Table) *hlsRule {
	h := &hlsRule{d: t.Durations[0].Seconds(), fast: mean{half: 3}, slow: mean{half: 9}, wait: mean{half: 9}, known: map[int]bool{}}
	for _, r := range t.Bitrates {
		h.rates = append(h.rates, float64(r))
	}
	h.estimate0 = max(500_000, min(h.rates[0], 5_000_000)) // the variant listed first
	return h
}

func (h *hlsRule) estimate() float64 {
	if h.fast.weight == 0 {
		return h.estimate0
	}
	return min(h.fast.value(), h.slow.value())
}

// waiting is the expected time to the first byte, in s.
func (h *hlsRule) waiting() float64 {
	if h.wait.weight == 0 {
		return 0.1
	}
	return h.wait.value() / 1000
}

// loaded takes a finished download in.
func (h *hlsRule) loaded(q Request) {
	wait := q.Latency.float()
	h.wait.add(math.Sqrt2*math.Exp(-wait*wait/2), max(wait*1000, 5))
	bytes := math.Ceil(float64(q.Bits) / 8)
	ms := max((q.Download.float()-min(wait, h.waiting()))*1000, min(50, bytes/1e5))
	h.fast.add(ms/1000, 8*bytes/(ms/1000))
	h.slow.add(ms/1000, 8*bytes/(ms/1000))
}

// find is the highest level that comes within starve+extra.
func (h *hlsRule) find(last int, starve, extra, down, up, d float64) int {
	for i := len(h.rates) - 1; i >= 0; i-- {
		bw := h.estimate() * down
		if i > last {
			bw = h.estimate() * up
		}
		fetch := h.waiting() + h.rates[i]*d/bw
		if !h.known[i] {
			fetch += h.waiting() // for its playlist, which took no time
		}
		if bw >= h.rates[i] && fetch < starve+extra {
			return i
		}
	}
	return -1
}

// first is the level to start with.
func (h *hlsRule) first() int {
	return max(h.find(0, 0, 4, 1, 1, 1), 0)
}

// next is the level after one of level last, with buffer s ahead. A level whose
// playlist is missing is thought over again once that has come.
func (h *hlsRule) next(last int, buffer float64) int {
	for {
		level := -1
		if buffer > 0 {
			level = h.find(last, buffer, 0, 0.95, 0.7, h.d)
		}
		if level < 0 {
			level = max(h.find(last, buffer, min(h.d, 4), 0.95, 0.7, h.d), 0)
		}
		if h.known[level] {
			return level
		}
		h.known[level] = true
	}
}

// Every level that the profile chose is the one that the rules give for the
// figures printed. A download that is abandoned starts the estimate over: checking
// ends there.
func TestHLSChoosesByItsRules(t *testing.T) {
	const endless = 100_000
	cfg := player.Config{MaxBufferLength: endless, MaxMaxBufferLength: endless}
	checked, switches, cut := 0, 0, 0
	eachPlay(t, cfg, func(name string, _ netem.Profile, table Table, r Result) {
		h := newHLSRule(table)
		last := h.first()
		h.known[last] = true
		for i, q := range r.Requests {
			want := last
			if i > 0 {
				want = h.next(last, q.Buffer.float())
			}
			if q.Rung != want {
				t.Errorf("%s: request %d = level %d; want %d, at %.0f bit/s estimated and %.3f s of buffer", name, i, q.Rung, want, h.estimate(), q.Buffer.float())
				return
			}
			if q.Outcome != Done {
				cut++
				return
			}
			if q.Rung != last {
				switches++
			}
			checked++
			h.loaded(q)
			last = q.Rung
		}
	})
	t.Logf("%d choices, %d of them switches; %d plays checked up to an abandoned download", checked, switches, cut)
	if checked < 1000 || switches < 100 {
		t.Errorf("%d choices and %d switches checked: too few to show anything", checked, switches)
	}
}
