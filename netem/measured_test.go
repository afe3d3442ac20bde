package netem

import (
	"slices"
	"testing"
	"time"

	"soak/qoe"
)

// measured is one of the links that were measured; TLS was not.
func measured(name, congestion string) Profile {
	p, err := Builtin(name)
	if err != nil {
		panic(err)
	}
	p.TLS, p.Congestion = false, congestion
	return p
}

const kB = 1000

// timing is a transfer that was timed through a user-space link with the kernel's own
// TCP.
type timing struct {
	link, cc, mode string
	size           int64
	seconds        float64
}

// timings are those without loss, means of two or three that agree within 2 %.
func timings() []timing {
	const fresh, warm, idle = "fresh", "warm", "idle"
	return []timing{
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
		{"4g", BBR, warm, 1000 * kB, 1.096},
		{"4g", BBR, warm, 2000 * kB, 1.914},
		{"4g", BBR, idle, 250 * kB, 0.285}, // BBR keeps its rate over the pause
		{"4g", BBR, idle, 500 * kB, 0.516},
		{"4g", BBR, idle, 1000 * kB, 0.982},
		{"4g", BBR, idle, 2000 * kB, 1.910},
	}
}

// TestMeasured holds the model against them.
func TestMeasured(t *testing.T) {
	for _, row := range timings() {
		took := newBench(t, measured(row.link, row.cc), 1).timed(row.mode, row.size).took().Seconds()
		if ratio := took / row.seconds; ratio < 0.89 || ratio > 1.1 {
			t.Errorf("%s %s %s %d kB: took %.3f s; measured %.3f s (ratio %.3f)", row.link, row.cc, row.mode, row.size/kB, took, row.seconds, ratio)
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

// lossy is a transfer on 2 Mbit/s, 80 ms, with 2 % loss: few repeats that differ by up
// to a factor 2.9, so the mean of many draws has to lie in a range.
type lossyTiming struct {
	cc, mode  string
	size      int64
	low, high float64
	why       string
}

func lossyTimings() []lossyTiming {
	return []lossyTiming{
		{BBR, "fresh", 250 * kB, 1.23, 1.36, "measured 1.298, 5 % either way"},
		{BBR, "fresh", 500 * kB, 2.29, 2.86, "measured 2.724 (n = 3, 20 % above the other cells), 2.41 if in line with them"},
		{BBR, "fresh", 1000 * kB, 4.23, 4.68, "measured 4.458, 5 % either way"},
		{BBR, "fresh", 2000 * kB, 8.28, 9.15, "measured 8.715, 5 % either way"},
		{BBR, "warm", 250 * kB, 1.09, 1.21, "measured 1.15, 5 % either way"},
		{BBR, "warm", 500 * kB, 2.14, 2.36, "measured 2.25, 5 % either way"},
		{BBR, "warm", 1000 * kB, 4.25, 4.69, "measured 4.47, 5 % either way"},
		{BBR, "idle", 250 * kB, 1.11, 1.23, "measured 1.17, 5 % either way"},
		{BBR, "idle", 500 * kB, 2.15, 2.39, "measured 2.27, 5 % either way"},
		{BBR, "idle", 1000 * kB, 4.22, 4.66, "measured 4.44, 5 % either way"},
		{Cubic, "fresh", 250 * kB, 1.26, 1.86, "measured 1.39 [1.26-1.86]: faster than on a used connection"},
		{Cubic, "fresh", 500 * kB, 2.3, 6.8, "measured 3.50 [2.3-6.8]"},
		{Cubic, "warm", 250 * kB, 2.1, 3.0, "measured 2.63 [2.1-3.0]"},
		{Cubic, "warm", 500 * kB, 3.8, 5.3, "measured 4.36 [3.8-5.3]"},
		{Cubic, "idle", 250 * kB, 2.1, 3.7, "measured 2.86 [2.1-3.7]"},
		{Cubic, "idle", 500 * kB, 2.7, 7.4, "measured 4.42 [2.7-7.4]"},
	}
}

// drawn is the time that a lossy transfer takes over many draws.
func (row lossyTiming) drawn(t *testing.T) (mean, least, most float64) {
	const draws = 400
	for seed := range uint64(draws) {
		s := newBench(t, measured("poor-wifi", row.cc), seed).timed(row.mode, row.size).took().Seconds()
		mean += s / draws
		most = max(most, s)
		if least == 0 || s < least {
			least = s
		}
	}
	return mean, least, most
}

func TestMeasuredLoss(t *testing.T) {
	for _, row := range lossyTimings() {
		if mean, least, most := row.drawn(t); mean < row.low || mean > row.high {
			t.Errorf("%s %s %d kB: mean %.2f s [%.2f-%.2f]; want %.2f to %.2f: %s", row.cc, row.mode, row.size/kB, mean, least, most, row.low, row.high, row.why)
		}
	}
}

// calls times 600 requests for tokens on new connections, on links of their own: a kB,
// answered at once. With beside, a download has been under way for some seconds.
func calls(t *testing.T, p Profile, beside bool) []time.Duration {
	var took []time.Duration
	for seed := range uint64(600) {
		b := newBench(t, p, seed)
		if beside {
			b.get("edge", 1<<40)
			b.run(10 * time.Second)
		}
		x := b.get("api", kB)
		for x.ends == 0 {
			b.run(time.Minute)
		}
		took = append(took, x.took())
	}
	slices.Sort(took)
	return took
}

// What is known of token calls on a fresh connection: three round trips with TLS; each
// waits for the queue that a CUBIC download keeps full; and where packets are lost, one
// in 25 waits a second or more for its SYN (1 - 0.98 ² of them).
func TestTokenCalls(t *testing.T) {
	for _, row := range []struct {
		link, cc string
		beside   bool
		p50      time.Duration // within 3 %
		late     [2]float64    // share of calls a second later than that
		why      string
	}{
		{"4g", Cubic, false, 152 * ms, [2]float64{0, 0}, "three round trips of 50 ms, and the bytes"},
		{"4g", Cubic, true, 353 * ms, [2]float64{0, 0}, "50 packets at 9 Mbit/s are 67 ms, three times"},
		{"4g", BBR, true, 154 * ms, [2]float64{0, 0}, "BBR keeps the queue empty"},
		{"3g", Cubic, false, 315 * ms, [2]float64{0, 0}, "three round trips of 100 ms, and 1.4 kB at 780 kbit/s"},
		{"3g", Cubic, true, 2660 * ms, [2]float64{0, 0}, "0.78 s of queue, three times"},
		{"poor-wifi", BBR, false, 246 * ms, [2]float64{0.025, 0.055}, "a SYN or its answer is lost in 4 % of all calls"},
	} {
		p, err := Builtin(row.link)
		if err != nil {
			t.Fatal(err)
		}
		p.Congestion = row.cc
		took := calls(t, p, row.beside)
		late := 0
		for _, d := range took {
			if d > took[len(took)/2]+900*ms {
				late++
			}
		}
		share := float64(late) / float64(len(took))
		if got := took[len(took)/2]; (got-row.p50).Abs() > row.p50*3/100 || share < row.late[0] || share > row.late[1] {
			t.Errorf("%s %s, beside a download %v: p50 %v, %.3f late; want %v, %v: %s", row.link, row.cc, row.beside, got, share, row.p50, row.late, row.why)
		}
	}
}
