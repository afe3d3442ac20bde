package player

import (
	"strconv"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// hlsOutcome is how one load ended: a response, or the player's own timeout.
type hlsOutcome struct {
	*Response
	start   instant // when it was asked for
	timeout bool
	empty   bool // it came, but it lists nothing
}

// status is what XMLHttpRequest shows: 0 for anything but an HTTP answer that was
// received whole, and for timeouts.
func (o *hlsOutcome) status() int {
	if o.OK() || o.empty || o.Failure == qoe.StatusFailure {
		return o.Status
	}
	return 0
}

// why names the outcome for a person.
func (o *hlsOutcome) why() string {
	switch {
	case o.timeout:
		return "timeout"
	case o.status() != 0:
		return "HTTP " + strconv.Itoa(o.Status)
	case o.Detail != "":
		return o.Detail
	}
	return string(o.Failure)
}

// arrival is what of an answer, or of a failure, the estimates go by.
type arrival struct {
	start, firstByte, end instant // firstByte is zero when nothing came
	bytes                 int64
}

func (o *hlsOutcome) arrival() arrival {
	return arrival{o.start, o.FirstByte, o.End, o.Bytes}
}

// ttfb is the time to the first byte; false when nothing came.
func (a arrival) ttfb() (time.Duration, bool) {
	if a.firstByte.IsZero() {
		return 0, false
	}
	return a.firstByte.Sub(a.start), true
}

// hlsLoad is one XMLHttpRequest with its timer (src/utils/xhr-loader.ts): first a
// limit on the first byte, then on the whole. When it has ended or was cancelled it
// is used again for another: who held it lets go of it then.
type hlsLoad struct {
	loads    *hlsLoads
	policy   *LoadPolicy
	done     func(*hlsOutcome)
	start    instant
	due      instant    // the limit that holds now; zero: none
	transfer Transfer   // nil: it has ended
	timer    loop.Timer // due by then, if not before

	next *hlsLoad // of the idle ones

	onAnswer func(*Response) // bound once
	onLimit  func()
}

// hlsLoads starts one player's loads.
type hlsLoads struct {
	*stopwatch
	idle    *hlsLoad
	outcome hlsOutcome // of the one that ends now
}

// start asks. The outcome that done is told is done's until it returns.
func (s *hlsLoads) start(req *Request, policy *LoadPolicy, done func(*hlsOutcome)) *hlsLoad {
	l := s.take()
	l.policy, l.done, l.start = policy, done, s.now()
	l.transfer = s.w.Fetch(*req, l.onAnswer)
	limit := policy.MaxTimeToFirstByteMs
	if limit == 0 {
		limit = policy.MaxLoadTimeMs
	}
	l.limit(limit)
	return l
}

func (s *hlsLoads) take() *hlsLoad {
	if l := s.idle; l != nil {
		s.idle = l.next
		return l
	}
	l := &hlsLoad{loads: s}
	l.onAnswer, l.onLimit = l.answered, l.expired
	return l
}

// limit sets the timer, unless one is set for an earlier instant, maybe that of a load
// before: it looks again when it fires, which is seldom. Hardly any limit is met.
func (l *hlsLoad) limit(ms float64) {
	l.due = 0
	if ms > 0 {
		l.due = l.start.Add(millis(ms))
		if !l.timer.Pending() || dueAt(&l.timer).After(l.due) {
			l.await()
		}
	}
}

func (l *hlsLoad) await() { l.loads.w.Set(&l.timer, l.due.Sub(l.loads.now()), l.onLimit) }

func (l *hlsLoad) answered(r *Response) {
	o := &l.loads.outcome
	*o = hlsOutcome{Response: r, start: l.start}
	l.end()
}

// expired looks again at the limit on the whole when the first byte came in time.
func (l *hlsLoad) expired() {
	t, now := l.transfer, l.loads.now()
	switch {
	case t == nil || l.due.IsZero():
		return
	case now.Before(l.due):
		l.await()
		return
	}
	first := t.FirstByte()
	if whole := millis(l.policy.MaxLoadTimeMs); !first.IsZero() && now.Sub(l.start) < whole {
		l.limit(l.policy.MaxLoadTimeMs)
		return
	}
	l.loads.outcome = hlsOutcome{timeout: true, start: l.start, Response: &Response{
		Failure: qoe.TimeoutFailure, Start: l.start, FirstByte: first, End: now,
		Bytes: t.Loaded(), Asked: asked(t),
	}}
	t.Cancel(qoe.TimeoutFailure)
	l.end()
}

// end tells how it ended. No load ends while another one is told of.
func (l *hlsLoad) end() {
	l.transfer = nil
	l.done(&l.loads.outcome)
	l.loads.outcome.Response = nil
	l.free()
}

func (l *hlsLoad) free() { l.next, l.loads.idle = l.loads.idle, l }

// context is the URL as the loader's context holds it: url, unless an integration has
// rewritten that.
func (l *hlsLoad) context(url manifest.Address) manifest.Address {
	if left := asked(l.transfer); !left.IsZero() {
		return left
	}
	return url
}

// cancel gives up without telling done. A nil load is one that has ended.
func (l *hlsLoad) cancel() {
	if l == nil {
		return
	}
	l.transfer.Cancel(qoe.CancelFailure)
	l.transfer = nil
	l.free()
}

// stop lets nothing more happen, once all loads have ended or were cancelled.
func (s *hlsLoads) stop() {
	for l := s.idle; l != nil; l = l.next {
		l.timer.Stop()
	}
}

// asked is the URL as the integration left it, where the transfer can tell before
// an answer came.
func asked(t Transfer) manifest.Address {
	if a, ok := t.(interface{ Asked() manifest.Address }); ok {
		return a.Asked()
	}
	return manifest.Address{}
}

// hlsLoader asks again by itself, as the original's loader does for the
// multivariant playlist and for keys. It keeps its context: the URL as the first
// attempt's integration left it is what later attempts start from.
type hlsLoader struct {
	loads   *hlsLoads
	req     Request
	policy  *LoadPolicy
	done    func(o *hlsOutcome, asked manifest.Address)
	asked   manifest.Address
	current *hlsLoad
	timer   loop.Timer
}

func (s *hlsLoads) keepTrying(req Request, policy *LoadPolicy, done func(o *hlsOutcome, asked manifest.Address)) *hlsLoader {
	l := &hlsLoader{loads: s, req: req, policy: policy, done: done}
	l.try()
	return l
}

func (l *hlsLoader) try() {
	l.req.Attempt++
	l.current = l.loads.start(&l.req, l.policy, l.ended)
}

func (l *hlsLoader) ended(o *hlsOutcome) {
	l.current = nil
	if l.asked.IsZero() {
		l.asked = o.Asked
		if l.asked.IsZero() {
			l.asked = l.req.URL
		}
	}
	n := l.req.Attempt - 1
	retry := l.policy.retry(o.timeout)
	if !o.OK() && retry.again(n, o) {
		l.req.URL, l.req.Repeat = l.asked, true
		l.loads.w.Set(&l.timer, retry.delay(n), l.try)
		return
	}
	l.done(o, l.asked)
}

func (l *hlsLoader) cancel() {
	if l == nil {
		return
	}
	l.timer.Stop()
	l.current.cancel()
	l.current = nil
}
