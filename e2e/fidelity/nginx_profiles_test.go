//go:build e2e

package fidelity

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/scenarios"
)

// TestBrowsersOnNginxAndProfiles has a browser and our profile play the same stream
// of nginx and ffmpeg at the same time, over sockets: they must end alike, or as a
// browser has ended before. What else differs is told.
func TestBrowsersOnNginxAndProfiles(t *testing.T) {
	if *record != "" {
		t.Skip("recording")
	}
	names, err := Pairs()
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !onNginx(name) })
	b, e := startBrowser(t), startEdge(t)
	t.Run("pairs", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				playOnNginx(t, b, e, name)
			})
		}
	})
}

// outcome is what came of our profile's play.
type outcome struct {
	o   Observation
	err error
}

func playOnNginx(t *testing.T, b *browser, e edge, name string) {
	truth, err := LoadTruth(TruthFile(name))
	if err != nil {
		t.Fatal(err)
	}
	plays := make(chan outcome, tries) // one a try; the last is that of the play that counts
	p := performance{browser: b, name: name, edge: &e, patience: casual()}
	p.beside = func(begin time.Time) {
		sc := e.outside(t, name, begin)
		go func() {
			<-time.After(time.Until(begin))
			o, err := PlayNow(context.Background(), sc)
			plays <- outcome{o, err}
		}()
	}
	seen := p.play(t)
	var ours outcome
	for ours = <-plays; ours.err == nil && ours.o.Start.Before(seen.Start.Add(-time.Second)); ours = <-plays {
	}
	if ours.err != nil {
		t.Fatal(ours.err)
	}
	for i, cell := range Compare(Truth{Pair: name, Runs: []Observation{seen}}, []Observation{ours.o}) {
		before := slices.ContainsFunc(truth.Runs, func(run Observation) bool { return run.Final == ours.o.Final })
		switch {
		case cell.OK:
		case i == 0 && !before && !chancy(name): // the final state
			t.Errorf("%s: the browser ended %s, the profile %s", name, cell.Truth, cell.Model)
		default:
			t.Logf("%s: %s: %s in the browser, %s by the profile", name, cell.Measure, cell.Truth, cell.Model)
		}
	}
}

// chancy tells where tenths of a second between the event's segments and the
// token's end decide how a play ends: dash.js on a live SegmentTimeline, which
// starves at once without new manifests. One browser's plays differ there.
func chancy(name string) bool { return strings.HasPrefix(name, "nginx/dash-live") }

// outside is a pair for soak's viewers, to whom nginx is a stream out there.
func (e edge) outside(t *testing.T, name string, begin time.Time) scenarios.Scenario {
	sc, err := Pair(name)
	if err != nil {
		t.Error(err)
		return sc
	}
	videos := sc.Target.Lab.Filled()
	sc.Target = scenarios.Target{
		TokenAPI: &scenarios.TokenAPI{URL: e.tokenAPI(t, sc, begin) + "?video={video}&type={type}&expire={expire}"},
		Videos:   scenarios.Videos{Live: videos.Live[0], VOD: videos.VOD[0]},
	}
	return sc
}
