package fleet

import (
	"context"
	"flag"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"soak/causes"
	"soak/qoe"
	"soak/scenarios"
)

var wholeLibrary = flag.Bool("library", false, "explain every built-in scenario, not one in five: half a minute")

// trouble is a scenario with one thing wrong, and what that is.
type trouble struct {
	name  string
	why   string
	text  string // of the scenario, below its head
	cause qoe.Cause
}

const troubleHead = `
version: 1
duration: 70s
viewers: {count: 12, mix: [{player: hlsjs, policy: &p {name: guide-hlsjs, hook: transport}, link: fibre}, {player: dashjs, policy: *p, link: fibre}, {player: generic, policy: *p, link: fibre}]}
arrival: {kind: ramp, over: 6s}
`

// whole replaces the head where a trouble needs viewers of its own.
const whole = "\nversion: 1\n"

func troubles() []trouble {
	return []trouble{
		{"late-refresh", "asked for at expiry, there 4 s later",
			"token: {ttl: 20s, lead: 0s}\ntarget: {lab: {api: {latency: 4s}}}", qoe.ByToken},
		{"api-down", "no new token for half a minute",
			"target: {lab: {api: {outages: [{from: 10s, to: 40s}]}}}", qoe.ByToken},
		{"first-token-hangs", "the page waits for its first token for ever; no request is ever refused",
			"target: {lab: {api: {faults: [{calls: [1, 2, 3, 4, 5, 6, 7, 8, 9], hang: true}]}}}", qoe.ByToken},
		{"first-token-fails", "the page gets no first token and gives up",
			"target: {lab: {api: {failureRate: 1}}}", qoe.ByToken},
		{"slow-first-token", "pictures come after 5 s instead of one, and nobody stalls", "target: {lab: {api: {latency: 5s}}}\ntoken: {ttl: 60s, lead: 20s}", qoe.ByToken},
		{"revoked", "an edge that answers 403 by injection looks like one that does not like the token",
			"target: {lab: {faults: [{status: 403, from: 20s}]}}", qoe.ByToken},
		{"cut-at-expiry", "a narrow link makes transfers outlive their tokens, and the edge breaks them off",
			whole + `duration: 70s
viewers: {count: 4, mix: [{player: hlsjs, policy: guide-hlsjs, link: {name: narrow, rtt: 50ms, steps: [{kbps: 700}]}}, {player: dashjs, policy: guide-dashjs5, link: {name: narrow, rtt: 50ms, steps: [{kbps: 700}]}}]}
token: {ttl: 4s, lead: 1s}
target: {lab: {cutAtExpiry: true, segment: 4s, ladder: [400_000]}}`, qoe.ByToken},
		{"new-keys", "a loader that changes the context's URL finds no key under it, though every answer is 200 (H12)",
			whole + `duration: 70s
viewers: {count: 4, mix: [{player: {profile: hlsjs, maxBufferLength: 10, maxMaxBufferLength: 10}, policy: guide-hlsjs, link: fibre, stream: vod}]}
target: {lab: {encryption: aes-128, keyRotation: 4, ladder: [600_000]}}`, qoe.ByToken},
		{"decoy", "the guide's pattern rewrites a date in the path: 404, and not for the origin's fault (H16)",
			whole + "duration: 40s\nviewers: {count: 4, mix: [{player: hlsjs, policy: guide-hlsjs, link: fibre, stream: live}]}\ntarget: {lab: {urls: {prefix: /20231114/1699999999}}}", qoe.ByToken},
		{"no-segments", "the origin has no segments for 15 s", "target: {lab: {faults: [{kinds: [segment], status: 404, from: 20s, to: 35s}]}}", qoe.ByOrigin},
		{"gone", "the origin is gone for good", "target: {lab: {faults: [{status: 503, from: 20s}]}}", qoe.ByOrigin},
		{"hung-origin", "segments are asked for and never come, while playlists do",
			"target: {lab: {faults: [{kinds: [segment], media: video, hang: true, from: 20s, to: 50s}]}}", qoe.ByOrigin},
		{"link-down", "the link breaks down for 20 s",
			whole + `duration: 70s
viewers: {count: 9, mix: [{player: hlsjs, link: &gap {name: gap, rtt: 20ms, steps: [{for: 25s, kbps: 20_000}, {for: 20s, kbps: 0}, {for: 60s, kbps: 20_000}]}}, {player: dashjs, link: *gap}, {player: generic, link: *gap}]}
arrival: {kind: ramp, over: 6s}`, qoe.ByNetwork},
		{"narrow", "the link carries less than the lowest rendition",
			whole + `duration: 70s
viewers: {count: 9, mix: [{player: hlsjs, link: &thin {name: thin, rtt: 60ms, steps: [{kbps: 350}]}}, {player: dashjs, link: *thin}, {player: generic, link: *thin}]}`, qoe.ByNetwork},
		{"sleepers", "laptops closed for half a minute: steady asks for a token and goes on at the live edge, half a minute on",
			whole + `duration: 90s
viewers: {count: 9, mix: [{player: hlsjs, link: fibre, life: &nap [{do: sleep, at: 20s, for: 40s}]}, {player: dashjs, link: fibre, life: *nap}]}`, qoe.ByPlayer},
	}
}

func (tr trouble) scenario(t *testing.T) scenarios.Scenario {
	t.Helper()
	text := tr.text
	if !strings.HasPrefix(text, whole) {
		text = troubleHead + text
	}
	sc, err := scenarios.Parse(tr.name+".yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// explained is a virtual run's causes, found exactly and by the rules, with how many
// of the troubles both blame on the same, viewer by viewer.
type explained struct {
	exact, rules qoe.Causes
	total        qoe.Tally
	same, all    int64
}

func explain(t *testing.T, sc scenarios.Scenario) (e explained) {
	t.Helper()
	seats := plan(&sc)
	r, err := newVirtualRun(&sc, virtualEpoch, realWorld, len(seats))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.play(t.Context(), seats, nil, causes.Watching); err != nil {
		t.Fatal(err)
	}
	all, err := r.explain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		rules, exact := v.viewer.account.Judge(), v.Causes()
		e.rules.Merge(&rules)
		e.exact.Merge(&exact)
		for c := range qoe.NumCauses {
			a, b := exact.Of(c), rules.Of(c)
			e.same += min(a.Stalls, b.Stalls) + min(a.Skips, b.Skips) + min(a.Deaths, b.Deaths) + min(a.LateStarts, b.LateStarts)
			e.all += a.Stalls + a.Skips + a.Deaths + a.LateStarts
		}
	}
	e.total = r.summary().Total
	return e
}

func (e explained) String() string {
	text := fmt.Sprintf("rules agree on %d of %d", e.same, e.all)
	for c := range qoe.NumCauses {
		if exact, rules := e.exact.Of(c), e.rules.Of(c); !exact.IsZero() || !rules.IsZero() {
			text += fmt.Sprintf("\n%9v: exact %+v\n           rules %+v", c, *exact, *rules)
		}
	}
	return text
}

// Comparison finds what was put wrong, and the rules mostly do. Whatever the causes,
// they add up to what was suffered.
func TestCauses(t *testing.T) {
	var same, all int64
	for _, tr := range troubles() {
		e := explain(t, tr.scenario(t))
		same, all = same+e.same, all+e.all
		noticed, blamed := e.total.Viewers.Noticed, e.exact.Of(tr.cause).Viewers
		if noticed == 0 { // pictures only came late
			noticed, blamed = e.total.Viewers.Arrived, e.exact.Of(tr.cause).LateStarts
		}
		if 5*blamed < 4*noticed {
			t.Errorf("%s: %s: %v is due to for %d of %d viewers; want 4 in 5 at least\n%v", tr.name, tr.why, tr.cause, blamed, noticed, e)
		}
		t.Logf("%s: %v", tr.name, e)
		addsUp(t, tr.name, &e.total, e.exact)
		addsUp(t, tr.name+" by rules", &e.total, e.rules)
	}
	names := []string{ // of every kind of hazard and drill
		"default", "vod", "h04-api-down-long", "h36-older-token", "h09-clock-step", "h33-paused-viewer", "h12-mutated-context-key",
		"h43-licence", "h18-short-token", "h22-redirected-master", "h26-long-body", "h31-gap-skip", "drill-backend-failover-30s",
		"drill-goal-push", "drill-refresh-herd", "exposure-ip-bound",
	}
	if *wholeLibrary {
		names = nil
		for _, entry := range scenarios.List() {
			names = append(names, entry.Name)
		}
	}
	for _, name := range names {
		sc, err := scenarios.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		e := explain(t, sc)
		same, all = same+e.same, all+e.all
		addsUp(t, name, &e.total, e.exact)
	}
	t.Logf("the rules agree with the comparison on %d of %d troubles, %.0f %%", same, all, 100*float64(same)/float64(all))
	if 10*same < 9*all {
		t.Errorf("the rules agree with the comparison on %d of %d troubles; want nine in ten", same, all)
	}
}

// addsUp compares the causes of everything with what was suffered.
func addsUp(t *testing.T, name string, total *qoe.Tally, c qoe.Causes) {
	t.Helper()
	var sum qoe.Blame
	for cause := range qoe.NumCauses {
		b := c.Of(cause)
		sum.Stalls, sum.Stalled = sum.Stalls+b.Stalls, sum.Stalled+b.Stalled
		sum.Skips, sum.Skipped = sum.Skips+b.Skips, sum.Skipped+b.Skipped
		sum.Deaths += b.Deaths
		sum.Viewers = max(sum.Viewers, b.Viewers)
	}
	near := func(micros int64, whole time.Duration, n int64) bool {
		return (time.Duration(micros)*time.Microsecond - whole).Abs() <= time.Duration(5*n)*time.Microsecond // each part is cut to whole ones
	}
	if sum.Stalls != total.Stalls.Count() || !near(sum.Stalled, total.Stalls.Sum(), sum.Stalls) ||
		sum.Skips != total.Skips.Count() || !near(sum.Skipped, total.Skips.Sum(), sum.Skips) ||
		sum.Deaths != total.Fatals.Count() || sum.Viewers > total.Viewers.Noticed || c.Judged != total.Viewers.Arrived { // leeches do not arrive
		t.Errorf("%s: causes add up to %+v; suffered were %d stalls of %v, %d skips of %v, %d deaths, by %d viewers", name, sum,
			total.Stalls.Count(), total.Stalls.Sum(), total.Skips.Count(), total.Skips.Sum(), total.Fatals.Count(), total.Viewers.Noticed)
	}
}

// Viewers live the same life whoever else is there, so that only those who suffered
// need be sent to other worlds.
func TestViewersLiveAloneAsInCompany(t *testing.T) {
	for _, name := range []string{"h01-hung-token-api", "life"} {
		sc, err := scenarios.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		accounts := func(seats []seat) map[int]*causes.Account {
			r, err := newVirtualRun(&sc, virtualEpoch, openWorld, len(seats))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.play(t.Context(), seats, nil, causes.Watching); err != nil {
				t.Fatal(err)
			}
			found := map[int]*causes.Account{}
			for _, v := range r.viewers {
				found[v.id] = v.account
			}
			return found
		}
		seats := plan(&sc)
		all := accounts(plan(&sc))
		for id, alone := range accounts([]seat{seats[3], seats[17], seats[26]}) {
			if !reflect.DeepEqual(alone, all[id]) {
				t.Errorf("%s: viewer %d alone lived through\n%+v\nin company\n%+v", name, id, alone, all[id])
			}
		}
	}
}

// On a link that makes viewers stall with or without tokens, the tokens' share is
// what stalling they add: their seconds differ from the runs' difference by what the
// luck of the link moved farther than causes.Near.
func TestCausesOnABadLink(t *testing.T) {
	sc := trouble{name: "both", text: whole + `duration: 4m
viewers: {count: 24, mix: [{player: dashjs, policy: &p {name: guide-hlsjs, hook: transport}, link: &bad {name: bad, rtt: 80ms, jitter: 60ms, loss: 3%, scatter: true, steps: [{for: 20s, kbps: 2000}, {for: 9s, kbps: 120}, {for: 13s, kbps: 900}]}}, {player: hlsjs, policy: *p, link: *bad}, {player: generic, policy: *p, link: *bad}]}
token: {ttl: 20s, lead: 1s}
target: {lab: {ladder: [400_000, 1_200_000], api: {latency: 2s}}}`}.scenario(t)
	real, rest, found := 0.0, 0.0, 0.0
	for sc.Seed = range uint64(3) { // of one run it may be a sixth
		e := explain(t, sc)
		seats := plan(&sc)
		open, err := newVirtualRun(&sc, virtualEpoch, openWorld, len(seats))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open.play(t.Context(), seats, nil, nil); err != nil {
			t.Fatal(err)
		}
		real += e.total.Stalls.Sum().Seconds()
		rest += open.summary().Total.Stalls.Sum().Seconds()
		found += float64(e.exact.Token.Stalled) / 1e6
		t.Logf("%.0f s of stalls, %.0f s in the open world, %.0f s due to tokens; rules: %d of %d", real, rest, found, e.same, e.all)
	}
	if rest < 10 || found < real-rest-0.001 || found > real-rest+0.1*real {
		t.Errorf("%.1f s of stalls, %.1f s in the open world, %.1f s due to tokens; want the difference and up to a tenth of all more", real, rest, found)
	}
}

// Half a run explains nothing; it says so instead of blaming somebody.
func TestInterruptedRunsHaveNoCauses(t *testing.T) {
	sc, err := scenarios.Builtin("token-outage")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	watch := &Observer{Sample: func(_ int, s qoe.Sample) {
		if _, ok := s.(qoe.Fatal); ok {
			cancel()
		}
	}}
	r, err := Run(ctx, sc, Options{Virtual: true, Causes: true, Observer: watch})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Summary.Total.Causes; c.Judged != 0 || r.Summary.Total.Viewers.Noticed == 0 {
		t.Errorf("%d judged of %d who noticed something; want none of some", c.Judged, r.Summary.Total.Viewers.Noticed)
	}
	if _, there := r.Summary.Metrics()["noticed_by_token_viewers"]; there {
		t.Error("noticed_by_token_viewers has a value; want none, as for all that was not measured")
	}
}

// A run that a threshold has ended is explained up to there.
func TestCausesOfARunCutShort(t *testing.T) {
	sc, err := scenarios.Builtin("lead-too-short")
	if err != nil {
		t.Fatal(err)
	}
	sc.Thresholds = []scenarios.Threshold{{Expr: "dead_viewers < 12", AbortOnFail: true}}
	r, err := Run(t.Context(), sc, Options{Virtual: true, Causes: true})
	if err != nil {
		t.Fatal(err)
	}
	total := r.Summary.Total
	if r.Aborted == nil || total.Causes.Compared != total.Viewers.Arrived || total.Causes.Token.Stalls != total.Stalls.Count() || total.Stalls.Count() == 0 {
		t.Errorf("aborted %+v, %d stalls, causes %+v; want an abort and all stalls due to tokens", r.Aborted, total.Stalls.Count(), total.Causes)
	}
	addsUp(t, "cut short", &total, total.Causes)
}

// On the wall the rules judge: here a page that is given no token, in every run and
// on any machine.
func TestCausesOverSockets(t *testing.T) {
	sc := short(4, 4*time.Second)
	cfg := labConfig(&sc)
	cfg.API.FailureRate = 1
	sc.Target.Lab = &cfg
	for i := range sc.Viewers.Mix {
		sc.Viewers.Mix[i].Policy.FirstTries = 1
	}
	r, err := Run(t.Context(), sc, Options{Causes: true})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Summary.Total.Causes; c.Judged != 4 || c.Compared != 0 || c.Token.Deaths != 4 || c.Token.Viewers != 4 {
		t.Errorf("causes %+v; want 4 viewers judged by the rules, all dead for want of a token", c)
	}
}
