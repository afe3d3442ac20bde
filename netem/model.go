package netem

import (
	"math/rand/v2"
	"slices"
	"time"

	"soak/loop"
	"soak/qoe"
)

// Model is one viewer's access link in virtual time: connections to hosts, and
// the transfers that share the link's rate. It belongs to one loop; it is exact
// there, because a virtual loop runs every timer at its very instant.
type Model struct {
	profile Profile
	clock   *loop.Virtual
	luck    luck
	start   time.Duration // of the link, in the clock's time
	lan     bool
	link    link
	rungs   []rung  // slow start, where it goes the same way each time
	usual   float64 // rate of the link while it is up
	queue   float64 // of the bottleneck, where another transfer keeps it full
	hosts   []*pool

	active  []*Exchange // receiving, in order of their first byte
	settled instant     // until when the bytes of active are accounted for
	next    instant     // at which a rate changes or a transfer ends, after settled
	outlook outlook     // what was computed beyond that
	tick    loop.Timer  // its end
	onTick  func()
	ended   []*Exchange // scratch
}

// NewModel makes a link whose steps begin now. All its draws come from rng, so
// the same rng and the same calls give the same times. The profile must be valid.
func NewModel(p Profile, c *loop.Virtual, rng *rand.Rand) *Model {
	m := &Model{profile: p, clock: c, start: c.Since(), lan: p.Unshaped(), link: newLink(p, rng)}
	m.luck = newLuck(p, rng)
	m.usual, m.queue = m.link.usual(), m.profile.standing()
	m.rungs = newClimb(&m.profile, &m.link)
	m.onTick = m.pass
	return m
}

// Party is who has an exchange made: the one who asks, and the server. Its methods
// run on the loop, and none before [Model.Do] has returned.
type Party interface {
	// Arrive is called at the instant at which the server has the request, also of an
	// exchange that was cancelled after it had left. The server calls
	// [Exchange.Answer], then or later, at most once.
	Arrive(e *Exchange)
	// Done is called once at the end: qoe.NoFailure when the whole answer came,
	// qoe.ResetFailure when the server broke it off, qoe.NetworkFailure when no
	// connection came about.
	Done(e *Exchange, why qoe.Failure)
}

// Do sends a request of requestBytes to host and returns at once. It takes an
// idle connection, opens one, or queues while six are busy. The exchange is the
// caller's: a new one, or one that is not [Exchange.Busy] any more.
//
// The uplink has the downlink's rate and is never shared.
func (m *Model) Do(e *Exchange, host string, requestBytes int64, p Party) {
	e.begin(m, p, float64(requestBytes))
	e.pool = m.pool(host)
	if c := e.pool.take(m.now()); c != nil {
		e.dispatch(c)
	} else {
		e.pool.queue = append(e.pool.queue, e)
	}
}

func (m *Model) now() instant { return instant(m.clock.Since() - m.start) }

// pool finds a host's connections. A viewer talks to a handful of hosts.
func (m *Model) pool(host string) *pool {
	for _, p := range m.hosts {
		if p.host == host {
			return p
		}
	}
	p := &pool{host: host, luck: m.luck, number: len(m.hosts)}
	m.hosts = append(m.hosts, p)
	return p
}

// join lets e take its share from now on.
func (m *Model) join(e *Exchange) {
	m.settleNow()
	m.active = append(m.active, e)
	m.foresee()
}

// expect lets e, whose first byte comes at begun, have the link from then on: nothing
// is under way, and mostly nothing comes between, so that one timer does for the first
// byte and the last. It reports false where no end is to be seen.
func (m *Model) expect(e *Exchange, begun instant) bool {
	e.begun = begun
	e.open()
	m.settled = begun
	m.active = append(m.active, e)
	if !m.look() {
		m.empty()
		e.begun = never
		return false
	}
	e.phase = foreseen
	e.wait(time.Duration(m.outlook.until - m.now()))
	return true
}

// retract has the first byte of e, which is foreseen, be waited for after all: somebody
// came before it. Its timer is as old as one that was set for it in the first place.
func (m *Model) retract(e *Exchange) {
	m.empty()
	e.phase = answering
	e.timer.MoveSince(m.start + time.Duration(e.begun))
	e.begun = never
}

// empty is when the only transfer there is receives no more.
func (m *Model) empty() {
	m.active[0] = nil
	m.active, m.next = m.active[:0], never
}

// leave takes e's share back.
func (m *Model) leave(e *Exchange) {
	if i := slices.Index(m.active, e); i >= 0 {
		m.settleNow()
		m.active = slices.Delete(m.active, i, i+1)
		m.foresee()
	}
}

// pass is the timer: some transfer is complete, or must wait, or as much as was looked
// ahead is over.
func (m *Model) pass() {
	m.arrive()
	if e := m.active[0]; len(m.active) == 1 && e.through() { // as most are
		m.empty()
		e.release()
		e.finish()
		return
	}
	m.ended = m.ended[:0]
	left := m.active[:0]
	for _, e := range m.active {
		switch {
		case e.goal()-e.got > crumb || e.more():
			left = append(left, e)
		case e.stall > 0 || e.unmade():
			e.stop()
		default:
			m.ended = append(m.ended, e)
		}
	}
	clear(m.active[len(left):])
	m.active = left
	m.foresee()
	for _, e := range m.ended {
		e.release()
	}
	for i, e := range m.ended {
		m.ended[i] = nil
		e.finish()
	}
}

func (m *Model) settleNow() {
	now := m.now()
	m.catchUp()
	m.settle(now)
}

// settle books what has arrived since the last time at the rates then set.
func (m *Model) settle(t instant) {
	passed := seconds(t - m.settled)
	m.settled = t
	for _, e := range m.active {
		n := least(e.rate*passed, e.goal()-e.got)
		e.got += n
		e.conn.flow.spend(n, t, &m.profile)
	}
}

// divide shares the link's rate among the active transfers and finds when the next of
// them is through with its stretch. A transfer held below its
// fair share leaves the rest to the others (max-min fairness).
func (m *Model) divide() {
	if len(m.active) == 0 {
		m.next = never
		return
	}
	rest, next := m.link.at(m.settled)
	if len(m.active) == 1 {
		e := m.active[0]
		e.rate = least(rest, e.limit())
		m.next = min(next, e.next())
		return
	}
	open := 0
	for _, e := range m.active {
		e.rate = -1
		open++
	}
	for held := true; held && open > 0; {
		held = false
		fair := rest / float64(open)
		for _, e := range m.active {
			if limit := e.limit(); e.rate < 0 && limit <= fair {
				e.rate, held = limit, true
				rest -= limit
				open--
			}
		}
	}
	for _, e := range m.active {
		if e.rate < 0 {
			e.rate = rest / float64(open)
		}
		next = min(next, e.next())
	}
	m.next = next
}

// next is when the transfer's rate may change or its last byte is in.
func (e *Exchange) next() instant {
	if e.conn.flow.blocked {
		return e.conn.flow.ends
	}
	if e.rate <= 0 {
		return never
	}
	return e.m.settled.after(least(e.goal()-e.got, e.conn.flow.stretch()), e.rate)
}

// queueing is how long packets that make so many round trips from t on, one after the
// other, wait behind the transfers that keep the bottleneck's queue full.
func (m *Model) queueing(t instant, trips int) time.Duration {
	if m.queue == 0 || m.silent(t) {
		return 0
	}
	return m.queued(t, trips)
}

func (m *Model) queued(t instant, trips int) (d time.Duration) {
	for full := m.full(t); trips > 0 && t < full; trips-- {
		wait := m.link.carry(t, m.queue) - t
		d += time.Duration(wait)
		t += wait + instant(m.profile.RTT)
	}
	return d
}

// silent tells that no transfer is under way at t.
func (m *Model) silent(t instant) bool {
	return len(m.active) == 0 || m.outlook.ahead && t < m.outlook.settled
}

// full is until when the transfers under way at t keep the bottleneck's queue full, as
// far as can be told now, which is t; t if they do not.
func (m *Model) full(t instant) instant {
	m.catchUp()
	rate, _ := m.link.at(t)
	until := t
	for _, e := range m.active {
		if e.fills(rate) {
			until = max(until, t+1, m.settled.after(e.goal()-e.got, e.rate))
		}
	}
	return until
}
