package qoe

import (
	"encoding/json"
	"math"
	"testing"
)

// Every number falls into the one bin that says it, within 4 %.
func TestHistogramBins(t *testing.T) {
	for v := int64(0); v < math.MaxInt64/9*8; v += v/100 + 1 {
		var h Histogram
		h.record(v)
		got, off := h.Quantile(0.5), 0.0
		if v > 0 {
			off = math.Abs(float64(got-v)) / float64(v)
		}
		if off > 0.04 || v < 32 && got != v {
			t.Fatalf("Quantile of %d alone = %d; want it within 4 %%, exactly below 32", v, got)
		}
	}
	var h Histogram
	h.record(-5)
	if h.Quantile(1) != 0 || h.Count() != 1 {
		t.Errorf("a number below 0 counts as %d, %d times; want 0, once", h.Quantile(1), h.Count())
	}
}

func TestHistogramQuantiles(t *testing.T) {
	var h Histogram
	for v := range int64(1001) {
		h.record(v)
	}
	for _, row := range []struct {
		q    float64
		want int64
		why  string
	}{
		{0, 0, "the least"},
		{0.01, 10, "small numbers are exact"},
		{0.5, 500, "the median"},
		{1, 1000, "the greatest"},
	} {
		if got := h.Quantile(row.q); math.Abs(float64(got-row.want)) > 0.04*float64(row.want) {
			t.Errorf("Quantile(%v) = %d; want about %d: %s", row.q, got, row.want, row.why)
		}
	}
}

func TestHistogramJSON(t *testing.T) {
	for _, row := range []struct {
		in, problem, why string
	}{
		{`[3,2,40,1]`, "", "as it writes them"},
		{`[]`, "", "empty"},
		{`[3]`, "histogram of 1 numbers: bins and counts come in pairs", "cut off"},
		{`[-1,2]`, "histogram bin -1 with 2 is out of range", "no such bin"},
		{`[99999999,2]`, "histogram bin 99999999 with 2 is out of range", "it would want memory"},
		{`[3,0]`, "histogram bin 3 with 0 is out of range", "empty bins are not written"},
	} {
		var h Histogram
		err := json.Unmarshal([]byte(row.in), &h)
		if problem := errorText(err); problem != row.problem {
			t.Errorf("%s: error %q; want %q: %s", row.in, problem, row.problem, row.why)
			continue
		}
		if out, _ := json.Marshal(h); err == nil && string(out) != row.in {
			t.Errorf("%s came back as %s: %s", row.in, out, row.why)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
