//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"soak/reports"
	"soak/tune"
)

// opened is what page.mjs saw of a page in one width and theme, or without scripts.
type opened struct {
	Width, Scroll          int
	Theme, Paper, Toggled  string
	Drawn                  map[string]int
	Cursors                map[string]string
	Map                    *mapped
	Diary                  *diary
	Figures                []int  // lines that long figures stand on in a card
	Linked, LinkedBand     string // what the charts of calls and of buffers say at the cursor of that of viewers
	Errors, Violations     []string
	Outside                []string
	Evals, Injected, Plots int
	Scriptless             string
}

// mapped is what the map of soak tune said before, under the pointer and after a key.
type mapped struct {
	Panel    []string
	Here     int
	Frontier string
}

// diary is what the diary of the viewer who lost most looks like, and how many diaries
// are open before and after each step.
type diary struct {
	Before, ByKey, Closed, ByPointer int
	Focused                          bool
	Rows, Bars, Astray               int
	Text                             string
}

// check wants the worst viewer's waterfall to open by keyboard and by pointer.
func (d *diary) check(t *testing.T, where string) {
	t.Helper()
	if d == nil {
		t.Errorf("%s: no diary of the viewer who lost most", where)
		return
	}
	if d.Before != 0 || d.ByKey != 1 || d.Closed != 0 || d.ByPointer != 1 || !d.Focused {
		t.Errorf("%s: %d diaries open, 1 wanted after a key: %d, none after another: %d, 1 after a click: %d; focused: %v", where, d.Before, d.ByKey, d.Closed, d.ByPointer, d.Focused)
	}
	if d.Rows < 50 || d.Bars < d.Rows || d.Astray != 0 {
		t.Errorf("%s: %d lines with %d bars, %d of them outside of their axis", where, d.Rows, d.Bars, d.Astray)
	}
	for _, want := range []string{"refused", "new token", "playlist", "stall"} {
		if !strings.Contains(d.Text, want) {
			t.Errorf("%s: the diary says nothing of %q", where, want)
		}
	}
}

// openPage opens what write writes.
func openPage(t *testing.T, write func(io.Writer) error) (views []opened) {
	t.Helper()
	need(t, chromium, node)
	needPackage(t, "playwright-core")
	var page, said bytes.Buffer
	if err := write(&page); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(bounded(t, 4*time.Minute), "node", "page.mjs", file)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("page.mjs: %v\n%s", err, said.String())
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var v opened
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("page.mjs wrote %s: %v", out, err)
		}
		views = append(views, v)
	}
	if len(views) != 3 {
		t.Fatalf("page.mjs saw %d views; want 2 and one without scripts", len(views))
	}
	return views
}

// check wants of a view what every page promises.
func (v opened) check(t *testing.T, charts ...string) {
	t.Helper()
	if len(v.Errors)+len(v.Violations)+len(v.Outside) > 0 {
		t.Errorf("%d %s: errors %q, violations of the policy %q, requests %q; want none", v.Width, v.Theme, v.Errors, v.Violations, v.Outside)
	}
	if v.Evals != 0 || v.Injected != 0 {
		t.Errorf("%d %s: eval ran %d, an inline script that is not in the file %d times", v.Width, v.Theme, v.Evals, v.Injected)
	}
	for _, lines := range v.Figures {
		if lines != 1 {
			t.Errorf("%d %s: figures of seven or eight digits stand on %v lines; want 1 (0: they are cut off)", v.Width, v.Theme, v.Figures)
		}
	}
	if v.Scroll > v.Width {
		t.Errorf("%d %s: %d pixels wide", v.Width, v.Theme, v.Scroll)
	}
	if light := v.Paper == "rgb(255, 255, 255)"; light != (v.Theme == "light") {
		t.Errorf("%d %s: the page is %s", v.Width, v.Theme, v.Paper)
	}
	if v.Toggled == "rgb(255, 255, 255)" {
		t.Errorf("%d %s: the button made the page %s, not dark", v.Width, v.Theme, v.Toggled)
	}
	for _, id := range charts {
		if v.Drawn[id] < 500 {
			t.Errorf("%d %s: chart %s has %d pixels painted", v.Width, v.Theme, id, v.Drawn[id])
		}
		if v.Cursors[id] == "" {
			t.Errorf("%d %s: the cursor of chart %s says nothing", v.Width, v.Theme, id)
		}
	}
	if len(v.Drawn) != len(charts) {
		t.Errorf("%d %s: charts %v; want %q", v.Width, v.Theme, v.Drawn, charts)
	}
}

// The page of soak tune opens from disk: nothing is fetched, nothing forbidden runs,
// all charts are drawn, and the cursor links the map with the frontier.
func TestTunePage(t *testing.T) {
	text, err := os.ReadFile("../reports/testdata/tune.json")
	if err != nil {
		t.Fatal(err)
	}
	var r tune.Result
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	views := openPage(t, func(w io.Writer) error { return reports.TunePage(w, &r, "soak tune --seed 7", "v0") })
	for _, v := range views[:2] {
		v.check(t, "frontier-chart", "margins-chart", "herd-second", "herd-burst")
		m := v.Map
		if m == nil || m.Here != 1 || m.Panel[0] == m.Panel[1] || m.Panel[1] == m.Panel[2] || !strings.HasPrefix(m.Frontier, "TTL ") {
			t.Errorf("%d %s: the map's cursor shows %+v", v.Width, v.Theme, m)
		}
	}
	bare := views[2]
	for _, want := range []string{"Let tokens live", "What it costs", "1 in", "Settings to copy", "soak tune --seed 7", "The figures as a table"} {
		if !strings.Contains(bare.Scriptless, want) {
			t.Errorf("without scripts the page lacks %q", want)
		}
	}
	if bare.Plots != 0 || strings.Contains(bare.Scriptless, "arrow keys") {
		t.Error("without scripts there are empty charts, or hints at what is not there")
	}
}

// The page of a comparison has no charts, and keeps what every page promises: here of a
// run whose lead is gone with the one before.
func TestComparePage(t *testing.T) {
	need(t, chromium, node)
	bin, dir := soak(t), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, command := range [][]string{
		{"run", "--virtual", "--viewers", "40", "--token-latency", "2s", "--out", in("a.json")},
		{"run", "--virtual", "--viewers", "40", "--token-latency", "2s", "--lead", "0s", "--out", in("b.json")},
		{"compare", in("a.json"), in("b.json"), "--html", in("c.html")},
	} {
		if out, err := exec.CommandContext(bounded(t, 2*time.Minute), bin, command...).CombinedOutput(); err != nil && !strings.Contains(err.Error(), "99") {
			t.Fatalf("soak %q: %v\n%s", command, err, out)
		}
	}
	text, err := os.ReadFile(in("c.html"))
	if err != nil {
		t.Fatal(err)
	}
	views := openPage(t, func(w io.Writer) error { _, err := w.Write(text); return err })
	for _, v := range views[:2] {
		v.check(t)
	}
	for _, want := range []string{"✗ REGRESSION", "viewers who noticed something", "refused requests"} {
		if !strings.Contains(views[2].Scriptless, want) {
			t.Errorf("without scripts the page lacks %q:\n%.2000s", want, views[2].Scriptless)
		}
	}
}

// The page of a real run does the same, and its charts share one cursor.
func TestRunPage(t *testing.T) {
	need(t, chromium, node)
	file := filepath.Join(t.TempDir(), "report.html")
	cmd := exec.CommandContext(bounded(t, 2*time.Minute), soak(t), "run", "--virtual", "--scenario", "token-outage", "--viewers", "60", "--out", "", "--html", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soak run: %v\n%s", err, out)
	}
	views := openPage(t, func(w io.Writer) error {
		page, err := os.Open(file)
		if err != nil {
			return err
		}
		defer page.Close()
		_, err = io.Copy(w, page)
		return err
	})
	for _, v := range views[:2] {
		v.check(t, "viewers", "requests", "refusals", "trouble", "calls", "bursts", "margin", "states", "buffer", "bitrate", "latency", "refresh",
			"margin-distribution", "refresh-distribution", "startup-distribution", "stalls-distribution", "answers-distribution", "latency-distribution")
		if !strings.Contains(v.Linked, "0:03") {
			t.Errorf("%d %s: the cursor of another chart says %q; want the same time, 0:03", v.Width, v.Theme, v.Linked)
		}
		if !strings.Contains(v.LinkedBand, "0:03") {
			t.Errorf("%d %s: the cursor of the chart of buffers, whose slots are others, says %q; want the same time, 0:03", v.Width, v.Theme, v.LinkedBand)
		}
		if len(v.Figures) == 0 {
			t.Errorf("%d %s: no cards", v.Width, v.Theme)
		}
		v.Diary.check(t, fmt.Sprintf("%d %s", v.Width, v.Theme))
	}
	for _, want := range []string{"✓ PASS", "refused_requests > 0", "What it was due to", "soak run --scenario token-outage", "The figures as a table"} {
		if !strings.Contains(views[2].Scriptless, want) {
			t.Errorf("without scripts the page lacks %q", want)
		}
	}
}
