package netem

import (
	"time"

	"soak/loop"
	"soak/qoe"
)

// Reply is what the server answers.
type Reply struct {
	Delay time.Duration // from the call of Answer until the answer leaves the server
	Bytes int64         // body bytes that are sent
	Reset bool          // the connection breaks once Bytes are sent
	// Pace is the most that the server sends, in bytes a second. 0: all it can.
	Pace float64
	// Refused tells that there is no server: the connection is refused.
	Refused bool
	// Stall is after how many bytes nothing comes for StallFor. 0: it does not stop.
	Stall int64
	// StallFor 0: nothing comes ever after, and the connection stays open.
	StallFor time.Duration
	// Made is of a body that is still being made when the answer leaves: each part is
	// sent when there is all of it, the last ends with Bytes. nil: all of it is there.
	Made []Made
	// Within breaks the connection unless the answer is through by then, counted
	// from the call of Answer. 0: never.
	Within time.Duration
}

// Exchange is one request and its answer. Its methods are called on the loop. The
// zero Exchange has yet to be made, by [Model.Do]; it must not be copied.
type Exchange struct {
	m       *Model
	pool    *pool
	conn    *conn
	request float64
	party   Party

	phase   phase
	timer   loop.Timer
	onTimer func()
	sent    instant // when the request leaves; the handshakes come before
	reset   bool
	refused bool
	stall   float64       // bytes still to come before it stops; 0: it does not, or has
	stopFor time.Duration // 0: for ever
	stopped time.Duration // the last stop
	made    []Made        // parts that have not come yet; nil: there is all of it
	asked   instant       // when the server replied
	pace    float64       // bytes a second; 0: none
	within  *loop.Timer   // breaks the connection

	begun instant // first byte; never: nobody can tell
	size  float64
	got   float64 // of size, when the model was last settled
	rate  float64 // since then
	had   float64 // got, when the model last looked ahead
}

// begin readies an exchange, for which what was before is over. What is of an answer is
// the next answer's to set.
func (e *Exchange) begin(m *Model, p Party, request float64) {
	if e.onTimer == nil {
		e.onTimer = e.timed()
	}
	e.m, e.party, e.request, e.begun = m, p, request, never
	e.phase, e.sent, e.within, e.got, e.rate = queued, 0, nil, 0, 0
}

// Busy tells whether the exchange has yet to end, or a request that was cancelled
// has yet to arrive.
func (e *Exchange) Busy() bool { return e.party != nil && (e.phase != over || e.timer.Pending()) }

type phase uint8

const (
	queued     phase = iota // no connection yet
	connecting              // will fail: no SYN gets through
	sending                 // handshakes, then the request under way
	serving                 // the server has it
	answering               // the answer under way
	foreseen                // it and its body, which nobody has asked about since
	receiving               // body
	complete                // body in, done not yet called
	over                    // done was called, or cancelled
)

func (e *Exchange) wait(d time.Duration) { e.m.clock.Set(&e.timer, d, e.onTimer) }

// dispatch sends the request on c.
func (e *Exchange) dispatch(c *conn) {
	m := e.m
	e.conn, e.phase = c, sending
	if m.lan {
		e.wait(0)
		return
	}
	now := m.now()
	e.sent = m.link.up(now)
	if !c.made {
		d, ok := m.profile.connect(c.rng)
		e.sent += instant(d)
		if !ok {
			e.phase = connecting
			e.wait(time.Duration(e.sent - now))
			return
		}
		e.sent += instant(m.queueing(now, m.profile.trips()))
		e.pool.dialing = append(e.pool.dialing, e)
	}
	there := m.link.carry(e.sent, e.request) + instant(m.profile.oneWay(c.rng))
	e.wait(time.Duration(there - now))
}

// rebind sends the request on c instead of on the connection that is being made
// for it.
func (e *Exchange) rebind(c *conn) {
	m, p, made := e.m, e.pool, e.conn
	e.timer.Stop()
	m.clock.After(time.Duration(e.sent-m.now()), func() { p.done(made, m.now()) })
	e.dispatch(c)
}

// timed is what the exchange's timer calls: a function of its own, as one that is made of
// a method is a call more every time.
func (e *Exchange) timed() func() {
	return func() {
		switch e.phase {
		case connecting:
			e.fail(qoe.NetworkFailure)
		case sending:
			if e.phase = serving; len(e.pool.dialing) > 0 {
				e.pool.made(e)
			}
			e.party.Arrive(e)
		case answering:
			e.receive()
		case foreseen:
			e.m.pass()
		case receiving:
			e.resume()
		case over: // cancelled after the request had left
			e.party.Arrive(e)
		}
	}
}

// Answer is what the server calls; nobody listens after a cancel.
func (e *Exchange) Answer(r *Reply) {
	if e.phase != serving {
		return
	}
	e.phase, e.size, e.reset, e.pace, e.refused = answering, float64(max(r.Bytes, 0)), r.Reset, r.Pace, r.Refused
	if e.stall, e.stopFor = 0, r.StallFor; r.Stall > 0 && r.Stall < r.Bytes {
		e.stall = float64(r.Stall)
	}
	e.made, e.asked = r.Made, e.m.now()
	if r.Within > 0 {
		e.within = e.m.clock.After(r.Within+e.m.profile.RTT/2, e.broken) // the news has to travel
	}
	if d := max(r.Delay, 0); e.m.lan {
		e.wait(d)
	} else {
		e.travel(d)
	}
}

// travel brings the answer, which leaves the server in d, to the viewer.
func (e *Exchange) travel(d time.Duration) {
	m, c := e.m, e.conn
	now := m.now()
	d += m.profile.oneWay(c.rng)
	if len(m.active) > 0 {
		d += m.queueing(now, 1)
	}
	body := e.size > 0 && !e.refused
	if body && m.profile.lossy() {
		c.flow.drawLoss(&m.profile, m.usual, !c.old, c.rng)
	}
	first := now + instant(d)
	if body && len(m.active) == 0 && m.link.up(first) == first && m.expect(e, first) {
		return
	}
	e.wait(d)
}

// receive begins the body. During an outage not even its first byte comes.
func (e *Exchange) receive() {
	m := e.m
	if !m.lan {
		now := m.now()
		if up := m.link.up(now); up > now {
			e.wait(time.Duration(up - now))
			return
		}
	}
	if e.refused {
		e.fail(qoe.RefusedFailure)
		return
	}
	if e.reset && e.size == 0 {
		e.lost()
		return
	}
	e.phase, e.begun = receiving, m.now()
	switch {
	case m.lan && e.pace == 0 || e.size == 0:
		e.atOnce()
	default:
		e.open()
		m.join(e)
	}
}

// atOnce is a body that takes no time, up to where it stops.
func (e *Exchange) atOnce() {
	e.more()
	if e.got = e.goal(); e.got < e.size {
		e.stop()
		return
	}
	e.release()
	e.finish()
}

// goal is how many bytes come without a stop.
func (e *Exchange) goal() float64 {
	goal := e.size
	if e.stall > 0 {
		goal = e.stall
	}
	if e.unmade() {
		goal = min(goal, float64(e.made[0].Bytes))
	}
	return goal
}

// stop is where the server sends no more for a while, or ever.
func (e *Exchange) stop() {
	if e.unmade() && (e.stall == 0 || float64(e.made[0].Bytes) < e.stall) {
		e.await()
		return
	}
	e.got, e.stall, e.rate = e.stall, 0, 0
	if e.stopped = e.stopFor; e.stopped > 0 {
		e.wait(e.stopped)
	}
}

// resume goes on after a stop.
func (e *Exchange) resume() {
	m := e.m
	if m.lan && e.pace == 0 {
		e.atOnce()
		return
	}
	now := m.now()
	e.conn.flow.begin(now, &m.profile, m.profile.idle(now-instant(e.stopped), now))
	m.join(e)
}

// open readies the connection's flow for the body. It makes no difference to do that
// twice, as it is where the first byte was foreseen and then waited for.
func (e *Exchange) open() {
	m, c := e.m, e.conn
	c.flow.begin(e.begun, &m.profile, !c.old || m.profile.idle(c.used, e.begun))
}

// release gives the connection back once the last byte is in.
func (e *Exchange) release() {
	e.within.Stop()
	e.phase, e.got, e.rate = complete, e.size, 0
	e.pool.put(e.conn, e.m.now(), e.reset)
}

// finish tells the caller, unless another's done has just cancelled it.
func (e *Exchange) finish() {
	if e.phase != complete {
		return
	}
	e.phase = over
	if e.reset {
		e.party.Done(e, qoe.ResetFailure)
	} else {
		e.party.Done(e, qoe.NoFailure)
	}
}

// broken is the server's end of an answer that is not through in time.
func (e *Exchange) broken() {
	e.catchUp()
	switch e.phase {
	case answering:
		e.timer.Stop()
		e.lost()
		return
	case receiving:
		e.timer.Stop()
		e.m.leave(e)
		e.rate = 0
	default:
		return
	}
	e.fail(qoe.ResetFailure)
}

// lost is an exchange whose connection broke before the first byte. On one that had
// been used before, the server may just have closed it: the request is sent once
// more on another, as browsers do and Go's http.Transport (Chromium's
// HttpNetworkTransaction::ShouldResendRequest).
func (e *Exchange) lost() {
	if !e.conn.old {
		e.fail(qoe.ResetFailure)
		return
	}
	m, p := e.m, e.pool
	e.within.Stop()
	e.phase = queued
	p.queue = append(p.queue, e)
	p.put(e.conn, m.now(), true)
}

// limit is the rate that the sender is held to, by TCP or by its own wish.
func (e *Exchange) limit() float64 {
	limit := e.conn.flow.limit()
	if e.pace > 0 {
		limit = least(limit, e.pace)
	}
	return limit
}

// fills tells whether the transfer keeps a link of this rate busy.
func (e *Exchange) fills(rate float64) bool {
	return e.conn.flow.fills(rate) && (e.pace == 0 || e.pace >= rate)
}

// fail ends an exchange whose connection is of no more use.
func (e *Exchange) fail(why qoe.Failure) {
	e.within.Stop()
	e.phase = over
	e.pool.put(e.conn, e.m.now(), true)
	e.party.Done(e, why)
}

// Loaded is how many body bytes have arrived by now.
func (e *Exchange) Loaded() int64 {
	e.catchUp()
	if e.phase != receiving || e.rate <= 0 {
		return int64(e.got + crumb)
	}
	return int64(least(e.got+e.rate*seconds(e.m.now()-e.m.settled)+crumb, e.size))
}

// Begun tells whether the answer's first byte has come.
func (e *Exchange) Begun() bool { return e.begun <= e.m.now() }

// FirstByte is when it came; zero before.
func (e *Exchange) FirstByte() loop.Instant {
	if !e.Begun() {
		return 0
	}
	return loop.InstantAt(e.m.start + time.Duration(e.begun))
}

// catchUp makes the phase, and what has come, that of now.
func (e *Exchange) catchUp() {
	if e.phase == foreseen || e.phase == receiving {
		e.m.catchUp()
	}
}

// Cancel gives the exchange up: Done is not called any more. The share
// of the link is free at once, and the connection is closed, as HTTP/1.1 demands.
// A request that has already left still reaches the server (Arrive is called),
// whose work nobody will see. After the end Cancel does nothing.
func (e *Exchange) Cancel() {
	if e.phase == over {
		return
	}
	e.catchUp()
	was, m := e.phase, e.m
	e.within.Stop()
	if was == receiving {
		m.leave(e)
		e.rate = 0
	}
	e.phase = over
	e.pool.made(e)
	switch was {
	case queued:
		e.pool.forget(e)
		return
	case complete: // the connection is back in the pool
		return
	case sending:
		if e.sent > m.now() {
			e.timer.Stop()
		}
	default:
		e.timer.Stop()
	}
	e.pool.put(e.conn, m.now(), true)
}
