package fleet

import (
	"testing"
	"time"

	"soak/scenarios"
)

func TestCohortsFollowShares(t *testing.T) {
	for _, c := range []struct {
		why     string
		viewers int
		shares  []float64
	}{
		{"one cohort takes everybody", 10, []float64{1}},
		{"halves of a small audience", 20, []float64{1, 1}},
		{"shares are relative, not per cent", 66, []float64{12, 6, 6, 6, 9, 9, 6, 6, 3, 3}},
		{"a rare cohort in a large audience", 2000, []float64{99, 1}},
	} {
		mix := make([]scenarios.Cohort, len(c.shares))
		total := 0.0
		for i, s := range c.shares {
			mix[i].Share = s
			total += s
		}
		got := make([]int, len(mix))
		for i := range c.viewers {
			for k := range mix {
				if cohortOf(mix, i) == &mix[k] {
					got[k]++
				}
			}
		}
		for k, n := range got {
			want := float64(c.viewers) * c.shares[k] / total
			if float64(n) < want-2 || float64(n) > want+2 {
				t.Errorf("%s: cohort %d of shares %v got %d of %d viewers; want about %.1f", c.why, k, c.shares, n, c.viewers, want)
			}
		}
	}
}

func TestArrivals(t *testing.T) {
	for _, c := range []struct {
		why     string
		arrival scenarios.Arrival
		last    time.Duration // of 100 viewers
		slack   time.Duration
	}{
		{"all in one instant", scenarios.Arrival{Kind: scenarios.Once}, 0, 0},
		{"evenly over ten seconds, the first at once", scenarios.Arrival{Kind: scenarios.Ramp, Over: 10 * time.Second}, 9900 * time.Millisecond, 0},
		{"ten a second take about ten seconds", scenarios.Arrival{Kind: scenarios.Poisson, Rate: 10}, 10 * time.Second, 3 * time.Second},
	} {
		sc := scenarios.Default()
		sc.Viewers.Count, sc.Arrival = 100, c.arrival
		seats := plan(&sc)
		if got := seats[99].arrival; got < c.last-c.slack || got > c.last+c.slack {
			t.Errorf("%s: last arrival %v; want %v ± %v", c.why, got, c.last, c.slack)
		}
	}
}

func TestViewersDoNotDependOnTheAudience(t *testing.T) {
	small, large := scenarios.Default(), scenarios.Default()
	for _, sc := range []*scenarios.Scenario{&small, &large} {
		sc.Arrival = scenarios.Arrival{Kind: scenarios.Poisson, Rate: 3}
	}
	large.Viewers.Count *= 100
	few, many := plan(&small), plan(&large)
	for i, s := range few {
		if many[i].arrival != s.arrival || many[i].cohort.Name != s.cohort.Name {
			t.Errorf("viewer %d of 66 comes at %v as %s, of 6600 at %v as %s; want the same",
				i, s.arrival, s.cohort.Name, many[i].arrival, many[i].cohort.Name)
		}
	}
}
