package player

import (
	"testing"
	"time"
)

// stillWorld is a World of which only the clock is asked.
type stillWorld struct {
	World
	now   time.Time
	since time.Duration
}

func (w stillWorld) Now() time.Time       { return w.now }
func (w stillWorld) Since() time.Duration { return w.since }

// rightWorld has no Date but Now.
type rightWorld struct{ stillWorld }

func (rightWorld) Right() bool { return true }

// Instants and times are the same moments, whether the World's clock is monotonic or
// computed.
func TestStopwatchOfTimes(t *testing.T) {
	for name, now := range map[string]time.Time{
		"computed":  time.Unix(1_800_000_000, 123).UTC(),
		"local":     time.Unix(1_800_000_000, 123).In(time.FixedZone("", 3600)),
		"1970":      time.Unix(3, 0),
		"monotonic": time.Now(),
	} {
		s := newStopwatch(stillWorld{now: now, since: 3 * time.Second})
		if got := s.now(); got != instant(3*time.Second)+1 {
			t.Errorf("%s: now is %d", name, got)
		}
		for _, d := range []time.Duration{-3 * time.Second, -1, 0, 1, time.Hour, 100_000 * time.Hour} {
			if got, want := s.of(now.Add(d)), instant(3*time.Second+d)+1; got != want {
				t.Errorf("%s: %v from now is %d; want %d", name, d, got, want)
			}
			if at := s.time(s.of(now.Add(d))); !at.Equal(now.Add(d)) {
				t.Errorf("%s: %v from now comes back as %v", name, d, at.Sub(now))
			}
		}
		r := newStopwatch(rightWorld{stillWorld{now: now, since: 3 * time.Second}})
		if got, want := r.date(), r.of(now); got != want {
			t.Errorf("%s: the date of who has it right is %d; want %d", name, got, want)
		}
		if got := s.of(time.Time{}); got != 0 || !s.time(0).IsZero() {
			t.Errorf("%s: no time is %d", name, got)
		}
	}
}
