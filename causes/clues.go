package causes

import (
	"time"

	"soak/qoe"
)

// TooLate is how late a timer of the generator's own may run: one tick of the
// players.
const TooLate = 100 * time.Millisecond

const (
	slowAnswer  = time.Second            // a request that takes longer may be what a player waits for
	oneSpell    = time.Second            // failures so near each other are one spell
	sameMoment  = time.Second            // a skip so soon after a stall is part of it
	lateBefore  = 2 * time.Second        // a stall comes so soon after the late timer
	recallStall = 10 * time.Second       // a stall comes so soon after failures that have ended
	awake       = 10 * time.Second       // who wakes up skips to the live edge so soon
	recallSkip  = 60 * time.Second       // what was left out is skipped when the playhead comes to it
	wholeSecond = time.Second            // tokens live on so long where edges count whole seconds
	slack       = 100 * time.Millisecond // between a picture that freezes and the request that should have kept it moving
)

// spell is a time in which requests went wrong for one reason.
type spell struct {
	from   moment
	last   moment // failure
	healed moment // by a good segment asked for later; 0: not
	cause  qoe.Cause
	media  qoe.Media
	slow   bool // answered, but late: over when the answer is there
	key    bool // of licences: segments come all the same, only a licence heals it
}

// holds tells whether the spell was not over before an instant.
func (s *spell) holds(at moment) bool {
	switch {
	case s.from > at+slack:
		return false
	case s.slow:
		return s.last >= at-slack
	}
	return s.healed == 0 || s.healed >= at-slack
}

// lapse is a time in which timers ran late.
type lapse struct{ from, last moment }

// clues are what a viewer's requests and timers tell about causes.
type clues struct {
	spells   []spell
	open     int // spells of failures that no good segment has ended
	late     []lapse
	woke     []moment
	youngest qoe.Fetch // good answer to the request asked for last
	settling settling
}

// fetched takes what became of a request that ended then.
func (c *clues) fetched(f *qoe.Fetch, end moment) {
	if f.Kind == qoe.Token || f.Kind == qoe.Timing || f.Kind == qoe.Steering {
		return
	}
	start, slow := end-f.Took, f.Took >= slowAnswer
	switch f.Failure {
	case qoe.NoFailure:
		if f.Kind == qoe.Segment || f.Kind == qoe.License {
			c.heal(f, end)
		}
		if slow {
			c.add(spell{cause: c.slowness(f), media: f.Media, slow: true, from: start, last: end})
		}
		if f.Start.After(c.youngest.Start) {
			c.youngest = *f
		}
	case qoe.CancelFailure:
		if slow {
			c.add(spell{cause: c.slowness(f), media: f.Media, slow: true, from: start, last: end})
		}
	default:
		c.add(spell{cause: c.failing(f), media: f.Media, from: start, last: end, key: f.Kind == qoe.License})
	}
}

// heal ends the spells that a good segment, there at end, shows to be over.
func (c *clues) heal(f *qoe.Fetch, end moment) {
	start := end - f.Took
	for i, open := len(c.spells)-1, c.open; i >= 0 && open > 0; i-- {
		s := &c.spells[i]
		if s.slow || s.healed != 0 {
			continue
		}
		open--
		if s.key == (f.Kind == qoe.License) && start >= s.from && (s.media == f.Media || s.media == qoe.NoMedia) {
			s.healed = end
			c.open--
		}
	}
}

// add joins a spell to the latest of its sort, or begins a new one.
func (c *clues) add(n spell) {
	for i := len(c.spells) - 1; i >= 0; i-- {
		s := &c.spells[i]
		if s.cause != n.cause || s.media != n.media || s.slow != n.slow || s.key != n.key {
			continue
		}
		if s.healed == 0 && (!s.slow || n.from-s.last <= oneSpell) {
			s.last = max(s.last, n.last)
			return
		}
		break
	}
	c.spells = append(c.spells, n)
	if !n.slow {
		c.open++
	}
}

// failing is whose fault a failed request is.
func (c *clues) failing(f *qoe.Fetch) qoe.Cause {
	switch f.Failure {
	case qoe.StatusFailure, qoe.NoFailure:
		if f.Refused() {
			return qoe.ByToken
		}
		return qoe.ByOrigin
	case qoe.BodyFailure, qoe.RedirectFailure, qoe.RefusedFailure:
		return qoe.ByOrigin
	case qoe.TimeoutFailure:
		return c.slowness(f)
	case qoe.ResetFailure:
		if outlived := f.Took - f.Margin; f.Signed && outlived > -slack && outlived < wholeSecond+slack {
			return qoe.ByToken
		}
	}
	return qoe.ByNetwork
}

// slowness is whose fault a slow answer is: the server's if it kept the request
// for most of the time, while one asked for later came and went twice as fast, else
// the link's.
func (c *clues) slowness(f *qoe.Fetch) qoe.Cause {
	silence := f.TTFB
	if silence == 0 {
		silence = f.Took
	}
	if silence > f.Took/2 && c.youngest.Start.After(f.Start) && c.youngest.Took < silence/2 {
		return qoe.ByOrigin
	}
	return qoe.ByNetwork
}

// Woke tells of a laptop that was opened again.
func (a *Account) Woke(at time.Time) {
	if a.clues != nil {
		a.clues.woke = append(a.clues.woke, momentOf(at))
		a.settle(momentOf(at))
	}
}

// Late tells of a timer that ran d after its time.
func (a *Account) Late(at time.Time, d time.Duration) {
	if a.clues == nil || d <= TooLate {
		return
	}
	late, now := a.clues.late, momentOf(at)
	if n := len(late); n > 0 && now-late[n-1].last <= oneSpell {
		late[n-1].last = now
		return
	}
	a.clues.late = append(late, lapse{now - d, now})
	a.settle(now)
}
