//go:build e2e

package fidelity

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	record  = flag.String("record", "", "record the pairs whose names match this pattern")
	repeats = flag.Int("repeats", 1, "how often to play each")
	keep    = flag.Bool("append", false, "add to the runs already recorded")
)

// TestRecord plays pairs in the browser, two at a time, and writes their truth:
//
//	go test -tags e2e ./e2e/fidelity -run TestRecord -record 'hls-live' -repeats 2 -timeout 1h
func TestRecord(t *testing.T) {
	if *record == "" {
		t.Skip("plays only what -record names")
	}
	wanted, err := regexp.Compile(*record)
	if err != nil {
		t.Fatal(err)
	}
	names, err := Pairs()
	if err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t)
	t.Run("pairs", func(t *testing.T) {
		for _, name := range names {
			if wanted.MatchString(name) {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					recordPair(t, b, name)
				})
			}
		}
	})
}

func recordPair(t *testing.T, b *browser, name string) {
	truth := Truth{Pair: name}
	if *keep {
		known, err := LoadTruth(TruthFile(name))
		if err != nil {
			t.Fatal(err)
		}
		truth.Runs = known.Runs
	}
	for range *repeats {
		o := playUntilGood(t, b, name, &truth)
		truth.Runs = append(truth.Runs, o)
		t.Logf("%s", o.brief())
	}
	text, err := truth.Encode()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(TruthFile(name)), 0o755)
	}
	if err == nil {
		err = os.WriteFile(TruthFile(name), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// playUntilGood plays a pair, again when the machine was too busy.
func playUntilGood(t *testing.T, b *browser, name string, truth *Truth) Observation {
	t.Helper()
	var err error
	for try := range 8 {
		var o Observation
		ok := t.Run(fmt.Sprintf("try-%d", try+1), func(t *testing.T) {
			s := newStage(t, name)
			p := s.plays()
			truth.Player = p.name + " " + version(t, p.module)
			o, truth.Browser, err = b.play(s, t.Name())
			if err != nil {
				t.Log(err)
			}
		})
		if ok && err == nil {
			return o
		}
	}
	t.Fatalf("%s: %v", name, err)
	return Observation{}
}

// brief is one line about a play.
func (o Observation) brief() string {
	status := map[int]int{}
	for _, q := range o.Requests {
		status[q.Status]++
	}
	stalled, skipped := 0.0, 0.0
	for _, s := range o.Stalls {
		stalled += s.Took
	}
	for _, s := range o.Skips {
		skipped += s.Amount
	}
	return fmt.Sprintf("%s: startup %.3f, %d stalls of %.2f s, %.2f s skipped, %d calls, requests by status %v, errors %v, shown %v",
		o.Final, o.Startup, len(o.Stalls), stalled, skipped, len(o.Refreshes), status, o.Errors, o.Shown)
}
