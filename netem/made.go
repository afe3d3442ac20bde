package netem

import "time"

// Made is when the server has so much of a body: up to Bytes, counted from its
// beginning, After so long from the call of Answer.
type Made struct {
	Bytes int64
	After time.Duration
}

// through tells that all of the answer has come.
func (e *Exchange) through() bool {
	return e.size-e.got <= crumb && e.stall == 0 && !e.unmade()
}

// unmade tells whether some of the body has not been made when what there is has
// come.
func (e *Exchange) unmade() bool { return len(e.made) > 1 && float64(e.made[0].Bytes) < e.size }

// more takes in what has been made by now and tells whether there is anything new.
func (e *Exchange) more() bool {
	had := len(e.made)
	for e.unmade() && e.comes() <= e.m.now() {
		e.made = e.made[1:]
	}
	return len(e.made) < had
}

// comes is when the first byte of the next part can be here.
func (e *Exchange) comes() instant {
	at := e.asked + instant(e.made[1].After)
	if !e.m.lan {
		at += instant(e.m.profile.RTT / 2)
	}
	return at
}

// await stops until there is more.
func (e *Exchange) await() {
	e.got, e.rate = float64(e.made[0].Bytes), 0
	e.stopped = max(time.Duration(e.comes()-e.m.now()), 0)
	e.made = e.made[1:]
	e.wait(e.stopped)
}
