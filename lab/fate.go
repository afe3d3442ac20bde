package lab

import (
	"math/rand/v2"
	"time"
)

// Fate is what a call of the token API is in for by chance: of (seed, viewer, call)
// alone, so that it can be told without playing.
type Fate struct {
	Latency time.Duration
	Status  int // 0: a token is given
	Hangs   bool
}

// Fate draws what becomes of a viewer's call, everything always and in the same
// order, so that changing one rate leaves the other draws alone. Queue, outages and
// what strikes calls by number are not looked at.
func (a API) Fate(seed uint64, viewer, call int) Fate {
	return a.fate(rand.New(rand.NewPCG(seed^faultStream, uint64(viewer)<<32|uint64(uint32(call)))))
}

// fate draws from rng, from which more can be drawn.
func (a *API) fate(rng *rand.Rand) Fate {
	hang, fail := rng.Float64(), rng.Float64()
	f := Fate{Hangs: hang < a.HangRate, Latency: a.Latency.Draw(rng)}
	if fail < a.FailureRate {
		f.Status = or(a.FailureStatus, 500)
	}
	return f
}
