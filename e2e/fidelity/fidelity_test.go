package fidelity

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	update = flag.Bool("update", false, "write TABLE.md and table.json anew")
	pair   = flag.String("pair", "hls-vod-sane", "the pair that -run Side shows")
)

// TestPairsAgree plays every pair whose truth is known and holds the profile against
// it. Whatever misses must be explained in explained.yaml, and the committed table
// must show what is the case.
func TestPairsAgree(t *testing.T) {
	rows := compareAll(t)
	text, err := os.ReadFile("explained.yaml")
	if err != nil {
		t.Fatal(err)
	}
	explanations, err := ReadExplanations(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range Explain(rows, explanations) {
		t.Error(complaint)
	}
	markdown := Markdown(rows)
	data, err := JSON(rows)
	if err != nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		t.Log("\n" + markdown)
	}
	kept(t, "TABLE.md", []byte(markdown))
	kept(t, "table.json", data)
	readmeCounts(t, rows)
}

// readmeCounts holds the README to the numbers of pairs and figures.
func readmeCounts(t *testing.T, rows []Row) {
	t.Helper()
	cells := 0
	for _, r := range rows {
		cells += len(r.Cells)
	}
	want := fmt.Sprintf("%d scenarios were played by hls.js and dash.js in Chromium and by soak, from the same instant, and their %d,%03d figures",
		len(rows), cells/1000, cells%1000)
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
		t.Errorf("README.md does not say that %s", want)
	}
}

// kept compares a committed file with what it should hold, or writes it.
func kept(t *testing.T, file string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != string(want) {
		t.Errorf("%s is out of date (%v): go test ./e2e/fidelity -run Pairs -update, and look at what changed", file, err)
	}
}

// compareAll compares every pair that has a truth. What was played against nginx
// is another stream than the lab's, and has a test over sockets.
func compareAll(t *testing.T) []Row {
	t.Helper()
	names, err := Pairs()
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	for _, name := range names {
		if strings.HasPrefix(name, "nginx/") {
			continue
		}
		if truth, ok := truthOf(t, name); ok {
			rows = append(rows, compareOne(t, name, truth))
		}
	}
	return rows
}

// truthOf reads what a browser made of a pair; false when it was not recorded yet.
func truthOf(t *testing.T, name string) (Truth, bool) {
	t.Helper()
	truth, err := LoadTruth(TruthFile(name))
	switch {
	case os.IsNotExist(err):
		t.Logf("%s: no truth is recorded", name)
		return Truth{}, false
	case err != nil:
		t.Fatal(err)
	case truth.Pair != name || len(truth.Runs) == 0:
		t.Fatalf("%s: holds %d plays of %q", TruthFile(name), len(truth.Runs), truth.Pair)
	}
	return truth, true
}

func compareOne(t *testing.T, name string, truth Truth) Row {
	t.Helper()
	sc, err := Pair(name)
	if err != nil {
		t.Fatal(err)
	}
	return Row{
		Pair: name, Title: sc.Title, Player: truth.Player, Browser: truth.Browser, Plays: len(truth.Runs),
		Cells: Compare(truth, playAll(t, name, truth)),
	}
}

// chances is how often a profile is played for each play of the truth. Its work
// takes now more, now less time, and milliseconds can decide.
const chances = 5

// playAll plays a pair for each play of the truth, begun at the same instant and
// watched for as long.
func playAll(t *testing.T, name string, truth Truth) []Observation {
	t.Helper()
	sc, err := Pair(name)
	if err != nil {
		t.Fatal(err)
	}
	var plays []Observation
	for _, run := range truth.Runs {
		sc.Duration = time.Duration(run.Length * float64(time.Second)).Round(time.Millisecond)
		for seed := range uint64(chances) {
			again := sc
			again.Seed += seed
			o, err := Play(again, run.Start)
			if err != nil {
				t.Fatal(err)
			}
			plays = append(plays, o)
		}
	}
	return plays
}

// TestSideBySide shows one pair event by event:
//
//	go test ./e2e/fidelity -run SideBySide -pair NAME -v
//
// and checks that each play of the browser can be, from the first request to the end.
func TestSideBySide(t *testing.T) {
	truth, ok := truthOf(t, *pair)
	if !ok {
		t.Fatalf("%s: no truth is recorded", filepath.Base(TruthFile(*pair)))
	}
	plays := playAll(t, *pair, truth)
	for i, run := range truth.Runs {
		first := plays[i*len(plays)/len(truth.Runs)]
		side := Side(run, first)
		t.Logf("play %d, begun at %s\n%s", i+1, run.Start.Format(time.RFC3339Nano), strings.TrimSpace(side))
		if !strings.Contains(side, "manifest ") || !strings.Contains(side, " END ") {
			t.Errorf("play %d shows no manifest or no end", i+1)
		}
	}
}
