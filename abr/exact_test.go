package abr

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"soak/netem"
	"soak/player"
)

// download is the same sum as link's, reckoned step by step with fractions: when
// the last of bits has come that could leave at from.
func download(p netem.Profile, from time.Duration, bits int64) time.Duration {
	left := new(big.Rat).SetInt64(bits)
	var cycle time.Duration
	for _, s := range p.Steps {
		cycle += s.For
	}
	at := from % cycle
	base := from - at
	for {
		for _, s := range p.Steps {
			if at >= s.For { // not in this step yet
				at, base = at-s.For, base+s.For
				continue
			}
			rate := new(big.Rat).SetInt64(int64(math.Round(s.Kbps*10)) * 100) // rates here have one decimal
			can := new(big.Rat).Mul(rate, new(big.Rat).SetFrac64(int64(s.For-at), 1e9))
			if left.Cmp(can) > 0 {
				left.Sub(left, can)
				base, at = base+s.For, 0
				continue
			}
			ns := new(big.Rat).Mul(new(big.Rat).Quo(left, rate), new(big.Rat).SetInt64(1e9))
			whole, rest := new(big.Int).QuoRem(ns.Num(), ns.Denom(), new(big.Int))
			if rest.Sign() > 0 {
				whole.Add(whole, big.NewInt(1))
			}
			return base + at + time.Duration(whole.Int64())
		}
	}
}

// pacing tells when the request after a segment goes out: end is when that came,
// level what is buffered then, segment the first one's duration, moving when the
// picture began to move last.
type pacing func(end, level, segment, moving time.Duration) time.Duration

// arithmetic plays one rung with one request in flight: it is told nothing of how
// a player works but when it asks. It gives the ends of the downloads, the startup
// and the rebuffering.
func arithmetic(t Table, p netem.Profile, next pacing) (ends []time.Duration, startup, rebuffer time.Duration) {
	var ask, dry, moving time.Duration // dry is when the picture runs out of media
	for i, row := range t.Sizes {
		end := download(p, ask+p.RTT, row[0])
		ends = append(ends, end)
		switch {
		case i == 0:
			startup, dry, moving = end, end, end
		case end > dry:
			rebuffer += end - dry
			dry, moving = end, end
		}
		dry += t.Durations[i]
		ask = next(end, dry-end, t.Durations[0], moving)
	}
	return ends, startup, rebuffer
}

func unlimited(end, _, _, _ time.Duration) time.Duration { return end }

// nextGrid is the first look not before due, of looks every so often after origin.
func nextGrid(origin, due, every time.Duration) time.Duration {
	if due <= origin {
		return origin + every
	}
	return origin + (due-origin+every-1)/every*every
}

// hls.js asks as soon as the forward buffer is shorter than the limit: at once
// after an append, else at a tick of its 100 ms timer (base-stream-controller.ts).
func hlsPacing(limit time.Duration) pacing {
	return func(end, level, _, _ time.Duration) time.Duration {
		if level < limit {
			return end
		}
		const tick = 100 * time.Millisecond
		return nextGrid(0, end+level-limit+1, tick)
	}
}

// dash.js asks while level plus a segment is below the target, and looks again
// every 500 ms after it looked in vain (ScheduleController.js). The segment is the
// representation's fragmentDuration: the first of its timeline. 4.7 leaves it out.
// The level is the one of the latest timeupdate event, four a second while the
// picture moves, or of the append.
func dashPacing(target time.Duration, counted bool) pacing {
	return func(end, level, segment, moving time.Duration) time.Duration {
		if !counted {
			segment = 0
		}
		for at := end; ; at += 500 * time.Millisecond {
			seen := max(end, at-(at-moving)%(250*time.Millisecond))
			if level-(seen-end)+segment < target {
				return at
			}
		}
	}
}

// oneRung is a table of one rung whose sizes vary around what a link of mean kbit/s
// carries in a segment.
func oneRung(rng *rand.Rand, segments int, mean float64) Table {
	t := Table{Name: "random", Bitrates: []int64{1_000_000}}
	for range segments {
		d := time.Duration(1500+rng.IntN(3)*500) * time.Millisecond
		bits := mean * 1000 * d.Seconds() * (0.5 + rng.Float64())
		t.Durations = append(t.Durations, d)
		t.Sizes = append(t.Sizes, []int64{int64(bits)})
	}
	return t
}

func randomTrace(rng *rand.Rand, mean float64) netem.Profile {
	p := netem.Profile{Name: "random", RTT: time.Duration(rng.IntN(200)) * time.Millisecond}
	for range 3 + rng.IntN(20) {
		kbps := float64(int(mean*2*rng.Float64()*10)) / 10
		if rng.IntN(5) == 0 {
			kbps = 0
		}
		p.Steps = append(p.Steps, netem.Step{For: time.Duration(200+rng.IntN(3000)) * time.Millisecond, Kbps: kbps})
	}
	p.Steps = append(p.Steps, netem.Step{For: time.Second, Kbps: float64(int(mean*10)) / 10})
	return p
}

// With one rung nothing is left to decide: when segments are asked for, when they
// come, and how long the picture stands is arithmetic, to the nanosecond.
func TestOneRungEqualsTheArithmetic(t *testing.T) {
	const endless = 100_000
	for _, c := range []struct {
		name string
		cfg  player.Config
		next pacing
	}{
		{"hls.js, no limit", player.Config{MaxBufferLength: endless, MaxMaxBufferLength: endless}, unlimited},
		{"hls.js, 10 s", player.Config{MaxBufferLength: 10, MaxMaxBufferLength: 10}, hlsPacing(10 * time.Second)},
		{"hls.js, default", player.Config{}, hlsPacing(480 * time.Second)}, // 60 MB at 1 Mbit/s
		{"dash.js 5.2, no limit", player.Config{Profile: player.DashJS, Dash: player.DashConfig{BufferTimeAtTopQuality: endless}}, unlimited},
		{"dash.js 5.2, default", player.Config{Profile: player.DashJS}, dashPacing(30*time.Second, true)},
		{"dash.js 5.2, 8 s", player.Config{Profile: player.DashJS, Dash: player.DashConfig{BufferTimeAtTopQuality: 8}}, dashPacing(8*time.Second, true)},
		{"dash.js 4.7, 8 s", player.Config{Profile: player.DashJS, Version: "4.7", Dash: player.DashConfig{BufferTimeAtTopQuality: 8}}, dashPacing(8*time.Second, false)},
	} {
		t.Run(c.name, func(t *testing.T) {
			stood := time.Duration(0)
			for seed := range uint64(40) {
				rng := rand.New(rand.NewPCG(seed, 7))
				mean := 300 + rng.Float64()*4000
				table, trace := oneRung(rng, 60, mean*(0.7+rng.Float64()*0.5)), randomTrace(rng, mean)
				r, err := Play(context.Background(), Config{Player: c.cfg, Table: table, Trace: trace})
				if err != nil {
					t.Fatal(err)
				}
				stood += checkArithmetic(t, seed, r, table, trace, c.next)
			}
			if stood == 0 {
				t.Error("no run rebuffered: the test shows nothing")
			}
		})
	}
}

func checkArithmetic(t *testing.T, seed uint64, r Result, table Table, trace netem.Profile, next pacing) time.Duration {
	t.Helper()
	ends, startup, rebuffer := arithmetic(table, trace, next)
	if r.Totals.Ending != Ended || len(r.Requests) != len(ends) {
		t.Fatalf("seed %d: %s after %d requests; want %d, one a segment, to the end", seed, r.Totals.Ending, len(r.Requests), len(ends))
	}
	for i, q := range r.Requests {
		if q.Segment != i || q.Outcome != Done {
			t.Fatalf("seed %d: request %d = %+v", seed, i, q)
		}
		if end := time.Duration(q.Start + q.Download); end != ends[i] {
			t.Fatalf("seed %d: segment %d ends at %v; want %v", seed, i, end, ends[i])
		}
	}
	if time.Duration(*r.Totals.Startup) != startup {
		t.Errorf("seed %d: startup %v; want %v", seed, *r.Totals.Startup, startup)
	}
	if got := time.Duration(r.Totals.Rebuffering); got != rebuffer {
		t.Errorf("seed %d: rebuffering %v; want %v", seed, got, rebuffer)
	}
	if got := time.Duration(r.Totals.Played); got != table.Duration() {
		t.Errorf("seed %d: played %v; want %v", seed, got, table.Duration())
	}
	var shared Seconds
	for _, q := range r.Requests {
		shared += q.Rebuffer
	}
	if shared != r.Totals.Rebuffering {
		t.Errorf("seed %d: the requests share %v of rebuffering; want all of %v", seed, shared, r.Totals.Rebuffering)
	}
	return rebuffer
}
