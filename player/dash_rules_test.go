package player

import (
	"fmt"
	"math"
	"testing"
	"time"

	"soak/manifest"
)

// rungs is a ladder of the given kbit/s.
func rungs(kbps ...int) ladder {
	set := &manifest.Set{}
	for i, k := range kbps {
		set.Renditions = append(set.Renditions, manifest.Rendition{ID: fmt.Sprint("v", i), Bandwidth: int64(k) * 1000})
	}
	return newLadder(set, trackSettings{})
}

func TestLadder(t *testing.T) {
	set := &manifest.Set{Renditions: []manifest.Rendition{
		{ID: "720", Bandwidth: 3e6, Width: 1280, Height: 720, FrameRate: 25},
		{ID: "360", Bandwidth: 8e5, Width: 640, Height: 360, FrameRate: 25},
		{ID: "1080", Bandwidth: 2e6, Width: 1920, Height: 1080, FrameRate: 25},
	}}
	for _, c := range []struct {
		limits trackSettings
		kbps   float64
		want   string
		why    string
	}{
		{trackSettings{}, 2500, "1080", "pixels per second order the ladder, so the cheaper 1080p is the top"},
		{trackSettings{}, 1000, "360", "highest that fits"},
		{trackSettings{}, 100, "360", "nothing fits: the lowest"},
		{trackSettings{max: 1000}, 9000, "360", "maxBitrate takes the upper rungs away"},
		{trackSettings{min: 2500}, 100, "720", "minBitrate takes the cheaper ones away"},
		{trackSettings{max: 10}, 9000, "1080", "a limit that allows nothing is ignored"},
	} {
		l := newLadder(set, c.limits)
		if got := l.at(l.best(c.kbps)).ID; got != c.want {
			t.Errorf("best(%v) with %+v = %s; want %s: %s", c.kbps, c.limits, got, c.want, c.why)
		}
	}
}

func TestInitialBitrate(t *testing.T) {
	l := rungs(200, 400, 600, 1000, 2500)
	for _, c := range []struct {
		set, measured float64
		video         bool
		want          float64
		why           string
	}{
		{0, math.NaN(), true, 1000, "video starts at 1000 kbit/s (players.md 2.1)"},
		{0, math.NaN(), false, 200, "audio starts at 100 kbit/s: below all, so the lowest"},
		{0, 2600, true, 2500, "measured throughput beats the default"},
		{450, 2600, true, 400, "initialBitrate beats the measurement"},
	} {
		got := l.kbps(l.best(initialBitrate(trackSettings{initial: c.set}, c.measured, c.video)))
		if got != c.want {
			t.Errorf("first quality for set %v, measured %v, video %v = %v; want %v: %s", c.set, c.measured, c.video, got, c.want, c.why)
		}
	}
}

func TestThroughputRule(t *testing.T) {
	l := rungs(200, 400, 800)
	for _, c := range []struct {
		safe                    float64
		empty, live, abandoning bool
		want                    int
		why                     string
	}{
		{900, false, false, false, 2, "highest within the safe throughput"},
		{400, false, true, false, 1, "equal fits"},
		{50, false, true, false, 0, "nothing fits: lowest"},
		{math.NaN(), false, true, false, noChange, "nothing measured"},
		{900, true, false, false, noChange, "VOD with an empty buffer: another rule's business"},
		{900, true, true, false, 2, "live decides with an empty buffer too"},
		{900, false, true, true, noChange, "silent while an abandoned request is made up for"},
	} {
		if got := throughputRule(l, c.safe, c.empty, c.live, c.abandoning); got != c.want {
			t.Errorf("throughputRule(%v, empty %v, live %v, abandoning %v) = %d; want %d: %s", c.safe, c.empty, c.live, c.abandoning, got, c.want, c.why)
		}
	}
}

func TestInsufficientBufferRule(t *testing.T) {
	l := rungs(200, 400, 800)
	for _, c := range []struct {
		carries, buffer, segment float64
		empty, old               bool
		ignore, want             int
		why                      string
	}{
		{700, 2, 2, false, false, 0, 1, "700 × 2/2 = 700 kbit/s"},
		{700, 4, 2, false, false, 0, 2, "twice the buffer carries twice as much"},
		{700, 0.5, 2, false, false, 0, 0, "175 kbit/s: the lowest"},
		{700, 4, 2, true, false, 0, 0, "empty buffer: the lowest"},
		{700, 0.5, 2, true, false, 1, noChange, "the first two segments after a start or seek are ignored"},
		{math.NaN(), 4, 2, false, false, 0, noChange, "nothing measured"},
		{math.NaN(), 4, 2, false, true, 0, 0, "nothing measured: 4.7 takes the lowest"},
		{700, 4, 0, false, false, 0, noChange, "segment duration unknown"},
	} {
		if got := insufficientBufferRule(l, c.carries, c.buffer, c.segment, c.empty, c.old, c.ignore); got != c.want {
			t.Errorf("insufficientBufferRule(%v) = %d; want %d: %s", c, got, c.want, c.why)
		}
	}
}

func TestSwitchHistoryRule(t *testing.T) {
	l := rungs(200, 400, 800)
	for _, c := range []struct {
		moves [][2]int
		stay  int // at rung
		n     int
		old   bool
		want  int
		why   string
	}{
		{[][2]int{{2, 1}}, 1, 6, false, noChange, "seven samples are too few"},
		{[][2]int{{2, 1}}, 1, 7, false, 1, "1 drop in 8 is 1/7 > 0.075: one below the rung that was left"},
		{nil, 2, 8, false, noChange, "no drop"},
		{[][2]int{{2, 1}}, 1, 8, false, noChange, "the drop has left the window of 8"},
		{[][2]int{{1, 0}}, 2, 7, false, 2, "the sum is complete at rung 2, which itself was never left: cap there"},
		{[][2]int{{2, 1}}, 1, 4, true, noChange, "4.7: five samples are too few"},
		{[][2]int{{2, 1}}, 1, 5, true, 1, "4.7: six are enough"},
	} {
		var h switchHistory
		for _, m := range c.moves {
			h.push(m[0], m[1])
		}
		for range c.n {
			h.push(c.stay, c.stay)
		}
		enough := historySize
		if c.old {
			enough = historyEnoughOld
		}
		if got := switchHistoryRule(l, &h, enough); got != c.want {
			t.Errorf("switchHistoryRule(%v, then %d × stay at %d) = %d; want %d: %s", c.moves, c.n, c.stay, got, c.want, c.why)
		}
	}
}

func TestAbandonRule(t *testing.T) {
	l := rungs(200, 400, 4000)
	const total = 1_000_000 // 2 s at 4 Mbit/s
	for _, c := range []struct {
		rung   int
		loaded int64
		ms     float64
		want   int
		why    string
	}{
		{2, 50_000, 800, 1, "500 kbit/s: 16 s for a 2 s segment, and 400 kbit/s fits"},
		{2, 10_000, 800, 0, "100 kbit/s: only the lowest is left"},
		{2, 50_000, 400, noChange, "not before 500 ms"},
		{2, 400_000, 800, noChange, "4 Mbit/s: 2 s, less than 1.8 × 2 s"},
		{0, 50_000, 800, noChange, "the lowest is never abandoned"},
		{2, 950_000, 8000, noChange, "the rest is less than the cheaper segment"},
		{2, 5_000, 3000, noChange, "fewer than six packets: no measurement yet"},
	} {
		if got := abandonRule(l, c.rung, c.loaded, total, c.ms, 2, abandonSafety); got != c.want {
			t.Errorf("abandonRule(rung %d, %d B in %v ms) = %d; want %d: %s", c.rung, c.loaded, c.ms, got, c.want, c.why)
		}
	}
}

func TestLowestAnswerWins(t *testing.T) {
	l := rungs(200, 400, 800)
	for _, c := range []struct {
		answers []int
		want    int
		why     string
	}{
		{[]int{2, 1, noChange}, 1, "the lower of two, the silent one does not count"},
		{[]int{noChange, noChange, noChange}, noChange, "nobody has an opinion"},
		{[]int{0, 2, 2}, 0, "the lowest"},
	} {
		if got := lowest(l, c.answers...); got != c.want {
			t.Errorf("lowest(%v) = %d; want %d: %s", c.answers, got, c.want, c.why)
		}
	}
}

func TestThroughput(t *testing.T) {
	const ms = time.Millisecond
	nan := math.NaN()
	steady := download{bytes: 250_000, ttfb: 20 * ms, took: 1020 * ms} // 2000 kbit/s for a second
	quick := download{bytes: 250_000, ttfb: 2 * ms, took: 9 * ms}
	timed := quick
	timed.timed = true
	for _, c := range []struct {
		samples []download
		version string
		mode    string
		want    float64
		why     string
	}{
		{[]download{steady}, "5.2", "", 2000, "one sample is the estimate: the EWMA's bias is corrected"},
		{[]download{quick}, "5.2", "", nan, "under 10 ms without Resource Timing: from a cache"},
		{[]download{timed}, "5.2", "", 286057, "Resource Timing tells what came over the network, headers included: 250,300 bytes in 7 ms"},
		{[]download{{bytes: 0, ttfb: 20 * ms, took: 40 * ms}}, "5.2", "", nan, "no bytes: no throughput"},
		{[]download{{bytes: 9_000, ttfb: 20 * ms, took: 40 * ms}}, "5.2", "", nan, "one progress event: nothing to set it in relation to"},
		{[]download{steady, steady, steady, {bytes: 250_000, ttfb: 20 * ms, took: 520 * ms}}, "5.2", "", 2344, "one fast sample: the slower average counts, by download time"},
		{[]download{steady, steady, steady, {bytes: 125_000, ttfb: 20 * ms, took: 1020 * ms}}, "5.2", "", 1609, "a slow one pulls the fast average down at once"},
		{[]download{steady, steady, steady, {bytes: 250_000, ttfb: 20 * ms, took: 520 * ms}}, "5.2", "arithmeticMean", 2500, "the mean of three takes all four, for the jump"},
		{[]download{steady, steady, steady, {bytes: 250_000, ttfb: 20 * ms, took: 520 * ms}}, "4.7", "", 2500, "4.7 takes the mean by itself"},
		{[]download{quick}, "4.7", "", 285714, "4.7 goes by cached samples while there are no others"},
		{[]download{quick, steady}, "4.7", "", 2000, "and forgets them then"},
		{[]download{steady, quick}, "4.7", "", 2000, "and takes no more of them"},
		{[]download{{bytes: 250_000, ttfb: 20 * ms, took: 60 * ms}, steady}, "4.7", "", 2000, "4.7's threshold for video is 50 ms of download"},
	} {
		s, err := DashConfig{AverageCalculationMode: c.mode}.settings(c.version)
		if err != nil {
			t.Fatal(err)
		}
		var th throughput
		for _, d := range c.samples {
			th.add(d, &s, s.video.cached)
		}
		if got := th.average(&s, true); !same(math.Round(got), c.want) {
			t.Errorf("%s: average(%v) = %v; want %v: %s", c.version, c.samples, got, c.want, c.why)
		}
	}
}

// 4.7 takes the dead time before the first byte off what a segment can carry.
func TestDeadTimeLatency(t *testing.T) {
	old, _ := DashConfig{}.settings("4.7")
	recent, _ := DashConfig{}.settings("5.2")
	var th throughput
	for _, ttfb := range []time.Duration{5 * time.Second, 200, 300, 200, 300} {
		if ttfb < time.Second {
			ttfb *= time.Millisecond
		}
		th.add(download{bytes: 250_000, ttfb: ttfb, took: ttfb + time.Second}, &old, 0)
	}
	for _, c := range []struct {
		s       *dashSettings
		segment time.Duration
		want    float64
		why     string
	}{
		{&old, 2 * time.Second, 875, "the mean of the last four is 250 ms of 2 s"},
		{&old, 200 * time.Millisecond, 0, "longer than the segment: nothing is carried"},
		{&recent, 2 * time.Second, 1000, "5.2 does not reckon so"},
	} {
		if got := th.usable(1000, c.s, c.segment); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("usable(1000, %v) = %v; want %v: %s", c.segment, got, c.want, c.why)
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// The parameters of BolaRule.js for a ladder of three: bufferTime = max(18, 10+2·3)
// = 18 s, gp = (u_max−1)/(18/10−1), Vp = 10/gp.
func TestBolaParameters(t *testing.T) {
	l := rungs(500, 1000, 4000)
	b := newBola(l, 18, false)
	gp := math.Log(8) / 0.8
	if math.Abs(b.gp-gp) > 1e-12 || math.Abs(b.vp-10/gp) > 1e-12 {
		t.Fatalf("gp, Vp = %v, %v; want %v, %v", b.gp, b.vp, gp, 10/gp)
	}
	for _, c := range []struct {
		level float64
		want  int
		why   string
	}{
		{0, 0, "an empty buffer takes the lowest"},
		{7.32, 0, "rung 1 wins over rung 0 from 10 − Vp·ln 2 = 7.33 s on"},
		{7.34, 1, "just above"},
		{10.88, 1, "rung 2 wins over rung 1 from 10 + Vp·(4 ln 2 − ln 8)/3 = 10.89 s on"},
		{10.90, 2, "just above"},
		{30, 2, "plenty"},
	} {
		if got := b.byLevel(l, c.level); got != c.want {
			t.Errorf("byLevel(%.2f) = %d; want %d: %s", c.level, got, c.want, c.why)
		}
	}
	// _minBufferLevelForRepresentation takes utilities that begin at 1 where the
	// score takes them from 0, so it lies Vp above the true crossing.
	if got := b.least(l, 1); math.Abs(got-(7.333+b.vp)) > 0.001 {
		t.Errorf("least(1) = %v; want 7.333 + Vp", got)
	}
	if most := b.most(l, 2); math.Abs(most-(10*(math.Log(8)+1)/gp+10)) > 1e-9 {
		t.Errorf("most(top) = %v", most)
	}
	if one := newBola(rungs(500), 18, false); !one.one {
		t.Error("a single rendition leaves BOLA nothing to choose")
	}
}

func TestBolaDecides(t *testing.T) {
	l := rungs(500, 1000, 4000)
	now := instant(1)
	b := newBola(l, 18, false)
	if r, wait := b.decide(l, now, 13, math.NaN()); r != noChange || wait != 0 {
		t.Errorf("start-up without a measurement = %d, %v; want no opinion", r, wait)
	}
	if r, _ := b.decide(l, now, 13, 1200); r != 1 || b.steady {
		t.Errorf("start-up = %d, steady %v; want the safe throughput's rung, and to stay in start-up without a segment", r, b.steady)
	}
	b.loaded(l, 1, manifest.Segment{Start: 20 * time.Second, Duration: 2 * time.Second}, 0.5, 13, now)
	if r, _ := b.decide(l, now, 15, 1200); r != 1 || !b.steady {
		t.Errorf("second = %d, steady %v; want rung 1 and steady from now on", r, b.steady)
	}
	if r, _ := b.decide(l, now, 25, 1200); r != 1 {
		t.Errorf("25 s of buffer at 1200 kbit/s = %d; want 1: BOLA-O does not rise above what the network carries", r)
	}
	if r, _ := b.decide(l, now, 25, 9000); r != 2 {
		t.Errorf("25 s of buffer at 9 Mbit/s = %d; want the top", r)
	}
	before := b.placeholder * bolaDecay
	b.loaded(l, 1, manifest.Segment{Start: 18 * time.Second, Duration: 2 * time.Second}, 0.5, 2, now)
	if got := b.placeholder - before; math.Abs(got-2) > 1e-9 {
		t.Errorf("a segment loaded again adds %v s to the placeholder; want its 2 s: it did not let the buffer grow", got)
	}
	b.seeked()
	if b.steady || b.placeholder != 0 {
		t.Error("a seek starts BOLA over")
	}
}

// Over-full for a quality that is not the top, BOLA waits before it asks for more.
func TestBolaWaitsWhenOverFull(t *testing.T) {
	l := rungs(500, 1000, 4000)
	b := newBola(l, 18, false)
	b.steady, b.current = true, 1
	buffer := b.most(l, 1) + 3
	r, wait := b.decide(l, 1, buffer, 1200)
	if r != 1 || math.Abs(wait.Seconds()-3) > 0.001 {
		t.Errorf("decide(%v s) = %d after %v; want rung 1 after 3 s", buffer, r, wait)
	}
}

func TestUseBola(t *testing.T) {
	const threshold = 12 * time.Second
	for _, c := range []struct {
		now   bool
		level time.Duration
		old   bool
		want  bool
		why   string
	}{
		{false, 11 * time.Second, false, false, "throughput until 12 s"},
		{false, 12 * time.Second, false, true, "BOLA from 12 s on"},
		{false, 12 * time.Second, true, false, "4.7: above 12 s"},
		{true, 6 * time.Second, false, true, "stays until half of it"},
		{true, 6 * time.Second, true, false, "4.7: not at half of it"},
		{true, 5900 * time.Millisecond, false, false, "back below 6 s"},
	} {
		if got := useBola(c.now, c.level, threshold, c.old); got != c.want {
			t.Errorf("useBola(%v, %v) = %v; want %v: %s", c.now, c.level, got, c.want, c.why)
		}
	}
}

func TestBufferTargets(t *testing.T) {
	s, err := DashConfig{}.settings("")
	if err != nil {
		t.Fatal(err)
	}
	old, err := DashConfig{}.settings("4.7")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		b       bufferTargets
		top     bool
		content time.Duration
		live    bool
		want    time.Duration
		why     string
	}{
		{s.target, false, time.Hour, false, 18 * time.Second, "bufferTimeDefault below top quality"},
		{s.target, true, 599 * time.Second, false, 30 * time.Second, "bufferTimeAtTopQuality"},
		{s.target, true, 600 * time.Second, false, 60 * time.Second, "long form from 600 s on"},
		{s.target, true, 0, true, 60 * time.Second, "live is endless, so long"},
		{old.target, false, time.Hour, false, 12 * time.Second, "4.7: stableBufferTime"},
	} {
		if got := c.b.generic(c.top, c.content, c.live); got != c.want {
			t.Errorf("target(top %v, %v, live %v) = %v; want %v: %s", c.top, c.content, c.live, got, c.want, c.why)
		}
	}
	if got := audioTarget(7*time.Second, 2*time.Second); got != 8*time.Second {
		t.Errorf("audio beside 7 s of video aims at %v; want a second more", got)
	}
	if got := audioTarget(0, 2*time.Second); got != 2*time.Second {
		t.Errorf("audio beside no video aims at %v; want a segment", got)
	}
}

func TestUntilBelow(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		level, segment, target time.Duration
		due                    bool
		why                    string
	}{
		{15 * s, 2 * s, 18 * s, true, "15 + 2 < 18"},
		{16 * s, 2 * s, 18 * s, false, "16 + 2 is not below 18"},
		{17 * s, 0, 18 * s, true, "audio beside video, and 4.7: no segment counts"},
		{1 * s, 4 * s, 4 * s, true, "target no longer than a segment: it does not count"},
	} {
		if got := untilBelow(c.level, c.segment, c.target) == 0; got != c.due {
			t.Errorf("untilBelow(%v, %v, %v) due = %v; want %v: %s", c.level, c.segment, c.target, got, c.due, c.why)
		}
	}
}

func TestNextLook(t *testing.T) {
	from := instant(100 * time.Second)
	for _, c := range []struct {
		due, want time.Duration
		why       string
	}{
		{-time.Second, 500 * time.Millisecond, "due already: the next look, never now"},
		{500 * time.Millisecond, 500 * time.Millisecond, "just at a look"},
		{501 * time.Millisecond, time.Second, "missed by a millisecond"},
		{2 * time.Second, 2 * time.Second, "looks in between are left out"},
	} {
		if got := nextLook(from, from.Add(c.due), 500*time.Millisecond).Sub(from); got != c.want {
			t.Errorf("look for %v = %v; want %v: %s", c.due, got, c.want, c.why)
		}
	}
}

func TestLiveDelay(t *testing.T) {
	const s = time.Second
	full := manifest.DASHTiming{TargetLatency: 5 * s, SuggestedDelay: 6 * s, MaxSegmentDuration: 2 * s, MinBufferTime: 3 * s}
	without := func(f func(*manifest.DASHTiming)) manifest.DASHTiming { t := full; f(&t); return t }
	no := false
	for _, c := range []struct {
		cfg  DashConfig
		mpd  manifest.DASHTiming
		want time.Duration
		why  string
	}{
		{DashConfig{LiveDelay: 3}, full, 3 * s, "liveDelay beats all"},
		{DashConfig{LiveDelayFragmentCount: 2.5}, full, 5 * s, "liveDelayFragmentCount × maxSegmentDuration"},
		{DashConfig{}, full, 5 * s, "ServiceDescription latency"},
		{DashConfig{}, without(func(t *manifest.DASHTiming) { t.TargetLatency = 0 }), 6 * s, "suggestedPresentationDelay"},
		{DashConfig{UseSuggestedPresentationDelay: &no}, without(func(t *manifest.DASHTiming) { t.TargetLatency = 0 }), 8 * s, "4 × maxSegmentDuration"},
		{DashConfig{}, manifest.DASHTiming{MinBufferTime: 3 * s}, 12 * s, "4 × minBufferTime"},
		{DashConfig{}, manifest.DASHTiming{MinBufferTime: 3 * s, TimeShiftBufferDepth: 10 * s}, 10 * s, "never more than the window"},
	} {
		set, err := c.cfg.settings("")
		if err != nil {
			t.Fatal(err)
		}
		if got := liveDelayOf(&set, &c.mpd); got != c.want {
			t.Errorf("live delay for %+v = %v; want %v: %s", c.cfg, got, c.want, c.why)
		}
	}
}

func TestCatchUpRate(t *testing.T) {
	for _, c := range []struct {
		drift float64
		empty bool
		want  float64
		why   string
	}{
		{0, false, 1, "on target"},
		{5, false, 1.5, "far behind: the fastest"},
		{-5, false, 0.5, "far ahead: the slowest"},
		{0.1, false, 1.1225, "1 - c + 2c/(1 + e^-5d) with c = 0.5"},
		{5, true, 1, "an empty buffer waits until it is filled"},
		{-5, true, 1, "whichever way"},
	} {
		if got := (catchUp{slowest: -0.5, fastest: 0.5}).rate(c.drift, 3, 9, c.empty); math.Abs(got-c.want) > 0.001 {
			t.Errorf("rate(%v, %v) = %v; want %v: %s", c.drift, c.empty, got, c.want, c.why)
		}
	}
}

func TestCatchUpRateLoLP(t *testing.T) {
	c := catchUp{slowest: -0.5, fastest: 0.5, bufferMin: 1}
	for _, row := range []struct {
		drift, buffer, want float64
		why                 string
	}{
		{5, 0.2, 1 - 0.5 + 1/(1+math.Exp(4)), "a short buffer slows down, however late"},
		{0.05, 2, 1, "two per cent of 3 s are near enough"},
		{0.07, 2, 1 - 0.5 + 1/(1+math.Exp(-0.35)), "more is not"},
		{-5, 2, 0.5, "too early: slower"},
	} {
		if got := c.rate(row.drift, 3, row.buffer, true); math.Abs(got-row.want) > 1e-9 {
			t.Errorf("rate(%v) with %v s = %v; want %v: %s", row.drift, row.buffer, got, row.want, row.why)
		}
	}
}

func TestCatchUpFor(t *testing.T) {
	drift := 3.0
	for _, c := range []struct {
		cfg  DashConfig
		says manifest.Latency
		want catchUp
		why  string
	}{
		{DashConfig{}, manifest.Latency{}, catchUp{-0.5, 0.5, 12, 0}, "defaults of MediaPlayerModel.js"},
		{DashConfig{}, manifest.Latency{MinRate: 0.96, MaxRate: 1.04}, catchUp{-0.04, 0.04, 12, 0}, "ServiceDescription tells rates, dash.js counts from 1"},
		{DashConfig{}, manifest.Latency{Target: 3 * time.Second, Max: 6 * time.Second}, catchUp{-0.5, 0.5, 3.5, 0}, "max - target + 0.5 s"},
		{DashConfig{}, manifest.Latency{Target: 3 * time.Second, Max: 2 * time.Second}, catchUp{-0.5, 0.5, 12, 0}, "a maximum below the target says nothing"},
		{DashConfig{}, manifest.Latency{MinRate: 0.2, MaxRate: 3}, catchUp{-0.5, 1, 12, 0}, "between half and twice the speed"},
		{DashConfig{LiveCatchupRateMax: 0.15, LiveCatchupMaxDrift: &drift}, manifest.Latency{MaxRate: 1.04, Max: time.Minute}, catchUp{0, 0.15, 3, 0}, "settings beat the manifest; one rate alone leaves the other at 0"},
		{DashConfig{LiveCatchupMode: "liveCatchupModeLoLP"}, manifest.Latency{}, catchUp{-0.5, 0.5, 12, 0.5}, "LoL+ goes by half a second of buffer"},
	} {
		s, err := c.cfg.settings("5.2")
		if err != nil {
			t.Fatal(err)
		}
		got := s.catchUpFor(c.says)
		if math.Abs(got.slowest-c.want.slowest) > 1e-9 || math.Abs(got.fastest-c.want.fastest) > 1e-9 || got.drift != c.want.drift || got.bufferMin != c.want.bufferMin {
			t.Errorf("catchUpFor(%+v) with %+v = %+v; want %+v: %s", c.says, c.cfg, got, c.want, c.why)
		}
	}
}

func TestDashConfigRefuses(t *testing.T) {
	three := -3
	for _, c := range []struct {
		cfg     DashConfig
		version string
		why     string
	}{
		{DashConfig{}, "2.9", "a version that was not studied"},
		{DashConfig{}, "5.x", "no version"},
		{DashConfig{}, "47", "nor is this"},
		{DashConfig{AverageCalculationMode: "median"}, "", "no such mode"},
		{DashConfig{LiveCatchupMode: "liveCatchupModeStep"}, "", "a mode that is not played"},
		{DashConfig{LiveDelay: -1}, "", "a negative delay"},
		{DashConfig{BufferTimeDefault: math.NaN()}, "", "not a number"},
		{DashConfig{RetryIntervalMPD: math.Inf(1)}, "", "no interval"},
		{DashConfig{RetryAttemptsMPD: &three}, "", "fewer attempts than none"},
	} {
		if _, err := c.cfg.settings(c.version); err == nil {
			t.Errorf("settings(%+v, %q) accepted: %s", c.cfg, c.version, c.why)
		}
	}
}

func TestDashConfigAccepts(t *testing.T) {
	none := 0
	s, err := DashConfig{RetryAttemptsMPD: &none, RetryIntervalMedia: 250}.settings("5.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if s.mpd.retries != 0 || s.mpd.interval != 500*time.Millisecond || s.mpd.timeout != 10*time.Second {
		t.Errorf("MPD = %+v; want no retries, 0.5 s, 10 s", s.mpd)
	}
	if s.media.retries != 3 || s.media.interval != 250*time.Millisecond || s.media.timeout != 20*time.Second {
		t.Errorf("media = %+v; want 3 retries, 250 ms, 20 s", s.media)
	}
	if s.mean {
		t.Error("5.2 averages by EWMA, not by arithmetic mean")
	}
}
