package reports

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
)

func runPageText(t *testing.T, r Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := RunPage(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRunPage(t *testing.T) {
	r := fixture(t, true, true, false)
	golden(t, "run.html", []byte(unscripted(runPageText(t, r))))
	if runPageText(t, r) != runPageText(t, fixture(t, true, true, false)) {
		t.Error("the same report gives another page")
	}
}

func TestRunPageSays(t *testing.T) {
	faulty := fixture(t, true, true, false)
	faulty.Scenario.Target.Lab = &lab.Config{API: lab.API{Outages: []lab.Outage{{From: 20 * time.Second}}}}
	for _, row := range []struct {
		r    Report
		want []string
		why  string
	}{
		{Report{Verdict: Judge(0, nil, nil, false)}, []string{"? INVALID", "no viewer arrived", "None: only a saturated generator"}, "nothing was run"},
		{fixture(t, false, true, false), []string{"✓ PASS", "none of 60 viewers noticed anything", "✓ met", "in virtual time"}, "all is well"},
		{fixture(t, true, true, false), []string{"✗ FAIL", "10 of 60 viewers noticed", "✗ missed", "refused_requests is 30", "−3.10 s", "soak run --lead 2s"}, "a failure says what failed"},
		{fixture(t, true, false, false, "timers ran late"), []string{"? INVALID", "timers ran late", "– not judged", "The generator"}, "figures that mean nothing are neither met nor missed"},
		{fixture(t, false, false, true), []string{"? INTERRUPTED", "stopped by hand"}, "stopped"},
		{faulty, []string{"outage of the token API", "Shaded: what the lab was told"}, "faults are drawn"},
	} {
		page := html.UnescapeString(runPageText(t, row.r))
		for _, want := range row.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q", row.why, want)
			}
		}
	}
}

// Who lost nothing and was only refused does not stand among those who lost most.
func TestRunPageTellsTheRefusedApart(t *testing.T) {
	r := fixture(t, true, true, false)
	r.Summary.Worst = append(r.Summary.Worst, qoe.Worst{Viewer: 4711, Cohort: "moves", Refused: 3})
	page := runPageText(t, r)
	_, rest, _ := strings.Cut(page, `id="worst"`)
	worst, only, _ := strings.Cut(rest, `id="refused"`)
	if strings.Contains(worst, "#4711") || !strings.Contains(only, "#4711 <bdi>moves</bdi>: 3 refused") {
		t.Errorf("viewer 4711 stands among those who lost most: %v", strings.Contains(worst, "#4711"))
	}
}

// An open end of a fault is the end of the run.
func TestHazards(t *testing.T) {
	r := fixture(t, true, true, false)
	r.Scenario.Target.Lab = &lab.Config{
		API:    lab.API{Outages: []lab.Outage{{From: 20 * time.Second}}},
		Faults: []lab.EdgeFault{{Status: 500}, {From: 5 * time.Second, To: 6 * time.Second, Hang: true}},
	}
	want := []band{{"outage of the token API", 20, 91}, {"fault of the edges", 5, 6}}
	if got := hazards(&r); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("hazards = %v; want %v: a fault without a window is no event", got, want)
	}
}

// Two hours, twenty thousand viewers who all lose something, every cohort full: a page
// stays under 2 MB.
func TestRunPageIsBounded(t *testing.T) {
	shard := qoe.NewShard(epoch)
	for i := range 20_000 {
		v := shard.Viewer(i, qoe.Labels{Cohort: fmt.Sprintf("kind %d of viewers with quite a long name", i%300)})
		at := epoch.Add(time.Duration(i) * 360 * time.Millisecond)
		v.Emit(qoe.Refresh{Call: 1, Start: at, Took: time.Duration(i) * time.Millisecond, Reason: qoe.FirstToken})
		for k := range 5 {
			v.Emit(qoe.Fetch{Kind: qoe.Segment, Start: at.Add(time.Duration(k) * time.Second), Took: time.Duration(i*k) * time.Microsecond, Status: 410, Failure: qoe.StatusFailure,
				Margin: time.Duration(i-5000) * time.Millisecond, Signed: true})
		}
		v.Emit(qoe.Stall{At: at, Took: time.Duration(i) * time.Millisecond})
		v.Emit(qoe.Fatal{At: at, Why: fmt.Sprintf("fragLoadError number %d", i)})
		v.Emit(qoe.Leave{At: at.Add(time.Minute), Watched: time.Minute})
	}
	r := Report{Summary: shard.Summary(), Scenario: scenario()}
	if page := runPageText(t, r); len(page) > 2_000_000 {
		t.Errorf("%d bytes; want under 2 MB", len(page))
	} else {
		t.Logf("%d bytes", len(page))
	}
}

// A table of many values keeps those that matter.
func TestChartTable(t *testing.T) {
	var c chart
	for i := range 100 {
		c.X.Values = append(c.X.Values, float64(i))
	}
	values := make(figures, 100)
	values[0], values[1], values[2], values[3] = 5, -7, math.NaN(), math.NaN()
	c.X.Unit, c.Y.Unit, c.Series = onClock, asCount, []series{{Name: "some", Values: values}}
	for least, want := range map[bool]string{false: "[0:00 5] [0:02 –]", true: "[0:00 −7] [0:02 –]"} {
		c.Least = least
		table := c.Table()
		if got := fmt.Sprint(table.Rows[0], table.Rows[1]); got != want || len(table.Rows) != 50 {
			t.Errorf("least %v: %d rows, the first %s; want 50, %s", least, len(table.Rows), got, want)
		}
	}
}
