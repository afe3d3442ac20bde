package player

import (
	"time"

	"soak/qoe"
)

// stop ends the session and reports what an element measures.
func (e *element) stop() {
	if e.stopped {
		return
	}
	e.settle()
	e.disarm()
	e.stopped = true
	if e.status == waiting {
		e.w.Emit(qoe.Stall{At: e.time(e.frozen), Took: e.since.Sub(e.frozen), Open: true})
	}
	e.found(true)
	leave := qoe.Leave{
		At: e.time(e.since), Watched: e.since.Sub(e.wished), Played: e.played, BitTime: e.bitTime,
		Buffered: max(e.reach()-e.pos, 0),
		Starting: e.spent[starting], Playing: e.spent[playing], Seeking: e.spent[seeking],
		Paused: e.spent[paused], Asleep: e.spent[asleep], Ended: e.spent[finished],
		SoundOnly: e.unseen,
	}
	if e.liveTime > 0 {
		leave.Latency = seconds(e.latency / e.liveTime)
	}
	e.w.Emit(leave)
}

// book accounts for the time since the last booking. Profiles call it before
// they move the live edge.
func (e *element) book() { e.bookUntil(e.now()) }

func (e *element) bookUntil(now instant) {
	d := now.Sub(e.since)
	if d <= 0 || e.stopped {
		return
	}
	e.spent[e.status] += d
	e.since = now
	if e.status == playing {
		e.show(d)
	}
}

// show books what was shown for d, up to e.since.
func (e *element) show(d time.Duration) {
	from, to := e.pos, min(e.pos+e.scaled(d), e.run())
	e.pos, e.seen = to, min(to, e.reachOf(e.buffers[qoe.Video], e.seen))
	e.played += to - from
	if e.required[qoe.Video] {
		e.unseen += e.unscaled(to - max(from, e.seen))
	}
	s := d.Seconds()
	shown := s
	if to-from != d {
		shown = (to - from).Seconds()
	}
	if rate, ok := e.buffers[qoe.Video].latest(from, to); ok {
		e.bitTime += float64(float64(rate) * shown) // rounded as in weigh, whatever the processor
	} else {
		bits, _ := e.buffers[qoe.Video].weigh(from, to)
		e.bitTime += bits
	}
	if edge, ok := e.edge(); ok {
		// The edge advances with the wall between two bookings.
		late := e.now().Sub(e.since)
		mean := (edge - late - d/2) - (from+to)/2
		e.latency += mean.Seconds() * s
		e.liveTime += s
	}
}
