//go:build e2e

package fidelity

import (
	"slices"
	"testing"
	"time"

	"soak/scenarios"
)

// TestBrowsersOnNginxAndProfiles has our profiles play, over sockets, what the
// browser was recorded to play against nginx and ffmpeg: they must end alike. The
// event is another one than in the recording, so that its figures are told, not
// judged.
func TestBrowsersOnNginxAndProfiles(t *testing.T) {
	names, err := Pairs()
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !onNginx(name) })
	e := startEdge(t)
	t.Run("pairs", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				playOnNginx(t, e, name)
			})
		}
	})
}

func playOnNginx(t *testing.T, e edge, name string) {
	truth, err := LoadTruth(TruthFile(name))
	if err != nil {
		t.Fatal(err)
	}
	sc, err := Pair(name)
	if err != nil {
		t.Fatal(err)
	}
	begin := instant(time.Now(), name)
	videos := sc.Target.Lab.Filled()
	sc.Target = scenarios.Target{
		TokenAPI: &scenarios.TokenAPI{URL: e.tokenAPI(t, sc, begin) + "?video={video}&type={type}&expire={expire}"},
		Videos:   scenarios.Videos{Live: videos.Live[0], VOD: videos.VOD[0]},
	}
	<-time.After(time.Until(begin)) // as the browser did, at this place of a second
	o, err := PlayNow(t.Context(), sc)
	if err != nil {
		t.Fatal(err)
	}
	for i, cell := range Compare(truth, []Observation{o}) {
		switch {
		case cell.OK:
		case i == 0: // the final state
			t.Errorf("%s: the browser ended %s, the profile %s", name, cell.Truth, cell.Model)
		default:
			t.Logf("%s: %s: %s in the browser, %s by the profile", name, cell.Measure, cell.Truth, cell.Model)
		}
	}
	t.Log(o.brief())
}
