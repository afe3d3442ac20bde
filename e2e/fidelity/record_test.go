//go:build e2e

package fidelity

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"
)

var (
	record  = flag.String("record", "", "record the pairs whose names match this pattern")
	repeats = flag.Int("repeats", 1, "how many runs each shall have; those recorded already are kept")
	anew    = flag.Bool("anew", false, "keep none")
)

// TestRecord plays pairs in the browser, two at a time, and writes their truth:
//
//	go test -tags e2e ./e2e/fidelity -run TestRecord -record 'hls-live' -repeats 2 -timeout 1h
func TestRecord(t *testing.T) {
	if *record == "" {
		missing(t, "plays only what -record names")
	}
	wanted, err := regexp.Compile(*record)
	if err != nil {
		t.Fatal(err)
	}
	names, err := Pairs()
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !wanted.MatchString(name) })
	b, nginx := startBrowser(t), edgeFor(t, names)
	t.Run("pairs", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if onNginx(name) {
					recordPair(t, b, nginx, name)
				} else {
					recordPair(t, b, nil, name)
				}
			})
		}
	})
}

// edgeFor is nginx, if one of the pairs needs it.
func edgeFor(t *testing.T, names []string) *edge {
	t.Helper()
	if !slices.ContainsFunc(names, onNginx) {
		return nil
	}
	e := startEdge(t)
	return &e
}

func recordPair(t *testing.T, b *browser, e *edge, name string) {
	p := performance{browser: b, name: name, edge: e, patience: strict()}
	truth := Truth{Pair: name}
	if known, err := LoadTruth(TruthFile(name)); err == nil && !*anew {
		truth = known
	}
	for len(truth.Runs) < *repeats {
		o := p.play(t)
		truth.Player, truth.Browser, truth.Runs = p.played, p.in, append(truth.Runs, o)
		t.Logf("%s", o.brief())
		writeTruth(t, truth)
	}
}

func writeTruth(t *testing.T, truth Truth) {
	t.Helper()
	file := TruthFile(truth.Pair)
	text, err := truth.Encode()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// performance is one pair played in a browser.
type performance struct {
	browser  *browser
	name     string
	edge     *edge // nil: the pair's lab
	patience patience
	beside   func(begin time.Time) // what else begins with every try

	played, in string // what played, in which browser
}

// tries is how often a play is begun anew because the machine was too busy.
const tries = 8

// play plays the pair until a play counts.
func (p *performance) play(t *testing.T) (o Observation) {
	t.Helper()
	var err error
	for try := range tries {
		ok := t.Run(fmt.Sprintf("try-%d", try+1), func(t *testing.T) {
			s := newStage(t, p.name, p.patience)
			s.beside = p.beside
			if p.edge != nil {
				p.edge.onto(s)
			}
			p.played = s.plays().name + " " + version(t, s.plays().module)
			if o, p.in, err = p.browser.play(s, t.Name()); err != nil {
				t.Log(err)
			}
		})
		if !ok {
			t.FailNow()
		}
		if err == nil {
			return o
		}
	}
	t.Fatalf("%s: %v", p.name, err)
	return o
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
	return fmt.Sprintf("%s: lag %.2f, startup %.3f, %d stalls of %.2f s, %.2f s skipped, %d calls, requests by status %v, errors %v, shown %v",
		o.Final, o.Lag, o.Startup, len(o.Stalls), stalled, skipped, len(o.Refreshes), status, o.Errors, o.Shown)
}
