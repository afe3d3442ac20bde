package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, fixture(t, true, true, false)); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.json", out.Bytes())
}

// TestJSONReadsBack: writing what was read gives the same bytes, so nothing is
// lost on the way and equal reports are equal files.
func TestJSONReadsBack(t *testing.T) {
	for _, virtual := range []bool{true, false} {
		var first, second bytes.Buffer
		if err := JSON(&first, fixture(t, true, virtual, false)); err != nil {
			t.Fatal(err)
		}
		r, err := Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := JSON(&second, r); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("virtual=%v: report changed on its way through Read:\n%s\n%s", virtual, &first, &second)
		}
	}
}

// TestJSONOfVirtualRunHasNoClock: a virtual report says nothing of when or how
// fast it was computed.
func TestJSONOfVirtualRunHasNoClock(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, fixture(t, false, true, false)); err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"started", "elapsedSeconds", "generator"} {
		if _, there := fields[name]; there {
			t.Errorf("%s stands in a virtual run's summary", name)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	tests := []struct{ why, text, want string }{
		{"empty file", "", "not JSON"},
		{"an HTML page", "<html>", "not JSON"},
		{"somebody else's JSON", `{"metrics":{}}`, "is it a soak summary.json?"},
		{"a later version", `{"schema":"soak/summary/2"}`, "use the soak that wrote it"},
		{"a summary that is none", `{"schema":"soak/summary/1","summary":[]}`, "report:"},
		{"no summary", `{"schema":"soak/summary/1"}`, "has no summary"},
		{"sketch whose bins do not add up", `{"schema":"soak/summary/1","summary":{"total":{"margin":{"count":2,"bins":[[1,1]]}}}}`, "report:"},
	}
	for _, test := range tests {
		if _, err := Read(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Read(%s) = %v; want an error with %q", test.why, err, test.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	var out bytes.Buffer
	f.Add([]byte(`{"schema":"soak/summary/1","summary":{"total":{"margin":{"count":1,"bins":[[700,1]]}}}}`))
	f.Add([]byte(`{"schema":"soak/summary/9"}`))
	f.Add([]byte(`{"schema":"soak/summary/1","summary":{"timeline":{"seconds":0,"buckets":[{}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		out.Reset()
		if err := Text(&out, r, 40, false); err != nil {
			t.Errorf("Text of a report that Read accepted: %v", err)
		}
	})
}
