package fleet

import (
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/netem"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

// The hazards of how the token gets into URLs. What is expected is what the real
// players and integrations do (players.md F1 to F4 and section 4).

// tokens are lives and leads of 20 s and 5 s: expiry at 20, refresh at 15, the
// second token's expiry at 35 s or so.
func tokens(sc *scenarios.Scenario) {
	sc.Token.TTL, sc.Token.Lead = 20*time.Second, 5*time.Second
}

// first is when a sample of that kind came; -1 when none did.
func (w *lived) died() time.Duration {
	for _, f := range of[qoe.Fatal](w) {
		return f.At.Sub(w.start)
	}
	return -1
}

func (w *lived) noted(text string) bool {
	for _, n := range of[qoe.Note](w) {
		if strings.Contains(n.Text, text) {
			return true
		}
	}
	return false
}

// dashVersion is a dash.js player of that version.
func dashVersion(v string) player.Config { return player.Config{Profile: player.DashJS, Version: v} }

// F4: the guide's loader and the plugin's write the token into context.url, where
// hls.js looks keys up. A film's playlist was loaded under the first token, so after
// the refresh at 15 s every new key comes and is lost; eight failures, shared by
// audio and video and a second apart, are the end. A live playlist brings its keys'
// URLs anew with the token in force, and nothing is lost.
func TestH12MutatedContextKey(t *testing.T) {
	hls := player.Config{Profile: player.HLSJS, MaxMaxBufferLength: 10, MaxBufferLength: 10}
	for _, c := range []struct {
		policy string
		player player.Config
		stream string
		dies   bool
	}{
		{"guide-hlsjs", hls, scenarios.VOD, true},
		{"gcore-plugin", hls, scenarios.VOD, true},
		{"guide-hlsjs-xhr", hls, scenarios.VOD, false},
		{"gcore-sw", hls, scenarios.VOD, false},
		{"steady", hls, scenarios.VOD, false},
		{"steady", player.Config{Profile: player.Generic, Generic: player.GenericConfig{Buffer: 10}}, scenarios.VOD, false},
		{"guide-hlsjs", hls, scenarios.Live, false},
	} {
		t.Run(c.policy+" "+c.stream+" "+c.player.Label(), func(t *testing.T) {
			w := liveOne(t, time.Minute, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
				tokens(sc)
				policy(t, co, c.policy)
				co.Player, co.Stream = c.player, c.stream
				sc.Target.Lab.Ladder = []int64{600_000}
				sc.Target.Lab.Encryption, sc.Target.Lab.KeyRotation = "aes-128", 4
			})
			keys := w.between(16*time.Second, time.Minute, qoe.Key)
			if len(keys) < 4 {
				t.Fatalf("%d keys after the refresh; want several", len(keys))
			}
			for _, k := range keys {
				if k.Status != 200 {
					t.Errorf("key at %v answered %d; the edge never refuses one", k.Start.Sub(w.start), k.Status)
				}
			}
			died, first := w.died(), keys[0].Start.Sub(w.start)
			if c.dies != (died >= 0) || c.dies && (died < first+3*time.Second || died > first+10*time.Second) {
				t.Errorf("died at %v, the first key after the refresh at %v; want death 4 to 8 s later: %v", died, first, c.dies)
			}
		})
	}
}

// F3: a variant's playlist first loaded after a refresh writes the second token
// into its fragments, which the plugin never replaces. Manual choice brings it
// about: the best quality at 17 s, after the refresh at 15 s.
func TestH13BakedTokenVariant(t *testing.T) {
	for _, c := range []struct {
		policy string
		player player.Config
		bad    bool
	}{
		{"gcore-plugin", player.Config{Profile: player.HLSJS, MaxMaxBufferLength: 10, MaxBufferLength: 10}, true},
		{"gcore-sw", player.Config{Profile: player.HLSJS, MaxMaxBufferLength: 10, MaxBufferLength: 10}, false},
		{"guide-hlsjs", player.Config{Profile: player.HLSJS, MaxMaxBufferLength: 10, MaxBufferLength: 10}, false},
	} {
		t.Run(c.policy, func(t *testing.T) {
			w := liveOne(t, 70*time.Second, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
				tokens(sc)
				policy(t, co, c.policy)
				co.Player, co.Stream = c.player, scenarios.VOD
				level := 0
				co.Player.StartLevel = &level
				co.Link = netem.Profile{Name: "narrow", RTT: 20 * time.Millisecond, Steps: []netem.Step{{For: 17 * time.Second, Kbps: 700}, {For: time.Hour, Kbps: 20000}}}
			})
			refused := w.refused(0, time.Hour)
			if (len(refused) > 0) != c.bad {
				t.Fatalf("%d refused; want some: %v", len(refused), c.bad)
			}
			for _, x := range refused {
				if at := x.Start.Sub(w.start); at < 34*time.Second || !strings.HasPrefix(x.Object, "v2/") && !strings.HasPrefix(x.Object, "v3/") {
					t.Errorf("%s refused at %v; want the better qualities, from the second token's death on", x.Object, at)
				}
			}
		})
	}
}

// F2: live DASH is dead when the second token expires: the MPD's URL and its
// segments' carry it, and the plugin replaces the first only.
func TestH14BakedTokenMPD(t *testing.T) {
	for _, c := range []struct {
		why     string
		player  player.Config
		policy  string
		refused bool
		dead    bool
	}{
		{"the plugin in dash.js", dashVersion(""), "gcore-plugin", true, false},
		{"in the Gcore player: the first error is an error screen", player.Config{Profile: player.DashJS, Wrapper: player.Gcore}, "gcore-plugin", true, true},
		{"with any pair replaced it plays on", dashVersion(""), "guide-dashjs5", false, false},
		{"so it does with the worker", dashVersion(""), "gcore-sw", false, false},
		{"a good player asks for the MPD where the page said", player.Config{Profile: player.Generic, Generic: player.GenericConfig{Format: "dash"}}, "gcore-plugin", false, false},
		{"hls.js reloads what the master names", player.Config{Profile: player.HLSJS}, "gcore-plugin", false, false},
	} {
		t.Run(c.why, func(t *testing.T) {
			w := liveOne(t, 70*time.Second, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
				tokens(sc)
				policy(t, co, c.policy)
				co.Player = c.player
				sc.Target.Lab.Window = 6
			})
			if n := len(w.refused(0, 34*time.Second)); n != 0 {
				t.Errorf("%d refused before the second token died; want none", n)
			}
			refused := w.refused(34*time.Second, time.Hour)
			if (len(refused) > 0) != c.refused || (w.died() >= 0) != c.dead {
				t.Errorf("%d refused, died at %v; want refusals %v, death %v", len(refused), w.died(), c.refused, c.dead)
			}
			if last := w.states[len(w.states)-2]; (last.Phase == player.Playing) == c.refused {
				t.Errorf("%s at the end", last.Phase)
			}
			if c.dead && !nearly(w.died()-refused[0].Start.Sub(w.start), 1600*time.Millisecond, 1500*time.Millisecond) {
				t.Errorf("error screen %v after the first refusal; want 1.5 s (MPD) to 3 s (segment)", w.died()-refused[0].Start.Sub(w.start))
			}
		})
	}
}

// F1: who hooks in where the player has no such place refreshes tokens that no URL
// ever carries, and the report says so.
func TestH15NoOpModifier(t *testing.T) {
	for _, c := range []struct {
		player player.Config
		policy string
		hook   refresher.Hook
		works  bool
	}{
		{dashVersion("5.2"), "guide-dashjs", "", false},
		{dashVersion("5.0"), "guide-dashjs", "", false},
		{dashVersion("4.4.1"), "guide-dashjs", "", false},
		{dashVersion("3.2.2"), "guide-dashjs", "", false},
		{dashVersion("4.7"), "guide-dashjs", "", true},
		{dashVersion("4.5"), "guide-dashjs", "", true},
		{dashVersion("4.4.1"), "guide-dashjs", refresher.ModifyRequestURLHook, true},
		{dashVersion("3.2.2"), "guide-dashjs", refresher.ModifyRequestURLHook, true},
		{dashVersion("5.2"), "guide-dashjs", refresher.ModifyRequestURLHook, false},
		{dashVersion("5.2"), "guide-dashjs5", "", true},
		{dashVersion("4.7"), "guide-dashjs5", "", false},
		{dashVersion("5.2"), "guide-hlsjs", "", false},
		{player.Config{Profile: player.HLSJS}, "guide-dashjs5", "", false},
		{player.Config{Profile: player.HLSJS}, "guide-hlsjs-xhr", "", true},
	} {
		t.Run(c.player.Label()+" "+c.policy+" "+string(c.hook), func(t *testing.T) {
			w := liveOne(t, 40*time.Second, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
				tokens(sc)
				policy(t, co, c.policy)
				co.Player = c.player
				if c.hook != "" {
					co.Policy.Hook = c.hook
				}
			})
			if n := len(w.calls(0, time.Hour)); n < 3 {
				t.Errorf("%d calls; want them refreshed all the same", n)
			}
			if n := len(w.refused(0, time.Hour)); (n == 0) != c.works {
				t.Errorf("%d refused; want none: %v", n, c.works)
			}
			if w.noted("never calls the hook") == c.works {
				t.Errorf("notes %+v", of[qoe.Note](w))
			}
		})
	}
}

// Tokens that the guide's pattern does not know are never replaced.
func TestH18ShortOrOddToken(t *testing.T) {
	for _, c := range []struct {
		why  string
		urls lab.URLs
	}{{"five characters", lab.URLs{TokenLength: 5}}, {"padding", lab.URLs{TokenSuffix: "=="}}} {
		for _, name := range []string{"guide-hlsjs", "guide-hlsjs-xhr", "gcore-plugin", "gcore-sw"} {
			t.Run(c.why+" "+name, func(t *testing.T) {
				w := liveOne(t, 40*time.Second, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
					tokens(sc)
					policy(t, co, name)
					sc.Target.Lab.URLs = c.urls
				})
				if refused := w.refused(0, time.Hour); len(refused) == 0 || refused[0].Start.Sub(w.start) < 20*time.Second {
					t.Errorf("%d refused; want them from the first token's death on", len(refused))
				}
				// The plugin does not even begin to refresh.
				if n := len(w.calls(time.Second, time.Hour)); (n == 0) != strings.HasPrefix(name, "gcore") {
					t.Errorf("%d refreshes", n)
				}
			})
		}
	}
}

// F10: expiries from 2033-05-18 on begin with a 2, and the pattern wants a 1.
func TestH20Year2033(t *testing.T) {
	for _, name := range []string{"guide-hlsjs", "gcore-plugin", "gcore-sw"} {
		sc := oneViewer(t, 40*time.Second, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
			tokens(sc)
			policy(t, co, name)
		})
		for _, c := range []struct {
			start   time.Time
			refused bool
		}{{time.Unix(1_999_999_900, 0), false}, {time.Unix(2_000_000_000, 0), true}} {
			r, err := Run(t.Context(), sc, Options{Virtual: true, Start: c.start})
			if err != nil {
				t.Fatal(err)
			}
			if n := r.Summary.Metrics()["refused_requests"]; (n > 0) != c.refused {
				t.Errorf("%s from %v: %v refused; want some: %v", name, c.start.UTC(), n, c.refused)
			}
		}
	}
}

// Retries inside the loader go out as the first attempt did. A key that answers
// 503 across the token's death: the loader asks with the dead token, xhrSetup with
// the living one.
func TestH24InLoaderRetryStale(t *testing.T) {
	for _, c := range []struct {
		policy string
		stale  bool
	}{{"guide-hlsjs", true}, {"gcore-plugin", true}, {"guide-hlsjs-xhr", false}, {"steady", false}} {
		t.Run(c.policy, func(t *testing.T) {
			w := liveOne(t, 40*time.Second, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
				tokens(sc)
				policy(t, co, c.policy)
				sc.Target.Lab.Encryption = "aes-128"
				sc.Target.Lab.Faults = []lab.EdgeFault{{Kinds: []qoe.Kind{qoe.Key}, Status: 503}}
			})
			// One load of a key is nine attempts, a second apart.
			older := false
			for _, load := range loads(w.between(0, time.Hour, qoe.Key)) {
				for i, x := range load {
					if i > 0 && x.Start.Sub(w.start) > 16*time.Second && load[0].Start.Sub(w.start) < 15*time.Second {
						older = older || x.Token == load[0].Token
						if (x.Token == load[0].Token) != c.stale {
							t.Errorf("attempt %d at %v carries the token of the first, at %v: %v", x.Attempt, x.Start.Sub(w.start), load[0].Start.Sub(w.start), !c.stale)
						}
					}
				}
			}
			if older != c.stale {
				t.Errorf("a stale retry was seen: %v; want %v", older, c.stale)
			}
		})
	}
}

// loads are requests by the load that they are attempts of.
func loads(all []Exchange) (grouped [][]Exchange) {
	current := map[qoe.Media]int{}
	for _, x := range all {
		if x.Attempt == 1 {
			current[x.Media] = len(grouped)
			grouped = append(grouped, nil)
		}
		grouped[current[x.Media]] = append(grouped[current[x.Media]], x)
	}
	return grouped
}

// A clock behind the token: dash.js asks it by itself, past every hook. As long as
// each MPD brings its URL anew nobody notices; but a segment that is not found makes
// dash.js ask once more by the URL it has, whose token is dead by then. A service
// worker sees that request.
func TestH43UTCTimingBypassesHooks(t *testing.T) {
	for _, c := range []struct {
		policy string
		stale  bool
	}{{"guide-dashjs5", true}, {"gcore-plugin", true}, {"gcore-sw", false}, {"steady", false}} {
		t.Run(c.policy, func(t *testing.T) {
			w := liveOne(t, time.Minute, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
				tokens(sc)
				policy(t, co, c.policy)
				co.Player = dashVersion("")
				sc.Target.Lab.UTCTiming = "protected"
				sc.Target.Lab.MinimumUpdatePeriod = time.Hour
				sc.Target.Lab.Faults = []lab.EdgeFault{{From: 45 * time.Second, Kinds: []qoe.Kind{qoe.Segment}, Times: 1, Status: 404}}
			})
			clocks := w.between(40*time.Second, time.Hour, qoe.Timing)
			if len(clocks) == 0 || clocks[0].Refused() != c.stale {
				t.Errorf("clocks %+v; want them asked after the 404, refused: %v", clocks, c.stale)
			}
			for _, x := range w.refused(0, time.Hour) {
				if x.Kind != qoe.Timing {
					t.Errorf("%s refused; want nothing but clocks", x.Object)
				}
			}
			if w.died() >= 0 || len(of[qoe.Stall](w)) > 0 {
				t.Errorf("died at %v, stalls %+v; want neither", w.died(), of[qoe.Stall](w))
			}
		})
	}
}

// With no clock to be had at all the MPD's Date header does.
func TestH43ClockRefusedFallsBackToDate(t *testing.T) {
	w := liveOne(t, time.Minute, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
		co.Player = dashVersion("")
		co.Clock = &scenarios.Clock{Skew: time.Minute} // its own clock would be of no use
		sc.Target.Lab.UTCTiming = "protected"
		sc.Target.Lab.Faults = []lab.EdgeFault{{Kinds: []qoe.Kind{qoe.Timing}, Status: 403}}
	})
	clocks := w.between(0, time.Hour, qoe.Timing)
	if len(clocks) == 0 || !clocks[0].Refused() {
		t.Errorf("clocks %+v; want them refused", clocks)
	}
	if last := w.states[len(w.states)-2]; last.Phase != player.Playing || last.LiveLatency > 12*time.Second {
		t.Errorf("%+v at the end; want it playing near the edge", last)
	}
}

// A service worker loses its token when the browser stops it: 30 s without a
// request. The next requests go out with the token that their manifest had, which
// is dead, until the page posts the next one.
func TestServiceWorkerForgets(t *testing.T) {
	run := func(name string) *lived {
		return liveOne(t, 3*time.Minute, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
			sc.Token.TTL, sc.Token.Lead = time.Minute, 5*time.Second
			policy(t, co, name)
			co.Stream = scenarios.VOD
			// Full after some seconds; paused from 5 s to 100 s nothing is asked for.
			co.Player = player.Config{Profile: player.HLSJS, MaxMaxBufferLength: 20, MaxBufferLength: 20}
			co.Life = []scenarios.Step{step(5, scenarios.Pause, lasting(95))}
		})
	}
	// The token calls at 55 and 110 s wake it: at 55 s it gets a token, at 85 s it is
	// stopped with it, at 100 s it wakes up without.
	w := run("gcore-sw")
	refused := w.refused(0, time.Hour)
	if len(refused) == 0 {
		t.Fatal("nothing refused; want the first requests after the pause")
	}
	for _, x := range refused {
		if at := x.Start.Sub(w.start); at < 99*time.Second || at > 112*time.Second {
			t.Errorf("refused at %v; want from the end of the pause at 100 s to the token at 110 s", at)
		}
	}
	if n := len(run("guide-hlsjs").refused(0, time.Hour)); n != 0 {
		t.Errorf("%d refused with a loader; want none", n)
	}
}

// Any error of dash.js ends playback in the Gcore player; dash.js alone gets over
// a segment that fails four times in a live event. SourceController brings it back.
func TestGcoreAnyDashErrorIsFatal(t *testing.T) {
	for _, c := range []struct {
		why    string
		player player.Config
		dead   bool
		plays  bool
	}{
		{"dash.js alone", dashVersion(""), false, true},
		{"Gcore player", player.Config{Profile: player.DashJS, Wrapper: player.Gcore}, true, false},
		{"with SourceController", player.Config{Profile: player.DashJS, Wrapper: player.Gcore, Gcore: player.GcoreConfig{SourceController: true}}, false, true},
		{"generic", player.Config{Profile: player.Generic, Generic: player.GenericConfig{Format: "dash"}}, false, true},
	} {
		t.Run(c.why, func(t *testing.T) {
			w := liveOne(t, 70*time.Second, func(sc *scenarios.Scenario, co *scenarios.Cohort) {
				co.Player = c.player
				sc.Target.Lab.Window = 6
				sc.Target.Lab.Faults = []lab.EdgeFault{{From: 20 * time.Second, To: 24500 * time.Millisecond, Kinds: []qoe.Kind{qoe.Segment}, Media: qoe.Video, Status: 503}}
			})
			if (w.died() >= 0) != c.dead || c.dead && !nearly(w.died(), 24*time.Second, 2*time.Second) {
				t.Errorf("died at %v; want %v, 3 s after the first refused segment", w.died(), c.dead)
			}
			if last := w.states[len(w.states)-2]; (last.Phase == player.Playing) != c.plays {
				t.Errorf("%s at the end; want playing: %v", last.Phase, c.plays)
			}
		})
	}
}
