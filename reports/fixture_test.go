package reports

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"soak/manifest"
	"soak/qoe"
	"soak/scenarios"
)

var epoch = time.Unix(1_800_000_000, 0).UTC()

// scenario is what the fixtures pretend to have run.
func scenario() scenarios.Scenario {
	return scenarios.Scenario{
		Version: 1, Name: "short-lead", Title: "A lead shorter than the backend is slow", Seed: 7,
		Duration: 90 * time.Second,
		Viewers:  scenarios.Viewers{Count: 60},
		Token:    scenarios.Token{TTL: 12 * time.Second, Lead: 2 * time.Second, Mode: scenarios.Plain},
		Thresholds: []scenarios.Threshold{
			{Expr: "refused_requests == 0"}, {Expr: "noticed_ratio <= 0.01"}, {Expr: "startup_seconds_p95 < 3", Cohort: "dashjs5.2/steady/fibre/vod"},
		},
	}
}

// lived makes the summary of 60 viewers in two cohorts, 90 s each. In a bad one
// every third viewer of the first cohort has a dead token twice, stalls and
// skips, and one dies.
func lived(bad bool) *qoe.Summary {
	shard := qoe.NewShard(epoch)
	rng := rand.New(rand.NewPCG(7, 0))
	for i := range 60 {
		labels := qoe.Labels{Cohort: "hlsjs/guide-hlsjs/4g", Player: "hlsjs 1.7.4", Policy: "guide-hlsjs", Link: "4g"}
		if i%2 == 1 {
			labels = qoe.Labels{Cohort: "dashjs5.2/steady/fibre/vod", Player: "dashjs 5.2.1", Policy: "steady", Link: "fibre"}
		}
		v := shard.Viewer(i, labels)
		if i < 2 { // one who may suffer and one who does not: enough of them for a golden page
			v.KeepDiary()
		}
		watch(v, rng)
		stand(v, bad && i%6 == 0, i == 0)
		if bad && i%6 == 0 {
			suffer(v, i == 0)
			v.Blame(causes(i == 0))
		}
		v.Emit(qoe.Leave{At: epoch.Add(90 * time.Second), Watched: 90 * time.Second, Played: 88 * time.Second,
			BitTime: 88 * 2.4e6, Latency: time.Duration(6000+i) * time.Millisecond})
	}
	return shard.Summary()
}

func watch(v *qoe.Viewer, rng *rand.Rand) {
	v.Emit(qoe.Startup{At: epoch, Took: time.Duration(800+rng.IntN(600)) * time.Millisecond})
	v.Emit(qoe.Switch{At: epoch.Add(4 * time.Second), Media: qoe.Video, From: 400_000, To: 3_000_000})
	for s := range 45 {
		at := epoch.Add(time.Duration(s) * 2 * time.Second)
		v.Emit(qoe.Fetch{Kind: qoe.Segment, Media: qoe.Video, Start: at, TTFB: 60 * time.Millisecond, Took: 300 * time.Millisecond, Bytes: 600_000,
			Object: fmt.Sprintf("v2/%d.m4s", s), Buffer: time.Duration(4000+s) * time.Millisecond, Status: 200, Margin: time.Duration(2000+rng.IntN(8000)) * time.Millisecond, Signed: true})
		if s%5 == 0 {
			reason := qoe.Scheduled
			if s == 0 {
				reason = qoe.FirstToken
			}
			v.Emit(qoe.Refresh{Start: at, Took: time.Duration(30+rng.IntN(60)) * time.Millisecond, Status: 200, Reason: reason,
				Life: 12 * time.Second, Installed: true})
		}
	}
}

// stand tells every 5 s how a viewer stands: one who suffers is frozen for a while, and
// one who dies is dead from then on.
func stand(v *qoe.Viewer, suffers, dies bool) {
	for s := range 18 {
		st := qoe.Standing{At: epoch.Add(time.Duration(5*s+1) * time.Second), Phase: qoe.Playing,
			Buffer: time.Duration(9000+100*v.ID()) * time.Millisecond, BitRate: 3_000_000, Latency: time.Duration(6000+v.ID()) * time.Millisecond}
		switch {
		case s == 0:
			st.Phase, st.BitRate, st.Latency = qoe.Starting, 0, 0
		case suffers && s == 4:
			st.Phase, st.Buffer = qoe.Stalled, 0
		case dies && s > 4:
			st = qoe.Standing{At: st.At, Phase: qoe.Dead}
		}
		v.Emit(st)
	}
}

// causes are those of a viewer who suffers: a stall that the origin had a part in,
// and a skip that was all the network's.
func causes(dies bool) qoe.Causes {
	c := qoe.Causes{Judged: 1, Compared: 1}
	c.Token = qoe.Blame{Viewers: 1, Stalls: 1, Stalled: 1_900_000}
	c.Origin = qoe.Blame{Stalled: 600_000}
	c.Network = qoe.Blame{Viewers: 1, Skips: 1, Skipped: 4_000_000}
	if dies {
		c.Token.Deaths, c.Token.LateStarts, c.Token.Waited = 1, 1, 2_300_000
	}
	return c
}

func suffer(v *qoe.Viewer, dies bool) {
	at := epoch.Add(20 * time.Second)
	v.Emit(qoe.Refresh{Start: at, Took: 10 * time.Second, Failure: qoe.TimeoutFailure, Reason: qoe.AfterError, Problem: "expires is 1800000010000: milliseconds where seconds are expected"})
	for _, f := range []qoe.Fetch{
		{Kind: qoe.Segment, Status: 410, Failure: qoe.StatusFailure, Margin: -3100 * time.Millisecond},
		{Kind: qoe.Playlist, Status: 410, Failure: qoe.StatusFailure, Margin: -1200 * time.Millisecond},
		{Kind: qoe.Manifest, Status: 403, Failure: qoe.StatusFailure, Margin: 2 * time.Second},
		{Kind: qoe.Segment, Failure: qoe.ResetFailure, Margin: 3 * time.Second},
	} {
		f.Start, f.Signed, f.Buffer, f.Object = at, true, time.Second, "v2/10.m4s"
		v.Emit(f)
	}
	v.Emit(qoe.Stall{At: at, Took: 2500 * time.Millisecond})
	v.Emit(qoe.Skip{At: at, Amount: 4 * time.Second, Why: "gap"})
	v.Emit(qoe.Note{At: at, Text: "request went out with the token of a redirect"})
	if dies {
		v.Emit(qoe.Fatal{At: at, Kind: qoe.Segment, Why: "fragLoadError: 410 after 6 retries\x1b[2J"})
	}
}

// fixture is a whole report. Health and the real clock's figures stand in real
// runs only.
func fixture(t *testing.T, bad, virtual, interrupted bool, saturated ...string) Report {
	t.Helper()
	r := Report{Soak: "v0.1.0", Scenario: scenario(), Summary: lived(bad), Virtual: virtual,
		Manifests: &manifest.Stats{Lookups: 3221, Hits: 3150, Entries: 71, Bytes: 410_000},
		Repeat:    Repeat{Command: "soak run --lead 2s --token-latency 2s --seed 7", File: "version: 1\nname: short-lead\n"}}
	for _, th := range r.Scenario.Thresholds {
		o, err := th.Evaluate(r.Summary)
		if err != nil {
			t.Fatal(err)
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	if !virtual {
		r.Started, r.Elapsed = &epoch, Seconds(91500*time.Millisecond)
		r.Health = &Health{LatenessP50: Seconds(200 * time.Microsecond), LatenessP99: Seconds(3 * time.Millisecond),
			LatenessMax: Seconds(12 * time.Millisecond), CPU: 0.34, CPUs: 2, Dials: 120, Saturated: saturated,
			DispatchP50: Seconds(20 * time.Microsecond), DispatchP99: Seconds(time.Millisecond), DispatchMax: Seconds(9 * time.Millisecond),
			ArrivalP50: Seconds(100 * time.Microsecond), ArrivalP99: Seconds(2 * time.Millisecond), ArrivalMax: Seconds(4 * time.Millisecond),
			GC: 0.012, Paused: 0.0003, PauseMax: Seconds(400 * time.Microsecond), Files: 310, FilesMax: 20_000}
		if len(saturated) > 0 {
			r.Health.Warnings = []string{"2,000 viewers may open 16,064 descriptors, 10,000 are allowed; raise ulimit -Hn, or use fewer viewers"}
			r.Health.Shortages = []Shortage{{"EMFILE", 12, Seconds(31 * time.Second)}}
		}
		h := &HealthCourse{Seconds: Seconds(time.Second)}
		for i := range 91 {
			h.CPU = append(h.CPU, 0.3+float64(i%5)/50)
			h.LatenessP99 = append(h.LatenessP99, Seconds(time.Duration(1000+i)*time.Microsecond))
			h.LatenessMax = append(h.LatenessMax, Seconds(time.Duration(5000+i)*time.Microsecond))
			h.DispatchP99 = append(h.DispatchP99, Seconds(time.Duration(500+i)*time.Microsecond))
			h.GC = append(h.GC, 0.01+float64(i%3)/200)
		}
		r.Health.Course = h
	}
	r.Verdict = Judge(r.Summary.Total.Viewers.Arrived, r.Outcomes, saturated, interrupted)
	return r
}
