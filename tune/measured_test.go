package tune

import (
	"math/rand/v2"
	"testing"
	"time"

	"soak/lab"
)

// A law that was drawn from is found again, and never with a thinner tail by much.
func TestFit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	law := lab.Lognormal(300*time.Millisecond, 0.8)
	var took []time.Duration
	for range 2000 {
		took = append(took, law.Draw(rng))
	}
	m, err := Fit(took, 20, 10, "test")
	if err != nil {
		t.Fatal(err)
	}
	if m.Failures != 0.01 || m.Hangs != 0.005 || m.Failed != 30 || m.Calls != 2000 {
		t.Errorf("failures %v, hangs %v of %d; want 0.01, 0.005 of 2000", m.Failures, m.Hangs, m.Calls)
	}
	for _, q := range m.Quantiles {
		if r := float64(q.Fit) / float64(q.Data); r < 0.95 || r > 1.25 {
			t.Errorf("quantile %v: fit %v, data %v", q.Q, q.Fit, q.Data)
		}
	}
}

func TestFitRefuses(t *testing.T) {
	if _, err := Fit(make([]time.Duration, 5), 0, 0, "five"); err == nil {
		t.Error("five calls make a law")
	}
	if _, err := Fit(make([]time.Duration, 50), 30, 20, "dead"); err == nil {
		t.Error("a token API that never answers has a law")
	}
	steady := make([]time.Duration, 50)
	for i := range steady {
		steady[i] = time.Second
	}
	m, err := Fit(steady, 0, 0, "steady")
	if err != nil || m.Latency != lab.Lognormal(time.Second, 0) {
		t.Errorf("calls of a second each: %v, %v", m, err)
	}
}
