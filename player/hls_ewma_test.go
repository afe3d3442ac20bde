package player

import (
	"math"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The mean of equal samples is the sample, from the first one on: that is what
// the correction for the start from zero is for.
func TestEwmaOfEqualSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := ewma{halfLife: rapid.Float64Range(1, 20).Draw(t, "halfLife")}
		v := rapid.Float64Range(1, 1e9).Draw(t, "value")
		for range rapid.IntRange(1, 50).Draw(t, "samples") {
			e.sample(rapid.Float64Range(0.001, 10).Draw(t, "weight"), v)
			if got := e.value(); math.Abs(got-v) > v*1e-6 {
				t.Fatalf("mean %v of samples that are all %v", got, v)
			}
		}
	})
}

func TestEwmaHalfLife(t *testing.T) {
	e := ewma{halfLife: 3}
	e.sample(300, 8) // long settled
	e.sample(3, 0)
	if got := e.value(); math.Abs(got-4) > 1e-6 {
		t.Errorf("after one half-life %v; want half of 8", got)
	}
}

// Once nothing is left of the start, leaving the correction out changes no bit.
func TestEwmaLongSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := ewma{halfLife: rapid.Float64Range(1, 20).Draw(t, "halfLife"), estimate: rapid.Float64Range(1, 1e9).Draw(t, "estimate")}
		e.weight = e.halfLife * rapid.Float64Range(40, 70).Draw(t, "half-lives")
		if got, want := e.value(), e.estimate/(1-math.Exp2(-e.weight/e.halfLife)); got != want {
			t.Fatalf("mean of %+v is %v; want %v", e, got, want)
		}
	})
}

// Where Go has no assembly of its own for it, exp2 is math.Exp2 to the last bit.
func TestExp2(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Float64Range(-1100, 0), rapid.Float64Range(-2, 0), rapid.Float64()).Draw(t, "x")
		got, want := exp2(x), math.Exp2(x)
		if same := math.Float64bits(got) == math.Float64bits(want); !same && (runtime.GOARCH == "amd64" || math.Abs(got-want) > want*1e-15) {
			t.Fatalf("exp2(%v) = %v; want %v", x, got, want)
		}
	})
}

func TestBandwidth(t *testing.T) {
	b := newBandwidth(3, 9, 5e5)
	if b.measured() || b.estimate() != 5e5 || b.firstByte() != 100*time.Millisecond {
		t.Errorf("at first %v, %v; want the defaults", b.estimate(), b.firstByte())
	}
	b.sample(time.Second, 1e6/8)
	if got := b.estimate(); math.Abs(got-1e6) > 1 {
		t.Errorf("estimate %v; want 1 Mb/s", got)
	}
	b.sample(time.Second, 4e6/8)
	rising := b.estimate()
	b.sample(2*time.Second, 2e5/8)
	falling := b.estimate()
	if rising > 2.6e6 || falling > 1.3e6 {
		t.Errorf("rises to %v, falls to %v; want the slower and the faster mean", rising, falling)
	}
	instant := newBandwidth(3, 9, 5e5)
	instant.sample(0, 1e6) // from a cache: 10 ms at least
	if got := instant.estimate(); math.Abs(got-8e8) > 1e3 {
		t.Errorf("1 MB in no time: %v; want 800 Mb/s, from a floor of 10 ms", got)
	}
	b.sampleTTFB(time.Millisecond)
	if got := b.firstByte(); (got - 5*time.Millisecond).Abs() > time.Microsecond {
		t.Errorf("first byte after %v; want the floor of 5 ms", got)
	}
}
