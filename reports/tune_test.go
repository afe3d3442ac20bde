package reports

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

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
