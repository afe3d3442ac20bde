package causes

import (
	"slices"
	"time"

	"soak/qoe"
)

// A viewer may watch for days, with something amiss every few minutes. What an account
// holds on to has an end all the same: it is settled when it has become long.
const (
	// long is how many lines an account has before it is settled.
	long = 64
	// settledAfter is how old a trouble is when nothing new is learnt of it: requests and
	// stalls that had to do with it are over.
	settledAfter = 10 * time.Minute
	// remembered is how far back the rules look from a trouble, and more.
	remembered = recallSkip + lateBefore + awake
)

// settling is what became of the troubles that an account has forgotten.
type settling struct {
	verdict verdict
	next    int // lines with which the account is settled next; 0: long
}

// lines is how much the account holds on to.
func (a *Account) lines() int {
	c := a.clues
	return len(a.troubles) + len(c.spells) + len(c.late) + len(c.woke)
}

// settle judges the old troubles of a long account, and forgets them and what was known
// for their sake only.
func (a *Account) settle(now moment) {
	if a.clues == nil || a.lines() < max(a.clues.settling.next, long) {
		return
	}
	old := now - settledAfter
	n := a.oldest(old)
	for i := range n {
		a.judge(i, &a.clues.settling.verdict)
	}
	for _, t := range a.troubles[n:] {
		old = min(old, t.from)
	}
	a.forget(n)
	a.clues.forget(old - remembered)
	a.clues.settling.next = 2 * a.lines()
}

// oldest is how many troubles can be settled: those that were over at an instant, up to
// a gap that divides them from the others.
func (a *Account) oldest(over moment) int {
	n := slices.IndexFunc(a.troubles, func(t trouble) bool { return t.to > over })
	if n < 0 {
		n = len(a.troubles)
	}
	for n > 0 && n < len(a.troubles) && a.troubles[n].from-a.troubles[n-1].to <= sameMoment {
		n--
	}
	return n
}

// forget drops the first n troubles, which are judged, but for a death after which the
// picture may yet run out.
func (a *Account) forget(n int) {
	for i := range n {
		a.suffered = a.suffered || a.troubles[i].matters()
	}
	last := n - 1
	for last >= 0 && a.troubles[last].kind != wait && a.troubles[last].kind != death {
		last--
	}
	if last < 0 || a.troubles[last].kind == wait {
		a.troubles = slices.Delete(a.troubles, 0, n)
		return
	}
	if d := &a.troubles[last]; !d.judged {
		d.judged, d.cause = true, a.clues.ofDeath(d)
	}
	a.troubles = slices.Delete(slices.Delete(a.troubles, last+1, n), 0, last)
}

// forget drops what was over before an instant.
func (c *clues) forget(before moment) {
	c.spells = slices.DeleteFunc(c.spells, func(s spell) bool {
		return (s.slow || s.healed != 0 && s.healed < before) && s.last < before
	})
	c.late = slices.DeleteFunc(c.late, func(l lapse) bool { return l.last < before })
	c.woke = slices.DeleteFunc(c.woke, func(at moment) bool { return at < before })
}

// judge counts one trouble.
func (a *Account) judge(i int, v *verdict) {
	t := &a.troubles[i]
	if t.judged || !t.matters() {
		return
	}
	var s shares
	s[qoe.ByToken] = t.token
	s[a.causeOf(i)] += t.amount
	v.blame(t, s)
}
