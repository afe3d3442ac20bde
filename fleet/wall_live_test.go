package fleet

import (
	"errors"
	"slices"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

// hand steers a run by what it hears of its progress.
type hand struct {
	t     *testing.T
	live  *Live
	steps []deed
	seen  []int // viewers who had come at each step
}

type deed struct {
	at time.Duration
	do func(*Live) error
}

func (h *hand) hear(p Progress) {
	if len(h.steps) == 0 || p.Now < h.steps[0].at {
		return
	}
	if err := h.steps[0].do(h.live); err != nil {
		h.t.Errorf("step at %v: %v", p.Now, err)
	}
	h.seen, h.steps = append(h.seen, h.live.Progress().Started), h.steps[1:]
}

// What somebody does to a run shows in it: held viewers stay away, those who come
// during an injected outage get no token, and the result says all of it.
func TestLiveRunsAreSteered(t *testing.T) {
	sc := short(40, 9*time.Second)
	sc.Arrival.Over = 6 * time.Second
	h := &hand{t: t, steps: []deed{
		{time.Second, func(l *Live) error { return l.Hold(true) }},
		{2500 * time.Millisecond, func(l *Live) error {
			if !l.Held() {
				t.Error("Held() = false while viewers are held")
			}
			return errors.Join(l.Hold(true), l.Inject(lab.Injection{Kind: lab.APIOutage, For: 3 * time.Second}), l.Hold(false))
		}},
		{4500 * time.Millisecond, func(l *Live) error {
			if r := l.Result(); r.Summary.Total.Refreshes.Failed == 0 || r.Summary.Total.Viewers.Left != 0 || len(r.ByHand) != 3 {
				t.Errorf("so far %d failed calls, %d viewers gone, %d interventions; want some, none and 3", r.Summary.Total.Refreshes.Failed, r.Summary.Total.Viewers.Left, len(r.ByHand))
			}
			return nil
		}},
	}}
	r, err := Run(t.Context(), sc, Options{Live: func(l *Live) { h.live = l }, Progress: h.hear})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.seen) != 3 || h.seen[1] > h.seen[0]+1 || h.seen[2] <= h.seen[1] {
		t.Errorf("viewers who had come: %v; want none to come while they are held, and more afterwards", h.seen)
	}
	if arrived := r.Summary.Total.Viewers.Arrived; arrived != 40 {
		t.Errorf("%d viewers came; want all 40", arrived)
	}
	outages := r.Scenario.Target.Lab.API.Outages
	if len(outages) != 1 || outages[0].To-outages[0].From != 3*time.Second || outages[0].From < 2500*time.Millisecond {
		t.Errorf("the result's lab has outages %+v; want the one injected", outages)
	}
	if _, err := scenarios.Parse("again.yaml", fileOf(t, r.Scenario)); err != nil {
		t.Errorf("the scenario with what was injected is no file: %v", err)
	}
	if sc.Target.Lab != nil && len(sc.Target.Lab.API.Outages) > 0 {
		t.Error("the caller's scenario was changed")
	}
	what := []string{}
	for _, i := range r.ByHand {
		what = append(what, i.What)
	}
	if want := []string{"arrivals held", "the token API answers every call with 503, for 3s", "arrivals go on"}; !slices.Equal(what, want) {
		t.Errorf("by hand %q; want %q", what, want)
	}
	if h.live.Hold(true) == nil || h.live.Inject(lab.Injection{Kind: lab.NewSecret}) == nil {
		t.Error("a run that is over was changed")
	}
}

// Viewers who got no token are dead too, although they never had a player.
func TestLiveRunsCountThoseWithoutATokenAsDead(t *testing.T) {
	sc := short(11, 6*time.Second)
	cfg := labConfig(&sc)
	cfg.API.Outages = []lab.Outage{{}}
	sc.Target.Lab = &cfg
	dead := 0
	r, err := Run(t.Context(), sc, Options{Progress: func(p Progress) { dead = max(dead, p.Dead) }})
	if err != nil {
		t.Fatal(err)
	}
	if want := int(r.Summary.Total.Viewers.Dead); dead == 0 || dead > want {
		t.Errorf("progress counts %d dead viewers at most, the summary %d; want the same, but for those of the last second", dead, want)
	}
}

func fileOf(t *testing.T, sc scenarios.Scenario) []byte {
	t.Helper()
	file, err := sc.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// BenchmarkLiveResult is what one look at a run costs: 2,000 viewers after ten minutes.
func BenchmarkLiveResult(b *testing.B) {
	sc := scenarios.Default()
	r := newWallRun(&sc, &target{scenario: &sc})
	mix := sc.Viewers.Mix
	for i := range 2000 {
		v := r.shards[i%shardCount].Viewer(i, labels(&mix[i%len(mix)]))
		for s := range 300 {
			at := r.start.Add(time.Duration(2*s)*time.Second + time.Duration(i)*time.Millisecond)
			v.Emit(qoe.Fetch{Kind: qoe.Segment, Start: at, Took: time.Duration(50+i%400) * time.Millisecond, Status: 200, Signed: true, Margin: time.Duration(10+s%40) * time.Second})
			if s%20 == 0 {
				v.Emit(qoe.Refresh{Call: s/20 + 1, Start: at, Took: time.Duration(80+i%100) * time.Millisecond, Status: 200})
			}
		}
	}
	l := newLive(r)
	b.ReportAllocs()
	for b.Loop() {
		_ = l.Result()
	}
}
