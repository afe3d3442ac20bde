package player

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A source buffer holds what a plain array of seconds would hold.
func TestSpansAreAnArray(t *testing.T) {
	const n = 40
	rapid.Check(t, func(t *rapid.T) {
		var s spans
		var want [n]int64
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			from := rapid.IntRange(0, n).Draw(t, "from")
			to := rapid.IntRange(0, n).Draw(t, "to")
			rate := rapid.Int64Range(0, 3).Draw(t, "rate") // 0 removes
			a, b := time.Duration(from)*time.Second, time.Duration(to)*time.Second
			if rate == 0 {
				s = s.cut(a, b)
			} else {
				s = s.add(a, b, rate)
			}
			for i := from; i < to; i++ {
				want[i] = rate
			}
			checkSpans(t, s, want[:])
		}
	})
}

func checkSpans(t *rapid.T, s spans, want []int64) {
	for i := 1; i < len(s); i++ {
		if s[i].start < s[i-1].end || s[i].start == s[i-1].end && s[i].bitrate == s[i-1].bitrate {
			t.Fatalf("%v: span %d should be apart from the one before, or one with it", s, i)
		}
	}
	for i, rate := range want {
		at := time.Duration(i) * time.Second
		sp, _ := s.at(at)
		if sp.bitrate != rate {
			t.Fatalf("%v.at(%v) = %v; want bit rate %d", s, at, sp, rate)
		}
		end, next := i, i+1
		for end < len(want) && want[end] != 0 {
			end++
		}
		if got := s.reach(at, 0); got != time.Duration(end)*time.Second {
			t.Fatalf("%v.reach(%v) = %v; want %d s", s, at, got, end)
		}
		for next < len(want) && (want[next] == 0 || want[next] == want[next-1]) {
			next++
		}
		if got, ok := s.next(at); ok != (next < len(want)) || ok && got != time.Duration(next)*time.Second {
			t.Fatalf("%v.next(%v) = %v, %v; want %d s", s, at, got, ok, next)
		}
	}
	bits, covered := s.weigh(0, time.Duration(len(want))*time.Second)
	for _, rate := range want {
		if bits -= float64(rate); rate != 0 {
			covered -= time.Second
		}
	}
	if bits > 1e-6 || bits < -1e-6 || covered != 0 {
		t.Fatalf("%v.weigh is off by %v bits, %v", s, bits, covered)
	}
}

// The short ways that hold nearly always lead where the long ones do.
func TestSpansShortWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string) time.Duration { return time.Duration(rapid.IntRange(0, 40).Draw(t, name)) }
		var s spans
		for range rapid.IntRange(0, 6).Draw(t, "spans") {
			s = s.add(at("from"), at("to"), rapid.Int64Range(1, 2).Draw(t, "rate"))
		}
		pos, hole := at("pos"), at("hole")/4
		if got, want := s.reach(pos, hole), s.reachOver(pos, hole); got != want {
			t.Fatalf("%v.reach(%v, %v) = %v; want %v", s, pos, hole, got, want)
		}
		if end, ok := s.lastReach(pos, hole); ok && end > pos {
			p := &hlsPipeline{h: &hls{el: &element{}, opt: &hlsOptions{}}}
			p.h.opt.maxBufferHole, p.nextLoad, p.h.el.buffers[0] = hole, pos, s
			if got, want := p.forward(), forwardAt(s, pos, hole); got != want {
				t.Fatalf("forward in %v at %v over %v is %+v; want %+v", s, pos, hole, got, want)
			}
		}
		if got, want := slices.Clone(s).behind(pos), slices.Clone(s).cut(0, pos); !slices.Equal(got, want) {
			t.Fatalf("%v.behind(%v) = %v; want %v", s, pos, got, want)
		}
		if got, want := slices.Clone(s), slices.Clone(s).behind(pos); got.shorten(pos) && !slices.Equal(got, want) {
			t.Fatalf("%v.shorten(%v) makes %v; want %v", s, pos, got, want)
		}
		from, want := at("weighed from"), 0.0
		to := from + at("weighed")
		for _, sp := range s {
			want += float64(sp.bitrate) * max(min(sp.end, to)-max(sp.start, from), 0).Seconds()
		}
		if rate, ok := s.latest(from, to); ok && float64(rate)*(to-from).Seconds() != want {
			t.Fatalf("%v.latest(%v, %v) = %v; want %v in all", s, from, to, rate, want)
		}
		if got, _ := s.weigh(from, to); math.Abs(got-want) > 1e-15 {
			t.Fatalf("%v.weigh(%v, %v) = %v; want %v", s, from, to, got, want)
		}
	})
}

func TestSpansReachOverHoles(t *testing.T) {
	s := spans{{0, 2 * time.Second, 1}, {2050 * time.Millisecond, 4 * time.Second, 1}, {5 * time.Second, 6 * time.Second, 1}}
	for _, c := range []struct {
		why      string
		at, hole time.Duration
		want     time.Duration
	}{
		{"hole wider than allowed", time.Second, 0, 2 * time.Second},
		{"hole passed over", time.Second, 100 * time.Millisecond, 4 * time.Second},
		{"from within a small hole", 2020 * time.Millisecond, 100 * time.Millisecond, 4 * time.Second},
		{"from within a wide one", 4500 * time.Millisecond, 100 * time.Millisecond, 4500 * time.Millisecond},
		{"past the end", 9 * time.Second, time.Second, 9 * time.Second},
	} {
		if got := s.reach(c.at, c.hole); got != c.want {
			t.Errorf("%s: reach(%v, %v) = %v; want %v", c.why, c.at, c.hole, got, c.want)
		}
	}
}
