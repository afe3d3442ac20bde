package tune

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"soak/fleet"
	"soak/lab"
	"soak/loop"
	"soak/netem"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

var (
	cellCount = flag.Int("cells", 1, "how many cells of WALL.md to play in real time, up to 12; with 12, write it anew")
	lifetime  = flag.Duration("cell-length", 8*time.Second, "how long each cell is played")
	tries     = flag.Int("cell-tries", 2, "how often a cell is played while the machine is too busy for it")
	audience  = flag.Int("cell-viewers", 40, "how many viewers a cell has")
)

// wallCell is a cell of WALL.md.
type wallCell struct {
	player, policy, law, link string
	ttl, lead                 time.Duration
	whole                     bool
}

func (c wallCell) name() string {
	edge := ""
	if c.whole {
		edge = ", whole transfer"
	}
	return fmt.Sprintf("%s, %s, %s, calls %s, %g / %g s%s", c.player, c.policy, c.link, c.law, c.ttl.Seconds(), c.lead.Seconds(), edge)
}

// The first is the one that every run of the tests plays. Lives are short, so that
// 45 s hold several cycles, and leads shorter than calls often take.
func wallCells() []wallCell {
	return []wallCell{
		{"generic", "guide-hlsjs", "bad", "lan", 4 * sec, 2 * sec, false},
		{"generic", "guide-hlsjs", "3G", "lan", 10 * sec, 3 * sec, false},
		{"generic", "guide-hlsjs", "bad", "4g", 12 * sec, 4 * sec, false},
		{"generic", "gcore-plugin", "bad", "fibre", 12 * sec, 4 * sec, false},
		{"generic", "steady", "bad", "poor-wifi", 12 * sec, 3 * sec, false},
		{"generic", "guide-hlsjs", "bad", "4g", 10 * sec, 3 * sec, true},
		{"hlsjs", "guide-hlsjs-xhr", "3G", "fibre", 10 * sec, 3 * sec, false},
		{"hlsjs", "guide-hlsjs-xhr", "bad", "4g", 12 * sec, 4 * sec, false},
		{"hlsjs", "gcore-plugin", "3G", "lan", 10 * sec, 2 * sec, false},
		{"dashjs", "guide-dashjs5", "bad", "fibre", 12 * sec, 4 * sec, false},
		{"dashjs", "guide-dashjs5", "3G", "4g", 10 * sec, 3 * sec, false},
		{"dashjs", "steady", "bad", "lan", 10 * sec, 2 * sec, false},
	}
}

func (c wallCell) scenario(t *testing.T) scenarios.Scenario {
	law := map[string]Law{"3G": g3, "bad": bad}[c.law]
	policy, err := refresher.Builtin(c.policy)
	if err != nil {
		t.Fatal(err)
	}
	policy.Lead, policy.LeadShare, policy.Refusal = nil, 0, refresher.IgnoreRefusal
	if c.player == player.Generic {
		policy.Hook = refresher.TransportHook
	}
	link, err := netem.Builtin(c.link)
	if err != nil {
		t.Fatal(err)
	}
	sc := scenarios.Default()
	sc.Name, sc.Duration, sc.Thresholds, sc.Expect = "wall", *lifetime, nil, nil
	sc.Token = scenarios.Token{TTL: c.ttl, Lead: c.lead, Mode: scenarios.Plain}
	sc.Arrival = scenarios.Arrival{Kind: scenarios.Ramp, Over: *lifetime / 6}
	sc.Viewers = scenarios.Viewers{Count: *audience, Mix: []scenarios.Cohort{{
		Name: "all", Share: 1, Player: player.Config{Profile: c.player}, Policy: policy, Link: link, Stream: scenarios.Live,
	}}}
	cfg := lab.Config{Ladder: []int64{400_000, 800_000}, API: lab.API{Latency: law.Latency, FailureRate: law.Failures}}
	cfg.CutAtExpiry = c.whole
	sc.Target = scenarios.Target{Lab: &cfg}
	return sc
}

// What is computed happens over sockets too, cycle by cycle: the same faults strike
// the same calls. The cell that is always played is small, and machines are busy, so
// it is held to less than the table is.
func TestWallAgrees(t *testing.T) {
	var all []Confirmed
	for _, cell := range wallCells()[:*cellCount] {
		c := cell.confirmed(t)
		all = append(all, c)
		t.Logf("%s: %+v, agree %.3f, same bad %.3f, waits %v and %v apart, late %v %v", c.Name, c.Cycles, c.Agree.Value(), c.SameBad.Value(), c.WaitP50, c.WaitP99, c.Lateness, c.Saturated)
		busy(t, c)
		if c.Cycles.BothBad < 5 || c.Agree.Value() < 0.8 {
			t.Errorf("%s: %+v; want bad cycles, and nearly all of them alike", c.Name, c.Cycles)
			for _, d := range c.Worst {
				t.Logf("viewer %d, cycle %d: %+v over sockets, %+v computed", d.Viewer, d.Cycle, d.Wall, d.Virtual)
			}
		}
	}
	if *update && *cellCount == len(wallCells()) {
		if err := os.WriteFile("WALL.md", wallTable(all), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// told is a ledger of one viewer whose cycles are good or bad; no next token ended the
// last.
func told(cycles string) *fleet.Ledger {
	l := fleet.NewLedger(1, 100)
	now := epoch
	for i, c := range cycles {
		l.Observer().Sample(0, qoe.Refresh{Start: now, Call: i + 1, Took: sec, Installed: true})
		now = now.Add(10 * sec)
		f := qoe.Fetch{Start: now, Took: sec, Signed: true, Token: fmt.Sprint(i), Status: 200}
		if c == 'b' {
			f.Status = 403
		}
		l.Observer().Sample(0, f)
	}
	return l
}

func TestCompare(t *testing.T) {
	for _, row := range []struct {
		why           string
		wall, virtual string
		want          Pairs
		bad, of       int // over sockets
	}{
		{"alike; of the last it is not known", "gbg", "gbg", Pairs{BothGood: 1, BothBad: 1}, 1, 2},
		{"one only here, one only there", "gbgg", "ggbg", Pairs{BothGood: 1, OnlyWall: 1, OnlyVirtual: 1}, 1, 3},
		{"a bad one need not have ended", "gb", "gb", Pairs{BothGood: 1, BothBad: 1}, 1, 2},
		{"one run came further", "ggg", "gg", Pairs{BothGood: 2}, 0, 2},
		{"a bad one that the other run has not", "ggb", "gg", Pairs{BothGood: 2, OnlyWall: 1, Unpaired: 1}, 1, 3},
		{"a good one that the other run has not", "gggg", "gg", Pairs{BothGood: 2, Unpaired: 1}, 0, 3},
		{"nobody came", "", "", Pairs{}, 0, 0},
	} {
		got := compare(told(row.wall), told(row.virtual))
		if got.Cycles != row.want || got.Wall.K != row.bad || got.Wall.Of != row.of || got.Wall.Requests != len(row.wall) {
			t.Errorf("%s: %+v, %+v; want %+v, %d of %d bad", row.why, got.Cycles, got.Wall, row.want, row.bad, row.of)
		}
		p := row.want
		if got.Agree.Of-got.Agree.K != p.OnlyWall+p.OnlyVirtual || got.SameBad.K != p.BothBad || len(got.Worst) != p.OnlyWall+p.OnlyVirtual {
			t.Errorf("%s: alike %+v, same bad %+v, worst %+v", row.why, got.Agree, got.SameBad, got.Worst)
		}
	}
}

// The cycle that lost most requests is named first, and five at most.
func TestWorst(t *testing.T) {
	var all []Difference
	for i, expired := range []int{1, 4, 2, 0, 1, 1} {
		all = append(all, Difference{Viewer: i, Wall: Side{Expired: expired, Wait: Seconds(time.Duration(i) * sec)}})
	}
	var order []int
	for _, d := range worst(all) {
		order = append(order, d.Viewer)
	}
	if fmt.Sprint(order) != "[1 2 5 4 0]" {
		t.Errorf("viewers %v; want 1 and 2, who lost most requests, then by their waits", order)
	}
}

func TestConfirmedOK(t *testing.T) {
	good := Confirmed{Keyed: true, Agree: shareOf(990, 1000), SameBad: shareOf(96, 100)}
	for _, row := range []struct {
		why    string
		change func(*Confirmed)
		want   bool
	}{
		{"as promised", func(*Confirmed) {}, true},
		{"no bad cycle anywhere", func(c *Confirmed) { c.SameBad = shareOf(0, 0) }, true},
		{"no cycle at all", func(c *Confirmed) { c.Agree, c.SameBad = shareOf(0, 0), shareOf(0, 0) }, false},
		{"no cycle of a stream out there", func(c *Confirmed) { *c = Confirmed{Virtual: Bad{Share: shareOf(0, 10)}} }, false},
		{"half of the bad ones are not the same", func(c *Confirmed) { c.SameBad = shareOf(50, 100) }, false},
		{"too few to tell", func(c *Confirmed) { c.SameBad = shareOf(3, 4) }, true},
		{"a machine too busy shows itself only", func(c *Confirmed) { c.Saturated = []string{"late"} }, false},
		{"faults of a stream out there are its own: shares that meet", func(c *Confirmed) {
			*c = Confirmed{Wall: Bad{Share: shareOf(10, 100)}, Virtual: Bad{Share: shareOf(14, 100)}}
		}, true},
		{"and that do not", func(c *Confirmed) {
			*c = Confirmed{Wall: Bad{Share: shareOf(10, 1000)}, Virtual: Bad{Share: shareOf(140, 1000)}}
		}, false},
	} {
		c := good
		row.change(&c)
		if c.OK() != row.want {
			t.Errorf("%s: %v; want %v", row.why, c.OK(), row.want)
		}
	}
}

func TestTrialRefuses(t *testing.T) {
	sc := scenarios.Default()
	other := sc
	other.Seed++
	out := sc
	out.Target = scenarios.Target{URL: "http://127.0.0.1:1/master.m3u8"}
	for _, trial := range []Trial{{Name: "x", Wall: sc, Virtual: &other}, {Name: "x", Wall: out}} {
		if _, err := trial.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "confirm x: ") {
			t.Errorf("%v; want a refusal", err)
		}
	}
}

// A trial has as many viewers and as much time as it takes, and plays a stream out there
// where it is told to.
func TestConfigTrial(t *testing.T) {
	scene := scenarios.Default()
	scene.Viewers.Count, scene.Token = 10_000, scenarios.Token{TTL: 300 * sec, Lead: 20 * sec, Mode: scenarios.Plain}
	for i := range scene.Viewers.Mix {
		scene.Viewers.Mix[i].Policy = refresher.GuideHLSJS().WithLead(20 * sec)
	}
	got := Config{Scenario: scene}.Trial("a", scene)
	if got.Virtual != nil || got.Wall.Viewers.Count != confirmers || got.Wall.Duration != 705*sec || got.Wall.Validate() != nil {
		t.Errorf("%d viewers for %v, valid: %v; want %d for 5 s and two cycles and a half of 280 s", got.Wall.Viewers.Count, got.Wall.Duration, got.Wall.Validate(), confirmers)
	}
	got = got.Against(scenarios.Target{URL: "http://127.0.0.1:1/master.m3u8"})
	if got.Virtual == nil || !got.Virtual.Target.Embedded() || got.Wall.Target.Embedded() {
		t.Errorf("%+v; want the stream out there over sockets and the lab computed", got)
	}
}

// A stream out there draws its own luck: shares are compared, and no cycles.
func TestAgainstAStreamOutThere(t *testing.T) {
	scene := wallCells()[0].scenario(t)
	scene.Viewers.Count, scene.Duration, scene.Arrival.Over = 8, 4*sec, sec
	scene.Token = scenarios.Token{TTL: 2 * sec, Lead: sec, Mode: scenarios.Plain}
	scene.Target.Lab.API = lab.API{Latency: lab.Uniform(0, 300*time.Millisecond)}
	site, err := lab.New(*scene.Target.Lab, 99, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server, err := site.Listen(t.Context(), lab.Clock{Now: time.Now, Sleep: loop.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	target := scenarios.Target{
		TokenAPI: &scenarios.TokenAPI{URL: server.API + "?video={video}&type={type}&expire={expire}"},
		Videos:   scenarios.Videos{Live: "live"},
	}
	c, err := Trial{Name: "out there", Wall: scene}.Against(target).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c.Keyed || c.Cycles != (Pairs{}) || c.Worst != nil || c.Wall.Of == 0 || c.Virtual.Of == 0 || c.Wall.Requests == 0 {
		t.Errorf("%+v; want shares of both runs, and no cycle held against another", c)
	}
}

func wallTable(all []Confirmed) []byte {
	var b bytes.Buffer
	first := all[0]
	fmt.Fprintf(&b, "# What is computed, and what happens over sockets\n\n"+
		"%d viewers for %v against the lab on loopback, and the same run computed, with the same latency and failure\n"+
		"for each call of each viewer: `go test ./tune -run WallAgrees -cells %d -cell-viewers %d -cell-length %v -update -timeout 20m`.\n"+
		"A cycle is what a viewer lives through with one token; it is bad if a request of it met the edge with a dead token. Calls are\n"+
		"3G: lognormal(1.5s, 1) with 3 %% failures, or bad: lognormal(3s, 1) with 10 %%. Intervals are Wilson's of 95 %%.\n\n", first.Viewers, first.Duration, len(all), first.Viewers, first.Duration)
	b.WriteString("| player, policy, link, calls, TTL / lead | good in both | bad in both | only over sockets | only computed | alike | of the bad ones | waits differ, p50, p99 | timers late, p99 |\n" +
		"|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range all {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %s | %s | %v, %v | %v |\n", c.Name,
			c.Cycles.BothGood, c.Cycles.BothBad, c.Cycles.OnlyWall, c.Cycles.OnlyVirtual, percents(c.Agree), percents(c.SameBad),
			millis(c.WaitP50), millis(c.WaitP99), millis(c.Lateness))
	}
	return b.Bytes()
}

// confirmed plays a cell, and again while the machine is too busy for it: what was
// measured then is the machine.
func (c wallCell) confirmed(t *testing.T) (got Confirmed) {
	for try := 1; try <= *tries; try++ {
		var err error
		if got, err = (Trial{Name: c.name(), Wall: c.scenario(t)}).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(got.Saturated) == 0 {
			return got
		}
		t.Logf("%s: %+v, same bad %.3f, %v", got.Name, got.Cycles, got.SameBad.Value(), got.Saturated)
	}
	return got
}

// The table in the repository is of these cells, and what it shows is what is promised.
func TestWallTableIsCurrent(t *testing.T) {
	text, err := os.ReadFile("WALL.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(text)), "\n| ")[2:]
	if len(rows) != len(wallCells()) {
		t.Fatalf("WALL.md has %d cells; want %d", len(rows), len(wallCells()))
	}
	for i, cell := range wallCells() {
		columns := strings.Split(rows[i], " | ")
		var alike, bad float64
		if len(columns) != 9 || columns[0] != cell.name() {
			t.Errorf("cell %d of WALL.md is %q; want %q", i+1, columns[0], cell.name())
			continue
		}
		_, err := fmt.Sscanf(columns[5]+" "+columns[6], "%f %% (%f – %f) %f", &alike, new(float64), new(float64), &bad)
		if err != nil || alike < 95 || bad < 90 {
			t.Errorf("%s: %v %% alike, %v %% of the bad ones (%v); want 95 and 90 or more", cell.name(), alike, bad, err)
		}
	}
}

// busy skips a cell whose figures mean nothing, for the machine was too busy: neither
// agreement nor its lack would then. CI has a machine to itself.
func busy(t *testing.T, c Confirmed) {
	t.Helper()
	switch why := strings.Join(c.Saturated, "; "); {
	case why == "" || *cellCount > 1:
	case os.Getenv("CI") == "true":
		t.Fatalf("the machine is too busy to play in real time: %s", why)
	default:
		t.Skipf("the machine is too busy to play in real time: %s", why)
	}
}

func percents(s Share) string {
	return fmt.Sprintf("%.1f %% (%.1f – %.1f)", 100*s.Value(), 100*s.Low, 100*s.High)
}

func millis(s Seconds) time.Duration { return s.Duration().Round(time.Millisecond) }
