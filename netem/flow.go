package netem

import (
	"math"
	"math/rand/v2"
	"time"
)

const (
	// initialWindow is what a sender may send before the first acknowledgement:
	// ten packets (RFC 6928).
	initialWindow = 10 * payload
	// wide is a window that limits no viewer: as much as a receiver takes (Linux's
	// tcp_rmem ends at 6 MB).
	wide = 4 << 20
	// crumb is the rounding error of a byte count.
	crumb = 1e-3
)

// flow is what TCP lets the server send on one connection. In slow start that is
// one window a round trip, each twice the one before:
//
//	▏10▏──────▏20──▏──────▏40──────▏80───────────────▶ link rate
//	0          1 RTT       2 RTT    3 RTT: the link, not the window, is the limit
//
// On a lossy link CUBIC then settles at a rate of its own, below the link's.
type flow struct {
	window  float64 // bytes a round trip; 0 once it is wide
	credit  float64 // bytes left of this round's window
	ends    instant // when this round's first acknowledgement is back
	blocked bool    // window used up, waiting for ends
	full    bool    // the link, not the window, was the limit of late

	cap   float64 // bytes a second that loss allows; 0: no such limit
	grace float64 // bytes still to come before cap holds
}

// begin starts a transfer at t. idle tells that the sender has forgotten what
// the path carries.
func (f *flow) begin(t instant, p *Profile, idle bool) {
	switch {
	case p.RTT == 0:
		return
	case idle:
		f.window, f.full = initialWindow, false
	case f.window > 0:
		f.grow()
	}
	f.nextRound(t, p)
}

// grow opens the window as Linux does: up to twice what the last round used.
func (f *flow) grow() {
	if twice := 2 * (f.window - f.credit); twice > f.window {
		f.window = twice
	}
}

func (f *flow) nextRound(t instant, p *Profile) {
	f.credit, f.blocked, f.ends = f.window, false, t+instant(p.RTT)
}

// drawLoss sets the rate of the transfer that begins, on a link of linkRate.
func (f *flow) drawLoss(p *Profile, linkRate float64, fresh bool, rng *rand.Rand) {
	f.cap = p.lossRate(linkRate) * math.Exp(cubicSigma*rng.NormFloat64())
	if fresh {
		f.grace = drawGrace(p, linkRate, rng)
	}
}

// drawGrace draws how far a fresh connection gets at the link's full rate. Slow
// start ends only with the first loss, with a window far above what the link
// needs; each loss, on average 1/p packets apart, takes it down to 0.7 of itself
// (RFC 9438) until it no longer fills the link. The window cannot have grown
// beyond the link and a queue of some fifty packets.
func drawGrace(p *Profile, linkRate float64, rng *rand.Rand) float64 {
	needs := max(linkRate*p.RTT.Seconds()/payload, 1)
	window := min(1/p.Loss, needs+50)
	packets := 0.0
	for first := true; first || window > needs; first = false {
		packets += rng.ExpFloat64() / p.Loss
		window *= 0.7
	}
	return packets * payload
}

// fills tells whether the transfer keeps a link of this rate busy.
func (f *flow) fills(rate float64) bool { return f.full && f.limit() > rate }

// limit is the rate the sender is held to now.
func (f *flow) limit() float64 {
	switch {
	case f.blocked:
		return 0
	case f.cap > 0 && f.grace <= crumb:
		return f.cap
	}
	return math.Inf(1)
}

// stretch is how many bytes can come before limit changes.
func (f *flow) stretch() float64 {
	n := math.Inf(1)
	if f.window > 0 {
		n = f.credit
	}
	if f.cap > 0 && f.grace > crumb {
		n = least(n, f.grace)
	}
	return n
}

// spend accounts for n bytes received up to t and moves on to the next round
// where one is over.
func (f *flow) spend(n float64, t instant, p *Profile) {
	if f.grace > 0 {
		f.grace = max(f.grace-n, 0)
	}
	if f.window == 0 {
		return
	}
	if f.blocked {
		f.unblock(t, p)
	} else {
		f.use(n, t, p)
	}
}

// unblock begins the next round where the acknowledgement that it waits for is back.
func (f *flow) unblock(t instant, p *Profile) {
	if t >= f.ends {
		f.grow()
		f.nextRound(t, p)
	}
}

// use takes n bytes from the window.
func (f *flow) use(n float64, t instant, p *Profile) {
	f.credit -= n
	switch {
	case f.credit > crumb:
	case t < f.ends:
		f.blocked, f.full = true, false
	case f.window >= wide:
		f.window = 0
	default: // acknowledgements came before the window was used up
		f.full = true
		f.grow()
		f.nextRound(t, p)
	}
}

// idle tells whether a sender that paused from used to t starts over. CUBIC does
// after a retransmission timeout (Linux's tcp_slow_start_after_idle); BBR keeps
// its estimate, as measured.
func (p *Profile) idle(used, t instant) bool {
	return p.Congestion != BBR && time.Duration(t-used) > p.rto()
}
