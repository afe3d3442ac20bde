package lab

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

func TestParseDistribution(t *testing.T) {
	for _, row := range []struct {
		text string
		want Distribution
		why  string
	}{
		{"200ms", Fixed(200 * time.Millisecond), "fixed"},
		{"0s", Distribution{}, "none"},
		{"0", Distribution{}, "zero needs no unit"},
		{"uniform(100ms, 2s)", Uniform(100*time.Millisecond, 2*time.Second), "uniform"},
		{"uniform(1s,1s)", Uniform(time.Second, time.Second), "bounds may meet"},
		{" lognormal( 150ms , 0.6 ) ", Lognormal(150*time.Millisecond, 0.6), "blanks do not matter"},
	} {
		got, err := ParseDistribution(row.text)
		if err != nil || got != row.want {
			t.Errorf("ParseDistribution(%q) (%s) = %v, %v; want %v", row.text, row.why, got, err, row.want)
		}
		if back, err := ParseDistribution(got.String()); err != nil || back != got {
			t.Errorf("%q prints as %q, which reads as %v, %v", row.text, got, back, err)
		}
	}
}

func TestParseDistributionErrors(t *testing.T) {
	for _, row := range []struct{ text, says string }{
		{"", "duration with its unit"},
		{"200", "duration with its unit"},
		{"fast", "duration with its unit"},
		{"-1s", "durations go from 0s"},
		{"25h", "durations go from 0s"},
		{"uniform(100ms)", "two values"},
		{"uniform(100ms, 2s", "two values"},
		{"uniform(2s, 100ms)", "upper bound below the lower"},
		{"uniform(100ms, 2)", "duration with its unit"},
		{"lognormal(150ms, wide)", "sigma"},
		{"lognormal(150ms, NaN)", "sigma"},
		{"lognormal(150ms, -1)", "sigma"},
		{"lognormal(150ms, 6)", "sigma"},
		{"normal(1s, 2s)", "unknown distribution"},
		{"uniform(1s, 2s, 3s)", "duration with its unit"},
	} {
		_, err := ParseDistribution(row.text)
		if err == nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), "lognormal(150ms, 0.6)") {
			t.Errorf("ParseDistribution(%q) = %v, want an error that says %q and shows the forms", row.text, err, row.says)
		}
	}
}

func TestDraw(t *testing.T) {
	for _, row := range []struct {
		text          string
		p50, p99, max time.Duration // p50 and p99 within 5 %
	}{
		{"200ms", 200 * time.Millisecond, 200 * time.Millisecond, 200 * time.Millisecond},
		{"uniform(100ms, 300ms)", 200 * time.Millisecond, 298 * time.Millisecond, 300 * time.Millisecond},
		// p99 of a lognormal is median·e^(2.326·sigma)
		{"lognormal(150ms, 0.6)", 150 * time.Millisecond, 606 * time.Millisecond, 24 * time.Hour},
		{"lognormal(1h, 5)", 0, 24 * time.Hour, 24 * time.Hour},
	} {
		d, err := ParseDistribution(row.text)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		draws := make([]time.Duration, 20_000)
		for i := range draws {
			draws[i] = d.Draw(rng)
		}
		slices.Sort(draws)
		near := func(got, want time.Duration) bool {
			return want == 0 || got > want*95/100 && got < want*105/100
		}
		p50, p99, most := draws[10_000], draws[19_800], draws[19_999]
		if !near(p50, row.p50) || !near(p99, row.p99) || most > row.max || draws[0] < 0 {
			t.Errorf("%s: p50 %v, p99 %v, max %v; want %v, %v, at most %v", row.text, p50, p99, most, row.p50, row.p99, row.max)
		}
	}
}

// A distribution is one word in YAML and JSON, and Config survives both.
func TestConfigInYAMLAndJSON(t *testing.T) {
	const text = `
client: "1234"
secret: hush
live: [main, backup]
boundary: strict
segment: 4s
ladder: [300000, 900000]
api:
  latency: lognormal(150ms, 0.6)
  failureRate: 0.01
  rate: 50
  outages:
    - {from: 30s, to: 45s, hang: true}
`
	var cfg Config
	if err := yaml.UnmarshalWithOptions([]byte(text), &cfg, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if cfg.API.Latency != Lognormal(150*time.Millisecond, 0.6) || cfg.Segment != 4*time.Second || cfg.Secret != "hush" || !cfg.API.Outages[0].Hang {
		t.Errorf("read as %+v", cfg)
	}
	inYAML, err := yaml.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	inJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{string(inYAML), string(inJSON)} {
		if !strings.Contains(got, "lognormal(150ms, 0.6)") || !strings.Contains(got, "strict") {
			t.Errorf("written as %s", got)
		}
		if strings.Contains(got, "hush") {
			t.Errorf("the secret is printed: %s", got)
		}
	}
	var fromYAML, fromJSON Config
	if err := yaml.Unmarshal(inYAML, &fromYAML); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(inJSON, &fromJSON); err != nil {
		t.Fatal(err)
	}
	if fromYAML.API.Latency != cfg.API.Latency || fromJSON.API.Latency != cfg.API.Latency || fromJSON.Segment != cfg.Segment {
		t.Errorf("read back as %+v and %+v", fromYAML, fromJSON)
	}
}

func FuzzParseDistribution(f *testing.F) {
	for _, seed := range []string{"200ms", "uniform(100ms, 2s)", "lognormal(150ms, 0.6)", "uniform(,)", "lognormal(1s,1e-300)", "()", "1h0m0.000000001s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDistribution(text)
		if err != nil {
			if d != (Distribution{}) {
				t.Fatalf("%q: half a result %v with %v", text, d, err)
			}
			return
		}
		if back, err := ParseDistribution(d.String()); err != nil || back != d {
			t.Fatalf("%q reads as %v, which reads as %v, %v", text, d, back, err)
		}
		if v := d.Draw(rand.New(rand.NewPCG(1, 1))); v < 0 || v > longest {
			t.Fatalf("%q draws %v", text, v)
		}
	})
}

// What is drawn is spread as CDF says.
func TestDistributionCDF(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, d := range []Distribution{Fixed(time.Second), Uniform(time.Second, 3*time.Second), Lognormal(time.Second, 0.8), Uniform(time.Second, time.Second), {}} {
		const draws = 20_000
		var upTo, below [6]int
		at := func(i int) time.Duration { return time.Duration(i) * time.Second / 2 }
		for range draws {
			x := d.Draw(rng)
			for i := range upTo {
				if x <= at(i) {
					upTo[i]++
				}
				if x < at(i) {
					below[i]++
				}
			}
		}
		for i := range upTo {
			if got := float64(upTo[i]) / draws; math.Abs(got-d.CDF(at(i))) > 0.012 {
				t.Errorf("%v: CDF(%v) = %v, %v of the draws", d, at(i), d.CDF(at(i)), got)
			}
			if got := float64(below[i]) / draws; math.Abs(got-d.Below(at(i))) > 0.012 {
				t.Errorf("%v: Below(%v) = %v, %v of the draws", d, at(i), d.Below(at(i)), got)
			}
		}
	}
}

// A quantile is where the distribution has passed its share.
func TestQuantiles(t *testing.T) {
	for _, d := range []Distribution{Uniform(time.Second, 3*time.Second), Lognormal(200*time.Millisecond, 0.7)} {
		for i, x := range d.Quantiles(5) {
			if got, want := d.CDF(x), (float64(i)+0.5)/5; math.Abs(got-want) > 1e-6 {
				t.Errorf("%v: CDF(%v) = %v; want %v", d, x, got, want)
			}
		}
	}
	if q := Fixed(time.Second).Quantiles(2); q[0] != time.Second || q[1] != time.Second {
		t.Errorf("quantiles of 1s are %v", q)
	}
}
