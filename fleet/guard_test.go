package fleet

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"soak/qoe"
	"soak/scenarios"
)

func text(t *testing.T, s *qoe.Summary) []byte {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func guarded(sc scenarios.Scenario, expr string, after time.Duration) scenarios.Scenario {
	sc.Thresholds = []scenarios.Threshold{{Expr: "viewers > 0"}, {Expr: expr, AbortOnFail: true, After: after}}
	return sc
}

// A run that its guards look at but do not end is the run without them.
func TestGuardsChangeNothing(t *testing.T) {
	free, watched := compute(t, tight()), compute(t, guarded(tight(), "refused >= 0", 0))
	if !bytes.Equal(text(t, free.Summary), text(t, watched.Summary)) {
		t.Error("a run that was looked at every second differs from the run that was not")
	}
	if watched.Aborted != nil {
		t.Errorf("aborted by %+v; want no abort", watched.Aborted)
	}
}

// A run in virtual time ends at the same second every time, with every viewer's
// account of it.
func TestGuardsEndVirtualRuns(t *testing.T) {
	first := compute(t, guarded(tight(), "refused == 0", 0))
	a := first.Aborted
	if a == nil || a.Threshold != 1 || a.Outcome.OK || a.At%time.Second != 0 || first.Interrupted {
		t.Fatalf("aborted by %+v, interrupted %v; want the second threshold at a whole second", a, first.Interrupted)
	}
	// tokens of 20 s that are renewed 2 s late: the first is refused at about 21 s
	if a.At < 20*time.Second || a.At > 24*time.Second {
		t.Errorf("ended after %v; want about 21 s", a.At)
	}
	total := &first.Summary.Total
	most := (a.At * time.Duration(total.Viewers.Arrived)).Microseconds()
	if total.Viewers.Left != total.Viewers.Arrived || total.Watched > most || total.Watched < most*3/4 {
		t.Errorf("%d of %d viewers left after %d µs in all; want all, at most %d µs", total.Viewers.Left, total.Viewers.Arrived, total.Watched, most)
	}
	again := compute(t, guarded(tight(), "refused == 0", 0))
	if !bytes.Equal(text(t, first.Summary), text(t, again.Summary)) {
		t.Error("the same seed ended in another summary")
	}
	if late := compute(t, guarded(tight(), "refused == 0", 40*time.Second)).Aborted; late == nil || late.At != 40*time.Second {
		t.Errorf("after 40s the run was ended by %+v; want it to end at 40 s", late)
	}
}

func TestGuardsEndRealRuns(t *testing.T) {
	r, err := Run(t.Context(), guarded(short(11, time.Minute), "started_viewers < 5", 2*time.Second), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Aborted == nil || r.Interrupted || r.Aborted.At < 2*time.Second {
		t.Fatalf("aborted by %+v, interrupted %v; want an abort from 2 s on", r.Aborted, r.Interrupted)
	}
	if v := r.Summary.Total.Viewers; v.Left != v.Arrived || v.Started < 5 || r.Elapsed > 30*time.Second {
		t.Errorf("%+v after %v; want the accounts of all who came, early", v, r.Elapsed)
	}
}
