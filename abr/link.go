package abr

import (
	"errors"
	"math"
	"math/big"
	"sort"
	"time"

	"soak/netem"
)

// link is a trace as arithmetic. Work is counted in 1e-12 bit: a rate in 1e-3
// bit/s times nanoseconds, so that sums are exact.
type link struct {
	latency time.Duration
	ends    []time.Duration // of the periods, from the start of a cycle
	rates   []int64         // 1e-3 bit/s
	cycle   time.Duration
	work    *big.Int // of a whole cycle
}

const (
	workPerBit = 1e12
	// never is when a download has not ended that takes longer than any session.
	never = 365 * 24 * time.Hour
)

func newLink(p netem.Profile) (*link, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if len(p.Steps) == 0 {
		return nil, errors.New("the trace has no rates")
	}
	l := &link{latency: p.RTT, work: new(big.Int)}
	for _, s := range p.Steps {
		length := s.For
		if length == 0 { // a single rate for ever
			length = time.Hour
		}
		l.cycle += length
		l.ends = append(l.ends, l.cycle)
		l.rates = append(l.rates, int64(math.Round(s.Kbps*1e6)))
	}
	var t time.Duration
	for i, end := range l.ends {
		l.work.Add(l.work, product(l.rates[i], end-t))
		t = end
	}
	return l, nil
}

// finish is when a body of so many bits has come whose first bit can leave at
// from: the first nanosecond at which all of it has.
func (l *link) finish(from time.Duration, bits int64) time.Duration {
	left := new(big.Int).Mul(big.NewInt(bits), big.NewInt(workPerBit))
	cycles := new(big.Int)
	left.Sub(left, big.NewInt(1))
	cycles.DivMod(left, l.work, left)
	left.Add(left, big.NewInt(1)) // at least 1, so that the end lies in a period with a rate
	if !cycles.IsInt64() || cycles.Int64() > int64(never/l.cycle) {
		return from + never
	}
	at := from + time.Duration(cycles.Int64())*l.cycle
	for i, stay := l.enter(at); ; i, stay = l.after(i) {
		can := product(l.rates[i], stay)
		if left.Cmp(can) <= 0 {
			rate := big.NewInt(l.rates[i])
			left.Add(left, rate).Sub(left, big.NewInt(1)) // round up
			return at + time.Duration(left.Div(left, rate).Int64())
		}
		left.Sub(left, can)
		at += stay
	}
}

// carried is how many whole bytes come between two instants.
func (l *link) carried(from, to time.Duration) int64 {
	if to <= from {
		return 0
	}
	done := new(big.Int).Mul(l.work, big.NewInt(int64((to-from)/l.cycle)))
	left := (to - from) % l.cycle
	for i, stay := l.enter(from); left > 0; i, stay = l.after(i) {
		stay = min(stay, left)
		done.Add(done, product(l.rates[i], stay))
		left -= stay
	}
	return done.Div(done, big.NewInt(8*workPerBit)).Int64()
}

// enter is the period at t and how long it lasts from there.
func (l *link) enter(t time.Duration) (period int, stay time.Duration) {
	t %= l.cycle
	i := sort.Search(len(l.ends), func(i int) bool { return l.ends[i] > t })
	return i, l.ends[i] - t
}

// after is the period that follows, and its length.
func (l *link) after(period int) (next int, length time.Duration) {
	if next = period + 1; next == len(l.ends) {
		return 0, l.ends[0]
	}
	return next, l.ends[next] - l.ends[period]
}

func product(rate int64, d time.Duration) *big.Int {
	return new(big.Int).Mul(big.NewInt(rate), big.NewInt(int64(d)))
}
