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
		average, buffer, segment float64
		empty                    bool
		ignore, want             int
		why                      string
	}{
		{1000, 2, 2, false, 0, 1, "0.7 × 1000 × 2/2 = 700 kbit/s"},
		{1000, 4, 2, false, 0, 2, "twice the buffer carries twice as much"},
		{1000, 0.5, 2, false, 0, 0, "175 kbit/s: the lowest"},
		{1000, 4, 2, true, 0, 0, "empty buffer: the lowest"},
		{1000, 0.5, 2, true, 1, noChange, "the first two segments after a start or seek are ignored"},
		{math.NaN(), 4, 2, false, 0, noChange, "nothing measured"},
		{1000, 4, 0, false, 0, noChange, "segment duration unknown"},
	} {
		if got := insufficientBufferRule(l, c.average, c.buffer, c.segment, c.empty, c.ignore); got != c.want {
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
		want  int
		why   string
	}{
		{[][2]int{{2, 1}}, 1, 6, noChange, "seven samples are too few"},
		{[][2]int{{2, 1}}, 1, 7, 1, "1 drop in 8 is 1/7 > 0.075: one below the rung that was left"},
		{nil, 2, 8, noChange, "no drop"},
		{[][2]int{{2, 1}}, 1, 8, noChange, "the drop has left the window of 8"},
		{[][2]int{{1, 0}}, 2, 7, 2, "the sum is complete at rung 2, which itself was never left: cap there"},
	} {
		var h switchHistory
		for _, m := range c.moves {
			h.push(m[0], m[1])
		}
		for range c.n {
			h.push(c.stay, c.stay)
		}
		if got := switchHistoryRule(l, &h); got != c.want {
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
		if got := abandonRule(l, c.rung, c.loaded, total, c.ms, 2); got != c.want {
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
	type sample struct {
		bytes      int64
		ttfb, took time.Duration
	}
	steady := sample{250_000, 20 * ms, 1020 * ms} // 2000 kbit/s for a second
	for _, c := range []struct {
		samples    []sample
		ewma, mean float64
		why        string
	}{
		{[]sample{steady}, 2000, 2000, "one sample is the estimate: the EWMA's bias is corrected"},
		{[]sample{{250_000, 2 * ms, 9 * ms}}, math.NaN(), math.NaN(), "under 10 ms: from a cache"},
		{[]sample{{0, 20 * ms, 40 * ms}}, math.NaN(), math.NaN(), "no bytes: no throughput"},
		{[]sample{steady, steady, steady, {250_000, 20 * ms, 520 * ms}}, 2344, 2500, "one fast sample: the slower average counts, by download time; the mean takes all four, for the jump"},
		{[]sample{steady, steady, steady, {125_000, 20 * ms, 1020 * ms}}, 1609, 1750, "a slow one pulls the fast average down at once"},
	} {
		var th throughput
		for _, s := range c.samples {
			th.add(s.bytes, s.ttfb, s.took, 10*ms)
		}
		if got := th.ewma(); !same(got, c.ewma) {
			t.Errorf("ewma(%v) = %v; want %v: %s", c.samples, got, c.ewma, c.why)
		}
		if got := th.mean(3); !same(got, c.mean) {
			t.Errorf("mean(%v) = %v; want %v: %s", c.samples, got, c.mean, c.why)
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// The parameters of BolaRule.js for a ladder of three: bufferTime = max(18, 10+2·3)
// = 18 s, gp = (u_max−1)/(18/10−1), Vp = 10/gp.
func TestBolaParameters(t *testing.T) {
	l := rungs(500, 1000, 4000)
	b := newBola(l, 18)
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
	if one := newBola(rungs(500), 18); !one.one {
		t.Error("a single rendition leaves BOLA nothing to choose")
	}
}

func TestBolaDecides(t *testing.T) {
	l := rungs(500, 1000, 4000)
	now := time.Unix(0, 0)
	b := newBola(l, 18)
	if r, wait := b.decide(l, now, 13, math.NaN()); r != noChange || wait != 0 {
		t.Errorf("start-up without a measurement = %d, %v; want no opinion", r, wait)
	}
	if r, _ := b.decide(l, now, 13, 1200); r != 1 || b.steady {
		t.Errorf("start-up = %d, steady %v; want the safe throughput's rung, and to stay in start-up without a segment", r, b.steady)
	}
	b.loaded(l, 1, 2, 0.5, 15, now, false)
	if r, _ := b.decide(l, now, 15, 1200); r != 1 || !b.steady {
		t.Errorf("second = %d, steady %v; want rung 1 and steady from now on", r, b.steady)
	}
	if r, _ := b.decide(l, now, 25, 1200); r != 1 {
		t.Errorf("25 s of buffer at 1200 kbit/s = %d; want 1: BOLA-O does not rise above what the network carries", r)
	}
	if r, _ := b.decide(l, now, 25, 9000); r != 2 {
		t.Errorf("25 s of buffer at 9 Mbit/s = %d; want the top", r)
	}
	b.seeked()
	if b.steady || b.placeholder != 0 {
		t.Error("a seek starts BOLA over")
	}
}

// Over-full for a quality that is not the top, BOLA waits before it asks for more.
func TestBolaWaitsWhenOverFull(t *testing.T) {
	l := rungs(500, 1000, 4000)
	b := newBola(l, 18)
	b.steady, b.current = true, 1
	buffer := b.most(l, 1) + 3
	r, wait := b.decide(l, time.Unix(0, 0), buffer, 1200)
	if r != 1 || math.Abs(wait.Seconds()-3) > 0.001 {
		t.Errorf("decide(%v s) = %d after %v; want rung 1 after 3 s", buffer, r, wait)
	}
}

func TestUseBola(t *testing.T) {
	const threshold = 12 * time.Second
	for _, c := range []struct {
		now   bool
		level time.Duration
		want  bool
		why   string
	}{
		{false, 11 * time.Second, false, "throughput until 12 s"},
		{false, 12 * time.Second, true, "BOLA from 12 s on"},
		{true, 6 * time.Second, true, "stays until half of it"},
		{true, 5900 * time.Millisecond, false, "back below 6 s"},
	} {
		if got := useBola(c.now, c.level, threshold); got != c.want {
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
	from := time.Unix(100, 0)
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
		drift      float64
		recovering bool
		buffer     time.Duration
		want       float64
		why        string
	}{
		{0, false, 5 * time.Second, 1, "on target"},
		{5, false, 5 * time.Second, 1.5, "far behind: the fastest"},
		{-5, false, 5 * time.Second, 0.5, "far ahead: the slowest"},
		{5, true, 3 * time.Second, 1, "recovering from a stall with half the delay buffered: not yet"},
	} {
		if got := catchUpRate(c.drift, -0.5, 0.5, c.recovering, c.buffer, 8*time.Second); math.Abs(got-c.want) > 0.001 {
			t.Errorf("catchUpRate(%v) = %v; want %v: %s", c.drift, got, c.want, c.why)
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
