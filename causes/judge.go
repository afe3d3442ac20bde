package causes

import (
	"slices"
	"time"

	"soak/qoe"
)

// Judge explains what the viewer suffered by what the viewer's own requests and
// timers tell. Of an account that was not watching it knows nothing: zero.
func (a *Account) Judge() qoe.Causes {
	if a.clues == nil {
		return qoe.Causes{}
	}
	v := a.clues.settling.verdict
	v.causes.Judged = 1
	for i := range a.troubles {
		a.judge(i, &v)
	}
	return v.causes
}

// causeOf is the rules' verdict on one trouble.
func (a *Account) causeOf(i int) qoe.Cause {
	t, c := &a.troubles[i], a.clues
	switch t.kind {
	case wait:
		return c.ofWait(t)
	case death:
		return c.ofDeath(t)
	case stall:
		switch d := a.deathBefore(i); {
		case d != nil && d.judged:
			return d.cause
		case d != nil:
			return c.ofDeath(d)
		}
	case skip:
		if c.wokeBefore(t.from) {
			return qoe.ByPlayer
		}
		if s := a.stallBefore(i); s != nil {
			return c.ofStall(s)
		}
		return c.ofSkip(t)
	}
	return c.ofStall(t)
}

// stallBefore is the stall that a skip belongs to, or nil. A stall is told of when
// it ends, which may be after its skip.
func (a *Account) stallBefore(i int) *trouble {
	at := a.troubles[i].from
	for j := range a.troubles {
		t := &a.troubles[j]
		if t.kind == stall && t.from <= at && t.to+sameMoment >= at {
			return t
		}
	}
	return nil
}

// deathBefore is the death after which a stall's picture ran out, or nil.
func (a *Account) deathBefore(i int) *trouble {
	for j := i - 1; j >= 0; j-- {
		t := &a.troubles[j]
		if t.kind == wait {
			return nil // another stream, or another visit
		}
		if t.kind == death && t.from <= a.troubles[i].from {
			return t
		}
	}
	return nil
}

func (c *clues) wokeBefore(at moment) bool {
	return slices.ContainsFunc(c.woke, func(woke moment) bool { return woke <= at && woke+awake >= at })
}

func (c *clues) ofStall(t *trouble) qoe.Cause {
	if c.lateTimers(t.from-lateBefore, t.to) {
		return qoe.ByGenerator
	}
	if s := c.worst(func(s *spell) bool { return s.holds(t.from) }); s != nil {
		return s.cause
	}
	return c.recall(t.from, recallStall)
}

func (c *clues) ofWait(t *trouble) qoe.Cause {
	if c.lateTimers(t.from, t.to) {
		return qoe.ByGenerator
	}
	if s := c.worst(func(s *spell) bool { return s.from <= t.to && s.last >= t.from }); s != nil {
		return s.cause
	}
	return qoe.ByNetwork // many answers, each in time
}

func (c *clues) ofDeath(t *trouble) qoe.Cause {
	if c.lateTimers(t.from-lateBefore, t.to) {
		return qoe.ByGenerator
	}
	var latest *spell
	for i := range c.spells {
		s := &c.spells[i]
		if s.slow || s.from > t.from || s.healed != 0 && s.healed < t.from-recallStall {
			continue
		}
		if latest == nil || s.from > latest.from {
			latest = s
		}
	}
	switch {
	case latest != nil:
		return latest.cause
	case t.request == qoe.Key || t.request == qoe.Token:
		return qoe.ByToken
	}
	return qoe.ByPlayer
}

func (c *clues) ofSkip(t *trouble) qoe.Cause {
	if c.lateTimers(t.from-lateBefore, t.to) {
		return qoe.ByGenerator
	}
	return c.recall(t.from, recallSkip)
}

// recall is the cause of what went wrong last, up to long before.
func (c *clues) recall(at moment, long time.Duration) qoe.Cause {
	var latest *spell
	for i := range c.spells {
		s := &c.spells[i]
		if s.from > at || s.last < at-long {
			continue
		}
		if latest == nil || latest.slow && !s.slow || latest.slow == s.slow && s.last > latest.last {
			latest = s
		}
	}
	if latest == nil {
		return qoe.ByPlayer
	}
	return latest.cause
}

// worst is the spell to blame of those that hold: failures before slow answers, and
// of failures the first cause in the order token, origin, network.
func (c *clues) worst(holds func(*spell) bool) *spell {
	var worst *spell
	for i := range c.spells {
		s := &c.spells[i]
		if holds(s) && (worst == nil || rank(s) < rank(worst)) {
			worst = s
		}
	}
	return worst
}

func rank(s *spell) int {
	order := [qoe.NumCauses]int{qoe.ByToken: 0, qoe.ByOrigin: 1, qoe.ByNetwork: 2}[s.cause]
	if s.slow {
		return 3 + order
	}
	return order
}

func (c *clues) lateTimers(from, to moment) bool {
	return slices.ContainsFunc(c.late, func(l lapse) bool { return l.from <= to && l.last >= from })
}
