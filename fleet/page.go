package fleet

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/refresher"
)

// handling is how long a browser takes on average from the last byte of an answer to
// the page's callback and what that asks for, half of it at least and one and a half
// at most (seen in Chromium 156 on two cores: 5 to 15 ms). Which of two answers of
// the same instant is handled first is a matter of chance, and can decide what
// becomes of a player that counts its errors.
const handling = 10 * time.Millisecond

// handle hands an answer to the page in a browser's time. A page that is slowed down
// hears of it in time, one that sleeps when it wakes. What the loop has waited since the
// last byte is part of that time; what it has waited too long makes it late. On a grid the
// answer is handed over at the time of the grid that is nearest, which may be now: to wait
// for the next would be too late by half a grid on average, and one more wake-up.
func (v *viewer) handle(t *loop.Timer, waited time.Duration, hand func()) {
	if v.pace == nil {
		v.pace = v.spring(pageStream)
	}
	d := handling/2 + drawHandling(v.pace) - waited
	if d < 0 {
		v.late(-d)
	}
	d -= v.grid / 2
	if v.tab == nil { // as mostly: Media asks too, but is one call more
		v.clock.Set(t, d, hand)
		return
	}
	v.tab.media(t, d, hand)
}

// drawHandling is rand.Rand's Int64N(handling), as it is asked for at every request.
func drawHandling(from *rand.PCG) time.Duration {
	const uneven = (math.MaxUint64%uint64(handling) + 1) % uint64(handling) // of what 2⁶⁴ values are shared out to
	drawn, rest := bits.Mul64(from.Uint64(), uint64(handling))
	for rest < uneven {
		drawn, rest = bits.Mul64(from.Uint64(), uint64(handling))
	}
	return time.Duration(drawn)
}

// pageSource brings answers of the token API to the page.
type pageSource struct {
	refresher.Source
	viewer *viewer
}

// Call implements refresher.Source.
func (s *pageSource) Call(n int, done func(refresher.Answer)) (cancel func(qoe.Failure)) {
	c := s.viewer.fetches.takeCall()
	c.viewer, c.done = s.viewer, done
	c.stop = s.Source.Call(n, c.onAnswer)
	return c.onGiveUp
}

// apiCall is a call of the token API as its page sees it.
type apiCall struct {
	viewer *viewer
	done   func(refresher.Answer) // nil: given up
	stop   func(qoe.Failure)      // nil: there is nothing to be stopped any more
	answer refresher.Answer
	page   loop.Timer // hands the answer over

	// Bound once.
	onAnswer func(refresher.Answer)
	onHand   func()
	onGiveUp func(qoe.Failure)
}

func newAPICall() *apiCall {
	c := new(apiCall)
	c.onAnswer, c.onHand, c.onGiveUp = c.answered, c.hand, c.giveUp
	return c
}

func (c *apiCall) answered(a refresher.Answer) {
	c.answer, c.stop = a, nil
	c.viewer.handle(&c.page, 0, c.onHand)
}

func (c *apiCall) hand() {
	done := c.done
	c.viewer.fetches.putCall(c)
	if done != nil {
		done(c.answer)
	}
}

func (c *apiCall) giveUp(why qoe.Failure) {
	c.done = nil
	if c.stop != nil {
		c.stop(why)
	}
}
