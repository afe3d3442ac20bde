package refresher

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/token"
)

// Refresher keeps one viewer's grant fresh. All its methods run on the viewer's
// loop, and so do its callbacks.
type Refresher struct {
	policy *Policy
	clock  Clock
	source Source
	rng    *rand.Rand
	emit   func(qoe.Sample)
	ready  func(Answer) // nil once called

	state    State
	held     offer
	original token.Grant  // what playback began with; zero until seeded
	issued   []token.Pair // so far, where the policy wants to know

	timer   loop.Timer // the next call
	flights []*flight  // calls under way, oldest first
	landed  *flight    // one that is over and may be used anew
	calls   int
	lead    time.Duration // of the grant held, jitter included
	server  serverClock
	stopped bool

	failures, timeouts int           // in a row
	slowest            time.Duration // answer so far
	refusals

	onSchedule, onRetry func() // the calls that timers make, bound once
}

// flight is one call of the token API under way.
type flight struct {
	call   int
	why    qoe.Reason
	start  time.Time // viewer's clock
	began  time.Time // true
	cancel func(qoe.Failure)
	limit  time.Duration // of the wait for an answer; 0: none
	timer  loop.Timer    // of the limit

	// Bound once.
	onAnswer func(Answer)
	onLimit  func()
}

// New makes a refresher; nothing happens until Start. The policy may be that of many and
// is left as it is. The rng is drawn from only by policies that jitter. Samples, one qoe.Refresh a call, go to emit, which
// may be nil.
func New(p *Policy, c Clock, src Source, rng *rand.Rand, emit func(qoe.Sample)) *Refresher {
	if emit == nil {
		emit = func(qoe.Sample) {}
	}
	r := &Refresher{policy: p, clock: c, source: src, rng: rng, emit: emit}
	r.onSchedule = func() { r.call(qoe.Scheduled) }
	r.onRetry = func() { r.call(qoe.AfterError) }
	return r
}

// Start calls for the first token. It calls ready once: with the answer playback
// starts from, or with the last failure when no try was left, after which no
// further call is made. Then the schedule runs.
func (r *Refresher) Start(ready func(Answer)) {
	r.ready = ready
	r.call(qoe.FirstToken)
}

// Refresh calls the token API now, as a page does that becomes visible again.
func (r *Refresher) Refresh() { r.call(qoe.Scheduled) }

// Grant is the grant in force, zero if there is none.
func (r *Refresher) Grant() token.Grant { return r.held.grant }

// State is the grant in force for readers on other goroutines.
func (r *Refresher) State() *State { return &r.state }

// Rewrite puts the grant in force into url, as the policy does at dispatch, and
// returns the grant that stands there then: zero if there is none.
func (r *Refresher) Rewrite(url string) (string, token.Grant) { return r.state.Rewrite(url) }

// Writer is how the policy rewrites at this moment.
func (r *Refresher) Writer() Writer { return r.state.Writer() }

// Adopt tells a policy with SeedURL that the player was given another URL than the
// first answer's: the pair in it becomes the original, or refreshing ends if it
// has none. A call under way goes on, and its answer is installed when it comes
// (H34). Other policies take their grants from answers and ignore URLs.
func (r *Refresher) Adopt(url string) {
	if r.stopped || r.policy.Seed != SeedURL {
		return
	}
	g, ok := token.Find(url)
	if ok && g == r.original {
		return
	}
	r.timer.Stop()
	r.original = g
	r.install(offerOf(g))
	if ok {
		r.schedule(qoe.Scheduled)
	}
}

// Stop ends refreshing for good: timers stop, calls under way are cancelled,
// callbacks still owed are never called.
func (r *Refresher) Stop() {
	if r.stopped {
		return
	}
	r.stopped = true
	r.timer.Stop()
	for _, f := range r.flights {
		f.timer.Stop()
		f.cancel(qoe.CancelFailure)
		r.report(f, &Answer{Failure: qoe.CancelFailure, Detail: "viewer left"}, &offer{}, "viewer left")
	}
	r.flights, r.ready, r.waiting = nil, nil, nil
}

// call asks the token API. Without Overlap there is one call at a time and one
// timer: what is asked for meanwhile is answered by the call under way.
func (r *Refresher) call(why qoe.Reason) {
	if r.stopped {
		return
	}
	if !r.policy.Overlap {
		if len(r.flights) > 0 {
			return
		}
		r.timer.Stop()
	}
	r.calls++
	f := r.flight()
	f.call, f.why, f.start, f.began = r.calls, why, r.clock.Now(), r.trueNow()
	r.flights = append(r.flights, f)
	f.cancel = r.source.Call(f.call, f.onAnswer)
	if f.limit = r.policy.limit(r.ready != nil, r.lead, r.slowest, r.timeouts); f.limit > 0 {
		r.clock.Set(&f.timer, f.limit, f.onLimit)
	}
}

// flight is one for a call: of a viewer's calls, one mostly follows the other.
func (r *Refresher) flight() *flight {
	if f := r.landed; f != nil {
		r.landed = nil
		return f
	}
	f := new(flight)
	f.onAnswer = func(a Answer) { r.answered(f, &a) }
	f.onLimit = func() { r.expired(f) }
	return f
}

func (r *Refresher) expired(f *flight) {
	f.cancel(qoe.TimeoutFailure)
	r.answered(f, &Answer{Failure: qoe.TimeoutFailure, Detail: fmt.Sprintf("no answer within %v", f.limit.Round(100*time.Millisecond))})
}

// answered is the end of a call. The order matters: requests that waited are told
// last, when the grant is in force and the next call is armed.
func (r *Refresher) answered(f *flight, a *Answer) {
	if r.stopped {
		return
	}
	f.timer.Stop()
	if a.OK() {
		r.slowest = max(r.slowest, r.trueNow().Sub(f.began))
	}
	r.flights = slices.DeleteFunc(r.flights, func(o *flight) bool { return o == f })
	if r.policy.ServerClock {
		r.server.observe(a.Date, f.start, r.clock.Now())
	}
	got, problem := r.judge(a)
	if problem == "" {
		r.install(got)
	}
	r.report(f, a, &got, problem)
	r.landed = f
	r.count(a, problem == "")
	if r.ready != nil {
		r.begin(a, problem)
		return
	}
	if problem == "" {
		r.schedule(qoe.Scheduled)
	} else {
		r.again(a)
	}
	r.settle(problem == "")
}

// begin ends the wait for the first token, unless another try is left. Nothing but
// ready is called when the start has failed or the URL gave nothing to refresh.
func (r *Refresher) begin(a *Answer, problem string) {
	if problem != "" && r.failures < r.policy.FirstTries {
		r.again(a)
		return
	}
	ready := r.ready
	r.ready = nil
	if problem == "" {
		r.original = r.held.grant
		r.install(r.held)
	} else if a.OK() && r.policy.Sane {
		a.Failure, a.Detail = qoe.BodyFailure, problem
	}
	ready(*a)
	unseeded := r.policy.Seed == SeedURL && r.original.IsZero() // by an Adopt in ready
	if problem == "" && !r.stopped && !unseeded {
		r.schedule(qoe.Scheduled)
	}
}

func (r *Refresher) count(a *Answer, ok bool) {
	if ok {
		r.failures, r.timeouts = 0, 0
		return
	}
	r.failures++
	if a.Failure == qoe.TimeoutFailure {
		r.timeouts++
	} else {
		r.timeouts = 0
	}
}

// install puts a grant in force.
func (r *Refresher) install(o offer) {
	r.held, r.refused = o, false
	if r.policy.Rewrite == RewriteIssued {
		r.issued = remember(r.issued, o.pair)
	}
	r.state.current.Store(&inForce{offer: o, scheme: r.policy.scheme(r.original, r.issued)})
}

// remembered bounds the pairs that are known again. Beside the first, which HLS
// playlists may carry for ever, only the latest can still come up.
const remembered = 32

// remember is a new list, for readers may hold the old one.
func remember(issued []token.Pair, p token.Pair) []token.Pair {
	if slices.Contains(issued, p) {
		return issued
	}
	if len(issued) == remembered {
		issued = slices.Delete(slices.Clone(issued), 1, 2)
	}
	return append(issued[:len(issued):len(issued)], p)
}

// schedule arms the call that goes out lead before the grant held expires.
func (r *Refresher) schedule(why qoe.Reason) {
	now := r.now()
	if why != qoe.AfterError {
		r.lead = r.policy.jitteredLead(r.held.grant.Life(now), r.rng)
	}
	call := r.onSchedule
	if why == qoe.AfterError {
		call = r.onRetry
	}
	r.clock.Set(&r.timer, wait(r.held.expires, now, r.lead, r.policy.Floor), call)
}

// again arms the call after a failed one.
func (r *Refresher) again(a *Answer) {
	if r.policy.Retry == 0 && r.ready == nil {
		r.schedule(qoe.AfterError)
		return
	}
	timer := &r.timer
	if r.policy.LooseRetry {
		timer = nil
	}
	r.clock.Set(timer, r.policy.backoff(r.failures, r.held.grant.Life(r.now()), a.RetryAfter, r.rng), r.onRetry)
}

// now is the time expiries are measured against.
func (r *Refresher) now() time.Time {
	if r.policy.ServerClock {
		return r.server.now(r.clock.Now())
	}
	return r.clock.Now()
}

func (r *Refresher) trueNow() time.Time {
	if c, ok := r.clock.(TrueClock); ok {
		return c.True()
	}
	return r.clock.Now()
}

// report emits the sample of a call.
func (r *Refresher) report(f *flight, a *Answer, got *offer, problem string) {
	s := qoe.Refresh{
		Call: f.call, Start: a.Start, Took: a.End.Sub(a.Start), Status: a.Status, Failure: a.Failure,
		Reason: f.why, Installed: problem == "", Problem: token.Redact(problem),
	}
	if a.Start.IsZero() || a.End.IsZero() {
		s.Start, s.Took = f.began, r.trueNow().Sub(f.began)
	}
	if got.grant.Expires != 0 {
		s.Life = got.grant.Life(r.clock.Now())
	}
	r.emit(s)
}
