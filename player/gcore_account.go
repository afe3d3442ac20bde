package player

import (
	"time"

	"soak/qoe"
)

// How the sessions of the players inside add up to the viewer's one.

// moves is the first picture of the player inside. After a reload it ends the
// viewer's wait.
func (g *gcore) moves(s qoe.Startup) {
	if h, ok := g.Player.(*hls); ok {
		h.aim = g.cfg.Gcore.afterFirstPicture()
	}
	g.rotation.moved()
	switch {
	case !g.started:
		g.started = true
		if !g.sum.At.IsZero() { // an earlier load had failed
			s.Took += g.since.Sub(g.wished) - g.sum.Paused - g.sum.Asleep
		}
		g.sum.Starting = s.Took
		g.w.Emit(s)
	case !g.frozen.IsZero():
		waited := s.At.Sub(g.frozen)
		g.w.Emit(qoe.Stall{At: g.frozen, Took: waited})
		if lost := g.behind + waited - g.Player.State().LiveLatency; g.behind > 0 && lost > 0 {
			g.w.Emit(qoe.Skip{At: s.At, Amount: lost, Why: "reload"})
		}
		g.frozen = time.Time{}
	}
}

// rest ends the wait for a picture when the player inside, loaded anew, is paused or
// sleeps, and begins it again afterwards: the player inside accounts for that time.
func (g *gcore) rest() {
	now, e := g.w.Now(), elementOf(g.Player)
	resting := e != nil && !e.stopped && (e.status == paused || e.status == asleep)
	switch {
	case resting && !g.frozen.IsZero():
		g.w.Emit(qoe.Stall{At: g.frozen, Took: now.Sub(g.frozen)})
		g.aside = now
		g.drift(now.Sub(g.frozen))
		g.frozen = time.Time{}
	case !resting:
		g.restless(now)
	}
}

// restless goes on with a wait that was put aside.
func (g *gcore) restless(now time.Time) {
	if !g.aside.IsZero() {
		g.drift(now.Sub(g.aside))
		g.frozen, g.aside = now, time.Time{}
	}
}

// drift moves what is to be shown away from the live edge.
func (g *gcore) drift(by time.Duration) {
	if g.behind > 0 {
		g.behind += by
	}
}

// elementOf is what a player plays in; nil before dash.js has made it.
func elementOf(p Player) *element {
	if h, ok := p.(*hls); ok {
		return h.el
	}
	return p.(*dash).el
}

// add puts the account of a player inside on that of the session. The time until
// its first picture is no start but part of a stall, except the very first time.
func (g *gcore) add(l qoe.Leave) {
	g.sum.At = l.At
	g.sum.Played += l.Played
	g.sum.BitTime += l.BitTime
	g.sum.Buffered = l.Buffered
	g.sum.Playing += l.Playing
	g.sum.Seeking += l.Seeking
	g.sum.Paused += l.Paused
	g.sum.Asleep += l.Asleep
	g.sum.Ended += l.Ended
	g.late += l.Latency.Seconds() * l.Played.Seconds()
}
