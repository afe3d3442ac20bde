package player

import (
	"time"

	"soak/qoe"
)

// genericGuard is the buffer below which quality does not rise, and lowGuard that
// below which it falls to what half the throughput carries; both are no more than a
// half and a quarter of the distance to the live edge.
const (
	genericGuard = 10 * time.Second
	lowGuard     = 4 * time.Second
)

// measure learns the throughput from a segment: from its first byte on, so that a
// distant server is not taken for a slow one.
func (g *generic) measure(r *Response) {
	from := r.FirstByte
	if from.IsZero() {
		from = r.Start
	}
	g.bw.sample(r.End.Sub(from), r.Bytes)
}

func (t *genericTrack) ladder() []int64 { return t.g.feed.ladder(t.media, t.next) }

func (t *genericTrack) bitrate() int64 {
	rates := t.ladder()
	if len(rates) == 0 {
		return 0
	}
	return rates[min(t.rung, len(rates)-1)]
}

// best is the highest rung that needs no more than rate; the lowest when none does.
func (t *genericTrack) best(rate float64) int { return bestOf(t.ladder(), rate) }

func bestOf(rates []int64, rate float64) int {
	for i := len(rates) - 1; i > 0; i-- {
		if float64(rates[i]) <= rate {
			return i
		}
	}
	return 0
}

// choose sets the rung for the next segment: what the throughput carries, by a
// safety factor; upwards only with something in hand, and down at once when there
// is little. A rung whose segments are not known yet is prepared meanwhile.
func (t *genericTrack) choose() {
	if t.media != qoe.Video || len(t.ladder()) < 2 {
		return
	}
	if t.manual >= 0 {
		if rung := min(t.manual, len(t.ladder())-1); rung != t.rung && t.g.feed.prepare(t.media, rung) {
			t.rung = rung
		}
		return
	}
	g := t.g
	high, low := time.Duration(genericGuard), time.Duration(lowGuard)
	ahead := t.next - g.el.position()
	if edge, ok := g.edge(); ok {
		latency := edge - g.el.position()
		high, low = min(high, latency/2), min(low, latency/4)
	}
	safe := g.bw.estimate() * g.o.safety
	if g.el.started && ahead < low {
		safe /= 2
	}
	rung := t.best(safe)
	if rung > t.rung && g.el.started && ahead < high || rung == t.rung {
		return
	}
	if g.feed.prepare(t.media, rung) {
		t.rung = rung
	}
}

// guard looks at a segment on its way once half its duration has passed.
func (t *genericTrack) guard() {
	if t.media == qoe.Video && t.rung > 0 && t.manual < 0 && t.g.el.started {
		t.g.w.Set(&t.watch, max((t.piece.end-t.piece.start)/2, 500*time.Millisecond), t.judge)
	}
}

// judge gives a segment up that will not come in time when a smaller one would.
func (t *genericTrack) judge() {
	x, now := t.load.transfer, t.g.now()
	if x == nil {
		return
	}
	took, loaded, total := now.Sub(t.load.started).Seconds(), float64(x.Loaded()), float64(x.Total())
	if loaded <= 0 || total <= 0 {
		t.guard()
		return
	}
	rate := 8 * loaded / took
	left := seconds(8 * (total - loaded) / rate)
	lower := t.best(rate * t.g.o.safety)
	rates := t.ladder()
	whole := seconds(float64(rates[min(lower, len(rates)-1)]) * (t.piece.end - t.piece.start).Seconds() / rate)
	if left > t.g.el.playable() && lower < t.rung && whole < left && t.g.feed.prepare(t.media, lower) {
		t.g.bw.sample(now.Sub(t.load.started), x.Loaded())
		t.load.abort()
		t.rung = lower
		t.g.poke()
		return
	}
	t.guard()
}
