//go:build e2e

package fidelity

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// spotChecks are the pairs that every run of the end-to-end tests plays in the
// browser: each player, live and VOD, healthy and lost.
var spotChecks = []string{"hls-live-3-gap-3", "hls-vod-sane", "dash-guide-noop", "dash-vod-gap-6", "dash4-live-sane", "gcore-hls-live"}

// TestBrowserAgreesWithTruth plays a few pairs in this machine's Chromium and
// looks whether the committed truth still is: how the play ended, what was refused
// and what was given up. Times are left to recordings; machines are busy.
func TestBrowserAgreesWithTruth(t *testing.T) {
	b := startBrowser(t)
	t.Run("pairs", func(t *testing.T) {
		for _, name := range spotChecks {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				truth, err := LoadTruth(TruthFile(name))
				if err != nil {
					t.Fatal(err)
				}
				checkAgainst(t, b, name, truth)
			})
		}
	})
}

// checkAgainst plays a pair, once more if it does not look like any recording:
// what is a matter of chance to the player may be one that was not recorded.
func checkAgainst(t *testing.T, b *browser, name string, truth Truth) {
	t.Helper()
	var known []string
	for _, run := range truth.Runs {
		known = append(known, run.coarse())
	}
	var got []string
	for range 2 {
		p := performance{browser: b, name: name, patience: casual()}
		seen := p.play(t)
		got = append(got, seen.coarse())
		if slices.Contains(known, got[len(got)-1]) {
			checkProfile(t, name, seen)
			return
		}
	}
	t.Errorf("%s: %s has\n\t%s\nthis browser did\n\t%s", name, TruthFile(name), strings.Join(known, "\n\t"), strings.Join(got, "\n\t"))
}

// checkProfile has our profile play what the browser has just played: it must end
// alike. What else differs is told.
func checkProfile(t *testing.T, name string, seen Observation) {
	t.Helper()
	sc, err := Pair(name)
	if err != nil {
		t.Fatal(err)
	}
	model, err := Play(sc, seen.Start)
	if err != nil {
		t.Fatal(err)
	}
	for i, cell := range Compare(Truth{Pair: name, Runs: []Observation{seen}}, []Observation{model}) {
		switch {
		case cell.OK:
		case i == 0: // the final state
			t.Errorf("%s: the browser ended %s, the profile %s", name, cell.Truth, cell.Model)
		default:
			t.Logf("%s: %s: %s in the browser, %s by the profile", name, cell.Measure, cell.Truth, cell.Model)
		}
	}
}

// coarse is what a play came to, in words that another play of it should share.
func (o Observation) coarse() string {
	var refused []string
	for _, q := range o.Requests {
		if q.Refused() {
			refused = append(refused, strings.TrimSpace(q.Media+" "+q.Kind))
		}
	}
	slices.Sort(refused)
	return fmt.Sprintf("%s; refused: %s; gave up on %s", o.Final, strings.Join(slices.Compact(refused), ", "), gaveUpOn(o))
}
