package player

import (
	"time"

	"soak/loop"
	"soak/qoe"
)

// trouble is failures in a row.
type trouble struct {
	n           int
	since, last time.Time
}

func (t *trouble) add(now time.Time) {
	if t.n++; t.n == 1 {
		t.since = now
	}
	t.last = now
}

// genericLoad makes one request at a time. It asks once; who is told of a failure
// asks again, by the URL that is right by then. A request is given up when no byte
// has come for a while.
type genericLoad struct {
	g    *generic
	done func(*Response)

	req      Request
	transfer Transfer
	started  instant
	heard    int64      // bytes, when last looked at
	quiet    instant    // since when no byte has come
	guard    loop.Timer // outlives requests, which is cheaper than one each

	answered func(*Response) // bound once, as is watch
	onGuard  func()
}

func newGenericLoad(g *generic, done func(*Response)) *genericLoad {
	l := &genericLoad{g: g, done: done}
	l.answered, l.onGuard = l.ended, l.watch
	return l
}

func (l *genericLoad) active() bool { return l.transfer != nil }

func (l *genericLoad) start(req Request) {
	now := l.g.now()
	l.req, l.started, l.quiet, l.heard = req, now, now, 0
	l.transfer = l.g.w.Fetch(req, l.answered)
	if !l.guard.Pending() {
		l.g.w.Set(&l.guard, l.g.o.timeout, l.onGuard)
	}
}

// watch gives up a request that has been silent for too long, or looks again when
// it can have been.
func (l *genericLoad) watch() {
	if l.transfer == nil {
		return
	}
	now := l.g.now()
	if n := l.transfer.Loaded(); n > l.heard {
		l.heard, l.quiet = n, now
	}
	if left := l.quiet.Add(l.g.o.timeout).Sub(now); left > 0 {
		l.g.w.Set(&l.guard, left, l.onGuard)
		return
	}
	l.transfer.Cancel(qoe.TimeoutFailure)
	l.ended(&Response{Failure: qoe.TimeoutFailure, URL: l.req.URL, Start: l.started, End: now})
}

func (l *genericLoad) ended(r *Response) {
	l.transfer = nil
	if r.OK() {
		l.g.came()
	}
	l.done(r)
}

// abort gives the request up; done is not called. A nil load does nothing.
func (l *genericLoad) abort() {
	if l == nil {
		return
	}
	if l.transfer != nil {
		l.transfer.Cancel(qoe.CancelFailure)
		l.transfer = nil
	}
	l.guard.Stop()
}
