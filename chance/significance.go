package chance

import (
	"cmp"
	"math"
	"slices"
)

// Fisher is how likely it is that two probabilities seem to lie at least as far apart
// as k of n and l of m tries, where they are one (Fisher's exact test, two-sided: all
// tables that are no likelier than this one).
func Fisher(k, n, l, m int64) float64 {
	if n <= 0 || m <= 0 || k < 0 || l < 0 || k > n || l > m {
		return 1
	}
	hits := k + l
	low, high := max(0, hits-m), min(hits, n)
	here := hypergeometric(k, n, m, hits)
	sum, likely := 0.0, here*(1+1e-7) // what is as likely but for rounding
	for _, side := range []struct{ from, step int64 }{{k, -1}, {k + 1, 1}} {
		sum += tail(side.from, side.step, low, high, n, m, hits, likely)
	}
	return min(sum, 1)
}

// tail adds up the tables from one on in one direction that are no likelier than one
// given. Their probabilities rise to the middle and fall behind it.
func tail(from, step, low, high, n, m, all int64, likely float64) (sum float64) {
	if from < low || from > high {
		return 0
	}
	p := hypergeometric(from, n, m, all)
	for x := from; x >= low && x <= high; x += step {
		if p <= likely {
			sum += p
			if p < 1e-18*sum { // and falling: the rest is nothing
				break
			}
		}
		y := float64(x)
		if step > 0 {
			p *= (float64(n) - y) * (float64(all) - y) / ((y + 1) * (float64(m-all) + y + 1))
		} else {
			p *= y * (float64(m-all) + y) / ((float64(n) - y + 1) * (float64(all) - y + 1))
		}
	}
	return sum
}

// hypergeometric is the probability that k of those that came true are among the n.
func hypergeometric(k, n, m, all int64) float64 {
	return math.Exp(choose(n, k) + choose(m, all-k) - choose(n+m, all))
}

// choose is the logarithm of a binomial coefficient.
func choose(n, k int64) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// McNemar is how likely it is that of pairs that differ, at least so uneven parts
// differ one way and the other, where both are as likely (exact, two-sided).
func McNemar(one, other int64) float64 {
	if one == other {
		return 1
	}
	return min(1, 2*Binomial(min(one, other), one+other, 0.5))
}

// Welch is how likely it is that means of n and m values lie at least as far apart,
// where what they were drawn from has one mean (B. L. Welch, 1947). Values are given by
// their sum and the sum of their squares. Where no group varies at all, it is how
// likely values fall into two groups just so.
func Welch(n int64, sum1, squares1 float64, m int64, sum2, squares2 float64) float64 {
	if n < 2 || m < 2 {
		return 1
	}
	x, y := float64(n), float64(m)
	v, w := variance(n, sum1, squares1)/x, variance(m, sum2, squares2)/y
	apart := sum1/x - sum2/y
	switch {
	case apart == 0:
		return 1
	case v+w == 0:
		return min(1, 2*math.Exp(-choose(n+m, n)))
	}
	freedom := (v + w) * (v + w) / (v*v/(x-1) + w*w/(y-1))
	return Student(apart/math.Sqrt(v+w), freedom)
}

// Paired is the same of n differences within pairs.
func Paired(n int64, sum, squares float64) float64 {
	if n < 2 || sum == 0 {
		return 1
	}
	v := variance(n, sum, squares) / float64(n)
	if v == 0 {
		return min(1, math.Exp2(float64(1-n)))
	}
	return Student(sum/float64(n)/math.Sqrt(v), float64(n-1))
}

// Holm adjusts p-values of several questions asked at once, so that where there is
// nothing at all to find, the least of them is below a bound with a probability of that
// bound at most (S. Holm, 1979). They need not be independent.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted, least := make([]float64, len(p)), 0.0
	for rank, i := range order {
		least = max(least, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = least
	}
	return adjusted
}
