package reports

import (
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

// leeched is a report of an audience and of three cohorts who copied links.
func leeched() Report {
	ttl := 90 * time.Second
	sc := scenario()
	sc.Target.Lab = &lab.Config{Grace: 5 * time.Second}
	sc.Viewers.Mix = []scenarios.Cohort{
		{Name: "audience"}, {Name: "office", Token: &scenarios.CohortToken{TTL: &ttl, Mode: scenarios.IP}},
		{Name: "leeches", Leech: &scenarios.Leech{Of: "audience"}},
		{Name: "leeches of the office", Leech: &scenarios.Leech{Of: "office"}},
		{Name: "too early", Leech: &scenarios.Leech{Of: "office"}},
	}
	shard := qoe.NewShard(epoch)
	id := 0
	come := func(cohort string, copies ...qoe.Copy) {
		v := shard.Viewer(id, qoe.Labels{Cohort: cohort, Leech: cohort != "audience"})
		id++
		for _, c := range copies {
			v.Emit(c)
		}
	}
	come("audience")
	come("leeches", qoe.Copy{Life: 8 * time.Second, Worked: 13200 * time.Millisecond, Bytes: 4_200_000, Played: 20 * time.Second, Opened: 1})
	come("leeches", qoe.Copy{Life: 3 * time.Second, Worked: 2 * time.Second, Bytes: 900_000, Played: 4 * time.Second, Opened: 2})
	come("leeches of the office", qoe.Copy{Life: 70 * time.Second, Opened: 1})
	come("too early")
	return Report{Scenario: sc, Summary: shard.Summary()}
}

// What copied links were worth, on every width.
func TestExposure(t *testing.T) {
	for width, want := range map[int]string{
		80: `Exposure     3 copied links · 2 of any use · 5.1 MB taken
             worked for 13.2 s at most · p50 2.00 s
             5.20 s beyond the token's end · showed 20.0 s at most

Copied by                    token  links  useful   worked   beyond     shown
leeches                 plain 12 s      2       2   13.2 s   5.20 s    20.0 s
leeches of the office  ip 1 m 30 s      1       0      0 s      0 s       0 s
too early              ip 1 m 30 s      0       0      0 s      0 s       0 s
longest, each · worked: since copied · beyond: the token's end
edge: whole-second, grace 5 s

`,
		60: `Exposure     3 copied links · 2 of any use · 5.1 MB taken
             worked for 13.2 s at most · p50 2.00 s
             5.20 s beyond the token's end
             showed 20.0 s at most

leeches: 2 links, 2 of use, worked for 13.2 s at most, 5.20
s beyond the token's end, showed 20.0 s at most
leeches of the office: 1 link of no use
too early: found no link to copy

`,
	} {
		var out strings.Builder
		p := newPage(&out, width, false)
		p.exposure(leeched())
		if got := out.String(); got != want {
			t.Errorf("in %d columns:\n%s\nwant:\n%s", width, got, want)
		}
	}
	var out strings.Builder
	newPage(&out, 80, false).exposure(fixture(t, false, true, false))
	if out.Len() > 0 {
		t.Errorf("a run without leeches tells of them:\n%s", out.String())
	}
}

// Who lost most: a few whole, more in brief, and how many are left out. Who lost nothing
// and was only refused stands apart.
func TestWorst(t *testing.T) {
	s := &qoe.Summary{Worst: []qoe.Worst{
		{Viewer: 17, Cohort: "moves", Lost: 9_310_000, Stalled: 6_100_000, Skipped: 3_210_000, Refused: 14, Dead: true, Why: "fragLoadError"},
		{Viewer: 3, Cohort: "moves", Lost: 4_000_000, Waited: 4_000_000, Refused: 1},
		{Viewer: 5, Cohort: "stays", Dead: true},
		{Viewer: 6, Cohort: "seeks"},
	}}
	for i := range 60 {
		s.Worst = append(s.Worst, qoe.Worst{Viewer: 100 + i, Cohort: "stays", Refused: 1})
	}
	var out strings.Builder
	newPage(&out, 80, false).worst(s)
	got := strings.Split(out.String(), "\n")
	for i, want := range []string{
		"Lost most    #17 (moves) 9.31 s: 6.10 s stalled, 3.21 s skipped, 14 requests",
		"             refused, died of fragLoadError",
		"             #3 (moves) 4.00 s without a picture, 1 request refused",
		"             #5 (stays) died",
		"             #6 (seeks) sought a picture in vain",
		"",
		"Lost nothing #100 (stays) 1 request refused",
		"             #101 (stays) 1 request refused",
		"             #102 (stays) 1 request refused",
		"             #103 (stays) 1 request refused",
		"             #104 (stays) 1 request refused",
		"             #105 1 refused · #106 1 refused · #107 1 refused · #108 1 refused",
	} {
		if got[i] != want {
			t.Errorf("line %d: %q, want %q", i, got[i], want)
		}
	}
	if !strings.HasSuffix(out.String(), "#149 1 refused · and more\n\n") {
		t.Errorf("ends in %q", got[len(got)-3:])
	}
}
