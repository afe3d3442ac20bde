package scenarios

import (
	"time"

	"soak/lab"
	"soak/netem"
	"soak/player"
	"soak/refresher"
)

// Default is the run without a file: the embedded lab and an audience whose
// integrations all work, over tokens that live 20 s. It is the library's
// "default" and every key that a file leaves out.
//
// Two well-known integrations are left out because they do not work there: the
// guide's dash.js hook with dash.js 5, which never calls it, and the Gcore plugin
// with live DASH. The library shows them.
func Default() Scenario {
	s := Scenario{
		Version:  Version,
		Name:     "default",
		Title:    "HLS and DASH viewers on the embedded lab, tokens of 20 s",
		Why:      "Shows a setup in which nobody notices that tokens live for seconds only.",
		Watch:    "No refused request and (almost) nobody who noticed, over three refresh cycles or more.",
		Group:    "start",
		Seed:     1,
		Duration: 65 * time.Second,
		Target:   Target{Lab: defaultLab()},
		Viewers:  Viewers{Count: 66, Mix: defaultMix()},
		Arrival:  Arrival{Kind: Ramp, Over: 5 * time.Second},
		Token:    Token{TTL: 20 * time.Second, Lead: 6 * time.Second, Mode: Plain},
		Thresholds: []Threshold{
			{Expr: "refused_requests == 0"},
			{Expr: "noticed_ratio < 0.02"},
			{Expr: "refresh_failures == 0"},
			{Expr: "startup_seconds_p95 < 4"},
		},
	}
	s.name()
	return s
}

func defaultLab() *lab.Config {
	return &lab.Config{API: lab.API{Latency: lab.Lognormal(80*time.Millisecond, 0.5)}}
}

func defaultMix() []Cohort {
	return []Cohort{
		cohort(12, player.HLSJS, "", "guide-hlsjs", "fibre", Live),
		cohort(6, player.HLSJS, "", "guide-hlsjs", "4g", Live),
		cohort(6, player.HLSJS, "", "gcore-plugin", "fibre", Live),
		cohort(6, player.HLSJS, "", "gcore-plugin", "4g", Live),
		cohort(9, player.HLSJS, "", "steady", "4g", Live),
		cohort(15, player.DashJS, "5.2", "steady", "fibre", Live),
		cohort(6, player.DashJS, "4.7", "guide-dashjs", "fibre", Live),
		cohort(3, player.HLSJS, "", "steady", "fibre", VOD),
		cohort(3, player.DashJS, "5.2", "steady", "fibre", VOD),
	}
}

const lanLink = "lan"

// newCohort is what a cohort in a file starts from.
func newCohort() Cohort { return cohort(1, player.HLSJS, "", "steady", lanLink, Live) }

// cohort is made of built-ins, whose names are known to exist.
func cohort(share float64, profile, version, policy, link, stream string) Cohort {
	p, _ := refresher.Builtin(policy)
	p.Lead = nil // the token's
	l, _ := netem.Builtin(link)
	return Cohort{Share: share, Player: player.Config{Profile: profile, Version: version}, Policy: p, Link: l, Stream: stream}
}
