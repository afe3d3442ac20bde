package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/fleet"
	"soak/qoe"
	"soak/scenarios"
)

// troubled is a scenario in which some viewers of each kind notice something: tokens of
// 20 s from a token API with a long tail that fails now and then.
func troubled(t testing.TB, lead time.Duration, seed uint64) scenarios.Scenario {
	t.Helper()
	sc := scenarios.Default()
	for _, set := range [][2]string{{"target.lab.api.latency", "lognormal(1.5s, 1.2)"}, {"target.lab.api.failureRate", "3%"}} {
		if err := sc.Override(set[0], set[1]); err != nil {
			t.Fatal(err)
		}
	}
	sc.Seed, sc.Duration, sc.Viewers.Count, sc.Token.Lead = seed, 50*time.Second, 30, lead
	sc.Viewers.Mix = slices.Clone(sc.Viewers.Mix[:3])
	if err := sc.Validate(); err != nil {
		t.Fatal(err)
	}
	return sc
}

func play(t testing.TB, sc scenarios.Scenario) Run {
	t.Helper()
	r, err := fleet.Run(context.Background(), sc, fleet.Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	return Run{Name: fmt.Sprintf("seed %d", sc.Seed), Scenario: sc, Summary: r.Summary, Virtual: true}
}

func runs(t testing.TB, a, b Run, o Options) *Result {
	t.Helper()
	r, err := Runs(a, b, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func told(r *Result, what ...Change) (list []string) {
	for _, g := range r.Groups {
		for _, f := range g.Figures {
			if slices.Contains(what, f.Change) {
				list = append(list, fmt.Sprintf("%s/%s %.4g → %.4g (p %.2g, adjusted %.2g)", g.Name, f.Key, f.A.Value, f.B.Value, f.P, f.Adjusted))
			}
		}
	}
	return list
}

// The same scenario with other seeds is called a regression in under 5 % of pairs, and
// what is really worse is found.
func TestAlarms(t *testing.T) {
	const seeds = 10
	var same []Run
	for seed := range uint64(seeds) {
		same = append(same, play(t, troubled(t, 10*time.Second, seed+1)))
	}
	noticed := int64(0)
	for _, r := range same {
		noticed += r.Summary.Total.Viewers.Noticed
	}
	if noticed < 2*seeds || noticed > 25*seeds {
		t.Errorf("%d of %d viewers noticed something: too few or too many to tell false alarms", noticed, seeds*30)
	}
	pairs, alarms := 0, 0
	for i := range same {
		for k := range same {
			if i == k {
				continue
			}
			pairs++
			r := runs(t, same[i], same[k], Options{Tolerance: -1})
			if r.Verdict == Regression {
				alarms++
				t.Logf("%s, %s: %s", r.A, r.B, strings.Join(told(r, Worse), "; "))
			}
			if r.SameSeed || !r.SameFaults || len(r.Differences) > 0 || r.Same {
				t.Fatalf("%+v; want runs that differ in their seed only", r)
			}
		}
	}
	if float64(alarms) >= 0.05*float64(pairs) {
		t.Errorf("%d of %d pairs of the same scenario are called a regression; want under 5 %%", alarms, pairs)
	}
	for seed := range 3 {
		late := play(t, troubled(t, 0, uint64(seed)+100))
		if r := runs(t, same[seed], late, Options{}); r.Verdict != Regression || r.Worse() < 1 {
			t.Errorf("a lead of 0 s instead of 10 s, seed %d: %v, worse: %v", seed+100, r.Verdict, told(r, Worse))
		}
		if r := runs(t, late, same[seed], Options{}); r.Verdict != NoWorse || r.Better() < 1 {
			t.Errorf("a lead of 10 s instead of 0 s: %v, better: %v", r.Verdict, told(r, Better, Worse))
		}
	}
}

// Runs of one seed are compared viewer by viewer.
func TestPairs(t *testing.T) {
	a, b := play(t, troubled(t, 5*time.Second, 3)), play(t, troubled(t, 2*time.Second, 3))
	r := runs(t, a, b, Options{})
	if !r.Paired || !r.SameSeed || !r.SameFaults || len(r.Differences) != 1 || r.Differences[0].Key != "token.lead" {
		t.Errorf("%+v; want pairs, and a lead that differs", r)
	}
	noticed := r.Groups[0].Figures[0]
	if noticed.Key != "noticed" || !noticed.Paired || noticed.P > 1 {
		t.Errorf("%+v; want viewers who noticed, in pairs", noticed)
	}
	by := noticed.B.Value - noticed.A.Value
	if by < noticed.Difference.Low || by > noticed.Difference.High {
		t.Errorf("difference %v does not hold %v", noticed.Difference, by)
	}
	same := runs(t, a, play(t, troubled(t, 5*time.Second, 3)), Options{})
	if !same.Same || same.Verdict != NoWorse || len(told(same, Better, Worse, More, Less)) > 0 {
		t.Errorf("the same run twice: %v, %v", same.Verdict, told(same, Better, Worse, More, Less))
	}
}

// small makes a run of viewers who each have so many stalls.
func small(seed uint64, stalls func(viewer int) int) Run {
	start := time.Unix(1_800_000_000, 0)
	shard := qoe.NewShard(start)
	for i := range 100 {
		v := shard.Viewer(i, qoe.Labels{Cohort: fmt.Sprint("cohort ", i%2)})
		v.Emit(qoe.Startup{At: start, Took: time.Duration(900+i) * time.Millisecond})
		for range stalls(i) {
			v.Emit(qoe.Stall{At: start, Took: time.Second})
		}
		v.Emit(qoe.Leave{At: start.Add(time.Minute), Watched: time.Minute, Played: time.Minute})
	}
	sc := scenarios.Default()
	sc.Seed = seed
	return Run{Name: "run", Scenario: sc, Summary: shard.Summary(), Virtual: true}
}

func changeOf(r *Result, group, key string) Change {
	for _, g := range r.Groups {
		for _, f := range g.Figures {
			if g.Name == group && f.Key == key {
				return f.Change
			}
		}
	}
	return "not asked"
}

func TestViewersAreTheSample(t *testing.T) {
	calm := small(1, func(int) int { return 0 })
	one := small(2, func(v int) int { return 60 * (1 - min(v, 1)) })
	many := small(2, func(v int) int { return v % 3 / 2 * 2 })
	cohort := small(2, func(v int) int { return v % 2 })
	for _, row := range []struct {
		a, b       Run
		o          Options
		group, key string
		want       Change
		why        string
	}{
		{calm, one, Options{}, "", "stalls", Same, "sixty stalls of one viewer are one observation"},
		{calm, many, Options{}, "", "stalls", Worse, "sixty stalls of thirty viewers"},
		{many, calm, Options{}, "", "stalls", Better, "the other way round"},
		{calm, many, Options{}, "", "stalled", Worse, "and those who stalled"},
		{calm, cohort, Options{}, "cohort 1", "noticed", Worse, "all of a cohort"},
		{calm, cohort, Options{}, "cohort 0", "noticed", Same, "and none of the other"},
		{many, cohort, Options{Tolerance: 9}, "", "stalled", Same, "half as many again is tolerated"},
		{calm, many, Options{}, "", "margin50", "not asked", "nobody had a token"},
	} {
		if got := changeOf(runs(t, row.a, row.b, row.o), row.group, row.key); got != row.want {
			t.Errorf("%s of %q: %v; want %v: %s", row.key, row.group, got, row.want, row.why)
		}
	}
}

func TestUnlike(t *testing.T) {
	with := func(change func(*Run)) Run {
		r := small(1, func(int) int { return 0 })
		r.Scenario.Viewers.Mix = slices.Clone(r.Scenario.Viewers.Mix)
		change(&r)
		return r
	}
	a := with(func(*Run) {})
	for _, row := range []struct {
		b    Run
		o    Options
		want string // a part of the only reason; empty: they can be compared
		why  string
	}{
		{with(func(r *Run) { r.Scenario.Name, r.Scenario.Thresholds = "other", nil }), Options{}, "", "names and thresholds change nothing"},
		{with(func(r *Run) { r.Scenario.Token.TTL = time.Hour }), Options{}, "", "tokens are what one compares"},
		{with(func(r *Run) { r.Scenario.Viewers.Mix[0].Policy.Name = "guide-hlsjs" }), Options{}, "", "and how pages come by them"},
		{with(func(r *Run) { r.Scenario.Duration = time.Hour }), Options{}, "duration differ", "a longer run"},
		{with(func(r *Run) { r.Scenario.Duration = time.Hour }), Options{Anyway: true}, "", "which somebody wants to compare all the same"},
		{with(func(r *Run) { r.Scenario.Viewers.Mix[0].Stream = scenarios.VOD }), Options{}, "viewers.mix[0].stream differ", "who watch something else"},
		{with(func(r *Run) { r.Virtual = false }), Options{}, "one was played over sockets", "another world"},
		{with(func(r *Run) { r.Doubts = []string{"timers ran late"} }), Options{Anyway: true}, "run: timers ran late", "figures that mean nothing"},
		{with(func(r *Run) { r.Summary = new(qoe.Summary) }), Options{}, "run: nobody watched", "nothing to compare"},
	} {
		r := runs(t, a, row.b, row.o)
		got := strings.Join(r.Reasons, "; ")
		if (row.want == "") != (r.Verdict != Unlike) || !strings.Contains(got, row.want) {
			t.Errorf("%s: %v, %q; want %q", row.why, r.Verdict, got, row.want)
		}
	}
}

// Cohorts whose names follow from their policies are the same viewers all the same.
func TestCohortsMatch(t *testing.T) {
	name := func(policy string) Run {
		sc := scenarios.Default()
		sc.Viewers.Count, sc.Duration = 30, 10*time.Second
		for i := range sc.Viewers.Mix {
			c := &sc.Viewers.Mix[i]
			if c.Policy.Name == "steady" && c.Stream != scenarios.VOD {
				c.Policy.Name, c.Name = policy, policy+" "+c.Link.Name
			}
		}
		return Run{Name: policy, Scenario: sc, Summary: play(t, sc).Summary, Virtual: true}
	}
	r := runs(t, name("steady"), name("guide-hlsjs"), Options{})
	var names []string
	for _, g := range r.Groups {
		names = append(names, g.Name)
	}
	if got := strings.Join(names, "; "); !strings.Contains(got, "steady 4g → guide-hlsjs 4g") || len(r.Alone) > 0 {
		t.Errorf("groups %s, alone %v; want cohorts of one place matched", got, r.Alone)
	}
}

// What somebody wrote by hand into a summary makes no figure that cannot be written.
func TestHostileSummaries(t *testing.T) {
	a := small(1, func(v int) int { return v % 2 })
	for _, text := range []string{
		`{"total":{"viewers":{"arrived":5,"noticed":-3,"dead":9}}}`,
		`{"total":{"viewers":{"arrived":5},"perViewer":{"viewers":5,"stalls":{"sum":-1,"squares":-9}}}}`,
		`{"total":{"viewers":{"arrived":9007199254740993},"perViewer":{"viewers":9223372036854775807,"refused":{"sum":9223372036854775807,"squares":9223372036854775806}}}}`,
		`{"total":{"viewers":{"arrived":-4},"startup":{"count":1,"bins":[[700,1]]}}}`,
		`{"total":{"viewers":{"arrived":3},"startup":{"count":3,"minMicros":9,"maxMicros":-9,"bins":[[700,3]]}}}`,
	} {
		b := Run{Name: "hostile", Scenario: a.Scenario, Summary: new(qoe.Summary), Virtual: true}
		if err := json.Unmarshal([]byte(text), b.Summary); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Result{runs(t, a, b, Options{}), runs(t, b, a, Options{})} {
			if _, err := json.Marshal(r); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	if _, err := Runs(a, a, Options{Confidence: 2}); err == nil {
		t.Error("accepted a confidence of 2")
	}
	if _, err := Runs(a, Run{}, Options{}); err == nil {
		t.Error("accepted a run without a summary")
	}
}
