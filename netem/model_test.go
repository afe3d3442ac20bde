package netem

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"soak/loop"
	"soak/qoe"
)

var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// bench is one viewer's link in a world of its own.
type bench struct {
	t     testing.TB
	world *loop.World
	tab   *loop.Virtual
	model *Model
}

func newBench(t testing.TB, p Profile, seed uint64) *bench {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	w := loop.NewWorld(epoch)
	tab := w.Loop()
	return &bench{t, w, tab, NewModel(p, tab, rand.New(rand.NewPCG(seed, 1)))}
}

// run lets d pass.
func (b *bench) run(d time.Duration) {
	b.t.Helper()
	if err := b.world.Run(context.Background(), b.tab.Now().Add(d)); err != nil {
		b.t.Fatal(err)
	}
}

// party is one of functions.
type party struct {
	arrive func(*Exchange)
	done   func(qoe.Failure)
}

func (p party) Arrive(e *Exchange)              { p.arrive(e) }
func (p party) Done(_ *Exchange, f qoe.Failure) { p.done(f) }

// transfer is what became of one exchange.
type transfer struct {
	*Exchange
	asked, arrived, first, done time.Time
	failure                     qoe.Failure
	ends                        int // how often done was called
}

func (x *transfer) took() time.Duration { return x.done.Sub(x.asked) }

// get asks for size bytes, answered at once.
func (b *bench) get(host string, size int64) *transfer {
	return b.ask(host, Reply{Bytes: size}, nil)
}

func (b *bench) ask(host string, r Reply, then func()) *transfer {
	x := &transfer{Exchange: new(Exchange), asked: b.tab.Now()}
	b.model.Do(x.Exchange, host, 400, party{
		func(e *Exchange) { x.arrived = b.tab.Now(); e.Answer(&r) },
		func(f qoe.Failure) {
			x.first, x.done, x.failure = x.FirstByte(), b.tab.Now(), f
			x.ends++
			if then != nil {
				then()
			}
		}})
	return x
}

// link names the measured links; TLS was not measured.
func measured(name, congestion string) Profile {
	p, err := Builtin(name)
	if err != nil {
		panic(err)
	}
	p.TLS, p.Congestion = false, congestion
	return p
}

const kB = 1000

// TestMeasured holds the model against transfers timed through a user-space link
// with the kernel's own TCP, without loss.
func TestMeasured(t *testing.T) {
	const fresh, warm, idle = "fresh", "warm", "idle"
	for _, row := range []struct {
		link, cc, mode string
		size           int64
		seconds        float64
	}{
		{"3g", Cubic, fresh, 250 * kB, 2.89},
		{"3g", Cubic, fresh, 500 * kB, 5.68},
		{"3g", Cubic, fresh, 1000 * kB, 10.93},
		{"3g", Cubic, fresh, 2000 * kB, 21.66},
		{"3g", Cubic, warm, 250 * kB, 2.79},
		{"3g", Cubic, warm, 500 * kB, 5.48},
		{"3g", Cubic, warm, 1000 * kB, 10.83},
		{"3g", Cubic, warm, 2000 * kB, 21.64},
		{"3g", Cubic, idle, 250 * kB, 2.87},
		{"3g", Cubic, idle, 500 * kB, 5.47},
		{"3g", Cubic, idle, 1000 * kB, 10.83},
		{"3g", BBR, fresh, 250 * kB, 2.892},
		{"4g", Cubic, fresh, 250 * kB, 0.408},
		{"4g", Cubic, fresh, 500 * kB, 0.649},
		{"4g", Cubic, fresh, 1000 * kB, 1.108},
		{"4g", Cubic, fresh, 2000 * kB, 2.031},
		{"4g", Cubic, warm, 250 * kB, 0.285},
		{"4g", Cubic, warm, 500 * kB, 0.517},
		{"4g", Cubic, warm, 1000 * kB, 1.004},
		{"4g", Cubic, warm, 2000 * kB, 1.910},
		{"4g", Cubic, idle, 250 * kB, 0.354},
		{"4g", Cubic, idle, 500 * kB, 0.613}, // 0.682 with the one repeat of three that took 0.82
		{"4g", Cubic, idle, 1000 * kB, 1.063},
		{"4g", Cubic, idle, 2000 * kB, 1.984},
		{"4g", BBR, fresh, 250 * kB, 0.414},
		{"4g", BBR, fresh, 500 * kB, 0.666},
		{"4g", BBR, fresh, 1000 * kB, 1.206},
		{"4g", BBR, fresh, 2000 * kB, 2.038},
		{"4g", BBR, warm, 250 * kB, 0.284},
		{"4g", BBR, warm, 500 * kB, 0.550},
		{"4g", BBR, idle, 250 * kB, 0.285}, // BBR keeps its rate over the pause
		{"4g", BBR, idle, 500 * kB, 0.516},
		{"4g", BBR, idle, 1000 * kB, 0.982},
		{"4g", BBR, idle, 2000 * kB, 1.910},
	} {
		b := newBench(t, measured(row.link, row.cc), 1)
		x := b.timed(row.mode, row.size)
		if ratio := x.took().Seconds() / row.seconds; ratio < 0.9 || ratio > 1.1 {
			t.Errorf("%s %s %s %d kB: took %.3f s; measured %.3f s (ratio %.2f)", row.link, row.cc, row.mode, row.size/kB, x.took().Seconds(), row.seconds, ratio)
		} else {
			t.Logf("%s %s %s %d kB: %.3f s, measured %.3f s (%.2f)", row.link, row.cc, row.mode, row.size/kB, x.took().Seconds(), row.seconds, ratio)
		}
	}
}

// timed carries size bytes on a connection that is fresh, warm (back to back) or
// idle (after 1.5 s).
func (b *bench) timed(mode string, size int64) *transfer {
	b.t.Helper()
	pause := map[string]time.Duration{"warm": 0, "idle": 1500 * time.Millisecond}
	var x *transfer
	if mode == "fresh" {
		x = b.get("edge", size)
	} else {
		b.ask("edge", Reply{Bytes: 1000 * kB}, func() {
			b.tab.After(pause[mode], func() { x = b.get("edge", size) })
		})
	}
	b.run(time.Hour)
	if x.ends != 1 || x.failure != qoe.NoFailure {
		b.t.Fatalf("%s %d bytes: done %d times, failure %q; want once, none", mode, size, x.ends, x.failure)
	}
	return x
}

// TestMeasuredLoss compares means over many draws with what was measured on
// 2 Mbit/s, 80 ms, 2 % loss: few repeats that differ by up to a factor 2.9, so the
// row gives the range the mean must lie in.
func TestMeasuredLoss(t *testing.T) {
	for _, row := range []struct {
		cc, mode  string
		size      int64
		low, high float64
		why       string
	}{
		{BBR, "fresh", 250 * kB, 1.23, 1.36, "measured 1.298, 5 % either way"},
		{BBR, "fresh", 500 * kB, 2.29, 2.86, "measured 2.724 (n = 3, 20 % above the other cells), 2.41 if in line with them"},
		{BBR, "fresh", 1000 * kB, 4.23, 4.68, "measured 4.458, 5 % either way"},
		{BBR, "fresh", 2000 * kB, 8.28, 9.15, "measured 8.715, 5 % either way"},
		{BBR, "warm", 250 * kB, 1.09, 1.21, "measured 1.15, 5 % either way"},
		{BBR, "warm", 500 * kB, 2.14, 2.36, "measured 2.25, 5 % either way"},
		{BBR, "warm", 1000 * kB, 4.25, 4.69, "measured 4.47, 5 % either way"},
		{BBR, "idle", 1000 * kB, 4.22, 4.66, "measured 4.44, 5 % either way"},
		{Cubic, "fresh", 250 * kB, 1.26, 1.86, "measured 1.39 [1.26-1.86]: faster than on a used connection"},
		{Cubic, "fresh", 500 * kB, 2.3, 6.8, "measured 3.50 [2.3-6.8]"},
		{Cubic, "warm", 250 * kB, 2.1, 3.0, "measured 2.63 [2.1-3.0]"},
		{Cubic, "warm", 500 * kB, 3.8, 5.3, "measured 4.36 [3.8-5.3]"},
		{Cubic, "idle", 250 * kB, 2.1, 3.7, "measured 2.86 [2.1-3.7]"},
		{Cubic, "idle", 500 * kB, 2.7, 7.4, "measured 4.42 [2.7-7.4]"},
	} {
		const draws = 400
		var sum, least, most float64
		for seed := range uint64(draws) {
			b := newBench(t, measured("poor-wifi", row.cc), seed)
			s := b.timed(row.mode, row.size).took().Seconds()
			sum += s
			most = max(most, s)
			if least == 0 || s < least {
				least = s
			}
		}
		mean := sum / draws
		t.Logf("%s %s %d kB: mean %.2f s [%.2f-%.2f]; %s", row.cc, row.mode, row.size/kB, mean, least, most, row.why)
		if mean < row.low || mean > row.high {
			t.Errorf("%s %s %d kB: mean %.2f s; want %.2f to %.2f: %s", row.cc, row.mode, row.size/kB, mean, row.low, row.high, row.why)
		}
	}
}
