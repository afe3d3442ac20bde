package fleet

import (
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
)

// The hazards of URLs that look otherwise than an integration believes.

// shaped plays live for a minute and a half through tokens of 20 s, with URLs of
// some look.
func shaped(t *testing.T, p player.Config, integration string, look func(*lab.Config)) *lived {
	t.Helper()
	return liveOne(t, 90*time.Second, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
		c.Player = p
		policy(t, c, integration)
		look(sc.Target.Lab)
	})
}

func hls() player.Config  { return player.Config{Profile: player.HLSJS} }
func dash() player.Config { return player.Config{Profile: player.DashJS} }

// wrong are the exchanges that brought no usable answer.
func (w *lived) wrong(from, to time.Duration, kinds ...qoe.Kind) (found []Exchange) {
	for _, x := range w.between(from, to, kinds...) {
		if x.Failure != qoe.NoFailure && x.Failure != qoe.CancelFailure {
			found = append(found, x)
		}
	}
	return found
}

// A part of the path that looks like a token is replaced in the token's place, by
// whoever replaces the first that looks like one: the very first URL leads nowhere.
func TestH16DecoyFirstMatch(t *testing.T) {
	for _, row := range []struct {
		player player.Config
		policy string
	}{{hls(), "guide-hlsjs"}, {hls(), "guide-hlsjs-xhr"}, {dash(), "guide-dashjs5"}} {
		w := shaped(t, row.player, row.policy, func(cfg *lab.Config) { cfg.URLs.Prefix = "/20231114/1699999999" })
		asked := w.between(0, time.Hour)
		if len(asked) == 0 || asked[0].Kind != qoe.Manifest || asked[0].Status != 404 {
			t.Fatalf("%s: %+v; want a manifest that is not found", row.policy, asked)
		}
		if n := len(of[qoe.Startup](w)); n != 0 || len(of[qoe.Fatal](w)) != 1 {
			t.Errorf("%s: %d startups, fatal %+v; want a player that never starts", row.policy, n, of[qoe.Fatal](w))
		}
	}
	// Who knows the layout, or rewrites nothing while the token lives, plays.
	plain := shaped(t, hls(), "guide-hlsjs", func(cfg *lab.Config) { cfg.URLs.Prefix = "/20231114/169" })
	if n := len(plain.wrong(0, time.Hour)); n != 0 {
		t.Errorf("behind a prefix that is no decoy %d requests went wrong; want none", n)
	}
}

// A packager that writes absolute URLs with tokens of its own: what replaces any
// pair keeps playing, what replaces the first token only is refused for good once
// the packager's token is dead.
func TestH21AbsoluteChildURLs(t *testing.T) {
	look := func(cfg *lab.Config) { cfg.URLs = lab.URLs{Absolute: true, Life: 30 * time.Second} }
	for _, row := range []struct {
		player player.Config
		policy string
	}{{hls(), "guide-hlsjs"}, {dash(), "guide-dashjs5"}} {
		if w := shaped(t, row.player, row.policy, look); len(w.wrong(0, time.Hour)) != 0 || len(of[qoe.Stall](w)) != 0 {
			t.Errorf("%s: wrong %+v, stalls %+v; want none", row.policy, w.wrong(0, time.Hour), of[qoe.Stall](w))
		}
	}
	w := shaped(t, hls(), "gcore-plugin", look)
	if n := len(w.refused(0, 30*time.Second)); n != 0 {
		t.Errorf("%d refused while the packager's token lived; want none", n)
	}
	refused := w.refused(30*time.Second, time.Hour)
	if len(refused) == 0 || refused[0].Margin > 0 || len(of[qoe.Fatal](w)) == 0 {
		t.Errorf("refused %+v, fatal %+v; want level playlists that are never rewritten, and the end", refused, of[qoe.Fatal](w))
	}
	if refreshes := w.calls(30*time.Second, time.Hour); len(refreshes) == 0 {
		t.Error("no refreshes; want them to go on to no avail")
	}
}

// A multivariant playlist that is redirected to an edge with tokens of its own. Its
// children are on that edge. Who replaces any pair writes the API's token over the
// edge's; who replaces the first token only leaves the edge's until it is dead.
func TestH22RedirectedMaster(t *testing.T) {
	for _, row := range []struct {
		policy  string
		second  lab.SecondEdge
		refused time.Duration // first refusal; 0: never
		started bool
		why     string
	}{
		{"guide-hlsjs", lab.SecondEdge{Life: 30 * time.Second}, 0, true, "the second edge takes the API's tokens"},
		{"guide-hlsjs", lab.SecondEdge{Bound: true, Life: 30 * time.Second}, 1, false, "it takes its own only: the first child is refused"},
		{"gcore-plugin", lab.SecondEdge{Life: 30 * time.Second}, 31 * time.Second, true, "never rewritten, good for as long as the edge's token"},
		{"gcore-plugin", lab.SecondEdge{Bound: true, Life: 30 * time.Second}, 31 * time.Second, true, "the same: the edge's own token is good there"},
	} {
		w := shaped(t, hls(), row.policy, func(cfg *lab.Config) {
			cfg.Second = row.second
			cfg.Faults = []lab.EdgeFault{{Kinds: []qoe.Kind{qoe.Manifest}, Redirect: true}}
		})
		if got := len(of[qoe.Startup](w)) > 0; got != row.started {
			t.Errorf("%s, %s: started %v; want %v", row.policy, row.why, got, row.started)
		}
		refused := w.refused(0, time.Hour)
		switch {
		case row.refused == 0 && len(refused) > 0:
			t.Errorf("%s, %s: refused %+v; want none", row.policy, row.why, refused[0])
		case row.refused == 0:
		case len(refused) == 0 || !nearly(refused[0].Start.Sub(w.start), row.refused, 2*time.Second) || len(of[qoe.Fatal](w)) == 0:
			t.Errorf("%s, %s: refused %+v, fatal %+v; want the first at about %v, and the end", row.policy, row.why, refused, of[qoe.Fatal](w), row.refused)
		}
	}
}
