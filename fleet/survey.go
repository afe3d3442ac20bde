package fleet

import (
	"math"
	"time"

	"soak/loop"
	"soak/player"
	"soak/qoe"
)

// askedViewers is about how many viewers of a run are asked how they stand: a chart of
// more of them looks the same.
const askedViewers = 500

// survey asks a viewer from time to time how it stands. It changes nothing. Viewers are
// not asked at the same instant, which would be a load of its own in real time and see
// all of them at the same place of their segments, but each once in every step.
type survey struct {
	v     *viewer
	every time.Duration
	timer loop.Timer
	onAsk func() // bound once
}

// askedOf tells whether a viewer is one of those who are asked: all of a small
// audience, of a large one a choice that has to do with nothing.
func askedOf(viewer, audience int) bool {
	return audience <= askedViewers || qoe.Shuffled(viewer) < math.MaxUint64/uint64(audience)*askedViewers
}

// askTime is where in the steps a viewer is asked.
func askTime(viewer int, every time.Duration) time.Duration {
	_, part := math.Modf(float64(viewer) * math.Sqrt2)
	return time.Duration(part * float64(every))
}

// survey begins to ask the viewer, until it leaves.
func (v *viewer) survey() {
	if v.copies != nil || !askedOf(v.id, v.scenario.Viewers.Count) {
		return
	}
	p := &survey{v: v, every: qoe.CourseStep(v.scenario.Duration)}
	p.onAsk = p.ask
	first := v.begin.Add(askTime(v.id, p.every))
	if behind := v.clock.Now().Sub(first); behind > 0 {
		first = first.Add((behind + p.every - 1) / p.every * p.every)
	}
	v.clock.Set(&p.timer, first.Sub(v.clock.Now()), p.onAsk)
}

func (p *survey) ask() {
	if p.v.left || !p.v.clock.Now().Before(p.v.begin.Add(p.v.scenario.Duration)) { // the run's last instant would be a slot of its own
		return
	}
	if s, here := p.v.standing(); here {
		p.v.log.Stands(&s)
		if p.v.observer != nil {
			p.v.observer.sample(s)
		}
	}
	p.v.clock.Set(&p.timer, p.every, p.onAsk)
}

// standing is how the viewer stands now; here is false for who is away for a while.
func (v *viewer) standing() (s qoe.Standing, here bool) {
	s.At = v.clock.Now()
	switch {
	case v.life != nil && v.life.away:
		return s, false
	case v.player != nil:
		p := v.player.State()
		s.Buffer, s.BitRate, s.Latency = p.Buffer, p.Bitrate, p.LiveLatency
		s.Phase, here = standingPhase(p.Phase)
		return s, here
	case v.dead:
		s.Phase = qoe.Dead
	case v.wished.IsZero():
		s.Phase = qoe.Paused
	}
	return s, true
}

func standingPhase(p player.Phase) (now qoe.Phase, here bool) {
	switch p {
	case player.Loading:
		return qoe.Starting, true
	case player.Playing:
		return qoe.Playing, true
	case player.Stalled:
		return qoe.Stalled, true
	case player.Seeking:
		return qoe.Seeking, true
	case player.Paused:
		return qoe.Paused, true
	case player.Asleep:
		return qoe.Asleep, true
	case player.Ended:
		return qoe.Ended, true
	case player.Dead:
		return qoe.Dead, true
	}
	return 0, false
}
