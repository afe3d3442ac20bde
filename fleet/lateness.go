package fleet

import (
	"sync"
	"time"

	"soak/qoe"
)

// Delay is how much later than meant something happened.
type Delay struct {
	P50 time.Duration `json:"p50"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

// delayOf sums a distribution up.
func delayOf(s *qoe.Sketch) Delay {
	return Delay{P50: s.Quantile(0.5), P99: s.Quantile(0.99), Max: s.Max()}
}

// lateness gathers delays from many goroutines.
type lateness struct {
	mu            sync.Mutex
	older, recent qoe.Sketch // up to the last look at what is recent, and since
}

func (l *lateness) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recent.Record(max(d, 0))
}

// takeRecent adds to s what was gathered since it was taken last.
func (l *lateness) takeRecent(s *qoe.Sketch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Merge(&l.recent)
	l.older.Merge(&l.recent)
	l.recent.Clear()
}

// addTo adds to s all that was gathered.
func (l *lateness) addTo(s *qoe.Sketch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Merge(&l.older)
	s.Merge(&l.recent)
}

// latenesses spread the gathering over locks.
type latenesses [shardCount]lateness

// of is the one that the delays of a thread's viewers go to.
func (l *latenesses) of(thread int) *lateness { return &l[thread%shardCount] }

// all is what was gathered from the beginning on.
func (l *latenesses) all() (s qoe.Sketch) {
	for i := range l {
		l[i].addTo(&s)
	}
	return s
}

// recent is what was gathered since it was asked for last.
func (l *latenesses) recent() (s qoe.Sketch) {
	for i := range l {
		l[i].takeRecent(&s)
	}
	return s
}
