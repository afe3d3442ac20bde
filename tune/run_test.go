package tune

import (
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/scenarios"
)

// small is a question whose answer takes a second: one kind of viewer, an API that is
// slow now and then, and a target that few viewers tell apart.
func small(t *testing.T) Config {
	t.Helper()
	sc, err := scenarios.Parse("small.yaml", []byte(`
version: 1
name: small
duration: 1h
target: {lab: {segment: 6s, api: {latency: "lognormal(600ms, 1)", failureRate: 3%}}}
viewers: {count: 500, mix: [{player: hlsjs, policy: guide-hlsjs, link: fibre}]}
arrival: {kind: ramp, over: 60s}
`))
	if err != nil {
		t.Fatal(err)
	}
	secs := func(list ...int) (out []Seconds) {
		for _, s := range list {
			out = append(out, Seconds(time.Duration(s)*time.Second))
		}
		return out
	}
	return Config{
		Scenario: sc, Target: 0.2, Seed: 3,
		Grid: Grid{TTLs: secs(60, 120), Leads: secs(1, 20), Jitters: secs(0), Policies: []string{Own}},
	}
}

func run(t *testing.T, c Config, opt Options) *Result {
	t.Helper()
	r, _, err := Run(t.Context(), c, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The answer meets the target by what was played, not by what was computed alone, and
// what is known to be bad is known from viewers.
func TestRunAnswers(t *testing.T) {
	r := run(t, small(t), Options{})
	best := r.Recommended()
	if best == nil {
		t.Fatalf("nothing meets 1 in 5; cells %+v", r.Cells)
	}
	if best.Verdict != Met || best.By != ByTokens && best.By != ByPlayers || best.Noticed.High > 0.2 || best.Noticed.Hours < 30 {
		t.Errorf("recommended %v: %s by %s, noticed %+v; want it met by those who were played", best.Choice, best.Verdict, best.By, best.Noticed)
	}
	if best.Calls.Low > best.Calls.Value || best.Calls.High < best.Calls.Value || best.Calls.Value < 3600/120 {
		t.Errorf("calls %+v", best.Calls)
	}
	for _, c := range r.Cells {
		if c.Lead == Seconds(time.Second) && c.TTL == Seconds(time.Minute) && c.Verdict == Met {
			t.Errorf("a lead of 1 s meets the target by %s, %+v, with calls of 0.6 s and more", c.By, c.Noticed)
		}
		if c.Verdict == Missed && c.By == ByPlayers && (c.Noticed.Events == 0 || c.Noticed.Low <= 0.2) {
			t.Errorf("%v misses by %+v", c.Choice, c.Noticed)
		}
	}
	if len(r.Doubts) > 0 {
		t.Errorf("doubts: %+v", r.Doubts)
	}
	var margins int64
	for _, b := range r.Margins {
		margins += b.Count
	}
	if margins == 0 || len(r.Neighbours) == 0 || len(r.Limits) == 0 || len(r.Rules) < 6 || len(r.Advice.Settings) != 3 || r.Herd == nil {
		t.Errorf("%d margins, %d neighbours, %d limits, %d rules, %d settings, herd %v: something is missing",
			margins, len(r.Neighbours), len(r.Limits), len(r.Rules), len(r.Advice.Settings), r.Herd != nil)
	}
}

// The same question has the same answer to the byte, on any number of cores and with
// the sweep split over processes.
func TestRunRepeats(t *testing.T) {
	c := small(t)
	c.Budget.Rounds = 1
	text := func(r *Result) string {
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	was := runtime.GOMAXPROCS(1)
	one := text(run(t, c, Options{}))
	runtime.GOMAXPROCS(4)
	four := text(run(t, c, Options{}))
	var parts []*Part
	for i := range 2 {
		_, part, err := Run(t.Context(), c, Options{Shard: Shard{Index: i, Of: 2}})
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := part.Write(&file); err != nil {
			t.Fatal(err)
		}
		back, err := ReadPart(&file)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, back)
	}
	merged := text(run(t, parts[0].Config, Options{Parts: parts}))
	runtime.GOMAXPROCS(was)
	if one != four {
		t.Error("one core and four have different answers")
	}
	if one != merged {
		t.Error("two processes have another answer than one")
	}
	if len(parts[0].Samples) == 0 || len(parts[1].Samples) == 0 {
		t.Errorf("%d and %d samples: one of the shards did nothing", len(parts[0].Samples), len(parts[1].Samples))
	}
}

// Parts of another question are refused, and so are files that were edited.
func TestPartsOfAnotherQuestion(t *testing.T) {
	c := small(t)
	c.Budget.Rounds = 1
	_, part, err := Run(t.Context(), c, Options{Shard: Shard{Index: 0, Of: 1}})
	if err != nil {
		t.Fatal(err)
	}
	other := c
	other.Seed++
	if _, _, err := Run(t.Context(), other, Options{Parts: []*Part{part}}); err == nil || !strings.Contains(err.Error(), "another question") {
		t.Errorf("%v; want a refusal", err)
	}
	part.Samples[0].To++
	if _, _, err := Run(t.Context(), c, Options{Parts: []*Part{part}}); err == nil || !strings.Contains(err.Error(), "edited") {
		t.Errorf("%v; want a refusal", err)
	}
	if _, err := ReadPart(strings.NewReader(`{"schema":"soak/summary/1"}`)); err == nil {
		t.Error("a summary passes for a part")
	}
}

// Whoever interrupts gets the answer so far, and so does who has no more time: that of
// a number of rounds.
func TestRunEndsEarly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, _, err := Run(ctx, small(t), Options{Progress: func(p Progress) {
		if p.Round == 2 {
			cancel()
		}
	}})
	if err != nil || !r.Interrupted || r.Spent.Rounds != 1 || len(r.Cells) == 0 {
		t.Errorf("%v, interrupted %v after %d rounds; want an answer of one round", err, r != nil && r.Interrupted, r.Spent.Rounds)
	}
	asked := 0
	r = run(t, small(t), Options{Enough: func() bool { asked++; return asked > 1 }, Shard: Shard{0, 1}})
	if r.Spent.Rounds != 0 || r.Interrupted || r.Best < 0 {
		t.Errorf("%d rounds, interrupted %v, best %d; want the closed form's answer", r.Spent.Rounds, r.Interrupted, r.Best)
	}
	few := small(t)
	few.Budget.ViewerHours = 1
	if r := run(t, few, Options{}); r.Spent.PlayerHours > 60 {
		t.Errorf("%v viewer-hours of a budget of one and a round", r.Spent.PlayerHours)
	}
}

// Where nothing can meet the target, nothing is recommended.
func TestRunFindsNone(t *testing.T) {
	c := small(t)
	c.Scenario.Target.Lab.API = lab.API{Latency: lab.Fixed(40 * time.Second)}
	c.Grid.TTLs = c.Grid.TTLs[:1]
	r := run(t, c, Options{})
	if r.Best >= 0 {
		t.Errorf("recommended %+v, whose every token comes 10 s late", r.Cells[r.Best])
	}
	if !slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Verdict == Missed }) {
		t.Errorf("no cell misses: %+v", r.Cells)
	}
}
