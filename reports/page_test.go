package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"soak/qoe"
	"soak/tune"
)

func tunePageText(t *testing.T, r *tune.Result, command, version string) string {
	t.Helper()
	var out bytes.Buffer
	if err := TunePage(&out, r, command, version); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// tuned is an answer as this wrote it, which the end-to-end tests open in a browser:
//
//	soak tune --budget 0s --rounds 4 --ttl 30s,60s,2m,5m,10m --lead 4s,6s,8s,10s,12s,15s,20s,30s \
//	  --jitter 0s,20s --policies own,quick --target 1/2000 --json reports/testdata/tune.json
func tuned(t *testing.T) *tune.Result {
	t.Helper()
	text, err := os.ReadFile("testdata/tune.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(tune.Result)
	if err := json.Unmarshal(text, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// elements are the contents of all elements of a name, by their attributes.
func elements(page, name string) (attributes, contents []string) {
	for _, m := range regexp.MustCompile(`(?s)<`+name+`([^>]*)>(.*?)</`+name+`>`).FindAllStringSubmatch(page, -1) {
		attributes, contents = append(attributes, m[1]), append(contents, m[2])
	}
	return attributes, contents
}

// unscripted is a page without its scripts and its style, as goldens keep it.
func unscripted(page string) string {
	page = regexp.MustCompile(`(?s)<(script|style)([^>]*)>.*?</(script|style)>`).ReplaceAllString(page, "<$1$2>…</$1>")
	return regexp.MustCompile(`sha256-.*?=&#39;`).ReplaceAllString(page, "sha256-…&#39;")
}

func TestTunePage(t *testing.T) {
	page := tunePageText(t, tuned(t), "soak tune --seed 7", "v0.1.0")
	golden(t, "tune.html", []byte(unscripted(page)))
	if again := tunePageText(t, tuned(t), "soak tune --seed 7", "v0.1.0"); again != page {
		t.Error("the same answer gives another page")
	}
	if len(page) > 600_000 {
		t.Errorf("%d bytes for %d cells", len(page), len(tuned(t).Cells))
	}
}

// The policy allows what is in the page, byte for byte, and nothing else.
func TestPagePolicy(t *testing.T) {
	page := tunePageText(t, tuned(t), "soak tune", "v0.1.0")
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	hashes := 0
	for _, name := range []string{"script", "style"} {
		attributes, contents := elements(page, name)
		for i, text := range contents {
			if strings.Contains(attributes[i], "application/json") { // data, which nothing runs
				continue
			}
			sum := sha256.Sum256([]byte(text))
			if hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, hash) {
				t.Errorf("%s %d has hash %s, the policy %q", name, i, hash, policy)
			}
			hashes++
		}
	}
	if want := strings.Count(policy, "sha256-"); hashes != want || hashes != 4 {
		t.Errorf("%d inline parts, %d hashes; want 4", hashes, want)
	}
	for _, banned := range []string{`(?i)<[^>]+\sstyle=`, `(?i)<[^>]+\son[a-z]+=`, `(?i)<(link|img|iframe|object|base)\b`, `(?i)(src|href)="?https?:`} {
		body := unscripted(page)
		if found := regexp.MustCompile(banned).FindString(body); found != "" {
			t.Errorf("the page has %q, which the policy forbids or which asks the network", found)
		}
	}
}

// Whatever stands in names and texts is text: no markup, no end of the data, nothing
// that turns the text around it, nothing without end.
func TestPageHostile(t *testing.T) {
	nasty := []string{
		`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `{{.}}`, `]]>`, `<!--`,
		"\u202Eevil\u202C", "\u2028line", "שלום مرحبا", strings.Repeat("long ", 2000), "nul\x00 esc\x1b[2J", "\xff\xfe broken",
	}
	all := strings.Join(nasty, " ")
	for _, text := range append(nasty, all) {
		hostileRun(t, text)
		r := tuned(t)
		r.Config.Scenario.Name, r.Config.Scenario.Why = text, text
		r.Limits[0].What, r.Limits[0].Text = text, text
		r.Neighbours[0].Text, r.Cohorts[0].Name, r.Rules[0].Name, r.Rules[0].Text = text, text, text, text
		r.Advice.Why, r.Advice.Settings[0] = text, tune.Setting{Integration: text, Text: text}
		r.Confirmed = &tune.Confirmation{Cells: []tune.Confirmed{{Name: text}}}
		r.Notes = []string{text}
		r.Doubts = append(r.Doubts, tune.Doubt{Text: text})
		for i := range r.Cells {
			r.Cells[i].Policy, r.Cells[i].Why = text, text
		}
		page := tunePageText(t, r, text, text)
		plain := tunePageText(t, tuned(t), "soak", "v")
		harmless(t, text, page, plain)
	}
}

// hostileRun is the same for the page of a run.
func hostileRun(t *testing.T, text string) {
	t.Helper()
	r := fixture(t, true, false, false, text)
	shard := qoe.NewShard(epoch)
	v := shard.Viewer(1, qoe.Labels{Cohort: text, Player: text, Policy: text, Link: text})
	v.Emit(qoe.Fatal{At: epoch, Why: text})
	v.Emit(qoe.Note{At: epoch, Text: text})
	v.Emit(qoe.Refresh{Start: epoch, Failure: qoe.Failure(text), Problem: text})
	v.Emit(qoe.Leave{At: epoch.Add(time.Minute), Watched: time.Minute})
	r.Summary.Merge(shard.Summary())
	nasty := &qoe.Diary{Written: 3, Entries: []qoe.Entry{{What: text, Name: text, Failure: qoe.Failure(text), Took: 1 << 62}, {What: "segment", Name: text, At: -1 << 63}, {What: "fatal", Name: text, At: 1<<63 - 1}}}
	r.Summary.Worst[0].Diary, r.Summary.Worst[0].Cohort = nasty, text
	r.Summary.Ordinary[0] = qoe.Ordinary{Viewer: 3, Cohort: text, Diary: nasty}
	r.Scenario.Name, r.Scenario.Title, r.Soak = text, text, text
	r.Repeat = Repeat{Command: text, File: text}
	r.Outcomes[0].Expr, r.Outcomes[0].Cohort, r.Outcomes[0].Text = text, text, text
	var page, plain bytes.Buffer
	if err := errors.Join(RunPage(&page, r), RunPage(&plain, fixture(t, true, false, false))); err != nil {
		t.Fatal(err)
	}
	harmless(t, text, page.String(), plain.String())
}

// harmless compares a page with one that has no such text in it.
func harmless(t *testing.T, text, page, plain string) {
	t.Helper()
	for _, tag := range []string{"<script", "</script", "<img", "<style", "<!--"} {
		if got, want := strings.Count(page, tag), strings.Count(plain, tag); got != want {
			t.Errorf("%.40q: %d × %s; want %d", text, got, tag, want)
		}
	}
	if strings.ContainsAny(page, "\u202E\x00\x1b") || !json.Valid([]byte(dataOf(page))) {
		t.Errorf("%.40q: a control character came through, or the data is no JSON", text)
	}
	if len(page) > 2_000_000 {
		t.Errorf("%.40q: %d bytes", text, len(page))
	}
}

func dataOf(page string) string {
	attributes, contents := elements(page, "script")
	for i, a := range attributes {
		if strings.Contains(a, "application/json") {
			return contents[i]
		}
	}
	return ""
}

func TestTunePageSays(t *testing.T) {
	nothing := &tune.Result{Best: -1}
	missed := tuned(t)
	missed.Best = -1
	stopped := tuned(t)
	stopped.Interrupted, stopped.Doubts = true, []tune.Doubt{{Cell: 1, Text: "TTL 60 s, lead 8 s: 31 late cycles where 9 were computed"}}
	stopped.Notes = []string{"the token API answers 429 from 30 calls a second on"}
	played := tuned(t)
	played.Confirmed = confirmation()
	played.Herd.Skew, played.Herd.Skewed = tune.Seconds(time.Second), tune.Curve{Second: []int64{1, 2}, Burst: []int64{1}, Peak1s: 9.1}
	many := tuned(t)
	for len(many.Cells) < 3*pageCells {
		many.Cells = append(many.Cells, many.Cells...)
	}
	for _, row := range []struct {
		r    *tune.Result
		want []string
		why  string
	}{
		{nothing, []string{"Nothing was tried"}, "an answer without cells"},
		{missed, []string{"Nothing that was tried meets the target", "at most 1 in 2,000 viewers an hour"}, "no cell meets the target"},
		{stopped, []string{"Stopped by hand", "Simulation and formula disagree", "31 late cycles", "429 from 30 calls"}, "what must be known first"},
		{played, []string{"✓ confirmed", "? this machine was too busy", "99.78 % (99", "clocks off by up to 1 s", "make them 9.1 ×"}, "what sockets and clocks said"},
		{many, []string{"the first 2,500; 7,740 more stand in the JSON"}, "a page does not grow without end"},
	} {
		page := tunePageText(t, row.r, "soak tune", "v0.1.0")
		for _, want := range row.want {
			if !strings.Contains(html.UnescapeString(page), want) {
				t.Errorf("%s: no %q", row.why, want)
			}
		}
		if len(page) > 3_000_000 {
			t.Errorf("%s: %d bytes", row.why, len(page))
		}
	}
}

func TestOneIn(t *testing.T) {
	for _, row := range []struct {
		p    float64
		want string
		why  string
	}{
		{0, "none", "nobody"},
		{1.0 / 900, "1 in 900", "as people say it"},
		{0.0001, "1 in 10,000", "powers of ten"},
		{1.0 / 1234, "1 in 1,200", "two digits are enough"},
		{0.099, "1 in 10", "just rare enough to be one in so many"},
		{0.31, "31 %", "often"},
		{0.999, "all", "nobody is left out"},
		{1.0 / 2_234_567, "1 in 2.2M", "no row of zeroes"},
		{1e-12, "< 1 in 1,000M", "never, for all practical purposes"},
	} {
		if got := oneIn(row.p); got != row.want {
			t.Errorf("oneIn(%v) = %q; want %q: %s", row.p, got, row.want, row.why)
		}
	}
}

// uPlot is what npm has as 1.6.32, and its licence goes with it.
func TestUPlotIsPinned(t *testing.T) {
	sum := sha256.Sum256([]byte(asset("uplot/uPlot.iife.min.js")))
	if got, want := base64.StdEncoding.EncodeToString(sum[:]), uplotSum; got != want {
		t.Errorf("uPlot.iife.min.js has SHA-256 %s; want %s", got, want)
	}
	if page := tunePageText(t, tuned(t), "soak tune", "v"); !strings.Contains(page, "Permission is hereby granted") {
		t.Error("the page has uPlot without its licence")
	}
}

const uplotSum = "GcjUxq2Ikpp59K5J1vcWFWbf0Lo9FcxJXpdPeH63jx8="

// Every file of a page is there, and its scripts are strict.
func TestPageFiles(t *testing.T) {
	err := fs.WalkDir(pageFiles, "page", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "uplot") {
			return err
		}
		text, err := fs.ReadFile(pageFiles, path)
		if strings.HasSuffix(path, ".js") && !strings.HasPrefix(string(text), "'use strict'\n") {
			t.Errorf("%s is not strict", path)
		}
		for _, banned := range []string{"eval(", "new Function", "innerHTML", "setAttribute('style", "fetch(", "document.write"} {
			if banned == "fetch(" && path == "page/live.js" { // it is no file on a disk: its policy lets it ask its server
				continue
			}
			if strings.Contains(string(text), banned) {
				t.Errorf("%s has %s, which the policy forbids or escapes past", path, banned)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
