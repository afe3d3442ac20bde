package loop

import (
	"testing"
	"time"
)

// The zero Instant is none, also for a loop that has just begun.
func TestInstantOfTheBeginning(t *testing.T) {
	if at := InstantAt(0); at.IsZero() || at.Since() != 0 {
		t.Errorf("InstantAt(0) = %d, %v after the beginning; want one that is not zero, 0 s", at, at.Since())
	}
	if at := InstantAt(time.Second); at.Add(time.Minute).Sub(at) != time.Minute || !at.Before(at.Add(1)) || !at.Add(1).After(at) {
		t.Error("instants do not reckon as times do")
	}
}

// What the network reads from the real clock and what the loop tells are one time.
func TestTabInstant(t *testing.T) {
	tab := NewWall().Tab
	from, now, to := tab.Since(), tab.Instant(time.Now()), tab.Since()
	if now.Since() < from || now.Since() > to {
		t.Errorf("Instant(now) is %v after the beginning; want one from %v to %v", now.Since(), from, to)
	}
}
