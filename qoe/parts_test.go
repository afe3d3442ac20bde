package qoe

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestSketchIsAccurate(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for name, draw := range map[string]func() float64{
		"latencies":        func() float64 { return 0.15 * math.Exp(0.6*rng.NormFloat64()) },
		"margins":          func() float64 { return 14 - 20*rng.Float64() },
		"a few values":     func() float64 { return float64(rng.IntN(3)) },
		"nearly all alike": func() float64 { return 1 + 1e-6*rng.Float64() },
	} {
		var s Sketch
		values := make([]time.Duration, 5000)
		for i := range values {
			values[i] = time.Duration(draw()*1e6).Truncate(1) * time.Microsecond
			s.Record(values[i])
		}
		slices.Sort(values)
		for _, q := range []float64{0, 0.01, 0.05, 0.5, 0.95, 0.99, 1} {
			want := values[max(int(math.Ceil(q*float64(len(values))))-1, 0)]
			if got := s.Quantile(q); math.Abs(float64(got-want)) > Accuracy*math.Abs(float64(want))+1000 {
				t.Errorf("%s: quantile %v = %v, want %v within 1 %%", name, q, got, want)
			}
		}
		if s.Min() != values[0] || s.Max() != values[len(values)-1] || s.Count() != 5000 {
			t.Errorf("%s: min %v max %v count %d are not exact", name, s.Min(), s.Max(), s.Count())
		}
	}
}

// Of few values a high quantile is the greatest.
func TestSketchOfFew(t *testing.T) {
	var s Sketch
	if s.Quantile(0.5) != 0 || s.Mean() != 0 || s.Max() != 0 {
		t.Error("an empty sketch has figures")
	}
	s.Record(time.Second)
	s.Record(5 * time.Second)
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 1, 0.51: 5, 0.95: 5, 1: 5} {
		if got := s.Quantile(q); got != want*time.Second {
			t.Errorf("quantile %v of 1 s and 5 s = %v, want %d s", q, got, want)
		}
	}
	if s.Mean() != 3*time.Second || s.Sum() != 6*time.Second {
		t.Errorf("mean %v, sum %v", s.Mean(), s.Sum())
	}
}

func TestTimelineIsBounded(t *testing.T) {
	var line Timeline
	for _, d := range []time.Duration{-time.Second, 0, 1500 * time.Millisecond, 2 * time.Second, 3599 * time.Second} {
		line.at(d).TokenCalls++
	}
	if line.Seconds != 1 || len(line.Buckets) != MaxBuckets {
		t.Fatalf("an hour takes %d buckets of %d s", len(line.Buckets), line.Seconds)
	}
	line.at(time.Hour).TokenCalls++
	if line.Seconds != 2 || len(line.Buckets) != MaxBuckets/2+1 {
		t.Fatalf("an hour and a second takes %d buckets of %d s", len(line.Buckets), line.Seconds)
	}
	var sum int64
	for _, b := range line.Buckets {
		sum += b.TokenCalls
	}
	if sum != 6 || line.Buckets[0].TokenCalls != 3 || line.Buckets[1].TokenCalls != 1 {
		t.Errorf("calls were lost or moved: %d, %v", sum, line.Buckets[:2])
	}
	line.at(math.MaxInt64).Stalls++
	if len(line.Buckets) > MaxBuckets {
		t.Errorf("three centuries take %d buckets", len(line.Buckets))
	}
}

func TestTimelinePeak(t *testing.T) {
	var line Timeline
	calls := func(b Bucket) int64 { return b.TokenCalls }
	if peak, _ := line.Peak(calls); peak != 0 || line.Mean(calls) != 0 {
		t.Error("an empty timeline has a peak")
	}
	for range 7 {
		line.at(3*time.Second).TokenCalls++
	}
	line.at(9*time.Second).TokenCalls++
	if peak, second := line.Peak(calls); peak != 7 || second != 3 {
		t.Errorf("peak %v at %d s, want 7 at 3 s", peak, second)
	}
	if mean := line.Mean(calls); mean != 0.8 {
		t.Errorf("mean %v, want 8 calls in 10 s", mean)
	}
}

func TestTextsAreBounded(t *testing.T) {
	var forth, back Texts
	for i := range 1000 {
		forth.add(fmt.Sprintf("text %04d", i), 1)
		back.add(fmt.Sprintf("text %04d", 999-i), 1)
	}
	for name, counted := range map[string]*Texts{"forth": &forth, "back": &back} {
		if len(counted.counts) > 2*maxTexts {
			t.Errorf("%s: %d texts while counting", name, len(counted.counts))
		}
		texts := new(Texts)
		texts.merge(counted)
		if len(texts.Top(0)) != maxTexts || texts.Count() != 1000 || texts.other != 1000-maxTexts {
			t.Errorf("%s: %d texts, %d counted, %d dropped", name, len(texts.Top(0)), texts.Count(), texts.other)
		}
		if first := texts.Top(1); first[0] != (Line{"text 0000", 1}) {
			t.Errorf("%s: first is %v", name, first)
		}
	}
}

func TestTextsTop(t *testing.T) {
	var texts Texts
	for text, n := range map[string]int64{"b": 2, "a": 2, "c": 5} {
		texts.add(text, n)
	}
	if got, want := texts.Top(2), []Line{{"c", 5}, {"a", 2}}; !slices.Equal(got, want) {
		t.Errorf("Top(2) = %v, want %v", got, want)
	}
}

func TestClipKeepsLetters(t *testing.T) {
	got := clip(strings.Repeat("é", maxTextLen))
	if len(got) > maxTextLen || !utf8.ValidString(got) {
		t.Errorf("clip gives %d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

func TestNamesRoundTrip(t *testing.T) {
	for k := range Kind(NumKinds) {
		var back Kind
		if text, _ := k.MarshalText(); back.UnmarshalText(text) != nil || back != k {
			t.Errorf("kind %d is written %s and read %d", k, text, back)
		}
	}
	for _, r := range []Reason{FirstToken, Scheduled, AfterError, AfterRefusal} {
		var back Reason
		if text, _ := r.MarshalText(); back.UnmarshalText(text) != nil || back != r {
			t.Errorf("reason %d is written %s and read %d", r, text, back)
		}
	}
	for _, m := range []Media{NoMedia, Video, Audio, Text} {
		var back Media
		if text, _ := m.MarshalText(); back.UnmarshalText(text) != nil || back != m {
			t.Errorf("media %d is written %s and read %d", m, text, back)
		}
	}
	if Kind(99).String() != "unknown(99)" {
		t.Error("a kind that is none has a name")
	}
}
