package fleet

import (
	"time"

	"soak/scenarios"
)

// calendar is a viewer's clock on the wall, as wrong as the scenario says: what
// JavaScript's Date tells. Timers do not follow it.
type calendar struct {
	start time.Time // of the viewer's session
	skew  time.Duration
	drift float64 // seconds per million
	at    time.Time
	by    time.Duration
}

// newCalendar is nil for a clock that is right.
func newCalendar(c *scenarios.Clock, start time.Time, stepAt time.Duration) *calendar {
	if c == nil {
		return nil
	}
	k := &calendar{start: start, skew: c.Skew, drift: c.Drift}
	if c.Step != nil {
		k.at, k.by = start.Add(stepAt), c.Step.By
	}
	return k
}

// date is what the clock tells at a true time.
func (k *calendar) date(now time.Time) time.Time {
	wrong := k.skew + time.Duration(k.drift/1e6*float64(now.Sub(k.start)))
	if k.by != 0 && !now.Before(k.at) {
		wrong += k.by
	}
	return now.Add(wrong)
}
