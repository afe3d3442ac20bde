package fleet

import (
	"testing"
	"time"
)

// A clock that stood for ten seconds lets everybody come ten seconds later, at the
// distances that were planned.
func TestArrivalsThatAreHeld(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	a := &arrivals{start: start}
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	for _, row := range []struct {
		why      string
		do       func() bool
		arrival  int // second
		due      int // second; -1: the clock stands
		changing bool
	}{
		{"before", func() bool { return true }, 5, 5, true},
		{"held at 10", func() bool { return a.hold(true, at(10)) }, 12, -1, true},
		{"who was due before comes all the same", func() bool { return true }, 9, 9, true},
		{"held again", func() bool { return a.hold(true, at(15)) }, 12, -1, false},
		{"it goes on at 20", func() bool { return a.hold(false, at(20)) }, 12, 22, true},
		{"it goes on already", func() bool { return a.hold(false, at(21)) }, 13, 23, false},
		{"held once more, at 25", func() bool { return a.hold(true, at(25)) }, 14, 24, true},
		{"and the next one waits", func() bool { return true }, 15, -1, true},
		{"until 26", func() bool { return a.hold(false, at(26)) }, 15, 26, true},
	} {
		if changed := row.do(); changed != row.changing {
			t.Errorf("%s: changed %v; want %v", row.why, changed, row.changing)
		}
		due, wait := a.due(time.Duration(row.arrival) * time.Second)
		switch {
		case row.due < 0 && wait == nil:
			t.Errorf("%s: viewer of second %d comes at %v; want it held", row.why, row.arrival, due.Sub(start))
		case row.due >= 0 && (wait != nil || !due.Equal(at(row.due))):
			t.Errorf("%s: viewer of second %d comes at %v, held %v; want %d s", row.why, row.arrival, due.Sub(start), wait != nil, row.due)
		}
	}
}
