package reports

import (
	"math"
	"math/rand/v2"
	"time"

	"soak/lab"
	"soak/tune"
)

// tuned is an answer as tune gives them: its figures come from a coarse formula, and
// from a seeded draw around it where it pretends that something was played.
func tuned() *tune.Result {
	sec := func(s float64) tune.Seconds { return tune.Seconds(s * float64(time.Second)) }
	f := tuneFixture{rng: rand.New(rand.NewPCG(6, 0)), law: tune.Law{Latency: lab.Lognormal(600*time.Millisecond, 0.8), Failures: 0.01}}
	r := &tune.Result{Best: -1, Config: tune.Config{
		Scenario: scenario(), Viewers: 10_000, Join: sec(60), Capacity: 500, Rule: tune.Start, Skew: sec(1),
		Target: 1e-3, Exposure: sec(300), Seed: 7, Confidence: 0.95,
		Grid: tune.Grid{TTLs: []tune.Seconds{sec(15), sec(30), sec(60), sec(120), sec(300), sec(600)},
			Leads:   []tune.Seconds{sec(2), sec(4), sec(6), sec(8), sec(12), sec(18), sec(25), sec(40)},
			Jitters: []tune.Seconds{0, sec(3)}, Policies: []string{"own", "quick"}},
	}}
	for _, policy := range r.Config.Grid.Policies {
		for _, jitter := range r.Config.Grid.Jitters {
			for _, ttl := range r.Config.Grid.TTLs {
				for _, lead := range r.Config.Grid.Leads {
					r.Cells = append(r.Cells, f.cell(tune.Choice{TTL: ttl, Lead: lead, Jitter: jitter, Policy: policy}, r.Config.Target))
				}
			}
		}
	}
	f.answer(r)
	return r
}

type tuneFixture struct {
	rng *rand.Rand
	law tune.Law
}

// poisson draws how many come where mean are expected.
func (f *tuneFixture) poisson(mean float64) int64 {
	if mean > 50 {
		return int64(max(0, math.Round(mean+math.Sqrt(mean)*f.rng.NormFloat64())))
	}
	n, p := int64(-1), 1.0
	for limit := math.Exp(-mean); p > limit; n++ {
		p *= f.rng.Float64()
	}
	return n
}

func (f *tuneFixture) estimate(perHour, hours float64) tune.Estimate {
	n := f.poisson(perHour * hours)
	return tune.Estimate{Value: float64(n) / hours, Interval: tune.Wilson(min(int(n), int(hours)), int(hours), 0.95), Events: n, Hours: hours}
}

func (f *tuneFixture) cell(c tune.Choice, target float64) tune.Cell {
	cell := tune.Cell{Choice: c, Agrees: true, CopiedMean: (c.TTL + c.Lead) / 2, CopiedMost: c.TTL}
	if c.Lead > c.TTL*2/3 {
		cell.Verdict, cell.By, cell.Why = tune.Ruled, tune.ByRule, "the lead leaves less than a third of the life"
		return cell
	}
	retry := 10.0 // what a failed call and the wait after it cost, in seconds
	if c.Policy == "quick" {
		retry = 2.5
	}
	lead, length := (c.Lead.Duration() + c.Jitter.Duration()/2).Seconds(), (c.TTL - c.Lead).Duration().Seconds()
	slow := func(x float64) float64 { return math.Erfc(math.Log(max(x, 0.1)/0.6)/0.8/math.Sqrt2) / 2 }
	cell.Formula = 3600 / length * (slow(lead-1) + 0.01*slow(lead-1-retry) + 1e-4*slow(lead-1-2*retry))
	calls := 3600 / length * 1.01
	cell.Calls = tune.Estimate{Value: calls, Interval: tune.Interval{Low: 0.99 * calls, High: 1.01 * calls}, Events: 100_000, Hours: 1000}
	cell.Mean = cell.Calls.Value * 10_000 / 3600
	cell.Peak = tune.Estimate{Value: cell.Mean * 8, Interval: tune.Interval{Low: cell.Mean * 7, High: cell.Mean * 9}}
	cell.Late = f.estimate(cell.Formula, 20_000)
	cell.By = tune.ByFormula
	if r := cell.Formula / target; r > 0.05 && r < 50 {
		cell.By, cell.Noticed = tune.ByPlayers, f.estimate(cell.Formula*0.6, 8000)
		if cell.Noticed.Holds(target) {
			cell.Why = "8,000 viewer-hours"
		}
	}
	value, low, high := comfort(&cell)
	switch {
	case cell.Noticed.Hours > 0 && low <= target && target < high && cell.Noticed.Events > 0:
		cell.Verdict = tune.Undecided
	case value <= target:
		cell.Verdict = tune.Met
	default:
		cell.Verdict = tune.Missed
	}
	return cell
}

// answer fills in what follows from the cells.
func (f *tuneFixture) answer(r *tune.Result) {
	at := func(ttl, lead time.Duration) int {
		for i, c := range r.Cells {
			if c.TTL.Duration() == ttl && c.Lead.Duration() == lead && c.Jitter > 0 && c.Policy == "quick" {
				return i
			}
		}
		return 0
	}
	r.Best = at(60*time.Second, 18*time.Second)
	best := &r.Cells[r.Best]
	best.Verdict, best.By, best.Noticed = tune.Met, tune.ByPlayers, f.estimate(best.Formula, 30_000)
	for _, n := range []struct {
		lead time.Duration
		text string
	}{{12 * time.Second, "lead 12 s would lose more viewers"}, {25 * time.Second, "lead 25 s would cost more token calls"}} {
		r.Neighbours = append(r.Neighbours, tune.Neighbour{Cell: at(60*time.Second, n.lead), Text: n.text})
	}
	r.Frontier = frontierOf(r.Cells)
	r.Limits = []tune.Limit{
		{What: "failures", Lead: tune.Seconds(9 * time.Second), Text: "two failed calls in a row, and the third one's answer"},
		{What: "latency", Lead: tune.Seconds(5500 * time.Millisecond), Text: "the slowest call in 10,000 of the 3G cohort"},
		{What: "skew", Lead: tune.Seconds(time.Second), Text: "clocks that are a second behind"},
	}
	r.Cohorts = []tune.CohortShare{
		{Name: "hlsjs/guide-hlsjs/4g", Share: 0.7, Formula: 2e-4, Noticed: f.estimate(1e-4, 20_000), Law: f.law},
		{Name: "dashjs/steady/3g", Share: 0.3, Formula: 3e-3, Noticed: f.estimate(2e-3, 9_000), Law: tune.Law{Latency: lab.Lognormal(1500*time.Millisecond, 1), Failures: 0.03}},
	}
	r.Rules = []tune.Rule{
		{Name: "20 % of the TTL", TTL: best.TTL, Lead: tune.Seconds(12 * time.Second), Formula: 4e-4, Calls: 76, Verdict: tune.Met, Text: "fits at 60 s, and at no other life"},
		{Name: "10 s of 60 s", TTL: best.TTL, Lead: tune.Seconds(10 * time.Second), Formula: 2e-3, Calls: 73, Verdict: tune.Missed, Text: "a failed call and a slow one are more than 10 s"},
	}
	r.Advice = tune.Advice{TTL: best.TTL, Lead: best.Lead, Jitter: best.Jitter, Timeout: tune.Seconds(4 * time.Second), Retry: tune.Seconds(time.Second),
		Share: 30, Why: "The lead is told in seconds: what it must outlast, a slow call or two, does not grow with the token's life.",
		Settings: []tune.Setting{{Integration: "hls.js", Text: "const TTL = 60\nconst refreshLeadSeconds = 18\n"}, {Integration: "Gcore plugin", Text: "{ refreshLeadSeconds: 18 }\n"}}}
	f.pictures(r)
	r.Spent = tune.Spent{Rounds: 4, TokenHours: 1.9e6, PlayerHours: 412_000, Cycles: 71_000_000, Cells: len(r.Cells), Decided: len(r.Cells) - 3}
}

// frontierOf are the cells that no other beats in both, from the best protected.
func frontierOf(cells []tune.Cell) (best []int) {
	for i := range cells {
		beaten := cells[i].Verdict == tune.Ruled
		value, _, _ := comfort(&cells[i])
		for k := range cells {
			other, _, _ := comfort(&cells[k])
			beaten = beaten || cells[k].Verdict != tune.Ruled && cells[k].CopiedMean <= cells[i].CopiedMean && other <= value &&
				(cells[k].CopiedMean < cells[i].CopiedMean || other < value)
		}
		if !beaten {
			best = append(best, i)
		}
	}
	return best
}

// pictures are the margins and the herd.
func (f *tuneFixture) pictures(r *tune.Result) {
	counts := map[int]int64{}
	for range 20_000 {
		counts[int(math.Floor((12-0.6*math.Exp(0.8*f.rng.NormFloat64())-5*math.Floor(-math.Log(f.rng.Float64())/4.6))*2))]++
	}
	for i := -8; i < 24; i++ {
		r.Margins = append(r.Margins, tune.Bin{From: tune.Seconds(i) * tune.Seconds(time.Second) / 2, To: tune.Seconds(i+1) * tune.Seconds(time.Second) / 2, Count: counts[i]})
	}
	r.Herd = &tune.Herd{Viewers: 10_000, Join: tune.Seconds(5 * time.Second), TTL: tune.Seconds(time.Minute), Lead: tune.Seconds(12 * time.Second),
		Plain:   tune.Curve{Second: make([]int64, 180), Burst: make([]int64, 200), BurstFrom: tune.Seconds(47 * time.Second), Mean: 208, Peak1s: 11, Peak10ms: 960},
		Advised: tune.Curve{Jitter: r.Advice.Jitter, Second: make([]int64, 180), Burst: make([]int64, 200), BurstFrom: tune.Seconds(45 * time.Second), Mean: 215, Peak1s: 2.7, Peak10ms: 4.1}}
	for range 30_000 {
		cycle := f.rng.IntN(3)
		join := f.rng.Float64() * 5
		r.Herd.Plain.Second[48*(cycle+1)+int(join)]++
		if s := int(48*float64(cycle+1) + join - f.rng.Float64()*12*float64(cycle+1)); s >= 0 {
			r.Herd.Advised.Second[s]++
		}
		r.Herd.Advised.Burst[f.rng.IntN(200)]++
		if f.rng.IntN(15) == 0 {
			r.Herd.Plain.Burst[int(math.Round(join*39))/100*100+f.rng.IntN(3)]++
		}
	}
}
