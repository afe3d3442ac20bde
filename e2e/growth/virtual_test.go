//go:build e2e

package growth

import (
	"flag"
	"testing"
	"time"

	"soak/fleet"
	"soak/player"
)

var (
	hours  = flag.Int("hours", 12, "how many hours the computed run lasts")
	played = flag.Int("played", 3, "how many viewers watch in the computed run")
)

// Nor does anything grow in a computed run.
func TestNothingGrowsInVirtualTime(t *testing.T) {
	c := Course{Viewers: *played, Lasts: time.Duration(*hours) * time.Hour, Cycles: *hours, Filling: 5}
	sc := c.Scenario()
	site := c.Lab(6 * time.Second)
	sc.Target.Lab = &site
	w := &watched{t: t, every: c.Cycle() / 8}
	r, err := fleet.Run(t.Context(), sc, fleet.Options{Virtual: true, Standings: true, Observer: w.observer()})
	if err != nil {
		t.Fatal(err)
	}
	lived(t, c, r.Summary)
	hold(t, Trends(w.readings, c.Cycle(), c.Ramp(), computedBounds()))
}

// watched reads this process as a run's time goes by.
type watched struct {
	t        *testing.T
	every    time.Duration
	start    time.Time
	readings []Reading
}

// observer lets the first viewer to come to a time read what there is then.
func (w *watched) observer() *fleet.Observer {
	return &fleet.Observer{
		Begin: func(start time.Time) { w.start = start },
		Every: w.every,
		State: func(_ int, at time.Time, _ player.State) {
			if at.Sub(w.start) < time.Duration(len(w.readings)+1)*w.every {
				return
			}
			r, err := Read(at.Sub(w.start))
			if err != nil {
				w.t.Error(err)
			}
			w.readings = append(w.readings, r)
		},
	}
}
