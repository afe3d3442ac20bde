package reports

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/qoe"
	"soak/scenarios"
)

// under is a run under way: a bad one, in its 80th second.
func under() *Live {
	sc := scenario()
	l := &Live{State: Running, At: 80 * time.Second, Playing: 50, Stalled: 3, Dead: 1, Lab: true}
	l.Report = Report{Soak: "v0", Scenario: sc, Summary: lived(true), Health: &Health{CPU: 0.4, CPUs: 2}}
	w, err := sc.Standings()
	if err != nil {
		panic(err) // the fixture's own thresholds
	}
	standings, err := w.Judge(l.Summary)
	if err != nil {
		panic(err)
	}
	for _, s := range standings {
		l.Outcomes, l.Pending = append(l.Outcomes, s.Outcome), append(l.Pending, s.Pending)
	}
	return l
}

func TestFrameSaysHowTheRunStands(t *testing.T) {
	for _, row := range []struct {
		why  string
		of   func(l *Live)
		want [3]string // mark and verdict, who noticed, first threshold's word
	}{
		{"a threshold is missed", func(*Live) {}, [3]string{"✗ FAIL SO FAR", "noticed", "missed"}},
		{"it cannot be judged yet", func(l *Live) { l.Pending = []bool{true, true, true} }, [3]string{"✓ PASS SO FAR", "noticed", "not known yet"}},
		{"nobody has started it", func(l *Live) { l.State, l.Summary = Waiting, nil }, [3]string{"· READY", "waits to be started", "missed"}},
		{"nobody has come", func(l *Live) { l.Summary = new(qoe.Summary) }, [3]string{"· BEGUN", "no viewer has come yet", "missed"}},
		{"the generator is saturated", func(l *Live) { l.Health.Saturated = []string{"timers ran late"} }, [3]string{"? INVALID SO FAR", "noticed", "missed"}},
		{"it is over", func(l *Live) { l.State, l.Verdict = Over, Verdict{Decision: Interrupted} }, [3]string{"? INTERRUPTED", "noticed", "missed"}},
	} {
		l := under()
		row.of(l)
		f := l.Frame()
		if got := f.Mark + " " + f.Verdict; got != row.want[0] || !strings.Contains(f.Noticed, row.want[1]) || f.Thresholds[0].Word != row.want[2] {
			t.Errorf("%s: %q, %q, threshold %q; want %q", row.why, got, f.Noticed, f.Thresholds[0].Word, row.want)
		}
	}
	waiting := &Live{State: Waiting, Report: Report{Scenario: scenario()}}
	if text, err := json.Marshal(waiting.Frame().Since(nil)); err != nil || regexp.MustCompile(`"(tiles|health|reasons|byHand|thresholds|charts)":null`).Match(text) {
		t.Errorf("%v: the page cannot read %s", err, text)
	}
	if f := under().Frame(); f.Clock != "1:20 of 1:30" || f.Tiles[1].Name != "Playing now" || f.Tiles[1].Value != "50" {
		t.Errorf("clock %q, tiles %+v; want 1:20 of 1:30, and 50 who play", f.Clock, f.Tiles[:2])
	}
}

// merged applies updates as live.js does.
func merged(to map[string]*chartUpdate, u Update) {
	for _, c := range u.Charts {
		have := to[c.ID]
		if have == nil {
			have = &chartUpdate{Series: make([]seriesUpdate, len(c.Series))}
			to[c.ID] = have
		}
		have.X = append(have.X[:c.From:c.From], c.X...)
		for i, s := range c.Series {
			have.Series[i].Values = append(have.Series[i].Values[:c.From:c.From], s.Values...)
		}
	}
}

// A page that is told what has changed shows what one shows that is told everything,
// whatever came late.
func TestUpdatesAddUp(t *testing.T) {
	shard := qoe.NewShard(epoch)
	v := shard.Viewer(0, qoe.Labels{Cohort: "a"})
	shown := map[string]*chartUpdate{}
	var before *Frame
	for second := range 90 {
		at := epoch.Add(time.Duration(second) * time.Second)
		v.Emit(qoe.Standing{At: at, Phase: qoe.Phase(second / 12), Buffer: time.Duration(second) * time.Second})
		v.Emit(qoe.Refresh{Call: 1 + second, Start: at, Took: time.Second, Status: 200})
		if second%7 == 6 { // a stall that began long ago
			v.Emit(qoe.Stall{At: at.Add(-5 * time.Second), Took: 4 * time.Second})
		}
		l := &Live{State: Running, Report: Report{Scenario: scenario(), Summary: shard.Summary()}}
		f := l.Frame()
		u := f.Since(before)
		if u.Reload {
			t.Fatalf("second %d: the page is to be loaded anew", second)
		}
		merged(shown, u)
		for _, c := range f.charts {
			if got := shown[c.ID]; !slices.Equal(got.X, c.X.Values) || len(got.Series) != len(c.Series) || prefix(got.Series[0].Values, c.Series[0].Values) != len(c.Series[0].Values) {
				t.Fatalf("second %d: chart %s shows %v; want %v", second, c.ID, got.Series[0].Values, c.Series[0].Values)
			}
		}
		if sent := len(u.Charts[0].X); second > 20 && sent > 12 {
			t.Errorf("second %d: %d values are sent again; want those that changed", second, sent)
		}
		before = f
	}
	if u := before.Since(&Frame{}); !u.Reload {
		t.Error("a page with other charts is not told to load anew")
	}
}

// The page has the charts of a report without their values, may ask its own server
// alone, and shows hostile names as text.
func TestLivePage(t *testing.T) {
	l := under()
	l.Scenario.Name, l.Scenario.Title = `</script><img src=x onerror=alert(1)>`, "\u202e"+strings.Repeat("x", 10_000)
	var page bytes.Buffer
	policy, err := LivePage(&page, l)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(policy, "default-src 'none'") || !strings.HasSuffix(policy, "connect-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	if text := page.String(); strings.Contains(text, "<img") || len(text) > 200_000 {
		t.Errorf("%d bytes, or markup from a name", len(text))
	}
	_, data, _ := strings.Cut(page.String(), `id="charts">`)
	data, _, _ = strings.Cut(data, "</script>")
	var charts []chart
	if err := json.Unmarshal([]byte(data), &charts); err != nil {
		t.Fatal(err)
	}
	if want := l.charts(); len(charts) != len(want) || len(charts[0].X.Values) != 0 || charts[0].ID != want[0].ID {
		t.Errorf("%d charts, the first %s with %d values; want %d, without values", len(charts), charts[0].ID, len(charts[0].X.Values), len(want))
	}
	l.Summary, l.Lab = nil, false
	page.Reset()
	if _, err := LivePage(&page, l); err != nil || strings.Contains(page.String(), "Inject now") {
		t.Errorf("before the run, elsewhere than in the lab: %v, or faults can be injected", err)
	}
}

func TestByHandIsReported(t *testing.T) {
	r := Report{Scenario: scenario(), Summary: lived(false), Outcomes: []scenarios.Outcome{}, ByHand: []Intervention{{Seconds(42 * time.Second), "arrivals held"}}}
	var text, page bytes.Buffer
	if err := Text(&text, r, 80, false); err != nil {
		t.Fatal(err)
	}
	if err := RunPage(&page, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "By hand      0:42 arrivals held") || !strings.Contains(page.String(), "0:42 arrivals held") {
		t.Errorf("nobody is told what was done by hand:\n%s", text.String())
	}
}

// BenchmarkFrame is what one second of the live page costs: a run of ten minutes.
func BenchmarkFrame(b *testing.B) {
	shard := qoe.NewShard(epoch)
	for i := range 200 {
		v := shard.Viewer(i, qoe.Labels{Cohort: "a"})
		for s := range 600 {
			at := epoch.Add(time.Duration(s) * time.Second)
			v.Emit(qoe.Fetch{Kind: qoe.Segment, Start: at, Took: 300 * time.Millisecond, Status: 200, Signed: true, Margin: time.Duration(s) * time.Millisecond})
			if s%20 == 0 {
				v.Emit(qoe.Refresh{Call: s/20 + 1, Start: at, Took: time.Second, Status: 200})
			}
		}
	}
	l := &Live{State: Running, Report: Report{Scenario: scenario(), Summary: shard.Summary()}}
	before := l.Frame()
	b.ReportAllocs()
	for b.Loop() {
		f := l.Frame()
		if _, err := json.Marshal(f.Since(before)); err != nil {
			b.Fatal(err)
		}
	}
}
