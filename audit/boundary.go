package audit

import (
	"context"
	"errors"
	"strconv"
	"time"

	"soak/token"
)

// short is the life that is asked for where a token is to be seen dying.
const short = 5 * time.Second

// lookAtExpiry watches a token die.
func (a *audit) lookAtExpiry(ctx context.Context) {
	g, address, ok := a.shortLived(ctx)
	if !ok {
		return
	}
	old := a.stream.grant
	segment := ""
	if a.stream.segment != "" {
		segment = swapped(a.stream.segment, old, g)
	}
	if !a.edgeClock.known {
		a.edgeClock.low, a.edgeClock.high = -time.Second, time.Second // it is hoped
	}
	over := a.lookAtTransfer(ctx, g, segment)
	if over { // the transfer took the moment: another token for the boundary
		if g, address, ok = a.shortLived(ctx); !ok {
			return
		}
	}
	a.lookAtBoundary(ctx, g, address)
}

// shortLived is a grant that expires soon, and the manifest's URL under it.
func (a *audit) shortLived(ctx context.Context) (g token.Grant, address string, ok bool) {
	give := func(why string, args ...any) (token.Grant, string, bool) {
		for _, c := range []check{checkTransfer, checkBoundary, checkGrace, checkExpired} {
			a.addOnce(c, Unknown, why, args...)
		}
		return token.Grant{}, "", false
	}
	r, x, err := a.call(ctx, params{expire: strconv.Itoa(int(short / time.Second))})
	if err != nil {
		return give("no short-lived token: %v", err)
	}
	if !good(x) {
		return give("no short-lived token: %s", r.statusText(x))
	}
	if life := time.Duration(a.life(x)) * time.Second; life > a.cfg.Patience {
		return give("the shortest token lives %v: that is longer than to be waited for (%v)", life, a.cfg.Patience)
	}
	address, why := a.address(x.URL, x.Grant)
	if why != "" {
		return give("%s", why)
	}
	return x.Grant, address, true
}

// addOnce notes a finding unless there is one.
func (a *audit) addOnce(c check, v Verdict, format string, args ...any) {
	for _, f := range a.report.Findings {
		if f.ID == c.id {
			return
		}
	}
	a.add(c, v, format, args...)
}

// until waits until the edge's clock shows a moment, as well as it is known.
func (a *audit) until(ctx context.Context, at time.Time) error {
	return a.clock.Sleep(ctx, at.Sub(a.clock.Now().Add(a.edgeClock.mid())))
}

// edgeTime is the edge's at one of ours.
func (a *audit) edgeTime(at time.Time) time.Time { return at.Add(a.edgeClock.mid()) }

// lookAtTransfer starts a transfer just before the token expires. It can only tell
// something if the transfer lasts; over tells that the moment has passed.
func (a *audit) lookAtTransfer(ctx context.Context, g token.Grant, segment string) (over bool) {
	expiry := time.Unix(g.Expires, 0)
	if segment == "" {
		a.add(checkTransfer, Unknown, "no segment was found in the manifest")
		return false
	}
	if a.until(ctx, expiry.Add(-300*time.Millisecond)) != nil {
		return false
	}
	r, err := a.askNow(ctx, Question{URL: segment, Media: true})
	end := a.edgeTime(a.clock.Now())
	// One second more: whole seconds, and what our idea of the edge's clock is worth.
	late := expiry.Add(1500 * time.Millisecond)
	switch {
	case err != nil:
		a.add(checkTransfer, Unknown, "%v", err)
	case r.Status >= 400:
		a.add(checkTransfer, Unknown, "%d for a segment just before the token expires", r.Status)
	case r.Broken && end.After(expiry.Add(-200*time.Millisecond)):
		a.add(checkTransfer, Warn, "broken off %.1f s after expiry, with %d bytes: slow viewers lose what is under way", end.Sub(expiry).Seconds(), r.Bytes)
	case r.Broken:
		a.add(checkTransfer, Unknown, "broken off before the token had expired")
	case end.After(late):
		a.add(checkTransfer, Pass, "one that began in time went on for %.1f s after expiry", end.Sub(expiry).Seconds())
	default:
		a.add(checkTransfer, Unknown, "the largest segment (%d bytes) came within %v: no transfer outlived its token", r.Bytes, r.End.Sub(r.Start).Round(time.Millisecond))
	}
	return end.After(expiry.Add(400 * time.Millisecond))
}

// Moments after expiry at which the dead token is tried, until it is refused.
func moments() []time.Duration {
	const s = time.Second
	return []time.Duration{s / 2, 3 * s / 2, 4 * s, 10 * s}
}

// lookAtBoundary tries the token after its expiry until it is refused.
func (a *audit) lookAtBoundary(ctx context.Context, g token.Grant, address string) {
	expiry := time.Unix(g.Expires, 0)
	good := time.Duration(0)
	for i, after := range moments() {
		if a.until(ctx, expiry.Add(after)) != nil {
			return
		}
		r, err := a.askNow(ctx, Question{URL: address})
		if errors.Is(err, errBudget) && good > time.Second {
			break
		}
		if err != nil {
			a.unknownExpiry("%v", err)
			return
		}
		if r.Status >= 500 {
			a.unknownExpiry("the edge answers %d", r.Status)
			return
		}
		if r.Status >= 400 {
			a.judgeBoundary(i, good, after)
			a.judgeExpiredStatus(r.Status)
			return
		}
		good = after
	}
	a.add(checkBoundary, Unknown, "the token did not die")
	a.add(checkGrace, Fail, "still good %v after expiry", good)
	a.add(checkExpired, Unknown, "nothing was refused")
}

func (a *audit) unknownExpiry(why string, args ...any) {
	for _, c := range []check{checkBoundary, checkGrace, checkExpired} {
		a.addOnce(c, Unknown, why, args...)
	}
}

// judgeBoundary knows that the token was last good so long after expiry and dead
// then, at the n-th try.
func (a *audit) judgeBoundary(n int, good, dead time.Duration) {
	vague := a.edgeClock.high - a.edgeClock.low
	if n > 1 {
		a.add(checkBoundary, Unknown, "hidden by the grace")
		a.add(checkGrace, Warn, "expired tokens are taken for %v at least, and no more after %v", good, dead)
		return
	}
	a.add(checkGrace, Pass, "refused %v after expiry", dead)
	switch {
	case vague >= time.Second:
		a.add(checkBoundary, Unknown, "its clock is known to %v only", vague.Round(100*time.Millisecond))
	case n == 0:
		a.add(checkBoundary, Pass, "strict: dead from the moment of expiry on")
	default:
		a.add(checkBoundary, Pass, "whole seconds, as nginx: good through the second of expiry")
	}
}

func (a *audit) judgeExpiredStatus(status int) {
	bad := ""
	for _, f := range a.report.Findings {
		if f.ID == checkBad.id && f.Verdict == Pass {
			bad = f.Why
		}
	}
	if bad == strconv.Itoa(status) {
		a.add(checkExpired, Warn, "%d, as for wrong tokens: a page cannot tell that a fresh one would do", status)
	} else {
		a.add(checkExpired, Pass, "%d, other than for wrong tokens", status)
	}
}
