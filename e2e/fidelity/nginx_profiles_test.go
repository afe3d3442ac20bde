//go:build e2e

package fidelity

import (
	"context"
	"slices"
	"testing"
	"time"

	"soak/scenarios"
)

// TestBrowsersOnNginxAndProfiles has a browser and our profile play the same stream
// of nginx and ffmpeg at the same time, over sockets: they must end alike, or as a
// browser has ended before. What else differs is told.
func TestBrowsersOnNginxAndProfiles(t *testing.T) {
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

// outcome is what came of a play of our profile's.
type outcome struct {
	o   Observation
	err error
}

// besides is how many viewers of ours play beside the browser. Tenths of seconds
// between the event's segments, the player's looks and the token's end decide how
// dash.js ends on a live SegmentTimeline, and no two plays take equally long over
// their work.
const besides = 5

func playOnNginx(t *testing.T, b *browser, e edge, name string) {
	truth, err := LoadTruth(TruthFile(name))
	if err != nil {
		t.Fatal(err)
	}
	plays := make(chan outcome, tries*besides) // the last are those of the play that counts
	p := performance{browser: b, name: name, edge: &e, patience: casual()}
	p.beside = func(begin time.Time) {
		for seed := range uint64(besides) {
			sc := e.outside(t, name, begin)
			sc.Seed += seed
			go func() {
				<-time.After(time.Until(begin))
				o, err := PlayNow(context.Background(), sc)
				plays <- outcome{o, err}
			}()
		}
	}
	seen := p.play(t)
	ours := make([]Observation, 0, besides)
	for len(ours) < besides {
		switch play := <-plays; {
		case play.err != nil:
			t.Fatal(play.err)
		case !play.o.Start.Before(seen.Start.Add(-time.Second)): // else it belongs to a try that did not count
			ours = append(ours, play.o)
		}
	}
	judge(t, name, truth, seen, ours)
}

// judge holds our plays against the browser's. The final state is held against its
// recorded ones too.
func judge(t *testing.T, name string, truth Truth, seen Observation, ours []Observation) {
	t.Helper()
	known := append(slices.Clone(truth.Runs), seen)
	final := among("final state", known, ours, func(o Observation) string { return string(o.Final) })
	if !final.OK {
		t.Errorf("%s: the browser ends %s, the profile %s", name, final.Truth, final.Model)
	}
	for _, cell := range Compare(Truth{Pair: name, Runs: []Observation{seen}}, ours) {
		if !cell.OK {
			t.Logf("%s: %s: %s in the browser, %s by the profile", name, cell.Measure, cell.Truth, cell.Model)
		}
	}
	if t.Failed() || testing.Verbose() {
		t.Logf("%s\n%s", name, Side(seen, ours[0]))
	}
}

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
