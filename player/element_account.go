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
	e.pos = to
	e.played += to - from
	s := d.Seconds()
	shown := s
	if to-from != d {
		shown = (to - from).Seconds()
	}
	video := e.buffers[qoe.Video]
	if rate, ok := video.latest(from, to); ok && e.seen == from { // as mostly: all was seen
		e.seen = to
		e.bitTime += float64(float64(rate) * shown) // rounded as in weigh, whatever the processor
	} else {
		e.showSome(from, to)
	}
	if edge, ok := e.edge(); ok {
		// The edge advances with the wall between two bookings.
		late := e.now().Sub(e.since)
		mean := (edge - late - d/2) - (from+to)/2
		e.latency += mean.Seconds() * s
		e.liveTime += s
	}
}

// showSome books what was seen of [from, to), of which some may not be buffered, or was
// heard only.
func (e *element) showSome(from, to time.Duration) {
	video := e.buffers[qoe.Video]
	e.seen = min(to, e.reachOf(video, e.seen))
	if e.required[qoe.Video] {
		e.unseen += e.unscaled(to - max(from, e.seen))
	}
	bits, _ := video.weigh(from, to)
	e.bitTime += bits
}
