package abr

import (
	"math"
	"testing"
	"time"

	"soak/netem"
	"soak/player"
)

// dashRule reckons dash.js' choices anew from the printed figures of the requests
// before, straight from its sources, for a VOD with video alone (players.md 2.4 and
// 2.9): ThroughputModel.js or ThroughputHistory.js, AbrController.js, BolaRule.js,
// ThroughputRule.js, InsufficientBufferRule.js, SwitchHistoryRule.js.
type dashRule struct {
	old  bool      // 4.7
	kbps []float64 // of the ladder
	d    float64   // segment duration, s
	long bool      // 600 s of content or more

	fast, slow mean
	samples    []float64 // kbit/s
	waits      []float64 // ms

	buffered    bool // BOLA decides
	empty       bool // the buffer's state, which BOLA is told of when it turns
	bola        bool // it has a state
	steady      bool
	placeholder float64
	current     int
	finished    float64 // end of the last request; NaN when accounted for
	asked       float64 // last decision of the steady state; NaN
	hasSegment  bool    // one was loaded since BOLA has a state
	furthest    int     // segment, -1
	appended    int
	history     [][2]int
	resume      float64 // no up-switch before: a download was abandoned
	heard       heard   // of the request under way
	moving      float64 // when the picture began to move last
}

func newDashRule(t Table, old bool) *dashRule {
	r := &dashRule{old: old, d: t.Durations[0].Seconds(), long: t.Duration() >= 600*time.Second, fast: mean{half: 3}, slow: mean{half: 8}, finished: math.NaN(), asked: math.NaN(), furthest: -1}
	for _, rate := range t.Bitrates {
		r.kbps = append(r.kbps, float64(rate)/1000)
	}
	return r
}

// fits is the highest rung within a rate; in 4.7 the time that requests wait takes
// its share off (getQualityForBitrate).
func (r *dashRule) fits(kbps float64) int {
	if n := len(r.waits); r.old && n > 0 {
		var wait float64
		recent := r.waits[max(0, n-4):]
		for _, w := range recent {
			wait += w / float64(len(recent)) / 1000
		}
		if wait > r.d {
			return 0
		}
		kbps *= 1 - wait/r.d
	}
	return r.within(kbps)
}

func (r *dashRule) within(kbps float64) int {
	best := 0
	for i, k := range r.kbps {
		if k <= kbps {
			best = i
		}
	}
	return best
}

func (r *dashRule) throughput() float64 {
	n := len(r.samples)
	switch {
	case n == 0:
		return math.NaN()
	case !r.old:
		return math.Round(min(r.fast.value(), r.slow.value()))
	}
	take := 4
	if take >= n {
		take = n
	} else {
		for i := 1; i < take; i++ {
			if ratio := r.samples[n-i] / r.samples[n-i-1]; ratio >= 1.3 || ratio <= 1/1.3 {
				if take++; take == n {
					break
				}
			}
		}
	}
	var sum float64
	for _, s := range r.samples[n-take:] {
		sum += s
	}
	return sum / float64(take)
}

// target is the buffer aimed at while rung is chosen.
func (r *dashRule) target(rung int) float64 {
	switch {
	case rung == len(r.kbps)-1 && r.long:
		return 60
	case rung == len(r.kbps)-1:
		return 30
	case r.old:
		return 12
	}
	return 18
}

// level tells of the buffer level: the strategy has hysteresis, and a buffer that
// becomes empty takes BOLA's placeholder away (BufferController.js, stallThreshold).
func (r *dashRule) level(s float64) {
	on, off := 12.0, 6.0
	if r.old {
		on, off = r.target(0), r.target(0)/2
	}
	limit := on
	if r.buffered {
		limit = off
	}
	r.buffered = s > limit || s == limit && !r.old
	empty := s < 0.3 || s == 0.3 && !r.old
	if empty && !r.empty && r.steady {
		r.placeholder = 0
	}
	r.empty = empty
}

// measured adds what a download says of the network, unless it came from a cache.
func (r *dashRule) measured(q Request, bytes float64) {
	ms := max((q.Download-q.Latency).float()*1000, 1)
	took, limit := q.Download.float()*1000, 10.0
	if r.old {
		took, limit = ms, 50
	}
	if took < limit || bytes == 0 {
		return
	}
	kbps := math.Round(8 * bytes / ms)
	r.samples = append(r.samples, kbps)
	r.waits = append(r.waits, max(q.Latency.float()*1000, 1))
	r.fast.add(0.0015*ms, kbps)
	r.slow.add(0.0015*ms, kbps)
	if len(r.samples) > 20 {
		r.samples, r.waits = r.samples[1:], r.waits[1:]
	}
}

// loaded takes a finished download in; before is the level at its end.
func (r *dashRule) loaded(q Request, before float64) {
	r.measured(q, math.Ceil(float64(q.Bits)/8))
	r.appended++
	if !r.bola {
		return
	}
	replaced := q.Segment <= r.furthest
	r.furthest = max(r.furthest, q.Segment)
	r.hasSegment = true
	r.current, r.finished = q.Rung, (q.Start + q.Download).float()
	r.placeholder *= 0.99
	r.placeholder = min(r.placeholder, max(0, r.most(q.Rung)-before-q.Download.float()))
	if replaced {
		r.placeholder += r.d
	}
}

// abandoned takes in a download that was given up, and tells the rung to ask for
// instead: -1 when AbandonRequestsRule.js gives no reason for it. total is the
// size of the segment in bits, levelAt the buffer while it was downloaded.
func (r *dashRule) abandoned(q Request, trace netem.Profile, total int64, levelAt func(float64) float64) int {
	level := levelAt((q.Start + q.Download).float())
	ms := (q.Download - q.Latency).float() * 1000
	bytes, whole := math.Floor(float64(q.Bits)/8), math.Ceil(float64(total)/8)
	kbps, samples, safety := math.Round(8*bytes/ms), 5, 1.0
	if r.old {
		r.heard.listen(q, trace, levelAt)
		kbps, samples, ms = r.heard.mean(), r.heard.samples, r.heard.ms
		safety = 0.9
	}
	instead := r.within(kbps * safety)
	full := r.old && level > 12 || level > 18
	if full || samples < 5 || ms <= 500 || whole*8/kbps/1000 < 1.8*r.d || q.Rung == 0 || whole-bytes <= whole*r.kbps[instead]/r.kbps[q.Rung] {
		return -1
	}
	r.measured(q, bytes)
	r.resume = (q.Start + q.Download).float() + 10
	r.history = nil
	if r.old {
		r.history = [][2]int{{q.Rung, instead}}
	} else {
		r.current = instead
	}
	if r.bola {
		want := 10.0
		if instead > 0 {
			want = r.least(instead)
		}
		r.placeholder = min(r.placeholder, max(0, want-level))
	}
	return instead
}

// heard is what the rule of 4.7 goes by: at every progress event after the first, all
// that has come over the time since then; and the mean of those. There is an event
// every 50 ms if something has come, and it does not count while the buffer is full.
// Another attempt at the same goes on with what the one before it left.
type heard struct {
	began   time.Duration
	sum, ms float64
	samples int
}

func (h *heard) listen(q Request, trace netem.Profile, levelAt func(float64) float64) {
	const every = 50 * time.Millisecond
	if q.Attempt == 1 {
		*h = heard{began: -1}
	}
	ask, last := time.Duration(q.Start), 0.0
	first := ask + time.Duration(q.Latency)
	for at := ask + every; at <= ask+time.Duration(q.Download); at += every {
		bytes := math.Floor(bitsBetween(trace, first, at)/8 + 1e-6)
		if bytes <= last || levelAt(at.Seconds()) > 12+1e-9 {
			continue
		}
		last = bytes
		if h.began < 0 {
			h.began = at
			continue
		}
		h.ms = float64(at-h.began) / 1e6
		h.sum += math.Round(8 * bytes / h.ms)
		h.samples++
	}
}

func (h *heard) mean() float64 { return math.Round(h.sum / float64(h.samples)) }

// bitsBetween is what a trace carries from one time to a later one, else nothing.
func bitsBetween(p netem.Profile, from, to time.Duration) float64 {
	bits, at := 0.0, time.Duration(0)
	for at < to {
		for _, s := range p.Steps {
			if inside := min(at+s.For, to) - max(at, from); inside > 0 {
				bits += s.Kbps * 1000 * inside.Seconds()
			}
			at += s.For
		}
	}
	return bits
}

// BOLA's parameters: utilities begin at 1.
func (r *dashRule) utility(i int) float64 { return math.Log(r.kbps[i]/r.kbps[0]) + 1 }

func (r *dashRule) gp() float64 {
	time := 18.0
	if r.old {
		time = 12
	}
	time = max(time, 10+2*float64(len(r.kbps)))
	return (r.utility(len(r.kbps)-1) - 1) / (time/10 - 1)
}

func (r *dashRule) vp() float64 { return 10 / r.gp() }

func (r *dashRule) most(i int) float64 { return r.vp() * (r.utility(i) + r.gp()) }

func (r *dashRule) least(i int) (level float64) {
	for j := range i {
		q, uq, p, up := r.kbps[i], r.utility(i), r.kbps[j], r.utility(j)
		level = max(level, r.vp()*(r.gp()+(q*up-p*uq)/(q-p)))
	}
	return level
}

// choose is a decision at a time with so much buffer, and BOLA's delay.
func (r *dashRule) choose(now, buffer float64, rung int) (want int, delay float64) {
	r.level(buffer)
	average := r.throughput()
	safe := average * 0.9
	empty := r.empty // a replacement may come after its place was played
	want = -1
	switch {
	case r.buffered:
		want, delay = r.byBuffer(now, buffer, safe)
	case !math.IsNaN(average) && now >= r.resume && !empty:
		want = r.fits(safe)
	}
	least := func(other int) {
		if want < 0 || other < want {
			want = other
		}
	}
	if r.appended >= 2 {
		factor := 0.7
		if r.old {
			factor = 0.5
		}
		switch kbps := average * buffer / r.d * factor; {
		case empty:
			least(0)
		case kbps > 0:
			least(r.fits(kbps))
		case r.old:
			least(0)
		}
	}
	if capped := r.switches(); capped >= 0 {
		least(capped)
	}
	switch {
	case want >= 0:
		r.history = append(r.history, [2]int{rung, want})
	case r.old:
		r.history = append(r.history, [2]int{rung, rung})
	}
	if want < 0 || want > rung && now < r.resume {
		return rung, delay
	}
	if !r.old && want != rung {
		r.current = want
	}
	return want, delay
}

func (r *dashRule) byBuffer(now, buffer, safe float64) (want int, delay float64) {
	if math.IsNaN(safe) {
		return -1, 0
	}
	r.bola = true
	if !r.steady {
		want = r.fits(safe)
		r.placeholder = max(0, r.least(want)-buffer)
		r.current = want
		r.steady = r.hasSegment && buffer >= r.d
		return want, 0
	}
	from := r.finished
	if math.IsNaN(from) {
		from = r.asked
	}
	if !math.IsNaN(from) {
		r.placeholder += max(0, now-from)
	}
	r.asked, r.finished = now, math.NaN()
	best := math.NaN()
	for i := range r.kbps {
		u := r.utility(i) - 1
		if r.old {
			u = r.utility(i)
		}
		if s := (r.vp()*(u+r.gp()) - buffer - r.placeholder) / r.kbps[i]; math.IsNaN(best) || s >= best {
			best, want = s, i
		}
	}
	if cap := r.fits(safe); want > r.current && want > cap {
		want = max(cap, r.current)
	}
	delay = max(0, buffer+r.placeholder-r.most(want))
	if delay <= r.placeholder {
		r.placeholder -= delay
		delay = 0
	} else {
		delay -= r.placeholder
		r.placeholder = 0
		if want == len(r.kbps)-1 {
			delay = 0
		}
	}
	r.current = want
	return want, delay
}

// switches caps quality after too many drops among the last eight decisions.
func (r *dashRule) switches() int {
	enough := 8
	if r.old {
		enough = 6
	}
	last := r.history[max(0, len(r.history)-8):]
	drops, stays := 0, 0
	for i := range r.kbps {
		here, seen := 0, false
		for _, h := range last {
			if h[0] != i {
				continue
			}
			seen = true
			if h[1] < i {
				here++
			} else {
				stays++
			}
		}
		drops += here
		if seen && drops+stays >= enough && float64(drops)/float64(stays) > 0.075 {
			if i > 0 && here > 0 {
				return i - 1
			}
			return i
		}
	}
	return -1
}

// decide is the choice for a request, and when it would go out: at the end of the
// download before if the buffer is below target, else at a look 500 ms or more
// later; BOLA's delay comes on top. A choice may move the target, and is then
// waited for again.
func (r *dashRule) decide(end, level float64, rung int) (want int, at float64) {
	at = r.room(end, end, level, rung)
	want, delay := r.choose(at, r.seen(at, end, level), rung)
	if want != rung {
		at = r.room(at, end, level, want)
	}
	return want, at + delay
}

// room is the first look from at on that finds the level below the rung's target.
func (r *dashRule) room(at, end, level float64, rung int) float64 {
	more := r.d // 5.x counts what it would ask for
	if r.old {
		more = 0
	}
	for r.seen(at, end, level)+more >= r.target(rung)-1e-9 {
		at += 0.5
	}
	return at
}

// seen is the level known at a time, when there was so much at the end of the last
// download: that of the latest timeupdate event, four a second while the picture
// moves.
func (r *dashRule) seen(at, end, level float64) float64 {
	event := r.moving + math.Floor((at-r.moving)/0.25+1e-9)*0.25
	return max(level-(max(event, end)-end), 0)
}

func testDashRules(t *testing.T, version string) {
	old := version == "4.7"
	cfg := player.Config{Profile: player.DashJS, Version: version}
	checked, switches, byBuffer, given, timedOut := 0, 0, 0, 0, 0
	eachPlay(t, cfg, func(name string, trace netem.Profile, table Table, res Result) {
		r := newDashRule(table, old)
		rung := r.fits(1000)               // initialBitrate
		end, grown, level := 0.0, 0.0, 0.0 // of the last download; of the last append, and the level then
		for i, q := range res.Requests {
			want, at := rung, 0.0
			switch {
			case i == 0:
			case res.Requests[i-1].Outcome == TimedOut:
				timedOut++
				at = end + 1 // retryIntervals.MediaSegment
			case res.Requests[i-1].Outcome == Abandoned:
				at = r.room(end, grown, level, rung)
			default:
				want, at = r.decide(end, level, rung)
			}
			if q.Rung != want || math.Abs(q.Start.float()-at) > 1e-6 {
				t.Errorf("%s: request %d = rung %d at %.6f; want %d at %.6f, with %.3f s of buffer at %.3f", name, i, q.Rung, q.Start.float(), want, at, level, end)
				return
			}
			checked++
			if q.Rung != rung {
				switches++
			}
			if r.buffered {
				byBuffer++
			}
			end = (q.Start + q.Download).float()
			asked, had := grown, level
			before := max(0, q.Buffer.float()-q.Download.float())
			if before > 0 && i > 0 {
				before = r.seen(end, grown, level)
			}
			if q.Outcome == Done && (q.Rebuffer > 0 || r.moving == 0) {
				r.moving = end
			}
			r.level(before)
			levelAt := func(at float64) float64 {
				switch {
				case at >= end:
					return before
				case i == 0:
					return 0
				}
				return r.seen(at, asked, had)
			}
			switch q.Outcome {
			case Abandoned:
				given++
				if rung = r.abandoned(q, trace, table.Sizes[q.Segment][q.Rung], levelAt); rung < 0 {
					t.Errorf("%s: request %d was abandoned without a reason: %+v", name, i, q)
					return
				}
				continue
			case TimedOut: // the same again, a second later
				if old {
					r.heard.listen(q, trace, levelAt)
				} else {
					r.measured(q, math.Floor(float64(q.Bits)/8))
				}
				rung = q.Rung
				continue
			case Pending:
				t.Errorf("%s: request %d was never answered", name, i)
				return
			}
			r.loaded(q, before)
			grown, level = end, before+r.d
			if i+1 < len(res.Requests) { // a replaced segment adds nothing
				next := res.Requests[i+1]
				level = next.Buffer.float() + next.Start.float() - end
			}
			r.level(level)
			rung = q.Rung
		}
	})
	t.Logf("%d choices, %d of them switches, %d by BOLA, %d downloads abandoned, %d timed out", checked, switches, byBuffer, given, timedOut)
	if checked < 1000 || switches < 100 || byBuffer < 300 || given < 50 {
		t.Errorf("%d choices, %d switches, %d by BOLA checked: too few to show anything", checked, switches, byBuffer)
	}
}

func TestDash52ChoosesByItsRules(t *testing.T) { testDashRules(t, "5.2") }
func TestDash47ChoosesByItsRules(t *testing.T) { testDashRules(t, "4.7") }
