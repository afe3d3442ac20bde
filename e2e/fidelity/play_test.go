package fidelity

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"soak/scenarios"
)

// noon is an instant that is neither whole in seconds nor the lab's own epoch.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 730_000_000, time.UTC)

func scenario(t *testing.T, text string) scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Parse(t.Name(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

const hungAPI = `version: 1
name: hung
duration: 40s
target: {lab: {api: {outages: [{from: 5s, to: 60s, hang: true}]}}}
token: {ttl: 14s, lead: 4s}
viewers: {count: 1, mix: [{player: PLAYER, policy: POLICY, link: fibre, stream: live}]}
`

// hung is a pair whose token API hangs from the second call on.
func hung(t *testing.T, player, policy string) scenarios.Scenario {
	return scenario(t, strings.NewReplacer("PLAYER", player, "POLICY", policy).Replace(hungAPI))
}

func TestPlayTellsWhatHappened(t *testing.T) {
	for _, c := range []struct {
		player, policy, manifest string
		final                    Final
		gaveUp                   string
	}{
		{"hlsjs", "guide-hlsjs", "master.m3u8", Fatal, "playlist"},
		{"dashjs", "{name: guide-dashjs, hook: interceptor}", "index.mpd", Frozen, "init, manifest, segment"},
	} {
		o, err := Play(hung(t, c.player, c.policy), noon)
		if err != nil {
			t.Fatal(err)
		}
		if o.Final != c.final || gaveUpOn(o) != c.gaveUp {
			t.Errorf("%s: %s, gave up on %s; want %s, %s", c.player, o.Final, gaveUpOn(o), c.final, c.gaveUp)
		}
		if o.Length != 40 || len(o.Playhead) != 81 || o.Playhead[80].At != 40 {
			t.Errorf("%s: %d points in %v s; want two a second in 40 s, both ends noted", c.player, len(o.Playhead), o.Length)
		}
		if n := len(o.Stalls); n == 0 || !o.Stalls[n-1].Open || o.Startup <= 0 || len(o.Shown) == 0 || o.Shown[0].At < o.Startup {
			t.Errorf("%s: startup %v, stalls %v, shown %v; want a picture that froze for good", c.player, o.Startup, o.Stalls, o.Shown)
		}
		if r := o.Requests[0]; r.Object != c.manifest || r.Kind != "manifest" || r.Status != 200 || r.Margin < 13 {
			t.Errorf("%s: first request %+v; want the manifest, under a fresh token", c.player, r)
		}
		if n := len(o.Refreshes); n != 2 || o.Refreshes[0].Status != 200 || o.Refreshes[1].Status != 0 || o.Refreshes[1].At+o.Refreshes[1].Took != 40 {
			t.Errorf("%s: calls %+v; want one answered and one that hangs to the end", c.player, o.Refreshes)
		}
	}
}

// TestPlayBeginsWhenTold: tokens expire by the whole second, so that a play begun
// late in a second has less of its first token.
func TestPlayBeginsWhenTold(t *testing.T) {
	margin := func(start time.Time) float64 {
		o, err := Play(hung(t, "hlsjs", "guide-hlsjs"), start)
		if err != nil {
			t.Fatal(err)
		}
		return o.Requests[0].At + o.Requests[0].Margin
	}
	if early, late := margin(noon.Truncate(time.Second)), margin(noon); early-late < 0.72 || early-late > 0.74 {
		t.Errorf("life of the first token is %v s begun at a full second, %v s begun 0.73 s later; want 0.73 s less", early, late)
	}
}

func TestPlayRepeats(t *testing.T) {
	pair := hung(t, "dashjs", "steady")
	a, errA := Play(pair, noon)
	b, errB := Play(pair, noon)
	if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("two plays differ (%v, %v)", errA, errB)
	}
}

func TestPlayRefusesCrowds(t *testing.T) {
	pair := hung(t, "hlsjs", "guide-hlsjs")
	pair.Viewers.Count = 2
	if _, err := Play(pair, noon); err == nil {
		t.Error("a pair with two viewers was played")
	}
}

// TestPlayNow is a few seconds of a healthy play over sockets.
func TestPlayNow(t *testing.T) {
	pair := scenario(t, `version: 1
name: now
duration: 5s
viewers: {count: 1, mix: [{player: hlsjs, policy: guide-hlsjs, link: fibre, stream: live}]}
`)
	before := time.Now()
	o, err := PlayNow(t.Context(), pair)
	if err != nil {
		t.Fatal(err)
	}
	if o.Start.Before(before) || o.Length < 4.5 || o.Final != Playing || len(o.Refreshes) != 1 || len(o.Requests) < 8 {
		t.Errorf("play begun at %v lasted %v s, %s, %d calls, %d requests; want a picture after a few requests",
			o.Start, o.Length, o.Final, len(o.Refreshes), len(o.Requests))
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := PlayNow(interrupted, pair); err == nil {
		t.Error("a play cut short passes for one")
	}
}
