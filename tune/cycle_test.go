package tune

import (
	"math"
	"strings"
	"testing"
	"time"

	"soak/lab"
)

// Token APIs as viewers see them (reference/network-and-theory.md, section 2).
var (
	good = Law{Latency: lab.Lognormal(150*time.Millisecond, 0.6), Failures: 0.001}
	g3   = Law{Latency: lab.Lognormal(1500*time.Millisecond, 1), Failures: 0.03}
	bad  = Law{Latency: lab.Lognormal(3*time.Second, 1), Failures: 0.1}
)

// guide is a cycle under the guide's scheduler, a segment every four seconds.
func guide(law Law, ttl, lead time.Duration) Cycle {
	return Cycle{Law: law, TTL: ttl, Lead: lead, Floor: time.Second, Retry: 5 * time.Second, Every: 4 * time.Second}
}

const sec = time.Second

// The reference's figures all fit a way to the edge of 150 ms.
func TestExpiredKnown(t *testing.T) {
	for _, row := range []struct {
		c    Cycle
		want float64
		why  string
	}{
		{guide(g3, 60*sec, 10*sec), 2.66e-2, "3G, two million cycles of Monte Carlo said 2.64(1)e-2"},
		{guide(g3, 60*sec, 18*sec), 6.10e-3, "3G, Monte Carlo 6.11(6)e-3"},
		{guide(bad, 60*sec, 10*sec), 0.1370, "bad, Monte Carlo 0.1365(2)"},
		{guide(good, 60*sec, 10*sec), 1.7e-7, "good link: two failures in a row, or a miracle"},
	} {
		row.c.Travel = 150 * time.Millisecond
		if got := row.c.Expired(); math.Abs(got/row.want-1) > 0.02 {
			t.Errorf("%s: %.4g, want %.4g", row.why, got, row.want)
		}
	}
}

// Where W takes few values the probability is a matter of counting.
func TestExpiredByHand(t *testing.T) {
	at := func(latency time.Duration, failures float64, c Cycle) Cycle {
		c.Law = Law{Latency: lab.Fixed(latency), Failures: failures}
		return c
	}
	base := Cycle{TTL: 60 * sec, Lead: 10 * sec, Floor: sec, Retry: 5 * sec, Every: 4 * sec}
	with := func(change func(*Cycle)) Cycle { c := base; change(&c); return c }
	for _, row := range []struct {
		c    Cycle
		want float64
		why  string
	}{
		{at(9*sec, 0, base), 0, "in time"},
		{at(10*sec, 0, base), 0, "just in time"},
		{at(11*sec, 0, base), 0.25, "a second late, a request every four"},
		{at(14*sec, 0, base), 1, "no request can be missed"},
		{at(2*sec, 0.5, base), 0.25 * 1, "two failures in a row make 16 s, every request sees that; one makes 9 s"},
		{at(2*sec, 0.5, with(func(c *Cycle) { c.Lead = 8 * sec })), 0.5*0.25 + 0.25*0.75, "9 s are one late after one failure, 16 s surely late"},
		{at(11*sec, 0, with(func(c *Cycle) { c.Timeout = 10 * sec })), 1, "never in: every call times out"},
		{at(3*sec, 0.5, with(func(c *Cycle) { c.Timeout, c.Lead = 3*sec, 3*sec })), 0.5, "the timeout is no shorter than the answer"},
		{at(11*sec, 0, with(func(c *Cycle) { c.Skew = sec })), 0.5, "a clock behind takes a second of the lead"},
		{at(11*sec, 0, with(func(c *Cycle) { c.Travel = sec })), 0.5, "so does the way"},
		{at(11*sec, 0, with(func(c *Cycle) { c.Grace = sec })), 0, "grace gives it back"},
		{at(9*sec, 0, with(func(c *Cycle) { c.TTL, c.Lead = 9*sec, 20*sec })), 0.25, "no lead is longer than the life less the floor"},
		{at(0, 0, with(func(c *Cycle) { c.Whole, c.Transfer = true, lab.Fixed(11*sec) })), 0.25, "the transfer outlives a token in the last second of its use"},
		{at(0, 0, with(func(c *Cycle) { c.Whole, c.Transfer = true, lab.Fixed(10*sec) })), 0, "transfers end in time"},
		{at(9*sec, 0, with(func(c *Cycle) { c.Whole, c.Transfer = true, lab.Fixed(3*sec) })), 0.5, "two seconds of four are too late to begin"},
	} {
		if got := row.c.Expired(); math.Abs(got-row.want) > 0.0051 {
			t.Errorf("%s: %.4f, want %.4f", row.why, got, row.want)
		}
	}
}

func TestCycleCosts(t *testing.T) {
	c := guide(Law{Latency: lab.Fixed(2 * sec), Failures: 0.5}, 60*sec, 10*sec)
	if got := c.Wait(); (got - 9*sec).Abs() > time.Millisecond {
		t.Errorf("wait %v, want 9s: one failure on average, 7 s each, then 2 s", got)
	}
	if got := c.CallsPerHour(); math.Abs(got-2*3600/59.) > 0.01 {
		t.Errorf("%.3f calls an hour, want two in every 59 s", got)
	}
	c = guide(Law{Latency: lab.Uniform(0, 4*sec), Failures: 0}, 60*sec, 10*sec)
	c.Timeout = 2 * sec
	if got := c.Wait(); (got - 8*sec).Abs() > 5*time.Millisecond { // E[min(D,t)] = 1.5 s, half lost: (1.5+2.5)/0.5
		t.Errorf("wait %v, want 8s: half of the calls are cut at 2 s", got)
	}
	c = guide(good, 8*sec, 10*sec)
	if got := c.Length(); got < sec || got > 2*sec {
		t.Errorf("length %v: a life shorter than the lead asks again after the floor", got)
	}
}

func TestCycleValidate(t *testing.T) {
	for want, change := range map[string]func(*Cycle){
		"failures 1":      func(c *Cycle) { c.Failures = 1 },
		"failures NaN":    func(c *Cycle) { c.Failures = math.NaN() },
		"ttl 0s":          func(c *Cycle) { c.TTL = 0 },
		"lead -1s":        func(c *Cycle) { c.Lead = -sec },
		"retry 1ms":       func(c *Cycle) { c.Retry = time.Millisecond },
		"every 0s":        func(c *Cycle) { c.Every = 0 },
		"every 1m1s: use": func(c *Cycle) { c.Every = 61 * sec },
	} {
		c := guide(g3, 60*sec, 10*sec)
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Late is the limit of Expired for requests without end, and never below it.
func TestLateBounds(t *testing.T) {
	for _, c := range []Cycle{guide(g3, 60*sec, 10*sec), guide(bad, 60*sec, 8*sec), guide(good, 30*sec, 2*sec)} {
		c.Every = 20 * time.Millisecond
		dense := c.Expired()
		if late := c.Late(); late < dense || late > 1.02*dense+1e-12 {
			t.Errorf("%v/%v: late %.5g, with dense requests %.5g", c.TTL, c.Lead, late, dense)
		}
	}
}

// Calls that hang are failures that cost the timeout; without one they are the end.
func TestHangs(t *testing.T) {
	c := guide(Law{Latency: lab.Fixed(sec), Hangs: 0.1}, 60*sec, 20*sec)
	if got := c.Late(); math.Abs(got-0.1) > 1e-9 {
		t.Errorf("late %v; want 0.1, those that hang", got)
	}
	c.Timeout = 4 * sec // 4 + 5 + 4 + 5 + 1 = 19 s: two may hang
	if got := c.Late(); math.Abs(got-0.001) > 1e-9 {
		t.Errorf("late %v with a timeout; want 0.001: three in a row", got)
	}
	if got, want := c.Wait(), time.Second+sec; math.Abs((got - want).Seconds()) > 1e-6 { // (0.9·1 + 0.1·4 + 0.1·5) / 0.9
		t.Errorf("mean wait %v; want %v", got, want)
	}
}
