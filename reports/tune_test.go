package reports

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"soak/tune"
)

// What is written can be read back, and does not change.
func TestTuneJSON(t *testing.T) {
	r := tuned(t)
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := TuneJSON(b, r, "soak tune --seed 1", "test"); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two writings of one answer differ")
	}
	var back struct {
		Schema string
		tune.Result
	}
	if err := json.Unmarshal(first.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Schema != TuneSchema || back.Best != r.Best || !reflect.DeepEqual(back.Cells, r.Cells) {
		t.Errorf("read back %s, best %d; want %s, best %d, and the same cells", back.Schema, back.Best, TuneSchema, r.Best)
	}
}

func TestTuneTextGolden(t *testing.T) {
	for name, width := range map[string]int{"tune.txt": 80, "tune_narrow.txt": 50} {
		var b bytes.Buffer
		if err := TuneText(&b, tuned(t), "soak tune --seed 1", width, false); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

// Nobody's answer is silent about what is wrong with it.
func TestTuneTextTellsTrouble(t *testing.T) {
	r := tuned(t)
	r.Best, r.Interrupted = -1, true
	r.Doubts = []tune.Doubt{{Cell: 0, Text: "0.1 by the one, 0.2 by the other"}}
	var b bytes.Buffer
	if err := TuneText(&b, r, "soak tune", 80, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"NONE", "stopped by hand", "DOUBT", "0.1 by the one"} {
		if !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("the answer lacks %q", want)
		}
	}
}

// Who finds nothing is told what ruled the choices out, the commonest reason first.
func TestTuneTextTellsWhatRuledOut(t *testing.T) {
	r := tuned(t)
	r.Best, r.Config.Outage = -1, tune.Seconds(20*time.Second)
	r.Cells = []tune.Cell{
		{Verdict: tune.Ruled, Why: "the jitter is too long"},
		{Verdict: tune.Ruled, Why: "the outage is too long"},
		{Verdict: tune.Missed, Why: "not ruled out"},
		{Verdict: tune.Ruled, Why: "the outage is too long"},
	}
	var b bytes.Buffer
	if err := TuneText(&b, r, "soak tune", 100, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"token API down for up to 20 s",
		"Ruled out    2 of 4 choices, because the outage is too long\n             1 of 4 choices, because the jitter is too long\n",
	} {
		if !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("the answer lacks %q:\n%s", want, &b)
		}
	}
	if bytes.Contains(b.Bytes(), []byte("not ruled out")) {
		t.Errorf("a choice that was tried counts as ruled out:\n%s", &b)
	}
}

// An outage that was played is told of, in text and on the page: who survives it, and
// who does not.
func TestTuneTellsOfAnOutage(t *testing.T) {
	r := tuned(t)
	ch := tune.Choice{TTL: tune.Seconds(5 * time.Minute), Lead: tune.Seconds(30 * time.Second), Policy: tune.Quick}
	patient := ch
	patient.Policy = "<own>"
	r.Outage = &tune.Outage{Length: tune.Seconds(20 * time.Second), Viewers: 300, Played: []tune.Outlasted{
		{Choice: ch, Without: tune.Share{Of: 300}, Failing: tune.Share{Of: 300}, Hanging: tune.Share{Of: 300}},
		{Choice: patient, Without: tune.Share{Of: 300, K: 2}, Failing: tune.Share{Of: 300, K: 2}, Hanging: tune.Share{Of: 300, K: 14}},
	}}
	var b bytes.Buffer
	if err := TuneText(&b, r, "soak tune --outage 20s", 200, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"20 s of the token API's, played with 300 viewers", "quick: nobody notices", "2 notice when calls fail, 14 when they hang, 2 without an outage"} {
		if !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("the answer lacks %q", want)
		}
	}
	page := tunePageText(t, r, "soak tune --outage 20s", "test")
	for _, want := range []string{`id="outage"`, "✓ survives it", "✗ does not", "&lt;own&gt;", share(r.Outage.Played[1].Hanging)} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
