package netem

import (
	"math"
	"time"
)

// foresight bounds how many rounds the model looks ahead at a time: what is undone in
// between was computed for nothing, and a link that is down for good has no end to find.
const foresight = 64

// outlook is what a model has computed ahead of time: the rounds up to the next
// instant at which somebody has to be told something, because a transfer is through,
// or stops. Mostly nothing comes between, and what happens in rounds (a window opens,
// the link's rate changes) concerns nobody outside. If something does come,
// [Model.catchUp] undoes them.
type outlook struct {
	ahead bool    // the state is that of until, not of now
	until instant // when the timer fires: the tick, or that of the one that is foreseen

	// settled is when the outlook began, which is later than now where the first byte
	// is foreseen too. What the state was then, the exchanges and connections keep.
	settled instant
}

// foresee computes ahead from now, which is settled, and waits for what it sees.
func (m *Model) foresee() {
	if m.look() {
		m.clock.Set(&m.tick, time.Duration(m.outlook.until-m.now()), m.onTick)
	} else {
		m.tick.Stop()
	}
}

// look computes ahead from the instant that is settled. It reports false where nothing
// is to come.
func (m *Model) look() bool {
	o := &m.outlook
	o.settled = m.settled
	for _, e := range m.active {
		e.had = e.got
		e.conn.was = e.conn.flow
	}
	if m.alone() {
		m.follow(m.active[0], never-1)
	} else {
		m.foreseeAll()
	}
	o.ahead, o.until = m.settled > o.settled || m.next < never, m.settled
	return o.ahead
}

func (m *Model) foreseeAll() {
	for range foresight {
		m.divide()
		if m.next >= never {
			return
		}
		if m.settle(m.next); m.due() {
			return
		}
	}
}

// alone tells of a transfer that has the link to itself and whose rate no loss bounds, as
// most have.
func (m *Model) alone() bool { return len(m.active) == 1 && m.active[0].conn.flow.cap == 0 }

// follow settles the rounds of a transfer that is alone, up to that which is under way at
// limit, or to where it is through, or stops: what divide and settle do, the same sums in
// fewer steps.
func (m *Model) follow(e *Exchange, limit instant) {
	f, p, goal, pace := &e.conn.flow, &m.profile, e.goal(), e.pace
	if pace == 0 {
		pace = math.Inf(1)
	}
	t, got := m.climb(e, goal, limit)
	next, rate := never, 0.0
	rest, changes := m.link.at(t)
	for range foresight {
		if t >= changes {
			rest, changes = m.link.at(t)
		}
		if f.blocked {
			rate, next = 0, min(f.ends, changes)
			if next > limit {
				break
			}
			t = next
			f.unblock(t, p)
			continue
		}
		left := goal - got
		stretch := left
		if f.window > 0 {
			stretch = least(left, f.credit)
		}
		rate, next = least(rest, pace), changes
		if rate > 0 {
			next = min(t.after(stretch, rate), changes)
		}
		if next > limit {
			break
		}
		came := least(rate*seconds(next-t), left)
		got, t = got+came, next
		if f.window > 0 {
			f.use(came, t, p)
		}
		if goal-got <= crumb {
			break
		}
	}
	m.settled, m.next, e.got, e.rate = t, next, got, rate
}

// due tells whether a transfer is through, or stops, at the instant that is settled.
func (m *Model) due() bool {
	for _, e := range m.active {
		if e.goal()-e.got <= crumb {
			return true
		}
	}
	return false
}

// catchUp makes the state that of the round under way now.
func (m *Model) catchUp() {
	o, t := &m.outlook, m.now()
	if o.ahead {
		o.ahead, m.settled = false, o.settled
		for _, e := range m.active {
			e.got, e.conn.flow = e.had, e.conn.was
		}
		if e := m.active[0]; e.phase == foreseen {
			if t < e.begun {
				m.retract(e)
				return
			}
			e.phase = receiving
			e.timer.Stop()
			m.clock.Set(&m.tick, time.Duration(o.until-t), m.onTick)
		}
		m.proceed(min(t, o.until-1))
	} else if m.next <= t && m.next < o.until {
		m.proceed(min(t, o.until-1))
	}
}

// proceed settles the rounds up to that which is under way at t.
func (m *Model) proceed(t instant) {
	if m.alone() {
		m.follow(m.active[0], t)
		return
	}
	for m.divide(); m.next <= t; m.divide() {
		m.settle(m.next)
	}
}

// arrive makes the state that of until, where its timer has just fired.
func (m *Model) arrive() {
	if !m.outlook.ahead {
		m.settleNow()
	}
	m.outlook.ahead = false
	m.active[0].phase = receiving
}
