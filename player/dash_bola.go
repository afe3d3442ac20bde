package player

import (
	"math"
	"time"

	"soak/manifest"
)

// bola chooses by buffer level (src/streaming/rules/abr/BolaRule.js; Spiteri,
// Urgaonkar, Sitaraman: "BOLA: Near-Optimal Bitrate Adaptation for Online Videos",
// with the placeholder buffer and BOLA-O of the dash.js authors). Seconds and
// kbit/s throughout. The zero bola is unset.
type bola struct {
	utility     []float64 // by rung, ln(b/b0)+1
	vp, gp      float64
	current     int  // rung
	old         bool // 4.x
	steady      bool
	one         bool    // nothing to choose
	placeholder float64 // virtual buffer: time in which more could have been loaded

	segment  float64       // duration of the last segment loaded; 0 none
	furthest time.Duration // start of the most advanced segment loaded, when placed
	placed   bool
	finished instant // end of the last request not yet accounted for; zero none
	asked    instant // last decision
}

const (
	bolaMinimum  = 10.0 // MINIMUM_BUFFER_S
	bolaPerLevel = 2.0  // MINIMUM_BUFFER_PER_BITRATE_LEVEL_S
	bolaDecay    = 0.99 // PLACEHOLDER_BUFFER_DECAY, per segment
)

// newBola computes the control parameters for a ladder and a buffer of bufferTime
// seconds: min(bufferTimeDefault, live delay).
func newBola(l ladder, bufferTime float64, old bool) bola {
	b := bola{utility: make([]float64, len(l.order)), old: old}
	for i := range b.utility {
		b.utility[i] = math.Log(l.kbps(i)/l.kbps(0)) + 1
	}
	top := b.utility[len(b.utility)-1]
	if len(b.utility) < 2 || top <= 1 {
		b.one = true
		return b
	}
	bufferTime = max(bufferTime, bolaMinimum+bolaPerLevel*float64(len(l.order)))
	b.gp = (top - 1) / (bufferTime/bolaMinimum - 1)
	b.vp = bolaMinimum / b.gp
	return b
}

// decide is the rung for the next segment, and how long to wait before asking for
// it. safe is the safe throughput; top is the highest rung.
func (b *bola) decide(l ladder, now instant, buffer, safe float64) (rung int, wait time.Duration) {
	switch {
	case b.one:
		return noChange, 0
	case !b.steady:
		return b.startUp(l, buffer, safe), 0
	}
	b.idle(now)
	rung = b.byLevel(l, buffer+b.placeholder)
	if cap := b.cap(l, safe); rung > b.current && rung > cap {
		rung = max(cap, b.current) // BOLA-O: never above what the network carries
	}
	over := max(0, buffer+b.placeholder-b.most(l, rung))
	if over <= b.placeholder {
		b.placeholder -= over
		over = 0
	} else {
		over -= b.placeholder
		b.placeholder = 0
		if rung == l.top() {
			over = 0 // top quality: the buffer target stops it
		}
	}
	b.current = rung
	return rung, seconds(over)
}

func (b *bola) cap(l ladder, safe float64) int {
	if math.IsNaN(safe) {
		return 0
	}
	return l.best(safe)
}

// startUp goes by throughput and sets the placeholder so that the buffer level
// alone would choose the same.
func (b *bola) startUp(l ladder, buffer, safe float64) int {
	if math.IsNaN(safe) {
		return noChange
	}
	rung := l.best(safe)
	b.placeholder = max(0, b.least(l, rung)-buffer)
	b.current = rung
	if b.segment > 0 && buffer >= b.segment {
		b.steady = true
	}
	return rung
}

// idle lets the placeholder grow by the time in which nothing was being loaded.
func (b *bola) idle(now instant) {
	from := b.finished
	if from.IsZero() {
		from = b.asked
	}
	if !from.IsZero() {
		b.placeholder += max(0, now.Sub(from).Seconds())
	}
	b.asked, b.finished = now, 0
}

// byLevel maximises (Vp(u-1+gp) - level)/bitrate, the higher rung on ties. 4.x
// leaves the 1 in, against its own derivation.
func (b *bola) byLevel(l ladder, level float64) int {
	best, score := 0, math.Inf(-1)
	zero := 1.0
	if b.old {
		zero = 0
	}
	for r := 0; r <= l.top(); r++ {
		if s := (b.vp*(b.utility[r]-zero+b.gp) - level) / l.kbps(r); s >= score {
			best, score = r, s
		}
	}
	return best
}

// most is the buffer level beyond which asking for the rung would be a loss.
func (b *bola) most(l ladder, rung int) float64 { return b.vp * (b.utility[rung] + b.gp) }

// least is the buffer level from which the rung is chosen over all below it.
func (b *bola) least(l ladder, rung int) float64 {
	level := 0.0
	q, uq := l.kbps(rung), b.utility[rung]
	for r := rung - 1; r >= 0; r-- {
		i, ui := l.kbps(r), b.utility[r]
		if ui < uq {
			level = max(level, b.vp*(b.gp+(q*ui-i*uq)/(q-i)))
		}
	}
	return level
}

// loaded tells of a finished media segment: its rung, how long the request took,
// and the buffer level before it is appended. One that is not further on than all
// before it replaces another and does not let the buffer grow.
func (b *bola) loaded(l ladder, rung int, seg manifest.Segment, took, buffer float64, end instant) {
	if b.one || b.utility == nil {
		return
	}
	replaced := b.placed && seg.Start <= b.furthest
	if !replaced {
		b.furthest, b.placed = seg.Start, true
	}
	b.current, b.segment, b.finished = rung, seg.Duration.Seconds(), end
	b.placeholder *= bolaDecay
	b.placeholder = min(b.placeholder, max(0, b.most(l, rung)-(buffer+took)))
	if replaced {
		b.placeholder += b.segment
	}
}

// abandoned takes back the placeholder so that the quality stays low, at rung.
func (b *bola) abandoned(l ladder, rung int, buffer float64) {
	if b.one || b.utility == nil {
		return
	}
	want := bolaMinimum
	if rung > 0 {
		want = b.least(l, rung)
	}
	b.placeholder = min(b.placeholder, max(0, want-buffer))
}

// emptied is told when the buffer runs dry.
func (b *bola) emptied() {
	if b.steady {
		b.placeholder = 0
	}
}

// seeked starts over.
func (b *bola) seeked() {
	if b.one {
		return
	}
	b.steady, b.placeholder, b.segment = false, 0, 0
	b.finished, b.placed = 0, false
}
