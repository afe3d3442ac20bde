package suite

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"soak/fleet"
	"soak/qoe"
	"soak/scenarios"
)

// told is a fleet that plays nothing: every viewer of a scenario named noticed…
// stalls, broken… fails, and the later a scenario is the sooner it ends.
func told(ctx context.Context, sc scenarios.Scenario, opt fleet.Options) (*fleet.Result, error) {
	if strings.HasPrefix(sc.Name, "broken") {
		return nil, errors.New("something broke")
	}
	shard := qoe.NewShard(time.Unix(1_800_000_000, 0))
	for i := range sc.Viewers.Count {
		v := shard.Viewer(i, qoe.Labels{Cohort: sc.Viewers.Mix[0].Name})
		v.Emit(qoe.Startup{Took: time.Second})
		if strings.HasPrefix(sc.Name, "noticed") {
			v.Emit(qoe.Stall{Took: 3 * time.Second})
		}
		v.Emit(qoe.Leave{Watched: time.Minute, Played: 50 * time.Second})
	}
	r := &fleet.Result{Scenario: sc, Virtual: opt.Virtual, Summary: shard.Summary(), Interrupted: sc.Name == "cut"}
	if sc.Name == "late" {
		r.Health.LatenessP99 = time.Second
	}
	return r, nil
}

func scenario(t *testing.T, name string) scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse(name+".yaml", []byte(`
version: 1
name: `+name+`
title: One
hazard: H01
viewers: {count: 3, mix: [{name: web, player: hlsjs}]}
expect:
  - {cohort: web, effect: plays on, holds: [noticed_viewers == 0, played_seconds / viewers == 50]}
  - {effect: three come, holds: [viewers == 3]}
`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRunJudges(t *testing.T) {
	for _, c := range []struct {
		name    string
		virtual bool
		missed  string // of web
		problem string
		why     string
	}{
		{"calm", true, "", "", "all is as expected"},
		{"noticed", true, "noticed_viewers == 0 (web): noticed_viewers is 3", "", "one condition of two does not hold"},
		{"broken", true, "", "something broke", "nothing was measured"},
		{"late", false, "", "", "a saturated generator is told beside what it measured"},
	} {
		r := Run(t.Context(), []scenarios.Scenario{scenario(t, c.name)}, Options{Virtual: c.virtual, Run: told})
		got := r.Cases[0]
		if got.Problem != c.problem || (got.Err != nil) != (c.problem != "") || (len(got.Saturated) > 0) != (c.name == "late") {
			t.Errorf("%s: problem %q, saturated %q", c.why, got.Problem, got.Saturated)
		}
		if c.problem != "" {
			continue
		}
		web, all := got.Findings[0], got.Findings[1]
		missed := ""
		for _, o := range web.Missed() {
			missed += o.Text
		}
		if missed != c.missed || web.OK != (c.missed == "") || !all.OK {
			t.Errorf("%s: missed %q, all viewers %+v; want %q", c.why, missed, all, c.missed)
		}
		if web.Viewers != "web" || web.Player != "hls.js 1.7" || web.Integration != "steady" || all.Viewers != "" || web.Metrics["played_seconds"] != 150 {
			t.Errorf("%s: %+v", c.why, web)
		}
	}
}

// The order is that of the scenarios, whoever is done first and however many play
// at once.
func TestRunKeepsOrder(t *testing.T) {
	var all []scenarios.Scenario
	for _, name := range []string{"a", "noticed-b", "c", "broken-d", "e"} {
		all = append(all, scenario(t, name))
	}
	var first string
	for _, workers := range []int{1, 2, 8} {
		last := 0
		r := Run(t.Context(), all, Options{Virtual: true, Workers: workers, Run: told, Progress: func(done, of int, _ string) {
			if done != last+1 || of != len(all) {
				t.Errorf("progress %d of %d after %d", done, of, last)
			}
			last = done
		}})
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(text)
		}
		if string(text) != first {
			t.Errorf("with %d workers: %s; want %s", workers, text, first)
		}
		if n, changed := r.Count(); n != 8 || changed != 1 {
			t.Errorf("%d findings, %d changed; want 8, 1", n, changed)
		}
	}
}

// When the context is done nothing more is begun, and the cases say so.
func TestRunInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var played atomic.Int32
	r := Run(ctx, []scenarios.Scenario{scenario(t, "cut"), scenario(t, "never")}, Options{Workers: 1, Run: func(ctx context.Context, sc scenarios.Scenario, o fleet.Options) (*fleet.Result, error) {
		played.Add(1)
		stop()
		return told(ctx, sc, o)
	}})
	if played.Load() != 1 || !r.Cases[0].Interrupted || !r.Cases[1].Interrupted || len(r.Cases[1].Findings) != 0 {
		t.Errorf("%d played, %+v", played.Load(), r.Cases)
	}
}

// Scenarios are judged by their thresholds too.
func TestThresholdsAreFindings(t *testing.T) {
	s := scenario(t, "noticed")
	s.Thresholds, s.Expect = []scenarios.Threshold{{Expr: "dead_viewers == 0"}, {Expr: "noticed_viewers == 0", Cohort: "web"}}, nil
	r := Run(t.Context(), []scenarios.Scenario{s}, Options{Virtual: true, Run: told})
	f := r.Cases[0].Findings
	if len(f) != 2 || !f[0].OK || f[0].Viewers != "" || f[1].OK || f[1].Viewers != "web" {
		t.Errorf("findings %+v", f)
	}
}
