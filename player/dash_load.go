package player

import (
	"soak/loop"
	"soak/qoe"
)

// dashLoad is one object being asked for, retries included, as dash.js' HTTPLoader
// does it: a timeout for the whole request, a constant interval between attempts,
// and each attempt with the URL as it was first asked for, so that what the
// integration writes into it is written anew (src/streaming/net/HTTPLoader.js).
// Whatever is not a 2xx is a failure; the status does not matter.
//
// It is reused for request after request; done is called once for each, unless it
// is aborted.
type dashLoad struct {
	*stopwatch
	script  *thread
	done    func(*Response) // the last attempt's answer
	attempt func(*Response) // told of every failed attempt, when set

	req      Request
	retry    dashRetry
	active   bool
	started  instant // of the attempt under way
	deadline instant
	transfer Transfer
	guard    loop.Timer // looks at the deadline; it outlives requests, which is cheaper than one each
	pause    loop.Timer // before the next attempt
	failing  loop.Timer // a failure has not been handled yet: the transfer still counts as under way

	answered           func(*Response) // the methods below, bound once
	onTimeout, onRetry func()
}

func newDashLoad(s *stopwatch, script *thread, done func(*Response)) *dashLoad {
	l := &dashLoad{stopwatch: s, script: script, done: done}
	l.answered, l.onTimeout, l.onRetry = l.ended, l.timedOut, l.try
	return l
}

// start asks for req; the load must be idle.
func (l *dashLoad) start(req Request, retry dashRetry) {
	l.req, l.retry, l.active = req, retry, true
	l.req.Attempt = 0
	l.try()
}

func (l *dashLoad) try() {
	l.req.Attempt++
	l.started = l.now()
	l.transfer = l.w.Fetch(l.req, l.answered)
	if l.retry.timeout == 0 {
		return
	}
	l.deadline = l.started.Add(l.retry.timeout)
	if !l.guard.Pending() || dueAt(&l.guard).After(l.deadline) {
		l.w.Set(&l.guard, l.retry.timeout, l.onTimeout)
	}
}

// timedOut is the guard: it gives up the attempt whose deadline has come, or goes
// on guarding the one that has begun since it was set.
func (l *dashLoad) timedOut() {
	if l.transfer == nil || l.failing.Pending() || l.retry.timeout == 0 {
		return
	}
	if left := l.deadline.Sub(l.now()); left > 0 {
		l.w.Set(&l.guard, left, l.onTimeout)
		return
	}
	r := &Response{
		Failure: qoe.TimeoutFailure, URL: l.req.URL, Bytes: l.transfer.Loaded(),
		Start: l.started, FirstByte: l.transfer.FirstByte(), End: l.now(),
	}
	ended := remainsOf(l.transfer)
	l.transfer.Cancel(qoe.TimeoutFailure)
	l.transfer = ended
	l.ended(r)
}

func (l *dashLoad) ended(r *Response) {
	if l.req.Kind == qoe.Link && r.OK() && len(r.Body) == 0 {
		r.Failure, r.Detail = qoe.BodyFailure, "nothing in it" // hasUsableBody
	}
	if !r.OK() {
		l.fails(r)
		return
	}
	l.active, l.transfer = false, nil
	l.done(r)
}

// fails is apart from ended so that only a failure's answer is kept.
func (l *dashLoad) fails(r *Response) {
	l.transfer = remainsOf(l.transfer)
	kept := *r
	l.w.Set(&l.failing, vary(l.script.rng, decoding(l.w, scriptFailure)), func() { l.failed(&kept) })
}

func (l *dashLoad) failed(r *Response) {
	l.transfer = nil
	if l.attempt != nil {
		l.attempt(r)
	}
	if l.req.Attempt <= l.retry.retries {
		l.w.Set(&l.pause, l.retry.interval, l.onRetry)
		return
	}
	l.active = false
	l.done(r)
}

// abort gives the request up, also between two attempts; done is not called.
func (l *dashLoad) abort() {
	if !l.active {
		return
	}
	l.pause.Stop()
	l.failing.Stop()
	l.guard.Stop()
	if l.transfer != nil {
		l.transfer.Cancel(qoe.CancelFailure)
	}
	l.active, l.transfer = false, nil
}

// remains are the figures of a transfer that has ended, which is the World's again.
type remains struct {
	loaded, total int64
	first         instant
}

func remainsOf(t Transfer) remains { return remains{t.Loaded(), t.Total(), t.FirstByte()} }

// Cancel does nothing: it has ended.
func (r remains) Cancel(qoe.Failure) {}
func (r remains) Loaded() int64      { return r.loaded }
func (r remains) Total() int64       { return r.total }
func (r remains) FirstByte() instant { return r.first }
