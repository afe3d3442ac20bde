package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
	"soak/token"
)

// thieves are an audience of one cohort, every second viewer of the run copying the
// link of one of its members.
func thieves(t testing.TB, p player.Config, stream string, change func(*scenarios.Scenario, *scenarios.Leech)) scenarios.Scenario {
	t.Helper()
	sc := oneViewer(t, 140*time.Second, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
		c.Name, c.Player, c.Stream = "audience", p, stream
		thief := *c
		thief.Name, thief.Policy = "thieves", scenarios.Default().Viewers.Mix[0].Policy
		thief.Leech = &scenarios.Leech{Of: "audience", At: lab.Uniform(10*time.Second, 70*time.Second)}
		sc.Viewers = scenarios.Viewers{Count: 12, Mix: []scenarios.Cohort{*c, thief}}
		sc.Arrival = scenarios.Arrival{Kind: scenarios.Ramp, Over: 10 * time.Second}
		sc.Token = scenarios.Token{TTL: time.Minute, Lead: 15 * time.Second, Mode: scenarios.Plain}
	})
	change(&sc, sc.Viewers.Mix[1].Leech)
	return sc
}

// copied computes a run and returns what each link was worth.
func copied(t *testing.T, sc scenarios.Scenario) ([]qoe.Copy, *qoe.Summary) {
	t.Helper()
	var worth []qoe.Copy
	r, err := Run(t.Context(), sc, Options{Virtual: true, Observer: &Observer{Sample: func(viewer int, s qoe.Sample) {
		if c, ok := s.(qoe.Copy); ok {
			worth = append(worth, c)
		}
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return worth, r.Summary
}

// A link with a plain token is worth what is left of its token, plus what the edge
// gives on top, and not an instant more. Live players use all of it.
func TestCopiedLinkDiesWithItsToken(t *testing.T) {
	for _, edge := range []struct {
		change func(*lab.Config)
		over   time.Duration // what edges give on top
		why    string
	}{
		{func(*lab.Config) {}, time.Second, "whole seconds: good through the second of expiry"},
		{func(c *lab.Config) { c.Boundary = token.Strict }, 0, "not an instant longer"},
		{func(c *lab.Config) { c.Boundary, c.Grace = token.Strict, 10*time.Second }, 10 * time.Second, "ten seconds of grace"},
		{func(c *lab.Config) { c.EdgeSkew = -5 * time.Second }, 6 * time.Second, "an edge whose clock is behind"},
	} {
		for _, p := range players() {
			for _, stream := range []string{scenarios.Live, scenarios.VOD} {
				name := fmt.Sprintf("%s %s: %s", p.Profile, stream, edge.why)
				worth, _ := copied(t, thieves(t, p, stream, func(sc *scenarios.Scenario, _ *scenarios.Leech) { edge.change(sc.Target.Lab) }))
				if len(worth) < 5 {
					t.Fatalf("%s: %d links", name, len(worth))
				}
				for _, c := range worth {
					end := max(c.Life+edge.over, 0)
					if c.Worked > end || c.Worked == 0 && c.Bytes > 0 && c.Life > time.Second {
						t.Errorf("%s: worked for %v with %v left and %v on top", name, c.Worked, c.Life, edge.over)
					}
					// Playlists and segments come every 2 s; a player that gets nothing asks on.
					if stream == scenarios.Live && c.Worked < end-2500*time.Millisecond {
						t.Errorf("%s: worked for %v only of %v", name, c.Worked, end)
					}
				}
			}
		}
	}
}

// What decides whether a link with an address in it works is whose address the edge
// takes the request for.
func TestCopiedLinkOfABoundToken(t *testing.T) {
	for _, row := range []struct {
		from      string
		address   scenarios.Address
		forwarded string
		works     bool
		why       string
	}{
		{"", scenarios.Address{Kind: scenarios.OwnAddress}, "", false, "from another address"},
		{scenarios.FromSame, scenarios.Address{Kind: scenarios.OwnAddress}, "", true, "from behind the same NAT"},
		{scenarios.FromForged, scenarios.Address{Kind: scenarios.OwnAddress}, "all", true, "an edge that believes X-Forwarded-For"},
		{scenarios.FromForged, scenarios.Address{Kind: scenarios.OwnAddress}, "api", false, "an edge that does not"},
		{"", scenarios.Address{Kind: scenarios.OwnAddress, Forwarded: "203.0.113.7"}, "all", false, "the header that the link was made with is missing"},
	} {
		for _, p := range players() {
			worth, sum := copied(t, thieves(t, p, scenarios.Live, func(sc *scenarios.Scenario, l *scenarios.Leech) {
				sc.Token.Mode, sc.Target.Lab.Forwarded = scenarios.IP, row.forwarded
				sc.Viewers.Mix[0].Address, l.From = row.address, row.from
			}))
			if sum.Total.Refused.Count() != 0 || sum.Total.Viewers.Noticed != 0 {
				t.Errorf("%s, %s: the audience was refused %d times", p.Profile, row.why, sum.Total.Refused.Count())
			}
			for _, c := range worth {
				if works := c.Bytes > 0; works != row.works || !works && (c.Worked != 0 || c.Played != 0) {
					t.Errorf("%s, %s: worked %v, %d bytes, %v shown; want %v", p.Profile, row.why, c.Worked, c.Bytes, c.Played, row.works)
				}
			}
		}
	}
}

// Opening the link again brings nothing once its token is dead: what manifests carry
// beyond it, the player has used already. It brings what is left of the token to
// who was thrown out by something else.
func TestCopiedLinkOpenedAgain(t *testing.T) {
	worth := func(p player.Config, refetch bool, look func(*lab.Config)) qoe.Exposure {
		_, sum := copied(t, thieves(t, p, scenarios.Live, func(sc *scenarios.Scenario, l *scenarios.Leech) {
			l.Refetch, l.At = refetch, lab.Fixed(20*time.Second)
			look(sc.Target.Lab)
			if sc.Target.Lab.URLs.Absolute {
				sc.Duration = 3 * time.Minute
			}
		}))
		return sum.Total.Exposure
	}
	for _, row := range []struct {
		player player.Config
		look   func(*lab.Config)
		beyond time.Duration // least that the link is worth beyond its own token
		gains  bool
		why    string
	}{
		{hls(), func(*lab.Config) {}, 0, false, "the manifest's URLs carry the link's own token"},
		{dash(), func(*lab.Config) {}, 0, false, "so they do in an MPD"},
		{dash(), func(c *lab.Config) { c.URLs = lab.URLs{Absolute: true, Life: 2 * time.Minute} }, 110 * time.Second, false,
			"an MPD whose BaseURL has a token of its own is worth that one's life: the player has it already"},
		{hls(), func(c *lab.Config) {
			c.Faults = []lab.EdgeFault{{From: 25 * time.Second, To: 30 * time.Second, Kinds: only(qoe.Playlist), Status: 403}}
		}, 0, true, "thrown out by a bad edge, with half of the token left"},
	} {
		once, again := worth(row.player, false, row.look), worth(row.player, true, row.look)
		if again.Opened <= once.Opened && row.beyond == 0 || once.Opened != once.Links {
			t.Errorf("%s: %d links opened %d times, and %d times", row.why, once.Links, once.Opened, again.Opened)
		}
		gained := again.Worked.Max() - once.Worked.Max()
		if row.gains != (gained > 10*time.Second) || !row.gains && gained > time.Second {
			t.Errorf("%s: worked %v once, %v opened again; want a gain: %v", row.why, once.Worked.Max(), again.Worked.Max(), row.gains)
		}
		if again.Beyond.Max() < row.beyond || row.beyond == 0 && again.Beyond.Max() > time.Second {
			t.Errorf("%s: worked for %v beyond its token", row.why, again.Beyond.Max())
		}
	}
}

// Leeches are no part of the audience, whatever becomes of them.
func TestLeechesAreNotTheAudience(t *testing.T) {
	worth, sum := copied(t, thieves(t, hls(), scenarios.Live, func(*scenarios.Scenario, *scenarios.Leech) {}))
	links := int64(len(worth))
	if v := sum.Total.Viewers; v.Arrived != 12-links || links == 0 || v.Noticed != 0 || sum.Total.Refused.Count() != 0 || len(sum.Worst) != 0 {
		t.Errorf("total %+v, %d refused, worst %v; want the audience alone", v, sum.Total.Refused.Count(), sum.Worst)
	}
	for _, c := range sum.Cohorts {
		if c.Leech != (c.Cohort == "thieves") || c.Leech && (c.Viewers.Noticed != 0 || c.Refused.Count() == 0 || c.Viewers.Dead == 0 || c.Exposure.Links != links) {
			t.Errorf("%s: leech %v, %+v, %d refused, %d links", c.Cohort, c.Leech, c.Viewers, c.Refused.Count(), c.Exposure.Links)
		}
	}
	refused := int64(0)
	for _, b := range sum.Timeline.Buckets {
		refused += b.Refused
	}
	if refused != 0 {
		t.Errorf("%d refusals on the timeline, want none of the leeches'", refused)
	}
}

// Leeches change nothing for those they copy from, and a run with them is the same
// run every time, however many processors there are.
func TestLeechesAreExact(t *testing.T) {
	sc := thieves(t, dash(), scenarios.Live, func(*scenarios.Scenario, *scenarios.Leech) {})
	run := func(procs int, sc scenarios.Scenario) *qoe.Summary {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		r, err := Run(context.Background(), sc, Options{Virtual: true})
		if err != nil {
			t.Fatal(err)
		}
		return r.Summary
	}
	text := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one, two := run(1, sc), run(2, sc)
	if !bytes.Equal(text(one), text(two)) {
		t.Error("two runs differ")
	}
	late := sc
	late.Viewers.Mix = append([]scenarios.Cohort(nil), sc.Viewers.Mix...)
	leech := *sc.Viewers.Mix[1].Leech
	leech.At = lab.Fixed(sc.Duration - time.Second)
	late.Viewers.Mix[1].Leech = &leech
	if other := run(2, late); !bytes.Equal(text(one.Total.Margin), text(other.Total.Margin)) || one.Total.Played != other.Total.Played {
		t.Error("when the link is copied changes what becomes of the audience")
	}
}

// Who comes before there is anything to copy sees nothing, and says why.
func TestNothingToCopy(t *testing.T) {
	for _, row := range []struct {
		at   time.Duration
		note string
	}{
		{100 * time.Millisecond, "no link to copy: the viewer had asked for no manifest, or had left"},
		{time.Nanosecond, "no link to copy: nobody of audience had come"},
	} {
		sc := thieves(t, hls(), scenarios.Live, func(sc *scenarios.Scenario, l *scenarios.Leech) {
			l.At = lab.Fixed(row.at)
			sc.Target.Lab.API.Latency = lab.Fixed(time.Second)
			sc.Duration, sc.Arrival = 10*time.Second, scenarios.Arrival{Kind: scenarios.Once}
			if row.at < 100*time.Millisecond {
				sc.Arrival = scenarios.Arrival{Kind: scenarios.Poisson, Rate: 1}
			}
		})
		worth, sum := copied(t, sc)
		if len(worth) != 0 || sum.Total.Exposure.Links != 0 {
			t.Errorf("%v: %d links copied, want none", row.at, len(worth))
		}
		for _, c := range sum.Cohorts {
			if got := c.Notes.Top(1); c.Leech && (len(got) != 1 || got[0].Text != row.note || got[0].Count != c.Viewers.Arrived) {
				t.Errorf("%v: notes %v, want %d × %s", row.at, got, c.Viewers.Arrived, row.note)
			}
		}
	}
}

// Over sockets a link is copied from one goroutine to another, address and all.
func TestCopiedLinksOverSockets(t *testing.T) {
	t.Parallel()
	sc := thieves(t, hls(), scenarios.Live, func(sc *scenarios.Scenario, l *scenarios.Leech) {
		sc.Token = scenarios.Token{TTL: 5 * time.Second, Lead: 2 * time.Second, Mode: scenarios.IP}
		sc.Arrival, sc.Duration = scenarios.Arrival{Kind: scenarios.Ramp, Over: time.Second}, 10*time.Second
		sc.Viewers.Mix[0].Address.Kind = scenarios.OwnAddress
		l.From, l.At = scenarios.FromSame, lab.Uniform(1500*time.Millisecond, 3*time.Second)
		other := sc.Viewers.Mix[1]
		other.Name, other.Leech = "elsewhere", &scenarios.Leech{Of: "audience", At: l.At}
		sc.Viewers.Mix = append(sc.Viewers.Mix, other)
		sc.Viewers.Mix[2].Share = 1
	})
	r, err := Run(t.Context(), sc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Summary.Total.Viewers; v.Arrived == 0 || v.Noticed != 0 {
		t.Errorf("audience %+v; want some, who noticed nothing", v)
	}
	for _, c := range r.Summary.Cohorts {
		e := &c.Exposure
		switch c.Cohort {
		case "thieves":
			if e.Links == 0 || e.Exposed != e.Links || e.Worked.Min() < 500*time.Millisecond || e.Worked.Max() > 6*time.Second+500*time.Millisecond {
				t.Errorf("same address: %+v; want links that work for as long as the token lives", e)
			}
		case "elsewhere":
			if e.Links == 0 || e.Exposed != 0 || e.Bytes != 0 || c.Refused.Count() == 0 {
				t.Errorf("another address: %+v, %d refused; want nothing", e, c.Refused.Count())
			}
		}
	}
}
