package abr

import (
	"math/rand/v2"
	"testing"
	"time"

	"soak/netem"
)

func TestLink(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	l, err := newLink(netem.Profile{Steps: []netem.Step{{For: s, Kbps: 1000}, {For: 2 * s, Kbps: 0}, {For: s, Kbps: 2000}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from time.Duration
		bits int64
		want time.Duration
		why  string
	}{
		{0, 500_000, 500 * ms, "half a second at 1 Mbit/s"},
		{0, 1_000_000, s, "ends with the step, not after the outage"},
		{0, 1_000_001, 3*s + 500, "one bit more waits for the outage: 500 ns at 2 Mbit/s"},
		{1500 * ms, 2_000_000, 4 * s, "begun in the outage"},
		{0, 3_000_000, 4 * s, "just a cycle"},
		{0, 3_500_000, 4500 * ms, "the trace starts over"},
		{500 * ms, 6_000_000, 8500 * ms, "two cycles from the middle of a step"},
		{900 * ms, 1, 900*ms + 1000, "one bit is a microsecond"},
		{0, 3_000_000_000_000, 4_000_000 * s, "46 days are still reckoned exactly"},
	} {
		if got := l.finish(c.from, c.bits); got != c.want {
			t.Errorf("finish(%v, %d) = %v; want %v: %s", c.from, c.bits, got, c.want, c.why)
		}
	}
	for _, c := range []struct {
		from, to time.Duration
		want     int64
	}{{0, s, 125_000}, {0, 3 * s, 125_000}, {0, 4 * s, 375_000}, {500 * ms, 9 * s, 2*375_000 + 62_500}, {s, s, 0}, {2 * s, s, 0}} {
		if got := l.carried(c.from, c.to); got != c.want {
			t.Errorf("carried(%v, %v) = %d; want %d", c.from, c.to, got, c.want)
		}
	}
}

// What a link has carried when a download ends is the download.
func TestLinkCarriesWhatItFinishes(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p := randomTrace(rng, 50+rng.Float64()*5000)
		l, err := newLink(p)
		if err != nil {
			t.Fatal(err)
		}
		from, bits := time.Duration(rng.Int64N(int64(time.Minute))), 8*(1+rng.Int64N(40_000_000))
		end := l.finish(from, bits)
		if got := l.carried(from, end); got < bits/8 {
			t.Errorf("seed %d: %d bytes carried when %d are finished", seed, got, bits/8)
		}
		if got := l.carried(from, end-1); got >= bits/8 {
			t.Errorf("seed %d: all %d bytes there a nanosecond before the end", seed, got)
		}
		if want := download(p, from, bits); end != want {
			t.Errorf("seed %d: finish = %v; want %v", seed, end, want)
		}
	}
}

func TestLinkRefuses(t *testing.T) {
	for name, p := range map[string]netem.Profile{"no rates": {}, "all zero": {Steps: []netem.Step{{For: time.Second}}}} {
		if _, err := newLink(p); err == nil {
			t.Errorf("newLink(%s) is accepted", name)
		}
	}
}
