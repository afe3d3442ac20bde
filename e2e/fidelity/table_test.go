package fidelity

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func rows() []Row {
	return []Row{
		{Pair: "one", Title: "First", Player: "hls.js 1.7.4", Browser: "Chromium 1", Plays: 1, Cells: []Cell{
			{Measure: "final state", Truth: "fatal", Model: "fatal", Tolerance: "equal", OK: true},
			{Measure: "stalled", Truth: "3", Model: "4", Tolerance: "20 % or 0.5 s"},
		}},
		{Pair: "two", Title: "Second", Player: "dash.js 5.2.1", Browser: "Chromium 1", Plays: 5, Cells: []Cell{
			{Measure: "final state", Truth: "frozen", Model: "playing", Tolerance: "equal"},
			{Measure: "stalled", Truth: "3", Model: "3", Tolerance: "20 % or 0.5 s", OK: true},
		}},
	}
}

func TestExplain(t *testing.T) {
	both := []Explanation{{"one", "stalled", "because"}, {"two", "final state", "therefore"}}
	for _, c := range []struct {
		why  string
		have []Explanation
		want []string // beginnings of the complaints
	}{
		{"every miss is explained", both, nil},
		{"one is not", both[1:], []string{"one, stalled: 3 really, 4 by the profile"}},
		{"an explanation of a cell that agrees is stale", append(both, Explanation{"two", "stalled", "once"}), []string{"two, stalled: explained"}},
		{"and so is one of a pair that is gone", append(both, Explanation{"three", "stalled", "once"}), []string{"three, stalled: explained"}},
	} {
		r := rows()
		got := Explain(r, c.have)
		if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s: Explain = %q; want lines that begin %q", c.why, got, c.want)
		}
	}
	r := rows()
	Explain(r, both)
	if r[0].Cells[1].Why != "because" || r[1].Cells[0].Why != "therefore" {
		t.Errorf("explained rows: %+v; want each miss with its reason", r)
	}
}

func TestReadExplanations(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		ok   bool
		why  string
	}{
		{"- {pair: a, measure: stalled, why: Because.}\n", 1, true, "one"},
		{"[]\n", 0, true, "none"},
		{"", 0, true, "an empty file"},
		{"- {pair: a, measure: stalled}\n", 0, false, "no reason given"},
		{"- {pair: a, measure: stalled, why: ' '}\n", 0, false, "a blank one"},
		{"- {pair: a, measure: stalled, why: B, also: c}\n", 0, false, "an unknown key"},
		{"pair: a\n", 0, false, "no list"},
	} {
		got, err := ReadExplanations([]byte(c.text))
		if (err == nil) != c.ok || c.ok && len(got) != c.n {
			t.Errorf("%s: %d explanations, %v", c.why, len(got), err)
		}
	}
}

func TestTables(t *testing.T) {
	r := rows()
	Explain(r, []Explanation{{"one", "stalled", "Because."}})
	md := Markdown(r)
	for _, want := range []string{
		"2 pairs, 4 cells, 2 agree, 2 miss",
		"| [one](#one) | hls.js 1.7.4 | 1 | fatal | 2 | stalled |",
		"| [two](#two) | dash.js 5.2.1 | 5 | frozen; profile: playing | 2 | final state |",
		"| stalled | 3 | 4 | 20 % or 0.5 s | **miss**: Because. |",
		"| stalled | 3 | 3 | 20 % or 0.5 s | ok |",
	} {
		if !strings.Contains(md, want) {
			t.Errorf("the Markdown table lacks %q:\n%s", want, md)
		}
	}
	data, err := JSON(r)
	var back []Row
	if err == nil {
		err = json.Unmarshal(data, &back)
	}
	if err != nil || len(back) != 2 || back[0].Cells[1] != r[0].Cells[1] {
		t.Errorf("JSON table = %s, %v; want what went in", data, err)
	}
}

func TestSide(t *testing.T) {
	truth := Observation{
		Length: 10, Startup: 1, Final: Playing,
		Requests: []Request{
			{At: 0.1, Kind: "manifest", Object: "master.m3u8", Status: 200},
			{At: 2, Kind: "segment", Media: "video", Object: "v1/1.m4s", Status: 200},
			{At: 6, Kind: "segment", Media: "video", Object: "v1/2.m4s", Status: 410},
		},
	}
	model := truth
	model.Requests = []Request{
		{At: 0.1, Kind: "manifest", Object: "master.m3u8", Status: 200},
		{At: 2.8, Kind: "segment", Media: "video", Object: "v1/1.m4s", Status: 200},
		{At: 9, Kind: "segment", Media: "video", Object: "v1/2.m4s", Status: 410},
	}
	lines := strings.Split(Side(truth, model), "\n")
	for i, mark := range []string{" = ", " = ", " ~ ", " <", " > ", " = "} {
		if !strings.Contains(lines[i], mark) {
			t.Errorf("line %d is %q; want the mark %q", i+1, lines[i], mark)
		}
	}
	if len(lines) != 7 {
		t.Errorf("%d lines; want six events, and the end", len(lines))
	}
}
