package fidelity

import (
	"strings"
	"testing"
)

// TestEveryPairCanBePlayed reads them: one viewer, one stream, and a reason to look.
func TestEveryPairCanBePlayed(t *testing.T) {
	names, err := Pairs()
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 40 {
		t.Errorf("%d pairs; want 40 at least", len(names))
	}
	for _, name := range names {
		sc, err := Pair(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if sc.Name != name && !strings.HasSuffix(name, "/"+sc.Name) {
			t.Errorf("%s: its name is %q", name, sc.Name)
		}
		if sc.Title == "" || sc.Why == "" || sc.Watch == "" {
			t.Errorf("%s: a pair says in title, why and watch what is looked at", name)
		}
		if sc.Viewers.Count != 1 || len(sc.Viewers.Mix) != 1 {
			t.Errorf("%s: %d viewers of %d kinds; want one", name, sc.Viewers.Count, len(sc.Viewers.Mix))
		}
		if s := sc.Duration.Seconds(); s < 20 || s > 60 {
			t.Errorf("%s: lasts %v; long enough for a token to expire is 20 s, patience ends at 60 s", name, sc.Duration)
		}
	}
}
