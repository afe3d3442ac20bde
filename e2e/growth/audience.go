package growth

import (
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

// Course is how long a run lasts, in how many cycles, and with how many viewers.
type Course struct {
	Viewers int
	Lasts   time.Duration
	Cycles  int
	Filling int // cycles at first in which viewers come, and buffers and caches fill
}

// Cycle is the time after which the same faults strike again.
func (c Course) Cycle() time.Duration { return c.Lasts / time.Duration(c.Cycles) }

// Ramp is the time before a line is laid through what was read.
func (c Course) Ramp() time.Duration { return time.Duration(c.Filling) * c.Cycle() }

// Lab strikes everybody several times a cycle: the token API is away and then answers
// nobody, an edge answers with 503, breaks connections off, and bodies.
func (c Course) Lab(segment time.Duration) lab.Config {
	cfg := lab.Config{
		Segment: segment, Ladder: []int64{400_000, 800_000}, Length: min(c.Lasts+time.Minute, 24*time.Hour).Truncate(time.Second),
		API: lab.API{Latency: lab.Lognormal(80*time.Millisecond, 0.5)},
	}
	for k := 1; k < c.Cycles; k++ { // nothing goes wrong while they come
		at := func(share float64) time.Duration {
			return time.Duration(k)*c.Cycle() + time.Duration(share*float64(c.Cycle()))
		}
		last := min(c.Cycle()/10, 3*segment)
		cfg.API.Outages = append(cfg.API.Outages,
			lab.Outage{From: at(0.1), To: at(0.1) + last},
			lab.Outage{From: at(0.3), To: at(0.3) + last, Hang: true})
		media := []qoe.Kind{qoe.Segment}
		cfg.Faults = append(cfg.Faults,
			lab.EdgeFault{Kinds: media, From: at(0.5), To: at(0.5) + last, Status: 503},
			lab.EdgeFault{Kinds: media, From: at(0.7), To: at(0.7) + last, Reset: true},
			lab.EdgeFault{Kinds: media, From: at(0.85), To: at(0.85) + last, Truncate: 0.5})
	}
	return cfg
}

// Scenario is the audience of the default run, in which everybody closes the page and
// comes back, and zaps, again and again at any time. It says nothing of the target.
func (c Course) Scenario() scenarios.Scenario {
	sc := scenarios.Default()
	sc.Duration, sc.Viewers.Count = c.Lasts, c.Viewers
	sc.Arrival = scenarios.Arrival{Kind: scenarios.Ramp, Over: c.Cycle() / 2}
	sc.Token = scenarios.Token{TTL: 30 * time.Second, Lead: 20 * time.Second, Mode: scenarios.Plain}
	sc.Thresholds = nil
	every := max(c.Lasts/12, 9*time.Second) // each step takes a few hundred bytes until it is done
	var life []scenarios.Step
	for at := time.Duration(0); at < c.Lasts; at += every {
		life = append(life,
			scenarios.Step{Do: scenarios.Leave, At: lab.Uniform(at, at+every), For: lab.Fixed(every / 20)},
			scenarios.Step{Do: scenarios.Zap, At: lab.Uniform(at, at+every), For: lab.Fixed(every / 10), Stream: scenarios.VOD})
	}
	for i := range sc.Viewers.Mix {
		sc.Viewers.Mix[i].Life = life
	}
	return sc
}
