package player

import (
	"math"
	"time"

	"soak/loop"
	"soak/qoe"
)

// status is what a media element is doing. At every instant it is exactly one.
type status uint8

const (
	starting status = iota // meant to play, no picture shown yet
	playing
	waiting // meant to play, picture frozen
	seeking // meant to play, the viewer jumped and there is no picture yet
	paused
	asleep // with the laptop
	finished
	numStatus
)

// element is the browser's media element with its source buffers. It moves by
// itself: between two calls the playhead is a function of Now, and one timer
// marks the instant at which the buffer runs dry. It decides nothing: seeking
// over a gap, nudging and giving up are the profile's.
//
// Callbacks run last in the call (or timer) that caused them, with the element
// in its new state, so they may call it again.
type element struct {
	// ready is how much must be playable ahead before the picture moves, at the
	// start and after a stall (HTMLMediaElement's HAVE_FUTURE_DATA).
	ready time.Duration
	// hole is the widest gap between two spans that the decoder plays over.
	hole time.Duration
	// tail is what the decoders keep back at the end of what is buffered, until more
	// comes or all is there: the picture stops so much before the end.
	tail time.Duration
	// decoder is how long the first picture takes once there is enough for it.
	decoder time.Duration
	// edge is the live edge as a presentation time; false when there is none yet
	// or the presentation is not live.
	edge func() (time.Duration, bool)

	onPlaying func() // picture moves, first or again
	onWaiting func() // buffer ran dry, or was empty when the viewer pressed play
	onEnded   func()
	onDry     func() // update, bound once

	*stopwatch
	wished   instant
	buffers  [numMedia]spans
	required [numMedia]bool
	complete bool // endOfStream was called: no more will be appended

	locked  bool // nothing can be decrypted
	status  status
	pos     time.Duration // presentation time at `since`
	since   instant       // up to when everything below is booked
	rate    float64
	frozen  instant       // start of the stall while waiting
	limit   time.Duration // how far the playhead can move; see run
	limited status        // the status that limit is of; numStatus: to be reckoned
	started bool          // a first picture was shown
	thirst  int           // how often the sound has run out since the start or the last seek
	decoded instant       // when the decoder has the first picture; zero before there is one
	seen    time.Duration // up to where the video was shown, while playing
	dry     loop.Timer
	sought  *sought // the viewer's latest jump, until its picture is there
	pausing bool    // while asleep: wakes up paused

	spent     [numStatus]time.Duration // wall time by status
	played    time.Duration            // media time shown
	unseen    time.Duration            // wall time of sound without a picture
	bitTime   float64
	latency   float64 // integral of live latency over liveTime, s²
	liveTime  float64 // playing time with a known edge, s
	stopped   bool
	lastStall time.Duration // length of the latest finished stall
}

const numMedia = int(qoe.Text) + 1

// firstPicture is how long Chromium takes from the append that suffices to a moving
// playhead: decoders are made, the first frames decoded (seen in version 156 on two
// cores: 20 to 120 ms).
const firstPicture = 40 * time.Millisecond

// decoding is how long the browser takes over something, unless the world knows
// better.
func decoding(w World, usual time.Duration) time.Duration {
	if d, ok := w.(interface{ Decoding() time.Duration }); ok {
		return d.Decoding()
	}
	return usual
}

// prompt tells whether the page's timers are sure to run when they are due.
func prompt(w World) bool {
	p, ok := w.(interface{ Prompt() bool })
	return ok && p.Prompt()
}

// newElement is an element that wants to play as soon as it can.
func newElement(s *stopwatch, wished time.Time) *element {
	from := s.of(wished)
	e := &element{
		stopwatch: s, wished: from, since: from, rate: 1, limited: numStatus,
		edge:      func() (time.Duration, bool) { return 0, false },
		onPlaying: func() {}, onWaiting: func() {}, onEnded: func() {},
	}
	e.onDry = e.update
	return e
}

// require says which media must be there for the picture to move.
func (e *element) require(media ...qoe.Media) {
	e.required = [numMedia]bool{}
	e.reckonAnew()
	for _, m := range media {
		e.required[m] = true
	}
	e.update()
}

// append puts a piece of media into its source buffer.
func (e *element) append(m qoe.Media, start, end time.Duration, bitrate int64) {
	e.settle() // the picture stood until now, if it did
	if b := e.buffers[m]; !b.extend(start, end, bitrate) {
		e.buffers[m] = b.add(start, end, bitrate)
	}
	e.reckonAnew()
	e.turn()
}

// remove takes a piece of media out of its source buffer.
func (e *element) remove(m qoe.Media, from, to time.Duration) {
	e.settle() // what was played may be what goes
	e.buffers[m] = e.buffers[m].cut(from, to)
	e.reckonAnew()
	e.update()
}

// forget takes what lies before t out of a source buffer. The playhead has passed it:
// nothing changes, not even how far it can move.
func (e *element) forget(m qoe.Media, t time.Duration) {
	e.settle()
	if b := e.buffers[m]; !b.shorten(t) {
		e.buffers[m] = b.behind(t)
	}
}

// endOfStream says that all there is has been appended: the element ends at the
// end of the longest buffer instead of waiting there, and a shorter one holds
// nothing up (Media Source Extensions, endOfStream). It may be taken back.
func (e *element) endOfStream(complete bool) {
	e.catchUp()
	e.complete = complete
	e.reckonAnew()
	e.update()
}

// position is the presentation time of the playhead.
func (e *element) position() time.Duration {
	if e.status != playing {
		return e.pos
	}
	gone := e.now().Sub(e.since)
	if gone == 0 { // as when something was appended just now
		return e.pos
	}
	limit := e.limit
	if e.limited != playing {
		limit = e.run()
	}
	return min(e.pos+e.scaled(gone), max(limit, e.pos))
}

// ahead is how much of m is buffered from the playhead on, over holes up to hole.
func (e *element) ahead(m qoe.Media, hole time.Duration) time.Duration {
	pos := e.position()
	return e.buffers[m].reach(pos, hole) - pos
}

// playable is how long the picture can move without another byte.
func (e *element) playable() time.Duration {
	pos := e.position()
	return max(e.reachFrom(pos)-pos, 0)
}

// moving tells whether the picture moves.
func (e *element) moving() bool {
	e.catchUp()
	return e.status == playing
}

// next is the first instant after t from which all required media are buffered
// and where at least one of them has a span starting: where to jump over a gap.
func (e *element) next(t time.Duration) (time.Duration, bool) {
	for {
		to, found := time.Duration(math.MaxInt64), false
		for m, b := range e.buffers {
			if n, ok := b.next(t); ok && e.required[m] && n < to {
				to, found = n, true
			}
		}
		if !found || e.holds(to) {
			return to, found
		}
		t = to
	}
}

// holds tells whether every required media has data at t.
func (e *element) holds(t time.Duration) bool {
	for m, b := range e.buffers {
		if _, ok := b.at(t); e.required[m] && !ok {
			return false
		}
	}
	return true
}

// seek moves the playhead, as players do. The picture freezes when nothing is
// buffered there.
func (e *element) seek(to time.Duration) {
	e.settle()
	e.pos, e.seen, e.thirst = to, to, 0
	e.reckonAnew()
	switch {
	case e.status == finished:
		e.resting()
	case e.status == playing && e.reach() <= to: // after a seek sound alone does not do
		e.freeze()
		return
	}
	e.update()
}

// setRate changes the playback rate; rate is positive.
func (e *element) setRate(rate float64) {
	if rate == e.rate || rate <= 0 {
		return
	}
	e.settle()
	e.rate = rate
	e.reckonAnew()
	e.disarm()
	e.update()
}

// resting is the status of an element that is meant to play but does not yet.
func (e *element) resting() {
	switch {
	case !e.started:
		e.status = starting
	case e.sought != nil:
		e.status = seeking
	default:
		e.status, e.frozen = waiting, e.since
	}
}

// reach is how far the picture can move from pos as booked.
func (e *element) reach() time.Duration { return e.reachFrom(e.pos) }

func (e *element) reachFrom(t time.Duration) time.Duration {
	reach, any := time.Duration(math.MaxInt64), false
	for m, b := range e.buffers {
		if !e.required[m] {
			continue
		}
		any = true
		reach = min(reach, e.reachOf(b, t))
	}
	if !any {
		return t
	}
	return reach
}

// reachOf is how far one source buffer goes from t on.
func (e *element) reachOf(b spans, t time.Duration) time.Duration {
	end, ok := b.lastReach(t, e.hole)
	if !ok {
		end = b.reachOver(t, e.hole)
	}
	if e.complete && end >= b.end() {
		end = max(end, e.end())
	}
	return end
}

// end is the end of the longest required buffer.
func (e *element) end() time.Duration {
	var end time.Duration
	for m, b := range e.buffers {
		if e.required[m] {
			end = max(end, b.end())
		}
	}
	return end
}

// scaled is media time shown in wall time d, unscaled the wall time that media
// time d lasts, rounded up so that the timer never fires before the end.
func (e *element) scaled(d time.Duration) time.Duration {
	if e.rate == 1 {
		return d
	}
	return time.Duration(float64(d) * e.rate)
}

func (e *element) unscaled(d time.Duration) time.Duration {
	if e.rate == 1 {
		return d
	}
	return time.Duration(math.Ceil(float64(d) / e.rate))
}

// state is what an element knows of its player's state.
func (e *element) state(dead bool) State {
	s := State{Phase: e.phase(dead), Position: e.position()}
	s.Buffer = max(e.reachFrom(s.Position)-s.Position, 0)
	sp, _ := e.buffers[qoe.Video].at(s.Position)
	s.Bitrate = sp.bitrate
	return s
}

// phase is what the viewer sees; dead tells that the player gave up. It is loading where
// there is no element yet.
func (e *element) phase(dead bool) Phase {
	if e == nil {
		return Loading
	}
	switch e.catchUp(); {
	case e.stopped:
		return Left
	case e.status == finished:
		return Ended
	case e.status == asleep:
		return Asleep
	case e.status == playing:
		return Playing
	case dead:
		return Dead
	case e.status == paused:
		return Paused
	case e.status == seeking:
		return Seeking
	case e.status == waiting:
		return Stalled
	}
	return Loading
}

// seconds makes a duration of a number of seconds.
func seconds(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }
