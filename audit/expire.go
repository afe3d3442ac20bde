package audit

import (
	"context"
	"strconv"
	"time"
)

const day = 24 * 3600 // seconds

// lookAtExpire tries what the API lets its callers have.
func (a *audit) lookAtExpire(ctx context.Context) {
	if !a.takesExpire() {
		for _, c := range []check{checkAbsolute, checkLong, checkNegative, checkGarbage} {
			a.add(c, Unknown, "the URL has no {expire} to fill in")
		}
		return
	}
	a.lookAtLongLife(ctx)
	a.lookAtNonsense(ctx, checkNegative, "-60")
	a.lookAtNonsense(ctx, checkGarbage, "soon")
}

// lookAtLongLife asks for a moment a day from now, and for a day.
func (a *audit) lookAtLongLife(ctx context.Context) {
	long := a.clock.Now().Unix() + day
	life, refused, err := a.granted(ctx, strconv.FormatInt(long, 10))
	switch {
	case err != "":
		a.add(checkAbsolute, Unknown, "%s", err)
	case refused:
		a.add(checkAbsolute, Pass, "a point in time is refused")
	case life >= day-slack:
		a.add(checkAbsolute, Fail, "the caller names the day of expiry: a token good for a day and more was given")
		a.add(checkLong, Fail, "any life is granted, as the date shows")
		return
	default:
		a.longest = max(a.longest, life)
		a.add(checkAbsolute, Pass, "a point in time gets %d s", life)
	}
	life, refused, err = a.granted(ctx, strconv.Itoa(day))
	switch {
	case err != "":
		a.add(checkLong, Unknown, "%s", err)
	case refused:
		a.add(checkLong, Pass, "refused")
	case life >= day-slack:
		a.add(checkLong, Fail, "the caller chooses the life: a day was given")
	default:
		a.longest = max(a.longest, life)
		a.add(checkLong, Pass, "cut to %d s", life)
	}
}

// lookAtNonsense asks for a life that is none.
func (a *audit) lookAtNonsense(ctx context.Context, c check, expire string) {
	life, refused, err := a.granted(ctx, expire)
	switch {
	case err != "":
		a.add(c, Unknown, "%s", err)
	case refused:
		a.add(c, Pass, "refused")
	case life > a.longest+slack:
		a.add(c, Warn, "%q gets %d s, more than who asks for %v", expire, life, a.cfg.Life.Round(time.Second))
	case life <= 0:
		a.add(c, Pass, "%q gets a token that has expired", expire)
	default:
		a.add(c, Pass, "%q gets %d s, no more than others", expire, life)
	}
}

// granted is how many seconds of life a call with this expire gets.
func (a *audit) granted(ctx context.Context, expire string) (life int64, refused bool, unknown string) {
	r, x, err := a.call(ctx, params{expire: expire})
	switch {
	case err != nil:
		return 0, false, err.Error()
	case r.Status >= 400 && r.Status < 500 && r.Status != 429:
		return 0, true, ""
	case !good(x):
		return 0, false, r.statusText(x)
	}
	return a.life(x), false, ""
}
