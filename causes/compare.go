package causes

import (
	"time"

	"soak/qoe"
)

// Near is how far apart in time two worlds may suffer the same: about what a player
// buffers of a live event, by which it feels a trouble later.
const Near = 10 * time.Second

// Comparison explains what one viewer suffered by what the same viewer suffers in
// other worlds.
type Comparison struct {
	troubles []trouble
	left     []time.Duration // of each, not yet explained
	shares   []shares
}

// shares are the parts of one trouble by cause.
type shares [qoe.NumCauses]time.Duration

// Compare begins to explain what the viewer suffered in the real world.
func Compare(real *Account) *Comparison {
	c := &Comparison{troubles: real.troubles, left: make([]time.Duration, len(real.troubles)), shares: make([]shares, len(real.troubles))}
	for i := range real.troubles {
		c.left[i] = real.troubles[i].amount
		c.shares[i][qoe.ByToken] = real.troubles[i].token
	}
	return c
}

// With tells that of what is left, what the viewer did not suffer in a world that
// takes one cause more away is due to that cause.
func (c *Comparison) With(other *Account, cause qoe.Cause) {
	excused := c.match(other.troubles)
	for i := range c.left {
		c.shares[i][cause] += c.left[i] - excused[i]
	}
	c.left = excused
}

// Left tells whether anything is left to explain.
func (c *Comparison) Left() bool {
	for i := range c.left {
		if c.left[i] > 0 && c.troubles[i].matters() {
			return true
		}
	}
	return false
}

// Causes is the explanation. What is still left is the player's own doing.
func (c *Comparison) Causes() qoe.Causes {
	v := verdict{causes: qoe.Causes{Judged: 1, Compared: 1}}
	for i := range c.troubles {
		s := c.shares[i]
		s[qoe.ByPlayer] += c.left[i]
		v.blame(&c.troubles[i], s)
	}
	return v.causes
}

// match tells how much of what is left of each trouble is excused by another
// world's troubles.
func (c *Comparison) match(other []trouble) []time.Duration {
	p := pairing{
		real: c.troubles, other: other, left: append([]time.Duration(nil), c.left...),
		rest: make([]time.Duration, len(other)), excused: make([]time.Duration, len(c.troubles)),
	}
	for j := range other {
		p.rest[j] = other[j].amount
	}
	p.pass(together)
	p.pass(nearby)
	return p.excused
}

// pairing is the troubles of two worlds, and what of them has no partner yet.
type pairing struct {
	real, other         []trouble
	left, rest, excused []time.Duration
}

// pass pairs off troubles of one kind in order of time; atMost is how much of one
// may excuse the other.
func (p *pairing) pass(atMost func(a, b *trouble) time.Duration) {
	for i := range p.real {
		for j := range p.other {
			if p.left[i] == 0 {
				break
			}
			if p.rest[j] == 0 || !alike(p.real[i].kind, p.other[j].kind) {
				continue
			}
			if d := min(atMost(&p.real[i], &p.other[j]), p.left[i], p.rest[j]); d > 0 {
				p.left[i] -= d
				p.rest[j] -= d
				p.excused[i] += d
			}
		}
	}
}

// alike tells whether one may excuse the other: all time without a picture is the
// same.
func alike(a, b kind) bool { return a == b || a.pictureless() && b.pictureless() }

func (k kind) pictureless() bool { return k == stall || k == wait }

// together is how long two troubles go on at the same time.
func together(a, b *trouble) time.Duration {
	return min(a.to-b.from, b.to-a.from, a.to-a.from, b.to-b.from)
}

// nearby lets troubles excuse each other whole if they are not far apart. Who is
// dead already does not die again.
func nearby(a, b *trouble) time.Duration {
	if b.from-a.to > Near || a.kind != death && a.from-b.to > Near {
		return 0
	}
	return a.amount
}
