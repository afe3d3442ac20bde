package causes

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"soak/qoe"
)

// course is a long life in which much goes wrong, sample by sample in order of time.
type course struct {
	rng *rand.Rand
	now float64 // seconds
}

// next lets one thing happen, and tells all accounts of it.
func (c *course) next(accounts ...*Account) {
	c.now += c.rng.ExpFloat64() * 20
	took := c.rng.Float64() * 100
	if c.rng.IntN(3) > 0 {
		took /= 50
	}
	tell := func(s qoe.Sample) {
		for _, a := range accounts {
			a.Add(s)
		}
	}
	end := c.now + took
	switch c.rng.IntN(12) {
	case 0:
		tell(answered(qoe.Segment, c.now, end, 404, ""))
	case 1:
		tell(refused(c.now))
	case 2:
		tell(answered(qoe.Segment, c.now, end, 0, qoe.ResetFailure))
	case 3:
		tell(answered(qoe.License, c.now, end, 403, ""))
	case 4:
		tell(answered(qoe.License, c.now, end, 200, qoe.NoFailure))
	case 5, 6:
		tell(segment(c.now, end))
	case 7:
		tell(sound(segment(c.now, end)))
	case 8, 9:
		tell(stalled(c.now, end))
		c.now = end
	case 10:
		tell(qoe.Skip{At: at(c.now), Amount: span(took)})
	case 11:
		c.rare(tell, end, accounts)
	}
}

func (c *course) rare(tell func(qoe.Sample), end float64, accounts []*Account) {
	switch c.rng.IntN(5) {
	case 0:
		tell(qoe.Fatal{At: at(c.now), Kind: qoe.Segment})
	case 1:
		tell(qoe.Seek{At: at(c.now), Took: span(end - c.now)})
		c.now = end
	case 2:
		tell(qoe.Startup{At: at(end), Took: span(end - c.now)})
		c.now = end
	case 3:
		for _, a := range accounts {
			a.Late(at(c.now), time.Second)
		}
	case 4:
		for _, a := range accounts {
			a.Woke(at(c.now))
		}
	}
}

// What is judged early is judged alike, and nothing piles up.
func TestSettledAccounts(t *testing.T) {
	for seed := range uint64(40) {
		c := course{rng: rand.New(rand.NewPCG(seed, 1))}
		settled, whole := Watching(), Watching()
		whole.clues.settling.next = math.MaxInt
		most := 0
		for c.now < 12*3600 {
			c.next(settled, whole)
			most = max(most, settled.lines())
		}
		if got, want := settled.Judge(), whole.Judge(); got != want {
			t.Errorf("seed %d: %+v; judged at the end %+v", seed, got, want)
		}
		if settled.Suffered() != whole.Suffered() {
			t.Errorf("seed %d: suffered %v", seed, settled.Suffered())
		}
		if n := whole.lines(); most > 4*long || n < 8*long {
			t.Errorf("seed %d: %d lines at most, of %d; want some %d", seed, most, n, 2*long)
		}
	}
}

// A death is remembered for as long as the picture may run out after it.
func TestDeathIsRemembered(t *testing.T) {
	a := Watching()
	a.Add(refused(10))
	a.Add(qoe.Fatal{At: at(11), Kind: qoe.Segment})
	for now := 12.0; now < 6*3600; now += 60 {
		a.Add(stalled(now, now+1))
	}
	if n := a.lines(); n > 4*long {
		t.Errorf("%d lines", n)
	}
	if got := a.Judge(); got.Of(qoe.ByToken).Stalls < 359 || got.Of(qoe.ByToken).Deaths != 1 {
		t.Errorf("%+v; want all stalls, and one death, due to the token", got)
	}
}
