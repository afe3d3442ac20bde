package reports

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"soak/tune"
)

// confirmation is of a cell that agrees, one on a busy machine, one that does not agree
// and one against a real API.
func confirmation() *tune.Confirmation {
	part := func(k, of int) tune.Share { return tune.Share{Of: of, K: k, Interval: tune.Wilson(k, of, 0.95)} }
	cell := tune.Confirmed{
		Name: "lead 8 s", Viewers: 300, Duration: tune.Seconds(40 * time.Second), Keyed: true,
		Cycles: tune.Pairs{BothGood: 1234, BothBad: 97, OnlyWall: 2, OnlyVirtual: 1},
		Agree:  part(1331, 1334), SameBad: part(97, 100),
		Wall:    tune.Bad{Share: part(99, 1334)},
		Virtual: tune.Bad{Share: part(98, 1334)},
		WaitP50: tune.Seconds(2 * time.Millisecond), WaitP99: tune.Seconds(31 * time.Millisecond),
		Worst: []tune.Difference{
			{Viewer: 17, Cycle: 3, Wall: tune.Side{Began: true, Requests: 9, Expired: 2, Ended: true, Wait: tune.Seconds(8004 * time.Millisecond)}, Virtual: tune.Side{Began: true, Requests: 9}},
			{Viewer: 4, Cycle: 5, Wall: tune.Side{Began: true, Requests: 1, Expired: 1}},
		},
	}
	busy := cell
	busy.Name, busy.Worst, busy.Saturated = "lead 3 s", nil, []string{"timers ran late: p99 137ms, allowed 100ms; use fewer viewers or more cores"}
	unlike := cell
	unlike.Name, unlike.Worst, unlike.Cycles.OnlyWall, unlike.SameBad, unlike.Agree = "lead 5 s", nil, 80, part(97, 178), part(1331, 1412)
	real := tune.Confirmed{Name: "out there", Viewers: 50, Duration: tune.Seconds(2 * time.Minute), Wall: tune.Bad{Share: part(3, 100)}, Virtual: tune.Bad{Share: part(4, 100)}}
	return &tune.Confirmation{Cells: []tune.Confirmed{cell, busy, unlike, real}}
}

func TestTuneConfirmation(t *testing.T) {
	var b bytes.Buffer
	if err := TuneConfirmation(&b, confirmation(), 80, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "tune_confirm.txt", b.Bytes())
	for i, line := range strings.Split(b.String(), "\n") {
		if columns(line) > 80 {
			t.Errorf("line %d has %d columns: %s", i+1, columns(line), line)
		}
	}
}
