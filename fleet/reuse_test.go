package fleet

import (
	"testing"

	"soak/loop"
	"soak/scenarios"
)

// gone is the wire of a fetch that is over.
type gone struct{ t *testing.T }

func (g gone) cancel() { g.t.Error("a fetch that is over is given up"); panic("cancel") }
func (g gone) loaded() int64 {
	g.t.Error("a fetch that is over is asked what it loaded")
	panic("loaded")
}
func (g gone) total() int64 { g.t.Error("a fetch that is over is asked for its size"); panic("total") }
func (g gone) firstByte() loop.Instant {
	g.t.Error("a fetch that is over is asked for its first byte")
	panic("firstByte")
}
func (g gone) free() {}

// TestNobodyHoldsOn: players leave transfers alone that are over, as player.World
// asks of them, because the fleet uses them anew.
func TestNobodyHoldsOn(t *testing.T) {
	for _, name := range []string{"default", "vod", "life", "slow-token-api-3g", "h26-long-body-cut", "h28-one-bad-segment", "h30-level-hop", "h15-no-op-modifier", "h27-mpd-outage", "drill-source-rotation"} {
		sc, err := scenarios.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		seats := plan(&sc)
		r, err := newVirtualRun(&sc, virtualEpoch, realWorld, len(seats))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range r.lanes {
			l.fetches.poison = gone{t}
		}
		if _, err := r.play(t.Context(), seats, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
}
