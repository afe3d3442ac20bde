package fidelity

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func TestTruthRoundTrip(t *testing.T) {
	full := Observation{
		Start: time.Date(2026, 11, 26, 6, 11, 43, 232_400_000, time.UTC), Length: 30, Startup: 0.72649,
		Requests: []Request{
			{At: 0.1524, Took: 0.0011, Kind: "manifest", Object: "master.m3u8", Status: 200, Margin: 11.6164},
			{At: 0.176, Kind: "segment", Media: "video", Object: "v3/1.m4s", Margin: -0.0004},
		},
		Refreshes: []Call{{At: 0.0004, Took: 0.1, Status: 200}},
		Stalls:    []Stall{{At: 3, Took: 1.5, Open: true}},
		Skips:     []Skip{{At: 4, Amount: 2}},
		Shown:     []Shown{{At: 0.7, Bitrate: 496000}},
		Errors:    []Trouble{{At: 9, What: "levelLoadError", Fatal: true, GaveUp: true}},
		Playhead:  []Point{{At: 0.5, Position: 1e9}},
		Final:     Fatal,
		Lag:       0.0812,
	}
	for _, c := range []struct {
		why  string
		runs []Observation
	}{
		{"everything set", []Observation{full.Rounded()}},
		{"nothing happened, twice", []Observation{Observation{Startup: -1, Final: Never}.Rounded(), Observation{}.Rounded()}},
		{"nothing was recorded", []Observation{}},
	} {
		want := Truth{Pair: "a", Player: "hls.js 1.7.4", Browser: "Chromium 156", Runs: c.runs}
		text, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var got Truth
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v\n%s", c.why, err, text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read back %+v; want %+v", c.why, got, want)
		}
	}
}

func TestRounded(t *testing.T) {
	raw := Observation{Startup: 0.72649, Requests: []Request{{At: 0.15249, Took: 0.0011}}}
	got := raw.Rounded()
	if got.Startup != 0.726 || got.Requests[0].At != 0.152 || got.Requests[0].Took != 0.001 {
		t.Errorf("Rounded() = %+v; want milliseconds", got)
	}
	if raw.Requests[0].At != 0.15249 {
		t.Error("Rounded() has changed the observation it was asked of")
	}
}

// maxTruth bounds a truth file: they are read by people, in differences.
const maxTruth = 100 << 10

// TestTruths reads every truth there is.
func TestTruths(t *testing.T) {
	err := filepath.WalkDir("truth", func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		truth, err := LoadTruth(file)
		if err != nil {
			return err
		}
		if file != TruthFile(truth.Pair) {
			t.Errorf("%s is the truth of pair %q", file, truth.Pair)
		}
		if _, err := Pair(truth.Pair); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if about, err := entry.Info(); err == nil && about.Size() > maxTruth {
			t.Errorf("%s has %d bytes; want %d at most", file, about.Size(), maxTruth)
		}
		for i, run := range truth.Runs {
			checkRun(t, file, i, run)
		}
		if len(truth.Runs) == 0 {
			t.Errorf("%s: nothing was recorded", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkRun looks for what cannot be: times out of order or outside of the play.
func checkRun(t *testing.T, file string, i int, o Observation) {
	t.Helper()
	if len(o.Refreshes) == 0 || o.Refreshes[0].At > 0.05 {
		t.Errorf("%s: run %d does not begin with a call of the token API: %v", file, i, o.Refreshes)
	}
	before := 0.0
	for _, q := range o.Requests {
		if q.At < before || q.At+q.Took > o.Length+0.002 {
			t.Errorf("%s: run %d: %+v: out of order, or beyond %v s", file, i, q, o.Length)
		}
		before = q.At
	}
	before = 0
	for _, s := range o.Stalls {
		if s.At < before || s.Took <= 0 || s.At < o.Startup {
			t.Errorf("%s: run %d: stall %+v", file, i, s)
		}
		before = s.At + s.Took
	}
	if open := len(o.Stalls) > 0 && o.Stalls[len(o.Stalls)-1].Open; o.Final == Frozen && !open {
		t.Errorf("%s: run %d: frozen without an open stall", file, i)
	}
	if (o.Final == Never) != (o.Startup < 0) {
		t.Errorf("%s: run %d: %s after a start at %v", file, i, o.Final, o.Startup)
	}
}
