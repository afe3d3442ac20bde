package scenarios

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

const expecting = `
version: 1
viewers: {count: 4, mix: [{name: web, player: hlsjs}, {player: dashjs, policy: guide-dashjs5, link: lan}]}
expect:
  - {cohort: web, effect: plays on, holds: [noticed_viewers == 0, refused_requests == 0]}
  - {effect: a call each, holds: [token_calls / viewers == 1]}
`

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		why, more string
		want      []string
	}{
		{"the default's thresholds speak of viewers who notice nothing, and give way", "",
			[]string{"noticed_viewers == 0 (web)", "refused_requests == 0 (web)", "token_calls / viewers == 1"}},
		{"thresholds that the file names come first", "thresholds: [dead_viewers == 0]\n",
			[]string{"dead_viewers == 0", "noticed_viewers == 0 (web)", "refused_requests == 0 (web)", "token_calls / viewers == 1"}},
	} {
		s, err := Parse("x.yaml", []byte(expecting+c.more))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, t := range s.Conditions() {
			got = append(got, t.String())
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q; want %q", c.why, got, c.want)
		}
		roundTrip(t, s)
	}
}

func TestViewers(t *testing.T) {
	s, err := Parse("x.yaml", []byte(expecting))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"web": "web", "dashjs/guide-dashjs5/lan": "dash.js 5.2 · guide-dashjs5"} {
		c := s.Cohort(name)
		if c == nil {
			t.Fatalf("no cohort %q in %+v", name, s.Viewers.Mix)
		}
		if got := c.Viewers(); got != want {
			t.Errorf("cohort %q is called %q; want %q", name, got, want)
		}
	}
	if c := s.Cohort("nobody"); c != nil {
		t.Errorf("Cohort(nobody) = %+v", c)
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string
	}{
		{"h14-baked-token-mpd", []string{"h14-baked-token-mpd"}},
		{"H14", []string{"h14-baked-token-mpd"}},
		{"h26", []string{"h26-long-body", "h26-long-body-cut"}},
		{"default", []string{"default"}},
	} {
		got, err := Find(c.name)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("Find(%q) = %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	for _, name := range []string{"H99", "", "h"} {
		if _, err := Find(name); err == nil || !strings.Contains(err.Error(), "is not built in") {
			t.Errorf("Find(%q): %v", name, err)
		}
	}
}

func TestSuite(t *testing.T) {
	names := func(suite string) (list []string) {
		all, err := Suite(suite)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			list = append(list, s.Name)
		}
		return list
	}
	all, drills, one := names(Hazards), names(Drills), names("h14")
	if len(all) < 50 || len(drills) < 8 || !slices.Equal(one, []string{"h14-baked-token-mpd"}) {
		t.Errorf("hazards %d, drills %d, h14 %q", len(all), len(drills), one)
	}
	for _, name := range drills {
		if !slices.Contains(all, name) {
			t.Errorf("%s is a drill and not among the hazards", name)
		}
	}
	if slices.Contains(all, "default") {
		t.Error("default expects nothing and is in a suite")
	}
	for name, want := range map[string]string{"hazard": "did you mean hazards?", "H99": "or the number of a hazard", "start": "is not built in"} {
		if _, err := Suite(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Suite(%q): %v; want %q", name, err, want)
		}
	}
}
