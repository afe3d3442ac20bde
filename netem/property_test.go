package netem

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/qoe"
)

// anyProfile draws a valid link.
func anyProfile(t *rapid.T) Profile {
	p := Profile{
		RTT:        time.Duration(rapid.IntRange(0, 300).Draw(t, "rtt ms")) * ms,
		Loss:       rapid.SampledFrom([]float64{0, 0, 0.001, 0.02, 0.05}).Draw(t, "loss"),
		Congestion: rapid.SampledFrom([]string{"", Cubic, BBR}).Draw(t, "congestion"),
		Queue:      rapid.SampledFrom([]int{0, 50}).Draw(t, "queue"),
		TLS:        rapid.Bool().Draw(t, "tls"),
		Scatter:    rapid.Bool().Draw(t, "scatter"),
	}
	p.Jitter = time.Duration(rapid.IntRange(0, int(p.RTT/ms)).Draw(t, "jitter ms")) * ms
	for range rapid.IntRange(0, 4).Draw(t, "steps") {
		p.Steps = append(p.Steps, Step{
			For:  time.Duration(rapid.IntRange(50, 5000).Draw(t, "for ms")) * ms,
			Kbps: rapid.SampledFrom([]float64{0, 2000, 5000, 100_000}).Draw(t, "kbps"),
		})
	}
	if p.Validate() != nil { // every rate is 0
		p.Steps[0].Kbps = 1000
	}
	return p
}

// Whatever the link: every exchange ends exactly once, with all bytes, in order
// of its events; a cancelled one never; and what is loaded only grows, no faster
// than the link.
func TestEveryExchangeEndsOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := anyProfile(rt)
		b := newBench(t, p, rapid.Uint64().Draw(rt, "seed"))
		var all []*transfer
		cancelled := map[*transfer]bool{}
		var size int64
		for i := range rapid.IntRange(1, 20).Draw(rt, "exchanges") {
			r := Reply{
				Bytes: rapid.Int64Range(0, 500_000).Draw(rt, "bytes"),
				Delay: time.Duration(rapid.IntRange(0, 2000).Draw(rt, "delay ms")) * ms,
				Reset: rapid.IntRange(0, 9).Draw(rt, "reset") == 0,
			}
			host := rapid.SampledFrom([]string{"edge", "api"}).Draw(rt, "host")
			at := time.Duration(rapid.IntRange(0, 3000).Draw(rt, "at ms")) * ms
			cancel := time.Duration(rapid.IntRange(0, 20_000).Draw(rt, "cancel ms")) * ms
			b.tab.After(at, func() {
				x := b.ask(host, r, nil)
				all = append(all, x)
				if i%3 == 0 {
					b.tab.After(cancel, func() {
						if x.ends == 0 {
							cancelled[x] = true
							x.Cancel()
						}
					})
				}
			})
			size += r.Bytes
		}
		loaded := map[*transfer]int64{}
		for range 20 {
			b.run(700 * ms)
			for _, x := range all {
				if n := x.Loaded(); n < loaded[x] {
					rt.Fatalf("Loaded went from %d back to %d", loaded[x], n)
				} else {
					loaded[x] = n
				}
			}
		}
		b.run(48 * time.Hour)
		for i, x := range all {
			want := 1
			if cancelled[x] {
				want = 0
			}
			if x.ends != want {
				rt.Fatalf("exchange %d on %+v: done %d times; want %d", i, p, x.ends, want)
			}
			if x.Busy() {
				rt.Fatalf("exchange %d on %+v is busy after its end", i, p)
			}
			if want == 1 && x.failure == qoe.NoFailure && (x.Loaded() != int64(x.size) || x.first.Before(x.arrived) || x.done.Before(x.first)) {
				rt.Fatalf("exchange %d: %d of %v bytes, arrived %v, first %v, done %v", i, x.Loaded(), x.size, x.arrived, x.first, x.done)
			}
		}
		if len(b.model.active) != 0 || b.model.tick.Pending() {
			rt.Fatalf("%d transfers still active, timer pending: %v; want neither", len(b.model.active), b.model.tick.Pending())
		}
		for _, h := range b.model.hosts {
			if h.open != len(h.idle) || h.open > poolSize || len(h.queue) > 0 {
				rt.Fatalf("%s: %d open, %d idle, %d queued; want all idle", h.host, h.open, len(h.idle), len(h.queue))
			}
		}
	})
}

// The link carries what its rate says, neither more nor less: n transfers on it
// end when their sum is through.
func TestBytesConserved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := anyProfile(rt)
		p.RTT, p.Jitter, p.Loss, p.Scatter = 0, 0, 0, false
		if len(p.Steps) == 0 {
			p.Steps = []Step{{Kbps: 1000}}
		}
		b := newBench(t, p, 1)
		sum, ends := 0.0, []*transfer{}
		for _, size := range rapid.SliceOfN(rapid.Int64Range(1, 3_000_000), 1, 6).Draw(rt, "sizes") {
			sum += float64(size)
			ends = append(ends, b.ask("edge", Reply{Bytes: size}, nil))
		}
		b.run(240 * time.Hour)
		var begun, last time.Time
		for _, x := range ends {
			begun, last = x.first, later(last, x.done)
		}
		want := epoch.Add(time.Duration(b.model.link.carry(instant(begun.Sub(epoch)), sum)))
		if diff := last.Sub(want).Abs(); diff > 100*time.Microsecond {
			rt.Fatalf("%v bytes through at %s; the link alone: %s", sum, last.Sub(epoch), want.Sub(epoch))
		}
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// A faster link never makes a transfer end later.
func TestFasterIsNotLater(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := anyProfile(rt)
		p.Loss = 0
		if len(p.Steps) == 0 {
			p.Steps = []Step{{Kbps: 1000}}
		}
		seed, size := rapid.Uint64().Draw(rt, "seed"), rapid.Int64Range(0, 3_000_000).Draw(rt, "size")
		factor := rapid.Float64Range(1, 4).Draw(rt, "factor")
		slow := took(t, p, seed, size)
		fast := p
		fast.Steps = nil
		for _, s := range p.Steps {
			fast.Steps = append(fast.Steps, Step{s.For, s.Kbps * factor})
		}
		if got := took(t, fast, seed, size); got > slow+time.Microsecond {
			rt.Fatalf("%d bytes took %s, at %.2f times the rate %s", size, slow, factor, got)
		}
	})
}

func took(t *testing.T, p Profile, seed uint64, size int64) time.Duration {
	b := newBench(t, p, seed)
	x := b.get("edge", size)
	b.run(240 * time.Hour)
	return x.took()
}

// n equal transfers that share the link take n times as long as one alone.
func TestEqualShares(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, size := rapid.IntRange(1, poolSize).Draw(rt, "n"), rapid.Int64Range(1, 2_000_000).Draw(rt, "size")
		p := simple(0)
		alone := bodyTime(t, p, 1, size)
		if got, want := bodyTime(t, p, n, size), alone*time.Duration(n); (got - want).Abs() > time.Microsecond {
			rt.Fatalf("%d transfers of %d bytes took %s; want %d x %s", n, size, got, n, alone)
		}
	})
}

func bodyTime(t *testing.T, p Profile, n int, size int64) time.Duration {
	b := newBench(t, p, 1)
	var x *transfer
	for range n {
		x = b.get("edge", size)
	}
	b.run(time.Hour)
	return x.done.Sub(x.first)
}
