package player

import (
	"testing"
	"time"

	"soak/loop"
	"soak/qoe"
)

// silentWorld answers when it is told to, if at all.
type silentWorld struct {
	*clockWorld
	asked []*silentTransfer
}

type silentTransfer struct {
	first instant
	done  func(*Response)
}

func (w *silentWorld) Fetch(_ Request, done func(*Response)) Transfer {
	t := &silentTransfer{done: done}
	w.asked = append(w.asked, t)
	return t
}

func (t *silentTransfer) FirstByte() instant { return t.first }
func (t *silentTransfer) Loaded() int64      { return 0 }
func (t *silentTransfer) Total() int64       { return 0 }
func (t *silentTransfer) Cancel(qoe.Failure) {}

// A load's limits hold to the nanosecond, whatever timer a load before has left.
func TestHLSLoadLimits(t *testing.T) {
	first, whole := &LoadPolicy{MaxTimeToFirstByteMs: 5000, MaxLoadTimeMs: 8000}, &LoadPolicy{MaxLoadTimeMs: 3000}
	for _, c := range []struct {
		why    string
		policy *LoadPolicy
		starts time.Duration // after a load that took 1 s of 5
		byte   bool          // came
		ends   time.Duration // 0: never
	}{
		{"a later limit waits for the timer that is set", first, 3 * time.Second, false, 8 * time.Second},
		{"an earlier limit does not", whole, time.Second, false, 4 * time.Second},
		{"after the first byte the whole counts", first, 3 * time.Second, true, 11 * time.Second},
		{"a timer that has fired is set anew", first, 6 * time.Second, false, 11 * time.Second},
		{"no limit is none, timer or not", &LoadPolicy{}, 3 * time.Second, false, 0},
	} {
		w := &silentWorld{clockWorld: newClockWorld()}
		s := hlsLoads{stopwatch: newStopwatch(w)}
		s.start(&Request{}, first, func(*hlsOutcome) {})
		w.wait(time.Second)
		w.asked[0].done(&Response{Status: 200})
		w.wait(c.starts - time.Second)
		ended := time.Duration(0)
		s.start(&Request{}, c.policy, func(o *hlsOutcome) {
			if ended = w.Since(); !o.timeout {
				t.Errorf("%s: ended by %s; want a timeout", c.why, o.why())
			}
		})
		if c.byte {
			w.asked[1].first = loop.InstantAt(w.Since() + time.Second)
		}
		w.wait(time.Minute)
		if ended != c.ends {
			t.Errorf("%s: ended at %v; want %v", c.why, ended, c.ends)
		}
	}
}

// Loads that are over leave no timer behind once the player has stopped, which would
// keep it.
func TestHLSLoadsStop(t *testing.T) {
	w := &silentWorld{clockWorld: newClockWorld()}
	s := hlsLoads{stopwatch: newStopwatch(w)}
	limit := &LoadPolicy{MaxTimeToFirstByteMs: 5000}
	s.start(&Request{}, limit, func(*hlsOutcome) {})
	l := s.start(&Request{}, limit, func(*hlsOutcome) {})
	w.asked[0].done(&Response{Status: 200})
	l.cancel()
	s.stop()
	for l := s.idle; l != nil; l = l.next {
		if l.timer.Pending() {
			t.Error("a timer is still to come")
		}
	}
}
