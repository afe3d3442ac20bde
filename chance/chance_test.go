package chance

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(got, want float64) bool { return math.Abs(got-want) <= 0.0015*math.Abs(want)+1e-9 }

// Figures that textbooks and papers print.
func TestKnownFigures(t *testing.T) {
	newcombe := Difference(48.0/80, Wilson(48, 80, 0.95), 56.0/70, Wilson(56, 70, 0.95))
	mean, within := Mean(10, 200, 4090, 0.95) // sd² = 10
	for _, row := range []struct {
		got, want float64
		why       string
	}{
		{Fisher(3, 4, 1, 4), 0.4857, "the lady who tastes tea"},
		{Fisher(1, 10, 11, 14), 0.002759, "as R's fisher.test has it"},
		{Fisher(0, 60, 6, 60), 0.02743, "none of 60 and six of 60"},
		{Fisher(5, 10, 50, 100), 1, "the same share"},
		{McNemar(0, 6), 0.03125, "six pairs differ one way"},
		{McNemar(3, 12), 0.03516, "fifteen that differ"},
		{Student(2.228, 10), 0.05, "table of t"},
		{Student(12.706, 1), 0.05, "table of t, one degree of freedom"},
		{Student(1.959964, 1e7), 0.05, "with many it is the normal distribution"},
		{Binomial(7, 10, 0.5), 0.9453125, "of ten coins"},
		{newcombe.Low, 0.0524, "Newcombe's example, lower end"},
		{newcombe.High, 0.3339, "Newcombe's example, upper end"},
		{mean, 20, "mean of ten"},
		{within.High - 20, 2.262, "t of nine degrees of freedom, as sd²/n is 1"},
		{Welch(10, 200, 4090, 10, 200, 4090), 1, "the same twice"},
		{Welch(10, 200, 4090, 10, 230, 5380), 0.04804, "three apart, each ± 1: t = 2.121 of 18"},
		{Welch(10, 0, 0, 10, 20, 40), 2.0 / 184756, "no spread at all, and all ten lie apart"},
		{Paired(10, 10, 100), Student(1, 9), "ten differences of mean 1 with sd²/n = 1"},
		{Paired(5, 0, 0), 1, "no difference"},
	} {
		if !near(row.got, row.want) {
			t.Errorf("got %.6g; want %.6g: %s", row.got, row.want, row.why)
		}
	}
}

func TestRanks(t *testing.T) {
	for _, row := range []struct {
		n         int64
		q         float64
		low, high int64
		why       string
	}{
		{10, 0.5, 2, 9, "the table of medians"},
		{5, 0.5, 0, 6, "five values do not bound a median with 95 %"},
		{100, 0.99, 97, 101, "nor a hundred the 99th percentile from above"},
		{1000, 0.01, 4, 18, "of the 1st percentile"},
		{0, 0.5, 0, 1, "of nothing nothing is known"},
	} {
		if low, high := Ranks(row.n, row.q, 0.95); low != row.low || high != row.high {
			t.Errorf("Ranks(%d, %v) = %d, %d; want %d, %d: %s", row.n, row.q, low, high, row.low, row.high, row.why)
		}
	}
}

func TestHolm(t *testing.T) {
	got := Holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		if !near(got[i], want) {
			t.Errorf("Holm[%d] = %v; want %v", i, got[i], want)
		}
	}
	if len(Holm(nil)) != 0 {
		t.Error("of no question there is an answer")
	}
}

// Fisher's test adds up the same tables as an exhaustive sum, whichever group is first.
func TestFisherIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		n, m := 1+rng.Int64N(60), 1+rng.Int64N(60)
		k, l := rng.Int64N(n+1), rng.Int64N(m+1)
		here, want := hypergeometric(k, n, m, k+l), 0.0
		for x := max(0, k+l-m); x <= min(k+l, n); x++ {
			if p := hypergeometric(x, n, m, k+l); p <= here*(1+1e-7) {
				want += p
			}
		}
		want = min(want, 1)
		if got, swapped := Fisher(k, n, l, m), Fisher(l, m, k, n); math.Abs(got-want) > 1e-9 || math.Abs(got-swapped) > 1e-9 {
			t.Fatalf("Fisher(%d of %d, %d of %d) = %v, the other way round %v; want %v", k, n, l, m, got, swapped, want)
		}
	}
	if p := Fisher(100_000, 1_000_000, 101_000, 1_000_000); math.Abs(p-0.01868) > 0.0002 {
		t.Errorf("of a million each: %v; want what the normal distribution has, 0.01868", p)
	}
}

// Where there is no difference, tests find one no oftener than they say.
func TestFalseAlarms(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const rounds = 4000
	fisher, welch := 0, 0
	for range rounds {
		var k, l int64
		var sums, squares [2]float64
		for i := range 80 {
			if rng.Float64() < 0.1 {
				if i%2 == 0 {
					k++
				} else {
					l++
				}
			}
			x := math.Floor(rng.ExpFloat64() * 3)
			sums[i%2] += x
			squares[i%2] += x * x
		}
		if Fisher(k, 40, l, 40) < 0.05 {
			fisher++
		}
		if Welch(40, sums[0], squares[0], 40, sums[1], squares[1]) < 0.05 {
			welch++
		}
	}
	if float64(fisher) > 0.05*rounds || float64(welch) > 0.06*rounds {
		t.Errorf("of %d pairs without a difference Fisher's test found one in %d, Welch's in %d; want 5 %% at most", rounds, fisher, welch)
	}
}
